"""Writes regions to a file for another program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.formats import FRAME_RATES, Entry, RegionList, write
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QWidget

from eightcut_qt.core.records import RegionRecord
from eightcut_qt.results.words import regions as count_of

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.regions.documents import ScanDocument

KINDS: tuple[tuple[str, str, str], ...] = (
    ("csv", "Table with a header", ".csv"),
    ("audacity", "Audacity labels", ".txt"),
    ("raven", "Raven selection table", ".selections.txt"),
    ("losslesscut", "LosslessCut segments", ".llc.csv"),
    ("webvtt", "WebVTT captions", ".vtt"),
    ("srt", "SubRip subtitles", ".srt"),
    ("json", "JSON", ".json"),
    ("edl", "Edit decision list", ".edl"),
)
"""Formats of the sdk by name, with what they are called and how their files end."""


class Exporter(QObject):
    """Asks where to, and writes there."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._folder: Path | None = None

    def ask(self, document: ScanDocument, regions: Sequence[RegionRecord]) -> QFileDialog:
        """Let the person choose a file; the dialog is open when this returns."""
        media = self._context.state.media
        name = media.path.name if media is not None else "regions"
        folder = self._folder or (media.path.parent if media is not None else Path.home())
        dialog = QFileDialog(self._window, "Export Labels", str(folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters([_filter(title, suffix) for _, title, suffix in KINDS])
        stem = Path(name).stem

        def fit() -> None:
            suffix = target(stem, dialog.selectedNameFilter())[0].name.removeprefix(stem)
            dialog.setDefaultSuffix(suffix.removeprefix("."))
            dialog.selectFile(stem + suffix)

        fit()
        dialog.filterSelected.connect(fit)
        entries = RegionList(
            name,
            document.scan.model,
            [Entry(document.store_id(one.id), one.start, one.end, one.score, one.disabled) for one in regions],
            document.scan.media,
            document.scan.id,
        )

        def chosen() -> None:
            files = dialog.selectedFiles()
            if files:
                self.write(entries, *target(files[0], dialog.selectedNameFilter()))

        dialog.accepted.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def write(self, regions: RegionList, file: Path, kind: str) -> None:
        """Write a file in a task, whole or not at all."""
        self._folder = file.parent
        notices, fps = self._context.notices, frame_rate_name(self._context.player.frame_duration)

        def done(_value: None) -> None:
            notices.info(f"{count_of(len(regions.regions))} written to {file.name}.")

        self._context.tasks.run(lambda _task: _write(regions, file, kind, fps), done=done, owner=self)


def frame_rate_name(frame: float) -> str:
    """Return the frame rate of timecode nearest to that of a video of which a frame lasts so many seconds."""
    rates = [rate for rate in FRAME_RATES.values() if not rate.drop]
    return min(rates, key=lambda rate: abs(float(rate.exact) * frame - 1.0)).name


def target(file: str, chosen: str) -> tuple[Path, str]:
    """Return which file to write in which format.

    Args:
        file: As the dialog gave it.
        chosen: The filter that was chosen; an ending of the file that says otherwise wins.
    """
    path = Path(file)
    kind, suffix = next(
        ((name, suffix) for name, title, suffix in KINDS if _filter(title, suffix) == chosen),
        (KINDS[0][0], KINDS[0][2]),
    )
    if path.name.lower().endswith(suffix):
        return path, kind
    fitting = [(name, suffix) for name, _, suffix in KINDS if path.name.lower().endswith(suffix)]
    if fitting:
        return path, max(fitting, key=lambda found: len(found[1]))[0]
    return (path if path.suffix else path.with_name(path.name + suffix)), kind


def _filter(title: str, suffix: str) -> str:
    return f"{title} (*{suffix})"


def _write(regions: RegionList, file: Path, kind: str, fps: str) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(write(regions, kind, fps=fps), encoding="utf-8", newline="")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
