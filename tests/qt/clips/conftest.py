"""A file that the Store knows, open in a window that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from eightcut_client.register import identify_file
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia

from tests.support.media import noise, write_media


@dataclass
class Sought:
    """Stands in for the player, which these tests do not need: it notes where it was sent."""

    places: list[float] = field(default_factory=list)

    def seek(self, seconds: float) -> None:
        self.places.append(seconds)

    def close(self) -> None:
        pass


@pytest.fixture
def media(context: Context, tmp_path: Path) -> OpenMedia:
    """A file of 30 s."""
    return make_media(context, tmp_path / "a.wav", seed=1)


@pytest.fixture
def sought(context: Context) -> Sought:
    if context.player is not None:
        context.player.close()
    context.player = Sought()  # type: ignore[assignment]
    return context.player  # type: ignore[return-value]


def make_media(context: Context, path: Path, *, seed: int, registered: bool = True) -> OpenMedia:
    write_media(path, noise(30, 8000, seed=seed), 8000)
    local = identify_file(path)
    if registered:
        context.gateway.media.register(local)
    return OpenMedia(path, local, registered, 30.0)
