"""Cutting to files, as clips and regions share it: with its progress, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eightcut_cli.failures import CommandError
from eightcut_cli.output import plural
from eightcut_cli.times import clock

if TYPE_CHECKING:
    from eightcut.store.v1.clip_file_pb2 import ClipFile
    from eightcut_client.cutting import CutOptions
    from eightcut_client.exports import CutItem, ExportEvent, ExportTarget, Journal

    from eightcut_cli.cutting_options import Cutting
    from eightcut_cli.options import Call
    from eightcut_cli.progress import Board
    from eightcut_cli.session import Session

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips that go to one export folder.

    Attributes:
        target: Where.
        items: Which.
        options: How.
    """

    target: ExportTarget
    items: Sequence[CutItem]
    options: CutOptions

    @property
    def files(self) -> int:
        """How many files they become."""
        return sum(len(item.files) for item in self.items)


@dataclass(slots=True)
class Cuts:
    """What a command has cut.

    Attributes:
        files: As the Store recorded them.
        failed: Clips of which nothing was made, with a sentence each.
    """

    files: list[ClipFile] = field(default_factory=list)
    failed: list[tuple[CutItem, str]] = field(default_factory=list)


def journal_of(session: Session) -> Journal:
    """The journal of this client."""
    from eightcut_client.exports import Journal, journal_dir

    return Journal(journal_dir(session.connection.data_dir))


def heal_first(call: Call, session: Session) -> list[str]:
    """Brings to its end what was interrupted last time, before anything is looked up; returns what was said of it."""
    from eightcut_client.exports import heal

    said = heal(session.connection, journal_of(session))
    for sentence in said:
        call.out.note(sentence)
    return said


def warn_of_folders(call: Call, session: Session, batches: Iterable[Batch], digest: str = "") -> None:
    """Says what is odd about where clips go."""
    from eightcut_client.exports import folder_warnings

    for batch in batches:
        folders = {item.folder for item in batch.items}
        for sentence in folder_warnings(session.connection, session.profile, batch.target.folder, folders, digest):
            call.out.note(f"warning: {sentence}")


def cut_batches(session: Session, batches: Sequence[Batch], cutting: Cutting, said: Sequence[str]) -> Cuts:
    """Cuts clips, shows progress, and tells of those that could not be cut, and what was not ``said`` before."""
    from eightcut_client.exports import cut_items, default_workers
    from eightcut_client.exports.disk import FolderGoneError

    from eightcut_cli.progress import shown

    cuts = Cuts()
    told = set(said)
    with shown() as board:
        follow = _follow(board, sum(batch.files for batch in batches))
        for batch in batches:
            try:
                result = cut_items(
                    session.connection,
                    session.profile,
                    batch.items,
                    batch.target,
                    batch.options,
                    journal=journal_of(session),
                    workers=cutting.workers or default_workers(),
                    on_event=follow,
                    create=cutting.create,
                )
            except FolderGoneError as error:
                raise CommandError(f"{str(error).rstrip('.')}, or say --create to have it made anew.") from error
            for note in result.notes:
                if note not in told:
                    board.note(note)
            told.update(result.notes)
            for item, sentence in result.failed:
                board.note(f"{title_of(item)}: {sentence}")
            cuts.files += result.files
            cuts.failed += result.failed
    return cuts


def title_of(item: CutItem) -> str:
    """A clip for reading."""
    number = f"clip {item.clip_id}, " if item.clip_id else ""
    return f"{number}{item.media.filename} {clock(item.start)}"


def _follow(board: Board, total: int) -> Callable[[ExportEvent], None]:
    from eightcut_client.progress import Progress, Stage

    running: dict[str, float] = {}
    over = [0]
    steps = 1000

    def follow(event: ExportEvent) -> None:
        if event.kind in ("done", "failed"):
            running.pop(event.path, None)
            over[0] += 1
        else:
            running[event.path] = event.fraction
        done = over[0] + min(sum(running.values()), total - over[0])
        board(f"cutting {plural(total, 'file')}", Progress(Stage.SCORING, round(done * steps), total * steps))

    return follow


def file_document(file: ClipFile) -> Document:
    """A file that was cut, in JSON. The names are promised to scripts: change none."""
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
    from eightcut_client.exports.places import spelled
    from eightcut_client.times import to_seconds

    return {
        "id": file.id,
        "clip": file.clip_id,
        "media": file.media,
        "folder": file.folder,
        "origin": "scan_export" if file.origin == CLIP_ORIGIN_SCAN_EXPORT else "marked",
        "export_folder": file.export_folder,
        "path": file.path,
        "file": spelled(file),
        "index": file.index,
        "start": to_seconds(file.start),
        "duration": to_seconds(file.duration),
        "label": file.label,
        "format": file.settings.format,
        "size": file.size_bytes,
    }


def failure_documents(cuts: Cuts) -> list[Document]:
    """Clips that could not be cut, in JSON."""
    return [
        {"clip": item.clip_id or None, "file": str(item.media.path), "start": item.start, "error": sentence}
        for item, sentence in cuts.failed
    ]
