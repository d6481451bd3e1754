"""The configuration file: TOML in the platform's configuration folder."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

from eightcut_client.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Config:
    """What may be configured; everything is optional.

    Attributes:
        server: As ``--server``.
        token_file: File that holds the token; relative to the configuration file's folder.
        ca: PEM file of the certificate authority; relative likewise.
        profile: Profile that commands use unless one is named.
        data_dir: Where embedded services keep their data; relative likewise.
    """

    server: str | None = None
    token_file: Path | None = None
    ca: Path | None = None
    profile: str | None = None
    data_dir: Path | None = None

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
    known = [field.name for field in fields(Config)]
    found: dict[str, str] = {}
    for key, value in values.items():
        if key not in known:
            raise ConfigError(
                f"The configuration file {path} has an unknown key {key!r}; known are {', '.join(known)}."
            )
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{key!r} in the configuration file {path} must be a text that is not empty.")
        found[key] = value

    def located(key: str) -> Path | None:
        return path.parent / Path(found[key]).expanduser() if key in found else None

    return Config(
        server=found.get("server"),
        token_file=located("token_file"),
        ca=located("ca"),
        profile=found.get("profile"),
        data_dir=located("data_dir"),
    )


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
