"""Which clips of the open file are cut to files, and whether these are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.clips.model import FileSign
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.records import ClipFileRecord, ClipRecord
from eightcut_qt.core.tasks import Task

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_SAME = 0.002  # Seconds.
_FRAMES = 0.33  # Seconds: in LTX-2 mode a file has the number of frames, out of every eighth, that fits.
_NEAR_END = 0.25  # Seconds: how long a video is said to be, and how long it is, may differ by a few frames.

WAITING = FileSign("…", "It is being cut, or waits for it.", 1)


@dataclass(frozen=True, slots=True)
class FilesOf:
    """The files of a clip; ``missing`` of them are not on this disk."""

    files: tuple[ClipFileRecord, ...]
    missing: int = 0


def sign_of(clip: ClipRecord, found: FilesOf, media_duration: float | None, target: Path | None = None) -> FileSign:
    """Return what the table says of a clip's files.

    Args:
        clip: As it is now.
        found: Its files.
        media_duration: Seconds; None: not known.
        target: The export folder that it would be cut to now; None: none is chosen.
    """
    count = len(found.files)
    what = "1 file" if count == 1 else f"{count:,} files"
    first = found.files[0]
    *folders, name = first.path.split("/")
    where = os.path.join(first.export_folder, *folders)  # noqa: PTH118  thousands of clips are told of at once
    if found.missing:
        return FileSign(f"{found.missing} missing", f"{found.missing} of {what} are not in {where}.", 2, warns=True)
    if all(_changed(clip, one, media_duration) for one in _firsts(found, target)):
        tip = f"The clip was changed since it was cut to {what} in {where}; cut it again."
        return FileSign(f"{count}, changed", tip, 3, warns=True)
    if target is not None and str(target) not in {file.export_folder for file in found.files}:
        other = os.path.basename(first.export_folder) != target.name  # noqa: PTH119  likewise
        tip = f"It is cut to {what} in {where}, but clips of {clip.folder} go to {target} now: cut it there, too."
        return FileSign("elsewhere", tip, 3, warns=other)
    return FileSign(f"{count}", f"Cut to {what} in {where}, the first one {name}.", 4)


def _firsts(found: FilesOf, target: Path | None) -> Sequence[ClipFileRecord]:
    """Return the first file in the export folder where there is one, else the first in each that has files."""
    firsts: dict[str, ClipFileRecord] = {}
    for file in found.files:
        firsts.setdefault(file.export_folder, file)
    here = None if target is None else firsts.get(str(target))
    return [here] if here is not None else list(firsts.values())


def _changed(clip: ClipRecord, first: ClipFileRecord, media_duration: float | None) -> bool:
    """Tell whether files are not what the clip is now."""
    if first.label != clip.label:
        return True
    # Files of a scan export are as long as was wanted of them, not as the stretch that they come from.
    if not clip.scan_export and abs(first.duration - clip.duration) > (_FRAMES if first.ltx2 else _SAME):
        return True
    moved = first.start - clip.start
    if moved < -_SAME and media_duration is not None:  # One that would reach beyond the end starts earlier.
        return abs(first.start + first.duration - media_duration) > _NEAR_END
    return abs(moved) > _SAME


class ClipFiles(QObject):
    """The files of the open file's clips, by the Store's ids of the clips."""

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._digest = ""
        self._found: Mapping[str, FilesOf] = {}
        self._task: Task[Mapping[str, FilesOf]] | None = None
        self._after: list[Callable[[], None]] = []
        context.bus.changed.connect(self._heard)
        context.state.media_changed.connect(self._media_changed)
        self._media_changed()

    def of(self, clip_id: str) -> FilesOf | None:
        """Return the files of a clip, None when it has none."""
        return self._found.get(clip_id)

    def after_reading(self, call: Callable[[], None]) -> None:
        """Call something as soon as what is known is up to date."""
        self._after.append(call)
        if self._task is None:
            self._over()

    def _media_changed(self) -> None:
        media = self._context.state.media
        digest = media.digest if media is not None and media.registered else ""
        if digest != self._digest:
            self._digest = digest
            self._show({})
            self._read()

    def _heard(self, change: Change) -> None:
        if change.concerns(Topic.CLIP_FILES | Topic.CLIPS, self._digest):
            if change.topics & Topic.PROFILE:
                self._show({})
            self._read()

    def _read(self) -> None:
        if self._task is not None:
            self._task.stop()
            self._task = None
        if not self._digest:
            self._over()
            return
        files: Callable[[], list[ClipFileRecord]] = partial(self._context.gateway.exports.files, media=self._digest)
        task = self._context.tasks.run(
            lambda _task: _group(files()),
            done=self._show,
            failed=lambda _error: None,  # What was read stays; the link says what is wrong.
            ended=lambda: self._over(task),
            owner=self,
        )
        self._task = task

    def _over(self, task: object = None) -> None:
        if task is not self._task:  # A newer one is under way.
            return
        self._task = None
        after, self._after = self._after, []
        for call in after:
            call()

    def _show(self, found: Mapping[str, FilesOf]) -> None:
        if found != self._found:
            self._found = found
            self.changed.emit()


def _group(files: Sequence[ClipFileRecord]) -> Mapping[str, FilesOf]:
    """Look which files are there, by clip."""
    groups: dict[str, list[ClipFileRecord]] = {}
    for file in files:
        groups.setdefault(file.clip_id, []).append(file)
    return {
        id_: FilesOf(tuple(sorted(own, key=lambda file: file.index)), sum(not is_there(file) for file in own))
        for id_, own in groups.items()
    }


def is_there(file: ClipFileRecord) -> bool:
    """Tell whether a file is on this machine's disk; not for the UI thread."""
    try:
        return os.path.lexists(file.location)
    except ValueError:  # No path of this system.
        return False
