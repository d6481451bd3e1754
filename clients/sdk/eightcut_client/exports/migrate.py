"""Moving clips from the old layout, a folder ``clip_NNN`` for each clip, to one folder ``vid_NNN`` for each video.

Files that the Store knows move, with what belongs to them; what it does not know stays. Nothing is ever overwritten.
Batches are journalled: a kill at any moment is healed at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut.store.v1 import export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.exports.dataset import tidy
from eightcut_client.exports.disk import DiskError, explained
from eightcut_client.exports.journal import Journal, JournalEntry
from eightcut_client.exports.migrate_steps import at_neither_place, carry_out, document, moves_of, settle
from eightcut_client.exports.migrate_survey import Move, Row, Survey, assign, is_old, survey
from eightcut_client.exports.places import absolute, list_files, store_key

KIND = "migrate-layout"
"""Of journal entries."""

_BATCH = 500
_Moves = Sequence[Move]


@dataclass(slots=True)
class Migration:
    """What becomes of an export folder.

    Attributes:
        folder: The export folder.
        moves: Files that move, or have moved.
        found: Files that lay in the folder of their video already, and are recorded there now.
        missing: Paths that are recorded, and not on the disk; their records stay as they are.
        strangers: Paths in old folders that nobody has recorded; they stay.
        videos: Numbers of the videos that files move to, by digest.
        moved: How many of ``moves`` are done.
        problem: Why not all is done: one sentence; else empty.
    """

    folder: Path
    moves: list[Move] = field(default_factory=list)
    found: list[Move] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    videos: dict[str, int] = field(default_factory=dict)
    moved: int = 0
    problem: str = ""


def migrate_layout(
    conn: Connection,
    *,
    folders: Collection[Path] = (),
    apply: bool = False,
    journal: Journal,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Migration]:
    """Move the files of all profiles that lie in the old layout, or say what would move.

    Args:
        conn: The services; only the Store is needed.
        folders: Only these export folders; empty: all that have such files.
        apply: Do it; else nothing is changed, neither on the disk nor in the Store.
        journal: Of this client.
        on_progress: Told how many files have moved, and how many there are in all.

    Returns:
        One for each export folder; a disk that is not there stops only its own.

    Raises:
        EightcutError: The Store did not answer. What was begun is healed later.
    """
    found: list[tuple[Migration, Survey]] = []
    for folder, rows in _recorded(conn, folders).items():
        migration = Migration(folder)
        found.append((migration, Survey(folder)))
        if not folder.is_absolute() or not folder.is_dir():
            migration.problem = f"{folder} is not there: connect its disk."
            continue
        try:
            with explained(folder):
                found[-1] = (migration, survey(folder, rows))
                _plan(conn, *found[-1])
        except DiskError as error:
            migration.problem = str(error)
    if apply:
        total = sum(len(seen.sources) for migration, seen in found if not migration.problem)
        done = 0
        for migration, seen in found:
            if not migration.problem:
                _apply(conn, migration, seen, journal, _Counter(on_progress, done, total))
                done += len(seen.sources)
    return [migration for migration, _ in found]


class _Counter:
    """Tells how many files have moved, of those of all export folders."""

    def __init__(self, told: Callable[[int, int], None] | None, before: int, total: int) -> None:
        self._told = told
        self._before = before
        self._total = total

    def __call__(self, done: int) -> None:
        if self._told is not None:
            self._told(self._before + done, self._total)


def heal_entry(conn: Connection, entry: JournalEntry) -> list[str]:
    """Bring to its end what an interrupted move had begun.

    Raises:
        OSError: A disk did not do it.
        EightcutError: The Store did not answer, or the export folder is not there.
    """
    folder = Path(entry.document["export_folder"])
    moves = moves_of(entry)
    if not folder.is_dir() or (at_neither_place(folder, moves) and folder.stat().st_ino != entry.document["inode"]):
        raise DiskError(f"{folder} is not there: connect its disk.")
    done = carry_out(conn, entry, folder, moves, again=True)
    tidy(folder)
    are = "is at its new place" if len(done) == 1 else "are at their new places"
    return [f"{len(done):,} of the files that were on their way in {folder} {are} now."]


def _recorded(conn: Connection, folders: Collection[Path]) -> dict[Path, list[Row]]:
    """What is recorded in export folders that hold old files, or in those that are asked for."""
    wanted = list(dict.fromkeys(absolute(folder) for folder in folders))
    found: dict[Path, list[Row]] = {folder: [] for folder in wanted}
    for place in map(str, wanted) if wanted else [""]:
        for file in list_files(conn, export_folder=place):
            found.setdefault(Path(file.export_folder), []).append(Row.of(file))
    return {folder: rows for folder, rows in found.items() if folder in wanted or any(is_old(row.path) for row in rows)}


def _plan(conn: Connection, migration: Migration, seen: Survey) -> None:
    """Says what would become of a folder, with the numbers that videos would get now."""
    migration.found, migration.missing, migration.strangers = seen.found, seen.missing, seen.strangers
    numbers: dict[str, int] = {}
    floor = seen.floor
    for digest in seen.media:
        request = export_service_pb2.PeekNumbersRequest(export_folder=str(seen.folder), media=digest, video_floor=floor)
        answer = conn.exports.PeekNumbers(request)
        numbers[digest] = answer.video_number
        if not answer.video_known and digest in seen.adopts:
            numbers[digest] = seen.adopts[digest]
        elif not answer.video_known:
            floor = answer.video_number
    migration.videos = numbers
    migration.moves = assign(seen, numbers)


def _apply(conn: Connection, migration: Migration, seen: Survey, journal: Journal, counter: _Counter) -> None:
    folder = migration.folder
    try:
        # First: a video that has no number yet gets that of the folder where its files are.
        planned, migration.found, migration.moves = migration.found, [], []
        for part in _parts(planned):
            _move(conn, folder, part, journal, migration.found)
        migration.videos = {digest: _reserve(conn, seen, digest) for digest in seen.media}
        planned, migration.moves = assign(seen, migration.videos), []
        for part in _parts(planned):
            _move(conn, folder, part, journal, migration.moves)
            counter(len(migration.moves))
    except DiskError as error:
        migration.problem = str(error)
    migration.moved = len(migration.moves)


def _reserve(conn: Connection, seen: Survey, digest: str) -> int:
    """The number of a video; one that has none gets its own for good, and no number of a clip is used up."""
    request = export_service_pb2.ReserveNumbersRequest(
        export_folder=str(seen.folder), media=digest, count=0, video_floor=seen.floor
    )
    return conn.exports.ReserveNumbers(request).video_number


def _move(conn: Connection, folder: Path, moves: list[Move], journal: Journal, done: list[Move]) -> None:
    """Moves a batch; adds what has moved to ``done``, also when not all could be."""
    with explained(folder):
        inode = folder.stat().st_ino
    with explained(journal.folder):
        head = {"store": store_key(conn), "export_folder": str(folder), "inode": inode}
        entry = journal.begin(KIND, document(head, moves))
    with entry:
        try:
            with explained(folder):
                done += carry_out(conn, entry, folder, moves)
        except BaseException:
            done += settle(conn, entry, folder)
            raise
        entry.done()


def _parts(moves: _Moves) -> Iterable[list[Move]]:
    return (list(moves[start : start + _BATCH]) for start in range(0, len(moves), _BATCH))
