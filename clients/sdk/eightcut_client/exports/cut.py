"""Cutting many clips to files: several at once, recorded as they become complete, none half done after a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eightcut.store.v1 import clip_file_pb2

from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.cutting import find_ffmpeg, spread_crops
from eightcut_client.cutting.options import CutOptions
from eightcut_client.exports.disk import explained, make_folder
from eightcut_client.exports.items import CutItem
from eightcut_client.exports.journal import Journal
from eightcut_client.exports.names import safe_name
from eightcut_client.exports.places import ExportTarget, absolute, inside, open_folder, store_key
from eightcut_client.exports.relisting import relist_damaged

KIND = "cut"
"""Of journal entries."""

MOST_WORKERS = 32


@dataclass(frozen=True, slots=True)
class ExportEvent:
    """Something that happened to a file.

    Attributes:
        kind: "started", "progress" (a part of it is done), "done" (recorded; files become so clip by clip), "failed".
        item: The clip.
        path: Of the file, below the export folder.
        done: Files that are over, failed ones included.
        total: Files in all.
        fraction: Of this file, 0 to 1.
        sentence: Why it failed; else empty.
    """

    kind: Literal["started", "progress", "done", "failed"]
    item: CutItem
    path: str
    done: int
    total: int
    fraction: float = 0.0
    sentence: str = ""


OnEvent = Callable[[ExportEvent], None]


@dataclass(slots=True)
class ExportResult:
    """What an export came to.

    Attributes:
        files: As the Store recorded them, in the order of the items.
        failed: Clips of which nothing was made, with a sentence each.
        notes: Sentences on the way, such as an encoder that did not work.
    """

    files: list[clip_file_pb2.ClipFile] = field(default_factory=list)
    failed: list[tuple[CutItem, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def default_workers() -> int:
    """Return how many files to cut at once: encoders use several cores, but not at their start and end."""
    return min(max((os.cpu_count() or 1) // 2, 2), 4)


def cut_items(
    conn: Connection,
    profile: str,
    items: Sequence[CutItem],
    target: ExportTarget,
    options: CutOptions,
    *,
    journal: Journal,
    workers: int = 2,
    cancel: Cancellation | None = None,
    on_event: OnEvent | None = None,
    create: bool = False,
) -> ExportResult:
    """Cut clips to files and record them.

    A clip that has files in the export folder is cut over them, under their names; what its last export had more is
    removed. All files of a clip become visible together: a clip that fails has none of the new ones, and stops no
    other clip.

    Args:
        conn: The services; only the Store is needed.
        profile: Whose clips.
        items: What to cut; no clip twice.
        target: Export folder and base name.
        options: How; each file's own length is its `SubClip`'s.
        journal: Of this client.
        workers: Files at once.
        cancel: Stops it from another thread; what is complete is recorded.
        on_event: Told of every file, in the threads that cut, never twice at once. What it raises ends the export.
        create: Also make an export folder that is gone although it should hold files.

    Raises:
        CancelledError: ``cancel`` was used.
        CutError: The disk takes no more, or there is no ffmpeg; what was complete is recorded.
        EightcutError: A folder is unfit (DiskError), or the Store refused or did not answer. Files that were complete
            then are recorded when healed.
    """
    from eightcut_client.exports.cutting_run import CuttingRun
    from eightcut_client.exports.healing import heal
    from eightcut_client.exports.planning import Planner

    result = ExportResult(notes=heal(conn, journal))
    if not items:
        return result
    folder = absolute(target.folder)
    ffmpeg = find_ffmpeg()
    open_folder(conn, folder, create=create)
    result.notes += relist_damaged(conn, [str(folder)])
    with explained(journal.folder):
        document = {"store": store_key(conn), "profile": profile, "export_folder": str(folder)}
        entry = journal.begin(KIND, {**document, "temporaries": [], "publishing": []})
    with entry:
        with explained(folder):
            planner = Planner(conn, profile, folder, safe_name(target.name), entry.token)
            planned = planner.plan(items, _resolved(items, options))
        with explained(journal.folder):
            names = [hidden for clip in planned for file in clip.clip.files for hidden, _ in file.names]
            entry.update({**document, "temporaries": names, "publishing": []})
        with explained(folder):
            for place in {inside(folder, file.path).parent for clip in planned for file in clip.clip.files}:
                make_folder(place)
            run = CuttingRun(conn, planner, entry, planned, folder=folder, result=result, on_event=on_event)
        run.go(ffmpeg, min(max(workers, 1), MOST_WORKERS), cancel or Cancellation())
    return result


def _resolved(items: Sequence[CutItem], options: CutOptions) -> list[list[CutOptions]]:
    """Options of every file: what is left to chance is decided over the whole batch."""
    place = f"{items[0].media.digest} {items[0].start:.6f}"
    each = iter(spread_crops(options, sum(len(item.files) for item in items), place))
    return [[next(each) for _ in item.files] for item in items]


def export_name(folder: Path) -> str:
    """Return the base name that files of an export folder have unless a person says another: the folder's name."""
    return safe_name(folder.name.removesuffix("_disabled"))
