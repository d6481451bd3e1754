"""From marked clips to what is cut, in a thread: where each goes, and which lie there already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.cutting.options import CutOptions
from eightcut_client.exports.items import CutItem, SubClip
from eightcut_client.media import MediaError

from eightcut_qt.core.records import ClipFileRecord, ClipRecord
from eightcut_qt.core.settings import ExportSettings
from eightcut_qt.exporting.choices import file_name, for_clip, target_folder
from eightcut_qt.exporting.files import is_there
from eightcut_qt.exporting.orders import Batch

if TYPE_CHECKING:
    from eightcut_client.register import LocalMedia


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person wants, as it was when they asked.

    Attributes:
        folder: The export folder that they chose.
        settings: Theirs.
        options: How clips are cut; each with its own length.
        media_duration: Seconds; None: not known.
        again: Also clips that have files there already.
    """

    folder: Path
    settings: ExportSettings
    options: CutOptions
    media_duration: float | None
    again: bool = False

    def target(self, folder: str) -> Path:
        """Return the export folder of clips in a folder."""
        return target_folder(self.folder, folder, by_folder=self.settings.by_folder)


def prepare(
    wanted: Wanted, media: LocalMedia, clips: Iterable[ClipRecord], files: Collection[ClipFileRecord]
) -> list[Batch]:
    """Return what is to be cut: a batch for each export folder and length of clips.

    Args:
        wanted: What the person wants.
        media: The file that the clips are in.
        clips: As the Store has them.
        files: Files that the clips have already; a clip of which one is not on the disk is cut.

    Raises:
        MediaError: The file is shorter than any of the clips.
    """
    from eightcut_client.cutting import cut_again, sub_clips
    from eightcut_client.exports.places import ExportTarget, absolute

    there = {(file.clip_id, Path(file.export_folder)) for file in files}
    there -= {(file.clip_id, Path(file.export_folder)) for file in files if not is_there(file)}
    groups: dict[tuple[ExportTarget, CutOptions], list[CutItem]] = {}
    problem: MediaError | None = None
    fits = False
    for clip in clips:
        folder = absolute(wanted.target(clip.folder))
        if not wanted.again and (clip.id, folder) in there:
            continue
        options = for_clip(wanted.options, clip.duration)
        try:
            if clip.scan_export:
                parts = cut_again(_as_exported(clip, folder, files), options, wanted.media_duration)
            else:
                parts = sub_clips(clip.start, options, wanted.media_duration)
        except MediaError as error:  # Said once where it is so of all clips; else when it is this one's turn.
            problem = error
            parts = (SubClip(0, clip.start, clip.duration),)
        else:
            fits = True
        target = ExportTarget(folder, file_name(wanted.settings, clip.folder))
        id_ = "" if clip.scan_export else clip.id  # A scan export is known by its place.
        item = CutItem(media, parts, clip.start, clip.duration, clip.folder, clip.label, clip.category, id_)
        groups.setdefault((target, options), []).append(item)
    if problem is not None and not fits:
        raise problem
    return [Batch(tuple(items), options, target) for (target, options), items in groups.items()]


def _as_exported(clip: ClipRecord, folder: Path, files: Collection[ClipFileRecord]) -> tuple[SubClip, ...]:
    """Return the files of a scan export as they were made, or one: count and spread are those of marked clips."""
    own = [file for file in files if file.clip_id == clip.id]
    here = [file for file in own if Path(file.export_folder) == folder] or own
    made = {file.index: SubClip(file.index, file.start, file.duration) for file in here}
    return tuple(made[index] for index in sorted(made)) or (SubClip(0, clip.start, clip.duration),)
