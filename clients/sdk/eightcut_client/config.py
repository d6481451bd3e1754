"""The configuration file: TOML in the platform's configuration folder."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from eightcut_client.errors import ConfigError
from eightcut_client.inference_options import (
    COMPILE_MODES,
    DTYPES,
    InferenceOptions,
    check_choice,
    check_device,
    check_embedder_option,
)

_TEXTS = ("server", "token_file", "ca", "profile", "data_dir")


@dataclass(frozen=True, slots=True)
class Config:
    """What may be configured; everything is optional.

    Attributes:
        server: As ``--server``.
        token_file: File that holds the token; relative to the configuration file's folder.
        ca: PEM file of the certificate authority; relative likewise.
        profile: Profile that commands use unless one is named.
        data_dir: Where embedded services keep their data; relative likewise.
        inference: How services of our own run networks: the keys device, dtype, compile, max_batch, weights_dir
            (relative likewise) and embedder_options.
    """

    server: str | None = None
    token_file: Path | None = None
    ca: Path | None = None
    profile: str | None = None
    data_dir: Path | None = None
    inference: InferenceOptions = field(default_factory=InferenceOptions)

    @property
    def weights_dir(self) -> Path | None:
        """Folder of the weights where one is configured."""
        return self.inference.weights_dir

    def token(self) -> str | None:
        """Return the token, None where no file is configured.

        Raises:
            ConfigError: The file cannot be read or is empty.
        """
        return None if self.token_file is None else read_token(self.token_file)


def default_config_file() -> Path:
    """Return ``config.toml`` in the platform's configuration folder, or what EIGHTCUT_CONFIG names."""
    named = os.environ.get("EIGHTCUT_CONFIG")
    if named:
        return Path(named)
    return Path(platformdirs.user_config_dir("8cut", appauthor=False)) / "config.toml"


def default_data_dir() -> Path:
    """Return the folder of embedded services: EIGHTCUT_DATA_DIR, or the platform's user data folder."""
    named = os.environ.get("EIGHTCUT_DATA_DIR")
    return Path(named) if named else Path(platformdirs.user_data_dir("8cut", appauthor=False))


def load_config(file: Path | None = None) -> Config:
    """Read the configuration.

    Args:
        file: Another file than `default_config_file`; must exist.

    Raises:
        ConfigError: It cannot be read, is not TOML, or has an unknown key or a value of a wrong type.
    """
    path = file if file is not None else default_config_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if file is None and not os.environ.get("EIGHTCUT_CONFIG"):
            return Config()
        raise ConfigError(f"There is no configuration file {path}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The configuration file {path} is not UTF-8 text.") from error
    except OSError as error:
        raise ConfigError(f"The configuration file {path} cannot be read: {_why(error)}.") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration file {path} is not valid TOML: {error}.") from error
    return _typed(path, values)


def _typed(path: Path, values: dict[str, object]) -> Config:
    known = [*_TEXTS, *_INFERENCE]
    for key in values:
        if key not in known:
            raise ConfigError(
                f"The configuration file {path} has an unknown key {key!r}; known are {', '.join(known)}."
            )
    found: dict[str, str] = {}
    options: dict[str, object] = {}
    for key, value in values.items():
        try:
            if key in _INFERENCE:
                options[key] = _INFERENCE[key](value)
            else:
                found[key] = _text(value)
        except ValueError as error:
            raise ConfigError(f"{key!r} in the configuration file {path} {error}") from None

    def located(key: str) -> Path | None:
        return path.parent / Path(found[key]).expanduser() if key in found else None

    if isinstance(folder := options.get("weights_dir"), Path):
        options["weights_dir"] = path.parent / folder.expanduser()
    return Config(
        server=found.get("server"),
        token_file=located("token_file"),
        ca=located("ca"),
        profile=found.get("profile"),
        data_dir=located("data_dir"),
        inference=InferenceOptions(**options),  # type: ignore[arg-type] # _INFERENCE has checked the types
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty.")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number from 1 on.")
    return value


def _options(value: object) -> tuple[str, ...]:
    """Take embedder options: a table of tables ({EAT = {frames = 800}}), or a list of ID.NAME=VALUE."""
    if isinstance(value, list) and all(isinstance(option, str) for option in value):
        options = value
    elif isinstance(value, dict) and all(isinstance(inner, dict) for inner in value.values()):
        options = [f"{id_}.{name}={_plain(given)}" for id_, inner in value.items() for name, given in inner.items()]
    else:
        raise ValueError('must be a table such as EAT = { frames = 800 }, or a list such as ["EAT.frames=800"].')
    return tuple(_said(check_embedder_option, option) for option in options)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError("must hold texts and numbers only.")  # noqa: TRY004  every mistake in the file is a ValueError here
    return str(value)


def _said(check: Callable[[str], str], value: object) -> str:
    """Check a text with a function whose sentence stands for itself."""
    try:
        return check(_text(value))
    except ValueError as error:
        what = str(error)
        raise ValueError(what if what.startswith("must ") else f"is wrong: {what}") from None


_INFERENCE: dict[str, Callable[[object], object]] = {
    "device": lambda value: _said(check_device, value),
    "dtype": lambda value: _said(lambda text: check_choice(text, DTYPES), value),
    "compile": lambda value: _said(lambda text: check_choice(text, COMPILE_MODES), value),
    "max_batch": _count,
    "embedder_options": _options,
    "weights_dir": lambda value: Path(_text(value)),
}
"""Keys that become `InferenceOptions`, and what takes their values."""


def read_token(file: Path) -> str:
    """Return the token in a file.

    Raises:
        ConfigError: It cannot be read or is empty.
    """
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = _why(error) if isinstance(error, OSError) else "not text"
        raise ConfigError(f"The token file {file} cannot be read: {why}.") from error
    if not token:
        raise ConfigError(f"The token file {file} is empty.")
    return token


def _why(error: OSError) -> str:
    return (error.strerror or "unreadable").lower()
