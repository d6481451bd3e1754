"""Scans that the Store keeps: whether a file needs another one."""

from __future__ import annotations

from eightcut.common.v1 import region_pb2
from eightcut.store.v1 import classifier_pb2, scan_pb2, scan_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import NotFoundError
from eightcut_client.paging import pages
from eightcut_client.times import to_seconds


def find_kept(
    conn: Connection,
    *,
    profile: str,
    media: str,
    classifier: classifier_pb2.Classifier,
    threshold: float | None,
    region_options: region_pb2.RegionOptions,
) -> scan_pb2.Scan | None:
    """Return the newest scan of a file if it was made in just this way, else None.

    Args:
        conn: The services.
        profile: Where the scans are kept.
        media: Digest of the file.
        classifier: The version that it would be scanned with.
        threshold: 0 to 1; None: the classifier's own.
        region_options: How regions would be built.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    newest = scan_service_pb2.LatestScan(profile=profile, media=media, model=classifier.model)
    try:
        scan = conn.scans.GetScan(scan_service_pb2.GetScanRequest(latest=newest)).scan
    except NotFoundError:
        return None
    wanted = classifier.threshold if threshold is None else threshold
    same = (
        scan.HasField("create_time")
        and scan.classifier_id == classifier.id
        and abs(scan.threshold - wanted) < 1e-9
        and _bounds(scan.region_options) == _bounds(region_options)
        and to_seconds(scan.region_options.fuse_gap) == to_seconds(region_options.fuse_gap)
    )
    return scan if same else None


def was_scanned(conn: Connection, *, profile: str, media: str, classifier_id: str) -> bool:
    """Tell whether any kept scan of a file was made with this classifier version, in whatever way.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    request = scan_service_pb2.ListScansRequest(profile=profile, media=media, page_size=1000)
    answers = pages(conn.scans.ListScans, request)
    try:
        return any(scan.classifier_id == classifier_id for page in answers for scan in page.scans)
    except NotFoundError:  # The media is not registered.
        return False


def _bounds(options: region_pb2.RegionOptions) -> int:
    return options.bounds or region_pb2.REGION_BOUNDS_TRIMMED
