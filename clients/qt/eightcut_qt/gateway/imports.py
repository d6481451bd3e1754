"""Bringing an old library along, and finding the files of its media: the sdk's work, with how far it is in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.media import display_name

if TYPE_CHECKING:
    from eightcut_client.ancestor import FindProgress, ImportOutcome, ImportPlan, Located
    from eightcut_client.cancellation import Cancellation
    from eightcut_client.progress import Progress

    from eightcut_qt.gateway import Services


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of the work.

    Attributes:
        words: What goes on.
        fraction: How much of it is done, 0 to 1; None: not known.
    """

    words: str
    fraction: float | None = None


Tell = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class ReadLibrary:
    """An old library as it was read, and what an import of it would do."""

    plan: ImportPlan
    outcome: ImportOutcome


class ImportCalls:
    """Reads old libraries, imports them, and locates media; see `eightcut_client.ancestor`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def read(
        self, database: Path, folders: Sequence[Path], *, restore: bool = False, tell: Tell, cancel: Cancellation
    ) -> ReadLibrary:
        """Read a library and ask what an import would do; nothing is written.

        Args:
            database: The library.
            folders: Where media are looked for that are not at their place.
            restore: Also bring what was imported before and deleted here since.
            tell: Told how far it is; any thread.
            cancel: Ends it.

        Raises:
            CancelledError: ``cancel`` was used.
            EightcutError: It is no library, or the Store does not answer.
        """
        from eightcut_client.ancestor import prepare

        name = display_name(database)
        conn = self._services.connection()
        plan = prepare(
            database,
            conn,
            media_folders=folders,
            restore=restore,
            on_rows=lambda _table, count: tell(Step(f"Reading {name}: {count:,} rows of a table…")),
            on_find=lambda progress: tell(_finding(progress)),
            cancel=cancel,
        )
        outcome = plan.send(conn, validate_only=True, on_sent=_sent(plan, "Comparing", tell), cancel=cancel)
        return ReadLibrary(plan, outcome)

    def bring(self, found: ReadLibrary, *, tell: Tell, cancel: Cancellation) -> ImportOutcome:
        """Import what was read, all or nothing; rows that could not be understood are left out.

        Raises:
            CancelledError: ``cancel`` was used; nothing was kept.
            EightcutError: The Store refused, or cannot be reached; nothing was kept.
        """
        conn = self._services.connection()
        return found.plan.send(conn, on_sent=_sent(found.plan, "Importing", tell), cancel=cancel)

    def locate(self, folder: Path, *, tell: Tell, cancel: Cancellation) -> Located:
        """Look for unlocated media where they were, and in a folder; what is found is adopted at once.

        Raises:
            CancelledError: ``cancel`` was used; what was adopted stays.
            EightcutError: The Store refused, or cannot be reached.
        """
        from eightcut_client.ancestor import locate_media

        conn = self._services.connection()
        return locate_media(conn, [folder], on_progress=lambda progress: tell(_finding(progress)), cancel=cancel)

    def adopt(self, digest: str, file: Path, *, tell: Tell, cancel: Cancellation) -> Located:
        """Take a file for unlocated media, whatever its name.

        Raises:
            CancelledError: ``cancel`` was used.
            EightcutError: The Store refused, or cannot be reached.
            MediaError: The file cannot be read.
        """
        from eightcut_client.ancestor import locate_media
        from eightcut_client.register import identify_file

        def hashing(progress: Progress) -> None:
            tell(Step(f"Reading {display_name(file)}…", progress.fraction))

        identify_file(file, on_progress=hashing, cancel=cancel)  # It says what is wrong with it.
        return locate_media(self._services.connection(), [], files={digest: file}, cancel=cancel)


def _sent(plan: ImportPlan, word: str, tell: Tell) -> Callable[[int], None]:
    total = max(plan.rows, 1)
    return lambda count: tell(Step(f"{word}: {min(count, total):,} of {total:,} rows…", min(count / total, 1.0)))


def _finding(progress: FindProgress) -> Step:
    if not progress.total:
        what = f"reading {progress.name}" if progress.name else f"{progress.seen:,} files seen"
        return Step(f"Looking for media: {what}…")
    what = f": {progress.name}" if progress.name else ""
    words = f"Looking for media, {min(progress.done + 1, progress.total):,} of {progress.total:,}{what}…"
    return Step(words, (progress.done + progress.fraction) / progress.total)
