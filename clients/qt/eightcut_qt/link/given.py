"""Which services are meant: by the command line, the settings, the environment, the shared configuration."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.config import Config, default_data_dir, load_config, read_token
from eightcut_client.connection import Connection

from eightcut_qt.core.settings import ConnectionSettings

DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line said; it goes before the settings, until the person chooses otherwise in the window."""

    server: str | None = None
    token: str | None = None
    token_file: Path | None = None
    ca: Path | None = None
    data_dir: Path | None = None
    profile: str | None = None

    @property
    def names_services(self) -> bool:
        """Whether it says which services are used."""
        return self.server is not None or self.data_dir is not None


def find(settings: ConnectionSettings, given: Given) -> tuple[Connection, str]:
    """Return the way to the services and the address as the person would write it; nothing is sent or started yet.

    Raises:
        ConfigError: The configuration, an address or a token file is wrong.
        ServicesError: Own services are wanted and not installed.
    """
    config = load_config()
    token = given.token or (read_token(given.token_file) if given.token_file else _token_of(settings))
    if given.names_services:
        found = Connection.resolve(given.server, token, given.data_dir, config, given.ca)
        return found, given.server or str(found.data_dir)
    if settings.server:
        ca = Path(settings.ca) if settings.ca else config.ca if settings.tls else None
        token = token or os.environ.get("EIGHTCUT_TOKEN") or config.token()
        return Connection.remote(settings.server, token=token, ca=ca, plaintext=not settings.tls), settings.server
    found = Connection.resolve(token=token, config=config, ca=given.ca)
    if found.data_dir is not None:
        return found, str(found.data_dir)
    return found, os.environ.get("EIGHTCUT_SERVER") or config.server or ""


def shared_server() -> str:
    """Return the server that the environment or the shared configuration names, empty when they name none."""
    return os.environ.get("EIGHTCUT_SERVER") or _config().server or ""


def own_data_folder() -> Path:
    """Return the data folder of own services."""
    return _config().data_dir or default_data_dir()


def first_profile(settings: ConnectionSettings, given: Given) -> str:
    """Return the profile that is worked in at first."""
    named = given.profile or settings.profile or os.environ.get("EIGHTCUT_PROFILE")
    return named or _config().profile or DEFAULT_PROFILE


def _token_of(settings: ConnectionSettings) -> str | None:
    if settings.token_file:
        return read_token(Path(settings.token_file))
    named = os.environ.get("EIGHTCUT_TOKEN_FILE") if not os.environ.get("EIGHTCUT_TOKEN") else None
    return read_token(Path(named)) if named else None


def _config() -> Config:
    """Read the shared configuration; one that is damaged is told of by `find`."""
    from eightcut_client.errors import ConfigError

    try:
        return load_config()
    except ConfigError:
        return Config()
