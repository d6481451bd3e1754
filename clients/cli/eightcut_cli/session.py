"""A command's way to the services."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from eightcut.store.v1.media_service_pb2 import BatchGetMediaRequest
from eightcut_client.config import load_config, read_token
from eightcut_client.connection import Connection

from eightcut_cli.failures import UsageMistake
from eightcut_cli.ids import chunks, unique

if TYPE_CHECKING:
    from eightcut.store.v1.media_pb2 import Media
    from eightcut_client.endpoints import ServiceName

    from eightcut_cli.options import Settings

DEFAULT_PROFILE = "default"
_BATCH = 1000


class Session:
    """The services and the profile that a command works with; a context manager.

    Attributes:
        connection: The services.
        profile: What --profile, EIGHTCUT_PROFILE or the configuration names, else "default".
    """

    def __init__(self, settings: Settings, services: Iterable[ServiceName] = ()) -> None:
        """Finds the services; those of our own are started on entering.

        Args:
            settings: What the person set.
            services: Which of them the command is sure to need.

        Raises:
            EightcutError: The configuration is wrong, or nothing is known to connect to.
            UsageMistake: Options contradict each other.
        """
        config = load_config()
        self.profile = settings.profile or os.environ.get("EIGHTCUT_PROFILE") or config.profile or DEFAULT_PROFILE
        self.connection = Connection.resolve(
            settings.server, _token(settings), settings.data_dir, config=config, ca=settings.ca
        )
        self._services = tuple(services)

    def __enter__(self) -> Self:
        """Starts what is needed."""
        try:
            if self._services:
                self.connection.start(*self._services)
        except BaseException:
            self.connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops what was started."""
        self.connection.close()

    def media_of(self, digests: Iterable[str]) -> dict[str, Media]:
        """The media of these digests that the Store knows, by digest."""
        found: dict[str, Media] = {}
        for part in chunks(unique(digests), _BATCH):
            answer = self.connection.media.BatchGetMedia(BatchGetMediaRequest(digests=part))
            found.update((media.digest, media) for media in answer.media)
        return found


def _token(settings: Settings) -> str | None:
    if settings.token and settings.token_file:
        raise UsageMistake("give either --token or --token-file, not both.")
    if settings.token is not None:
        return settings.token
    named = os.environ.get("EIGHTCUT_TOKEN_FILE") if not os.environ.get("EIGHTCUT_TOKEN") else None
    file = settings.token_file or (Path(named) if named else None)
    return read_token(file) if file else None
