"""Importing an old library: first the report of what would come, then all of it or nothing.

Example:
    Ask what would happen, show it, and do it::

        plan = prepare(Path.home() / ".8cut.db", conn)
        report = plan.send(conn, validate_only=True)
        if wanted(plan, report):
            done = plan.send(conn)
            assert all(table.equal for table in done.tables)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import grpc
from eightcut.store.v1 import import_service_pb2 as pb
from eightcut.store.v1 import media_service_pb2

from eightcut_client.ancestor.by_name import OnFind
from eightcut_client.ancestor.classifiers import OldClassifier, list_classifiers
from eightcut_client.ancestor.errors import DamagedRowsError
from eightcut_client.ancestor.files import FileCheck, check_files
from eightcut_client.ancestor.finding import MediaBook, find_media
from eightcut_client.ancestor.lines import LineSum, sum_up
from eightcut_client.ancestor.locating import find_adopted, list_unlocated
from eightcut_client.ancestor.messages import TABLE_NUMBERS, requests
from eightcut_client.ancestor.reading import OldLibrary, OnRows, read_library
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.errors import EightcutError
from eightcut_client.times import to_seconds

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What happened to the rows of a table, or would.

    Attributes:
        table: Its name.
        rows: In the old library, the damaged ones and duplicates included.
        sent: Rows that the Store got.
        added: New ones.
        known: Imported before, and as they were.
        changed: Imported before, and changed or deleted in the Store since; left as they are there.
        merged: The same as what is there already.
        old: What the rows sum up to in the old library.
        new: The same of what the Store read back of all that is neither changed nor merged.
    """

    table: str
    rows: int
    sent: int
    added: int
    known: int
    changed: int
    merged: int
    old: LineSum
    new: LineSum

    @property
    def comparable(self) -> bool:
        """Whether all rows are in the Store as they came, so that the sums must be equal."""
        return not self.changed and not self.merged

    @property
    def equal(self) -> bool:
        """Whether they are."""
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What was done, or would be.

    Attributes:
        tables: Of the old library, in the order in which they were imported.
        new_profiles: Profiles that were made.
        new_media: Media that are new, located or not.
        conflicts: Sentences about what did not fit as it was.
        clips: Clips that the files belong to and that are new.
        scans: Scans that are new.
        located: Media that were known by name from an earlier import, and whose files are found now.
    """

    tables: tuple[TableOutcome, ...]
    new_profiles: tuple[str, ...]
    new_media: int
    conflicts: tuple[str, ...]
    clips: int
    scans: int
    located: int


@dataclass(slots=True)
class ImportPlan:
    """An old library, read and ready to be imported; nothing was written yet.

    Attributes:
        library: Its rows, and those that could not be understood.
        book: Their media, found or not.
        files: Which clip files are on the disk.
        classifiers: Old classifiers, with the commands that make them anew.
        sums: Of the tables.
        restore: Also bring what was imported before and deleted in the Store since.
    """

    library: OldLibrary
    book: MediaBook
    files: FileCheck
    classifiers: list[OldClassifier]
    sums: dict[str, LineSum]
    restore: bool = False

    @property
    def rows(self) -> int:
        """How many rows would be sent."""
        library = self.library
        return len(library.files) + len(library.regions) + len(library.negatives) + len(library.hidden)

    def require_sound(self) -> None:
        """Refuse a library with damaged rows.

        Raises:
            DamagedRowsError: There are some.
        """
        damaged = self.library.damaged
        if damaged:
            more = f", and {len(damaged) - 1:,} more" if len(damaged) > 1 else ""
            raise DamagedRowsError(
                f"Nothing was imported, for there are rows that cannot be understood: row {damaged[0].row} of "
                f"{damaged[0].table} ({damaged[0].why}){more}; leave them out with --skip-damaged."
            )

    def send(
        self,
        conn: Connection,
        *,
        validate_only: bool = False,
        on_sent: Callable[[int], None] | None = None,
        cancel: Cancellation | None = None,
    ) -> ImportOutcome:
        """Import it, all or nothing; what was imported before adds nothing. Damaged rows are left out.

        Args:
            conn: The services.
            validate_only: Let the Store do it all, compare, and keep nothing.
            on_sent: Told how many rows were sent.
            cancel: Ends it from another thread; nothing is kept then.

        Raises:
            CancelledError: ``cancel`` was used.
            EightcutError: The Store refused or cannot be reached; nothing was kept.
        """
        cancel = cancel or Cancellation()
        located = self._located_now(conn)
        stream = requests(
            self.library, self.book, self.sums, validate_only=validate_only, restore=self.restore, on_sent=on_sent
        )
        call = conn.imports.ImportLibrary.future(_until_cancelled(stream, cancel))
        with cancel.calling(call.cancel):
            try:
                answer = call.result()
            except (grpc.FutureCancelledError, EightcutError):
                cancel.check()
                raise
        return self._outcome(answer, located)

    def _located_now(self, conn: Connection) -> int:
        """Return how many media an earlier import knew by name and place only, whose file is found now."""
        found = {place for media in self.book.located for place in media.places}
        return sum((media.filename, media.path_hint) in found for media in list_unlocated(conn))

    def _outcome(self, answer: pb.ImportLibraryResponse, located: int) -> ImportOutcome:
        told = {table.table: table for table in answer.tables}
        tables = []
        for name, number in TABLE_NUMBERS.items():
            one = told.get(number, pb.TableOutcome())
            tables.append(
                TableOutcome(
                    table=name,
                    rows=self.library.rows[name],
                    sent=one.received,
                    added=one.added,
                    known=one.known,
                    changed=one.changed,
                    merged=one.merged,
                    old=self.sums[name],
                    new=LineSum(one.found.rows, one.found.sha256),
                )
            )
        return ImportOutcome(
            tables=tuple(tables),
            new_profiles=tuple(answer.new_profiles),
            new_media=answer.new_media,
            conflicts=tuple(answer.conflicts),
            clips=answer.clips,
            scans=answer.scans,
            located=located,
        )


def prepare(
    path: str | os.PathLike[str],
    conn: Connection | None = None,
    *,
    media_folders: Sequence[str | os.PathLike[str]] = (),
    look_for_media: bool = True,
    model_folders: Sequence[str | os.PathLike[str]] = (),
    zone: tzinfo | None = None,
    restore: bool = False,
    on_rows: OnRows | None = None,
    on_find: OnFind | None = None,
    cancel: Cancellation | None = None,
) -> ImportPlan:
    """Read an old library and look for its media. Nothing is written, neither to it nor to the Store.

    Args:
        path: The database, usually ~/.8cut.db.
        conn: The services, asked only for media that are known already.
        media_folders: Where media that are not at their place are looked for by name.
        look_for_media: False: look for none; they wait to be located later.
        model_folders: Where old classifiers lie, besides ``models`` beside the database.
        zone: Time zone in which the library was written; None: that of this machine.
        restore: Also bring what was imported before and deleted in the Store since.
        on_rows: Told how far the reading is.
        on_find: Told how far the search for media is.
        cancel: Ends it from another thread.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store cannot be reached.
        LibraryError: It is no library, is damaged, or cannot be read.
    """
    library = read_library(path, zone=zone, on_rows=on_rows, cancel=cancel)
    book = find_media(
        library,
        folders=media_folders,
        look=look_for_media,
        known_durations=_durations(conn) if conn is not None else None,
        on_progress=on_find,
        cancel=cancel,
    )
    if conn is not None:
        waiting = {media.stand_in: media for media in book.unlocated}
        for stand_in, found in find_adopted(conn, list(waiting)).items():
            waiting[stand_in].adopted = found
    return ImportPlan(
        library=library,
        book=book,
        files=check_files(library, cancel=cancel),
        classifiers=list_classifiers(library, model_folders),
        sums=sum_up(library, book),
        restore=restore,
    )


def _durations(conn: Connection) -> Callable[[list[str]], Mapping[str, float]]:
    def ask(digests: list[str]) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for start in range(0, len(digests), _BATCH):
            request = media_service_pb2.BatchGetMediaRequest(digests=digests[start : start + _BATCH])
            found |= {media.digest: to_seconds(media.duration) for media in conn.media.BatchGetMedia(request).media}
        return found

    return ask


def _until_cancelled(
    stream: Iterator[pb.ImportLibraryRequest], cancel: Cancellation
) -> Iterator[pb.ImportLibraryRequest]:
    for request in stream:
        if cancel.cancelled:
            return
        yield request
