"""What the export queue does in its thread, with the sdk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from eightcut_client.errors import EightcutError
from eightcut_client.exports.places import has_files
from eightcut_client.media import MediaError

from eightcut_qt.core.bus import Topic
from eightcut_qt.exporting.orders import Batch, Outcome, Place, Prepare, Step

if TYPE_CHECKING:
    from pathlib import Path

    from eightcut_client.connection import Connection
    from eightcut_client.cutting.options import CutOptions
    from eightcut_client.exports import ExportTarget
    from eightcut_client.exports.cut import ExportEvent
    from eightcut_client.exports.items import CutItem
    from eightcut_client.exports.journal import Journal

Tell = Callable[[Step], None]


class FolderGoneError(EightcutError):
    """An export folder is not there, but should hold files: its disk may not be connected."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not there, though clips were exported to it.")
        self.folder = folder


def open_journal(connection: Connection) -> Journal:
    """Return the journal of this machine's exports."""
    from eightcut_client.exports.journal import Journal, journal_dir

    return Journal(journal_dir(connection.data_dir))


def cut_all(place: Place, cuts: Sequence[Prepare], tell: Tell, *, create: bool = False) -> Outcome:
    """Cut what several orders want, batch after batch.

    Args:
        place: With what.
        cuts: Say what is to be cut.
        tell: Told how far it is.
        create: Make export folders anew that are gone.

    Raises:
        FolderGoneError: One of them is.
        EightcutError: The Store, or the disk, takes no more.
        CutError: Likewise, or there is no ffmpeg.
    """
    from eightcut_client.exports import cut_items

    found = _Found()
    batches = merged([batch for cut in cuts for batch in found.of(cut, place)])
    if not batches:
        there = "All of these clips lie in the export folder already; Cut Selected Clips Again cuts over them."
        said = () if found.failed else (there,)
        return Outcome(said=said, failed=tuple(found.failed))
    for folder in {batch.target.folder for batch in batches}:
        if not create and not folder.exists() and has_files(place.connection, str(folder)):
            raise FolderGoneError(folder)
    total = sum(len(item.files) for batch in batches for item in batch.items)
    before = 0
    for batch in batches:
        begun: set[str] = set()

        def on_event(event: ExportEvent, before: int = before, begun: set[str] = begun) -> None:
            # Files are done clip by clip; of one clip's many files, all but the last that were begun are complete.
            begun.add(event.path)
            tell(Step(before + max(event.done, len(begun) - place.workers), total))

        result = cut_items(
            place.connection,
            place.profile,
            batch.items,
            batch.target,
            batch.options,
            journal=place.journal,
            workers=place.workers,
            cancel=place.cancel,
            on_event=on_event,
            create=create,
        )
        before += sum(len(item.files) for item in batch.items)
        found.take(result.failed, result.notes, len(result.files))
        tell(Step(before, total))
    clips = sum(len(batch.items) for batch in batches)
    media = frozenset(item.media.digest for batch in batches for item in batch.items)
    scanned = any(item.is_scan_export for batch in batches for item in batch.items)
    topics = Topic.CLIP_FILES | Topic.CLIPS if scanned else Topic.CLIP_FILES
    return Outcome(topics, media, found.said(), (), tuple(found.failed), clips)


def merged(batches: Sequence[Batch]) -> list[Batch]:
    """Put together what is cut alike into one folder; of a clip that is wanted twice the last wish holds."""
    last: dict[tuple[object, ...], tuple[CutItem, Batch]] = {}
    for batch in batches:
        for item in batch.items:
            key = (batch.target.folder, item.clip_id or (item.media.digest, item.start, item.duration, item.folder))
            last.pop(key, None)
            last[key] = (item, batch)
    groups: dict[tuple[ExportTarget, CutOptions], list[CutItem]] = {}
    for item, batch in last.values():
        groups.setdefault((batch.target, batch.options), []).append(item)
    return [Batch(tuple(items), options, target) for (target, options), items in groups.items()]


def heal_all(place: Place, _tell: Tell) -> Outcome:
    """Bring to an end what a killed process has left."""
    from eightcut_client.exports.healing import heal

    said = heal(place.connection, place.journal)
    return Outcome(Topic.CLIP_FILES | Topic.CLIPS if said else None, frozenset(), (), tuple(said))


def delete_clips(place: Place, ids: Collection[str], media: str) -> Outcome:
    """Delete clips with their files."""
    from eightcut_client.exports import remove_clips

    removed = remove_clips(place.connection, place.profile, list(ids), journal=place.journal)
    clips, files = counted(removed.clips, "clip"), counted(removed.erased, "file")
    said = (*removed.notes, f"Deleted {clips}, and {files} from disk.")
    return Outcome(Topic.CLIP_FILES | Topic.CLIPS, frozenset({media}), said)


def delete_files(place: Place, ids: Collection[str], media: str) -> Outcome:
    """Delete files; their clips stay."""
    from eightcut_client.exports import remove_files

    removed = remove_files(place.connection, place.profile, list(ids), journal=place.journal)
    said = (*removed.notes, f"Deleted {counted(removed.erased, 'file')} from disk.")
    return Outcome(Topic.CLIP_FILES, frozenset({media}), said)


def relabel_clips(place: Place, labels: Mapping[str, str]) -> Outcome:
    """Let dataset.json and the records of files follow the labels of clips, by id."""
    from eightcut_client.exports import relabel_files
    from eightcut_client.exports.disk import DiskError

    try:
        changed = relabel_files(place.connection, place.profile, labels)
    except DiskError as error:
        return Outcome(warnings=(f"dataset.json has the old label still: {error}",))
    return Outcome(Topic.CLIP_FILES if changed else None)


def disable_clips(place: Place, *, folder: str = "", media: str = "", disabled: bool) -> Outcome:
    """Disable or enable all clips of a folder or of a media."""
    from eightcut_client.exports import set_disabled

    moved = set_disabled(
        place.connection, place.profile, folder=folder, media=media, disabled=disabled, journal=place.journal
    )
    what = "Disabled" if disabled else "Enabled"
    clips, files = counted(moved.clips, "clip"), counted(moved.files, "file")
    said = f"{what} {clips}; moved {files}." if moved.clips or moved.files else "There was nothing to move."
    missing = (f"{counted(len(moved.missing), 'file')} could not be moved: not on the disk.",) if moved.missing else ()
    topics, where = Topic.CLIP_FILES | Topic.CLIPS, frozenset({media} if media else ())
    return Outcome(topics, where, (*moved.notes, said), missing)


def counted(number: int, word: str) -> str:
    """Return "1 clip", "3 clips"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


class _Found:
    """What came of batches so far."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self._files = 0
        self._notes: dict[str, None] = {}

    def of(self, cut: Prepare, place: Place) -> Sequence[Batch]:
        """Return what an order wants; what keeps it from being cut does not keep others."""
        try:
            return cut(place)
        except MediaError as error:
            self.failed.append(str(error))
            return ()

    def take(self, failed: Iterable[tuple[object, str]], notes: Iterable[str], files: int) -> None:
        from eightcut_client.exports.publishing import CLIP_GONE

        for _item, sentence in failed:
            if sentence == CLIP_GONE:  # The person took it back, as a rule: that is no failure.
                self._notes[sentence] = None
            else:
                self.failed.append(sentence)
        self._notes.update(dict.fromkeys(notes))
        self._files += files

    def said(self) -> tuple[str, ...]:
        cut = (f"Cut {counted(self._files, 'file')}.",) if self._files else ()
        return (*self._notes, *cut)
