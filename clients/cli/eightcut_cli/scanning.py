"""Scanning files, several at once."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut.common.v1.region_pb2 import REGION_BOUNDS_TRIMMED, REGION_BOUNDS_UNION, RegionOptions
from eightcut_client.errors import CancelledError, DataLossError, EightcutError, InvalidError
from eightcut_client.kept import find_kept
from eightcut_client.media.errors import MediaError
from eightcut_client.parallel import work_on_all
from eightcut_client.register import identify_file
from eightcut_client.scan import scan_file
from eightcut_client.times import to_duration

if TYPE_CHECKING:
    from eightcut.store.v1.classifier_pb2 import Classifier
    from eightcut.store.v1.scan_pb2 import Scan
    from eightcut_client.cancellation import Cancellation
    from eightcut_client.register import LocalMedia

    from eightcut_cli.progress import Board
    from eightcut_cli.session import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes:
        path: As the person named it.
        scan: Its scan, new or kept; None when it failed.
        reused: The scan was there already.
        failure: One sentence when it failed, else empty.
        hopeless: It failed for a reason that other files would fail for too; the sentence is not about the file.
    """

    path: Path
    scan: Scan | None = None
    reused: bool = False
    failure: str = ""
    hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is to be scanned.

    Attributes:
        path: As the person named it.
        title: What it is called while it is worked on; no other has the same.
    """

    path: Path
    title: str


@dataclass(frozen=True, slots=True)
class Identified:
    """A file that was read once.

    Attributes:
        target: Which.
        local: Its identity; None when it cannot be read.
        failure: Why it cannot, in one sentence.
    """

    target: Target
    local: LocalMedia | None
    failure: str = ""


class Job:
    """How files are to be scanned.

    Attributes:
        session: The services.
    """

    def __init__(
        self,
        session: Session,
        classifier: Classifier,
        threshold: float | None,
        *,
        union: bool,
        fuse_gap: float,
        rescan: bool,
    ) -> None:
        """Takes the options of the command.

        Args:
            session: The services.
            classifier: The version to scan with.
            threshold: 0 to 1; None: the classifier's own.
            union: Regions span all their windows instead of where the evidence is.
            fuse_gap: Regions at most this far apart become one, seconds.
            rescan: Make a new version even of a file whose newest scan was made in this way.
        """
        self.session = session
        self._classifier = classifier
        self._threshold = threshold
        self._options = RegionOptions(
            fuse_gap=to_duration(fuse_gap), bounds=REGION_BOUNDS_UNION if union else REGION_BOUNDS_TRIMMED
        )
        self._rescan = rescan
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Lock] = {}

    def identify(self, target: Target, board: Board, cancel: Cancellation) -> Identified:
        """Takes the digest of a file; one that cannot be read is told of when its turn comes."""
        try:
            local = identify_file(target.path, on_progress=functools.partial(board, target.title), cancel=cancel)
        except MediaError as error:
            return Identified(target, None, str(error))
        return Identified(target, local)

    def run(self, found: Identified, board: Board, cancel: Cancellation) -> Outcome:
        """Scans a file, unless that was done already.

        Raises:
            CancelledError: ``cancel`` was used.
        """
        target, local = found.target, found.local
        try:
            if local is None:
                return Outcome(target.path, failure=found.failure)
            with self._alone(local.digest):
                cancel.check()
                kept = None if self._rescan else self._kept(local)
                if kept is not None:
                    return Outcome(target.path, kept, reused=True)
                return Outcome(target.path, self._scan(local, target, board, cancel))
        except CancelledError:
            raise
        except (MediaError, InvalidError, DataLossError) as error:
            return Outcome(target.path, failure=str(error))
        except EightcutError as error:
            return Outcome(target.path, failure=str(error), hopeless=True)
        finally:
            board.done(target.title)

    @contextlib.contextmanager
    def _alone(self, digest: str) -> Iterator[None]:
        """Lets copies of one file be scanned one after the other: the second finds the first one's scan."""
        with self._lock:
            own = self._busy.setdefault(digest, threading.Lock())
        with own:
            yield

    def _scan(self, local: LocalMedia, target: Target, board: Board, cancel: Cancellation) -> Scan:
        return scan_file(
            self.session.connection,
            local,
            profile=self.session.profile,
            classifier_id=self._classifier.id,
            threshold=self._threshold,
            region_options=self._options,
            on_progress=functools.partial(board, target.title),
            on_warning=lambda sentence: board.note(f"{local.filename}: {sentence}"),
            cancel=cancel,
        )

    def _kept(self, local: LocalMedia) -> Scan | None:
        """The newest scan of the file, if it was made in just this way."""
        return find_kept(
            self.session.connection,
            profile=self.session.profile,
            media=local.digest,
            classifier=self._classifier,
            threshold=self._threshold,
            region_options=self._options,
        )


def scan_all(job: Job, paths: Sequence[Path], jobs: int, board: Board) -> list[Outcome]:
    """Scans files, several at once, and tells of failures in the order of the files.

    Returns:
        What became of each, in order; those that were not begun, or stopped, because of a hopeless failure are
        left out.
    """
    many = len(paths) > 1
    targets = [
        Target(path, f"[{number}/{len(paths)}] {path.name}" if many else path.name)
        for number, path in enumerate(paths, start=1)
    ]
    board.expect(len(targets))

    def tell(outcome: Outcome) -> None:
        if outcome.failure:
            named = outcome.hopeless or outcome.path.name in outcome.failure
            board.note(outcome.failure if named else f"{outcome.path.name}: {outcome.failure}")

    outcomes = work_on_all(
        targets,
        lambda target, cancel: job.identify(target, board, cancel),
        lambda found, cancel: job.run(found, board, cancel),
        jobs=jobs,
        stops=lambda outcome: outcome.hopeless,
        on_result=tell,
    )
    return [outcome for outcome in outcomes if outcome is not None]
