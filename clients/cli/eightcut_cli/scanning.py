"""Scanning one file after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut.common.v1.region_pb2 import REGION_BOUNDS_TRIMMED, REGION_BOUNDS_UNION, RegionOptions
from eightcut.store.v1.scan_service_pb2 import GetScanRequest, LatestScan
from eightcut_client.errors import DataLossError, EightcutError, InvalidError, NotFoundError
from eightcut_client.media.errors import MediaError
from eightcut_client.register import identify_file
from eightcut_client.scan import scan_file
from eightcut_client.times import to_duration, to_seconds

if TYPE_CHECKING:
    from eightcut.store.v1.classifier_pb2 import Classifier
    from eightcut.store.v1.scan_pb2 import Scan
    from eightcut_client.progress import OnProgress
    from eightcut_client.register import LocalMedia

    from eightcut_cli.session import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes:
        path: As the person named it.
        scan: Its scan, new or kept; None when it failed.
        reused: The scan was there already.
        failure: One sentence when it failed, else empty.
        hopeless: It failed for a reason that other files would fail for too.
    """

    path: Path
    scan: Scan | None = None
    reused: bool = False
    failure: str = ""
    hopeless: bool = False


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

    def run(self, path: Path, on_progress: OnProgress, on_warning: Callable[[str], None]) -> Outcome:
        """Scans a file, unless that was done already.

        Args:
            path: The file.
            on_progress: Told how far it is.
            on_warning: Told in one sentence what is odd about the file.
        """
        try:
            local = identify_file(path, on_progress=on_progress)
            kept = None if self._rescan else self._kept(local)
            if kept is not None:
                return Outcome(path, kept, reused=True)
            return Outcome(path, self._scan(local, on_progress, on_warning))
        except (MediaError, InvalidError, DataLossError) as error:
            return Outcome(path, failure=str(error))
        except EightcutError as error:
            return Outcome(path, failure=str(error), hopeless=True)

    def _scan(self, local: LocalMedia, on_progress: OnProgress, on_warning: Callable[[str], None]) -> Scan:
        return scan_file(
            self.session.connection,
            local,
            profile=self.session.profile,
            classifier_id=self._classifier.id,
            threshold=self._threshold,
            region_options=self._options,
            on_progress=on_progress,
            on_warning=lambda sentence: on_warning(f"{local.filename}: {sentence}"),
        )

    def _kept(self, local: LocalMedia) -> Scan | None:
        """The newest scan of the file, if it was made in just this way."""
        newest = LatestScan(profile=self.session.profile, media=local.digest, model=self._classifier.model)
        try:
            scan = self.session.connection.scans.GetScan(GetScanRequest(latest=newest)).scan
        except NotFoundError:
            return None
        threshold = self._classifier.threshold if self._threshold is None else self._threshold
        same = (
            scan.HasField("create_time")
            and scan.classifier_id == self._classifier.id
            and abs(scan.threshold - threshold) < 1e-9
            and (scan.region_options.bounds or REGION_BOUNDS_TRIMMED) == self._options.bounds
            and to_seconds(scan.region_options.fuse_gap) == to_seconds(self._options.fuse_gap)
        )
        return scan if same else None
