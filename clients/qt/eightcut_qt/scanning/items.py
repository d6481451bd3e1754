"""Files in the queue, and how each is to be scanned."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut.store.v1 import classifier_service_pb2 as api
from eightcut_client.media import display_name

if TYPE_CHECKING:
    from eightcut.store.v1.classifier_pb2 import Classifier
    from eightcut_client.connection import Connection


class ScanState(Enum):
    """What is being done with a file."""

    WAITING = auto()
    HASHING = auto()
    SCANNING = auto()
    SKIPPED = auto()
    DONE = auto()
    FAILED = auto()
    STOPPED = auto()


RUNNING = frozenset({ScanState.HASHING, ScanState.SCANNING})
FINAL = frozenset({ScanState.SKIPPED, ScanState.DONE, ScanState.FAILED, ScanState.STOPPED})


class ScanJob:
    """How the files that were added together are scanned: all with the same version, whatever is activated meanwhile.

    Attributes:
        profile: Where the scans are kept.
        model: ``ID`` or ``ID_name``.
        rescan: Scan also what this version has scanned.
        fuse_gap: Regions at most this far apart become one, seconds.
    """

    def __init__(self, profile: str, model: str, *, classifier_id: str, rescan: bool, fuse_gap: float) -> None:
        """Takes an empty ``classifier_id`` for the version that is active when the first file's turn comes."""
        self.profile = profile
        self.model = model
        self.rescan = rescan
        self.fuse_gap = fuse_gap
        self._classifier_id = classifier_id
        self._lock = threading.Lock()
        self._classifier: Classifier | None = None

    def wants(self, other: ScanJob) -> bool:
        """Tell whether another job wants of a file what this one does."""
        return (self.profile, self._classifier_id, self.rescan, self.fuse_gap) == (
            other.profile,
            other._classifier_id,
            other.rescan,
            other.fuse_gap,
        )

    def classifier(self, conn: Connection) -> Classifier:
        """Return the version; for tasks.

        Raises:
            EightcutError: There is none, or the Store cannot be reached.
        """
        with self._lock:
            if self._classifier is None:
                if self._classifier_id:
                    request = api.GetClassifierRequest(id=self._classifier_id)
                else:
                    request = api.GetClassifierRequest(active=api.ActiveModel(profile=self.profile, model=self.model))
                self._classifier = conn.classifiers.GetClassifier(request).classifier
            return self._classifier


@dataclass(slots=True, eq=False)
class ScanItem:
    """A file in the queue. Changed by the queue alone, in the UI thread.

    Attributes:
        path: Where it is.
        job: How it is scanned.
        state: What is being done with it.
        digest: SHA-256, empty until it is known.
        fraction: How much of the step it is at is done, 0 to 1.
        speed: Multiple of real time; None until it is known.
        eta: Seconds left; None until it is known.
        away: A service does not answer, and is waited for.
        sentence: What became of it, or what it waits for; empty: nothing to say.
        notes: What is odd about the file.
        scan_id: The version that was made, empty until then.
        regions: How many it has.
        begun: When it was begun, seconds of a monotonic clock; 0: it was not.
    """

    path: Path
    job: ScanJob
    state: ScanState = ScanState.WAITING
    digest: str = ""
    fraction: float = 0.0
    speed: float | None = None
    eta: float | None = None
    away: bool = False
    sentence: str = ""
    notes: list[str] = field(default_factory=list)
    scan_id: str = ""
    regions: int = 0
    begun: float = 0.0

    @property
    def title(self) -> str:
        """Its name."""
        return display_name(self.path)

    @property
    def share(self) -> float:
        """How much of all that is to be done with it is done, 0 to 1: taking the digest counts for little."""
        if self.state is ScanState.HASHING:
            return 0.05 * self.fraction
        if self.state is ScanState.SCANNING:
            return 0.05 + 0.95 * self.fraction
        return 1.0 if self.state in FINAL else 0.0

    def restart(self) -> None:
        """Let it wait for its turn, with nothing of an earlier one."""
        self.fraction, self.speed, self.eta, self.begun = 0.0, None, None, 0.0
        self.away, self.sentence, self.scan_id, self.regions = False, "", "", 0
        self.notes = []
