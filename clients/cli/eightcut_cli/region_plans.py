"""What the regions of scans would become as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.exports.regions import RegionPlan, exported_ids, exported_marks, plan_regions
from eightcut_client.formats import Entry
from eightcut_client.local_files import find_file
from eightcut_client.times import to_seconds

from eightcut_cli.failures import CommandError
from eightcut_cli.output import plural
from eightcut_cli.scan_reading import read_regions, read_scan
from eightcut_cli.shapes import Document, filename_of

if TYPE_CHECKING:
    from eightcut.store.v1.media_pb2 import Media
    from eightcut.store.v1.scan_pb2 import Region, Scan
    from eightcut_client.exports.regions import RegionExport
    from eightcut_client.register import LocalMedia

    from eightcut_cli.session import Session


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """A scan, and what its regions would become.

    Attributes:
        scan: The scan.
        filename: Of its media.
        media: As the Store knows it.
        plan: Which clips and files.
    """

    scan: Scan
    filename: str
    media: Media
    plan: RegionPlan

    def told(self) -> str:
        """How many there are of everything, in one line for a person."""
        plan = self.plan
        parts = [f"{plural(plan.regions, 'region')} → {plural(plan.files, 'file')}"]
        if plan.clips != plan.regions:
            parts[0] += f" of {plural(plan.clips, 'clip')}"
        if plan.exported:
            parts.append(f"{plan.skipped:,} already exported")
        if plan.too_short:
            parts.append(f"{len(plan.too_short):,} too short")
        return f"{self.filename}: {', '.join(parts)}"

    def document(self) -> Document:
        """The same for a program."""
        return {
            "scan": self.scan.id,
            "filename": self.filename,
            "media": self.scan.media,
            "model": self.scan.model,
            "regions": self.plan.regions,
            "clips": self.plan.clips,
            "files": self.plan.files,
            "exported": list(self.plan.exported),
            "too_short": list(self.plan.too_short),
            "reason": self.plan.reason,
            "planned": [
                {
                    "regions": list(one.ids),
                    "start": one.start,
                    "duration": one.duration,
                    "files": [{"start": file.start, "duration": file.duration} for file in one.files],
                }
                for one in self.plan.planned
            ],
        }


def plan_scan(session: Session, scan_id: str, chosen: Sequence[str], options: RegionExport, *, again: bool) -> ScanPlan:
    """Decides what becomes of the regions of a scan.

    Args:
        session: The services.
        scan_id: Which scan.
        chosen: Ids of regions, disabled ones too; empty: all that are enabled.
        options: How.
        again: Also those that were exported before.

    Raises:
        CommandError: A region that was named is none of the scan's, or its media was imported and not found yet.
    """
    scan = read_scan(session, scan_id)
    regions = read_regions(session, scan_id)
    known = {region.id for region in regions}
    for region_id in chosen:
        if region_id not in known:
            raise CommandError(f"Scan {scan_id} has no region {region_id}: 8cut scans show {scan_id} lists them.")
    wanted = [
        Entry(region.id, to_seconds(region.start), to_seconds(region.end))
        for region in regions
        if (region.id in chosen if chosen else not region.disabled)
    ]
    media = session.media_of([scan.media])
    if media[scan.media].unlocated:
        raise CommandError(
            f"{filename_of(scan.media, media)} was not found yet: 8cut media locate FOLDER looks for it."
        )
    marks = exported_marks(session.connection, scan.profile, scan.media)
    duration = to_seconds(media[scan.media].duration)
    plan = plan_regions(wanted, options, duration, marks, again=again)
    return ScanPlan(scan, filename_of(scan.media, media), media[scan.media], plan)


def exported_of(session: Session, scan: Scan, regions: Sequence[Region]) -> frozenset[str]:
    """The ids of regions that were cut to files before."""
    entries = [Entry(region.id, to_seconds(region.start), to_seconds(region.end)) for region in regions]
    return exported_ids(entries, exported_marks(session.connection, scan.profile, scan.media) if entries else ())


def find_source(plan: ScanPlan) -> LocalMedia:
    """The file that clips of a scan are cut from.

    Raises:
        CommandError: It is nowhere.
    """
    found = find_file(plan.media.digest, plan.media.path_hint, size=plan.media.size_bytes or None)
    if found is None:
        raise CommandError(
            f"{plan.filename} is not where it was: name it once where it is now, as in 8cut scans list FILE."
        )
    return found


def latest_scan(session: Session, path: Path, model: str) -> str:
    """The id of a file's newest scan by a model.

    Raises:
        EightcutError: There is none.
        MediaError: The file cannot be read.
    """
    from eightcut.store.v1.scan_service_pb2 import GetScanRequest, LatestScan
    from eightcut_client.errors import NotFoundError

    from eightcut_cli import files

    latest = LatestScan(profile=session.profile, media=files.find(session, path), model=model)
    try:
        return session.connection.scans.GetScan(GetScanRequest(latest=latest)).scan.id
    except NotFoundError as error:
        if error.reason == "PROFILE_UNKNOWN":
            raise
        raise CommandError(f"{path.name} was not scanned with {model}: 8cut scan finds its regions.") from None
