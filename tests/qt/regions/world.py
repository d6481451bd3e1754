"""Versions to edit, made without scanning anything: through the stream that Inference uses."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eightcut.store.v1.media_service_pb2 import RegisterMediaRequest
from eightcut_client.media import FileStamp
from eightcut_client.register import LocalMedia
from eightcut_client.times import to_duration
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.core.tasks import Lane
from eightcut_qt.gateway import Gateway
from eightcut_qt.regions.documents import ScanDocument
from pytestqt.qtbot import QtBot

from tests.store.harness import digest_of, scan_messages

Regions = Sequence[tuple[float, float, float]]
SOME: Regions = ((10.0, 14.0, 0.6), (20.0, 26.0, 0.9), (40.0, 43.0, 0.7), (60.0, 70.0, 0.8))

_numbers = itertools.count(50_000)


def register(gateway: Gateway, *, duration: float = 100.0) -> str:
    """Make a new media known; returns its digest."""
    digest = digest_of(next(_numbers))
    gateway.connection().media.RegisterMedia(
        RegisterMediaRequest(digest=digest, filename="street.mp4", size_bytes=1000, duration=to_duration(duration))
    )
    return digest


def save(
    gateway: Gateway, media: str, regions: Regions = SOME, scores: Sequence[float] = (), **header: Any
) -> ScanRecord:
    """Save a version."""
    messages = scan_messages(media, regions, scores, profile=gateway.profile, **header)
    return ScanRecord.of(gateway.connection().scans.CreateScan(iter(messages)).scan)


def opened(qtbot: QtBot, context: Context, scan: ScanRecord) -> ScanDocument:
    """Open a version and wait until it is there."""
    document = context.documents.get(scan)
    qtbot.waitUntil(lambda: document.is_loaded and document.scores is not None)
    return document


def settled(qtbot: QtBot, context: Context) -> None:
    """Wait until all edits so far have been answered."""
    ended: list[None] = []
    context.tasks.run(lambda _task: None, lane=Lane.EDIT, done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))


def show_media(context: Context, digest: str, name: str = "street.mp4") -> None:
    """Let the window show a media of this digest."""
    path = Path("/nowhere") / name
    local = LocalMedia(path, digest, FileStamp(1000, 0, 0))
    context.state.set_media(OpenMedia(path, local, registered=True, duration=100.0))
