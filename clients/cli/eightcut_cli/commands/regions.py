"""`8cut regions`: what a scan found, judged by a person, and handed on to other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.ids import chunks, parse_id, unique
from eightcut_cli.options import Call, command, group
from eightcut_cli.output import plural
from eightcut_cli.text_files import FPS, Format, emit_text
from eightcut_cli.times import clock, parse_seconds

if TYPE_CHECKING:
    from eightcut.store.v1.scan_pb2 import Region
    from eightcut_client.formats import RegionList

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

RegionIds = Annotated[list[str], typer.Argument(metavar="ID…", parser=parse_id, help="As scans show lists them.")]
RegionId = Annotated[str, typer.Argument(metavar="ID", parser=parse_id, help="As scans show lists it.")]


@command(app, "disable")
def disable(
    call: Call,
    ids: RegionIds,
    negative: Annotated[
        bool, typer.Option("--negative", help="Also mark them as hard negatives, for the next training.")
    ] = False,
) -> None:
    """Switch wrong hits off."""
    _set_disabled(call, ids, disabled=True, negative=negative)


@command(app, "enable")
def enable(call: Call, ids: RegionIds) -> None:
    """Switch hits on again."""
    _set_disabled(call, ids, disabled=False)


@command(app, "delete")
def delete(call: Call, ids: RegionIds) -> None:
    """Take regions out of their scan. They come back with restore, under their ids, for as long as the scan is kept."""
    _set_deleted(call, ids, deleted=True)


@command(app, "restore")
def restore(call: Call, ids: RegionIds) -> None:
    """Bring deleted regions back."""
    _set_deleted(call, ids, deleted=False)


@command(app, "resize")
def resize(
    call: Call,
    region_id: RegionId,
    start: Annotated[
        float | None, typer.Option("--start", metavar="S", parser=parse_seconds, help="New start.")
    ] = None,
    end: Annotated[float | None, typer.Option("--end", metavar="S", parser=parse_seconds, help="New end.")] = None,
) -> None:
    """Move the bounds of a region. What the scan found is remembered."""
    from eightcut.store.v1.scan_service_pb2 import UpdateRegionRequest
    from eightcut_client.times import to_duration
    from google.protobuf.field_mask_pb2 import FieldMask

    request = UpdateRegionRequest(id=region_id, update_mask=FieldMask())
    if start is None and end is None:
        raise UsageMistake("say what to change: --start, --end or both.")
    if start is not None:
        request.start.CopyFrom(to_duration(start))
        request.update_mask.paths.append("start")
    if end is not None:
        request.end.CopyFrom(to_duration(end))
        request.update_mask.paths.append("end")
    if start is not None and end is not None and end <= start:
        raise UsageMistake(f"a region cannot end at {end:g} s when it starts at {start:g} s.")
    with call.session("store") as session:
        region = session.connection.scans.UpdateRegion(request).region
    _emit_region(call, region)


@command(app, "merge")
def merge(call: Call, ids: RegionIds) -> None:
    """Make one region of several of one scan. The parts are kept, and come back with unmerge."""
    from eightcut.store.v1.scan_service_pb2 import MergeRegionsRequest, RegionVersion

    if len(unique(ids)) < 2:
        raise UsageMistake("name at least two regions to merge.")
    with call.session("store") as session:
        request = MergeRegionsRequest(regions=[RegionVersion(id=region_id) for region_id in unique(ids)])
        region = session.connection.scans.MergeRegions(request).region
    _emit_region(call, region)


@command(app, "unmerge")
def unmerge(call: Call, region_id: RegionId) -> None:
    """Take a merge back."""
    from eightcut.store.v1.scan_service_pb2 import UnmergeRegionRequest

    with call.session("store") as session:
        answer = session.connection.scans.UnmergeRegion(UnmergeRegionRequest(id=region_id))
    _emit_regions(call, list(answer.regions), "back again")


@command(app, "export")
def export(
    call: Call,
    scan_id: Annotated[str, typer.Argument(metavar="SCAN", parser=parse_id, help="As scans list shows it.")],
    *,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Of which program. Default: csv, and json with --json.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of printing.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also disabled regions.")] = False,
    fps: Annotated[str | None, FPS] = None,
) -> None:
    """Hand the regions of a scan on: to a spreadsheet, Audacity, Raven, LosslessCut, an editor, or as subtitles."""
    from eightcut_client.formats import write

    with call.session("store") as session:
        regions = _region_list(session, scan_id, include_disabled=all_)
    name = format_ or (Format.JSON if call.out.as_json else Format.CSV)
    text = write(regions, name, fps=fps or "25")
    if output is None and call.out.as_json and name is Format.JSON:
        call.out.emit(json.loads(text), lambda: None)
    else:
        emit_text(call.out, text, format_=name.value, output=output, count=len(regions.regions), noun="region")


def _region_list(session: Session, scan_id: str, *, include_disabled: bool) -> RegionList:
    from eightcut_client.formats import Entry, RegionList
    from eightcut_client.times import to_seconds

    from eightcut_cli.scan_reading import read_regions, read_scan
    from eightcut_cli.shapes import filename_of

    scan = read_scan(session, scan_id)
    entries = [
        Entry(region.id, to_seconds(region.start), to_seconds(region.end), region.score, region.disabled)
        for region in read_regions(session, scan_id)
        if include_disabled or not region.disabled
    ]
    name = filename_of(scan.media, session.media_of([scan.media]))
    return RegionList(file=name, model=scan.model, regions=entries, media=scan.media, scan=scan.id)


def _set_disabled(call: Call, ids: list[str], *, disabled: bool, negative: bool = False) -> None:
    from eightcut.store.v1.scan_service_pb2 import BatchSetRegionsDisabledRequest, RegionVersion

    regions: list[Region] = []
    with call.session("store") as session:
        for part in chunks(unique(ids), 1000):
            versions = [RegionVersion(id=region_id) for region_id in part]
            request = BatchSetRegionsDisabledRequest(regions=versions, disabled=disabled)
            regions += session.connection.scans.BatchSetRegionsDisabled(request).regions
        if negative:
            _mark_negative(session, regions)
    done = "disabled" if disabled else "enabled"
    _emit_regions(call, regions, done + _marked(len(regions)) if negative else done)


def _set_deleted(call: Call, ids: list[str], *, deleted: bool) -> None:
    from eightcut.store.v1.scan_service_pb2 import BatchSetRegionsDeletedRequest, RegionVersion

    regions: list[Region] = []
    with call.session("store") as session:
        for part in chunks(unique(ids), 1000):
            versions = [RegionVersion(id=region_id) for region_id in part]
            request = BatchSetRegionsDeletedRequest(regions=versions, deleted=deleted)
            regions += session.connection.scans.BatchSetRegionsDeleted(request).regions
    _emit_regions(call, regions, "deleted" if deleted else "restored")


def _marked(count: int) -> str:
    return " and marked as a hard negative" if count == 1 else " and marked as hard negatives"


def _mark_negative(session: Session, regions: list[Region]) -> None:
    """Marks the windows at the starts of regions as hard negatives of the models that found them."""
    from eightcut.store.v1.hard_negative_service_pb2 import BatchCreateHardNegativesRequest, NewHardNegative

    from eightcut_cli.scan_reading import read_scan

    scans = {scan_id: read_scan(session, scan_id) for scan_id in unique(region.scan_id for region in regions)}
    new = [
        NewHardNegative(media=scans[region.scan_id].media, start=region.start, source_model=scans[region.scan_id].model)
        for region in regions
    ]
    profile = scans[regions[0].scan_id].profile
    for part in chunks(new, 1000):
        request = BatchCreateHardNegativesRequest(profile=profile, hard_negatives=part)
        session.connection.hard_negatives.BatchCreateHardNegatives(request)


def _emit_regions(call: Call, regions: list[Region], done: str) -> None:
    from eightcut_cli.shapes import region_document

    call.out.emit(
        {"regions": [region_document(region) for region in regions]},
        lambda: call.out.line(f"{plural(len(regions), 'region')} {done}"),
    )


def _emit_region(call: Call, region: Region) -> None:
    from eightcut_client.times import to_seconds

    from eightcut_cli.shapes import region_document

    span = f"{clock(to_seconds(region.start))}-{clock(to_seconds(region.end))}"
    call.out.emit(
        {"region": region_document(region)},
        lambda: call.out.line(f"region {region.id} is now {span}, score {region.score:.3f}"),
    )


# It registers itself on this app, which must exist by then.
from eightcut_cli.commands import regions_cut  # noqa: E402, F401
