"""Media and hard negatives in the real Store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from eightcut.store.v1.media_service_pb2 import RegisterMediaRequest
from eightcut_client.connection import Connection
from eightcut_client.times import to_duration
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.gateway import Gateway, NewNegative
from eightcut_qt.negatives.dialog import NegativesDialog
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot


@dataclass
class Marks:
    """Marks wrong windows in media that are only known by name."""

    services: Connection
    gateway: Gateway
    media: dict[str, str] = field(default_factory=dict)

    def __call__(self, filename: str, *starts: float, model: str = "LOGMEL") -> list[NegativeRecord]:
        digest = self.media.get(filename)
        if digest is None:
            digest = hashlib.sha256(f"{self.gateway.profile}/{filename}".encode()).hexdigest()
            request = RegisterMediaRequest(
                digest=digest, filename=filename, size_bytes=1, duration=to_duration(100_000)
            )
            self.services.media.RegisterMedia(request)
            self.media[filename] = digest
        return self.gateway.negatives.create([NewNegative(digest, start, model) for start in starts])

    def there(self) -> list[tuple[str, float, str]]:
        """What the Store has: file, start, source model."""
        names = {digest: filename for filename, digest in self.media.items()}
        return sorted((names[one.media], one.start, one.source_model) for one in self.gateway.negatives.list())


@pytest.fixture
def mark(services: Connection, gateway: Gateway) -> Marks:
    return Marks(services, gateway)


class Shown:
    """What a navigator was asked to show."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float | None, tuple[float, float] | None]] = []

    def show(
        self,
        digest: str,
        *,
        at: float | None = None,
        play: tuple[float, float] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        self.asked.append((digest, at, play))


@pytest.fixture
def shown(context: Context) -> Shown:
    found = Shown()
    context.navigator = found  # type: ignore[assignment]
    return found


@pytest.fixture
def dialog(context: Context, qtbot: QtBot) -> Iterator[Callable[[], NegativesDialog]]:
    """Makes the dialog, and shows it with what the Store has."""
    window = QWidget()
    qtbot.addWidget(window)

    def show() -> NegativesDialog:
        made = NegativesDialog(context, window)
        with qtbot.waitSignal(made.keeper.loaded):
            made.present()
        return made

    yield show
    window.close()
