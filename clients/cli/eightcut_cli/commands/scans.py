"""`8cut scans`: the history of a file's results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.ids import parse_id, unique
from eightcut_cli.options import Call, command, group
from eightcut_cli.output import plural
from eightcut_cli.times import clock, local

if TYPE_CHECKING:
    from collections.abc import Collection

    from eightcut.store.v1.scan_pb2 import Region, Scan

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

ScanId = Annotated[str, typer.Argument(metavar="ID", parser=parse_id, help="As scans list shows it.")]


@command(app, "list")
def list_(
    call: Call,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A file, or the name of one that is gone; none: all files.")
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="M", help="Only of this model.")] = "",
) -> None:
    """List the kept versions of a file's results, the newest first."""
    from eightcut_cli import files
    from eightcut_cli.shapes import filename_of, version_document

    with call.session("store") as session:
        digest = files.find(session, file) if file is not None else ""
        scans = _all_scans(session, digest, model)
        media = session.media_of(scan.media for scan in scans)

    def show() -> None:
        if not scans:
            call.out.line("no scans" + (f" of {file.name}" if file is not None else ""))
            return
        several_models = len({scan.model for scan in scans}) > 1
        # A version of the classifier with more than one threshold: only that tells such scans apart.
        kinds = {(scan.classifier_id, round(scan.threshold, 6)) for scan in scans}
        several_thresholds = len(kinds) > len({scan.classifier_id for scan in scans})
        for scan in scans:
            where = f"  {filename_of(scan.media, media)}" if file is None else ""
            model_shown = f"  {scan.model}" if several_models else ""
            threshold = f"  threshold {scan.threshold:.3g}" if several_thresholds else ""
            call.out.line(f"{history_line(scan)}{threshold}{model_shown}{where}")

    call.out.emit({"scans": [version_document(scan, media) for scan in scans]}, show)


def history_line(scan: Scan) -> str:
    """A version on one line: "12  2026-04-19 14:30  v3  12 regions, best 0.95"."""
    made_by = f"v{scan.classifier_version}" if scan.classifier_id else "imported"
    when = local(scan.create_time) if scan.HasField("create_time") else "unknown time   "
    best = f", best {scan.best_score:.2f}" if scan.HasField("best_score") else ""
    pinned = "  pinned" if scan.pinned else ""
    return f"{scan.id:>4}  {when}  {made_by}  {plural(scan.region_count, 'region')}{best}{pinned}"


@command(app, "show")
def show_(
    call: Call,
    scan_id: ScanId,
    plot: Annotated[bool, typer.Option("--plot", help="Also draw the score track.")] = False,
    scores: Annotated[bool, typer.Option("--scores", help="With --json: also the score of every window.")] = False,
) -> None:
    """Show a scan with its regions."""
    from eightcut_client.times import to_seconds

    from eightcut_cli.plot import draw
    from eightcut_cli.region_plans import exported_of
    from eightcut_cli.scan_reading import grid_of, read_regions, read_scan, read_scores, scan_document
    from eightcut_cli.shapes import filename_of

    with call.session("store") as session:
        scan = read_scan(session, scan_id)
        if call.out.as_json:
            document = scan_document(session, scan, file=None, with_scores=scores)
            exported = exported_of(session, scan, read_regions(session, scan.id))
            call.out.emit({**document, "exported": sorted(exported, key=int)}, lambda: None)
            return
        regions = read_regions(session, scan.id)
        exported = exported_of(session, scan, regions)
        track = read_scores(session, scan) if plot else ()
        media = session.media_of([scan.media])
    threshold = f"  threshold {scan.threshold:.3g}" if scan.classifier_id else ""  # Imported ones do not say it.
    call.out.line(f"{filename_of(scan.media, media)}  {scan.model}{threshold}")
    call.out.line(history_line(scan))
    if plot:
        spans = [(to_seconds(r.start), to_seconds(r.end)) for r in regions if not r.disabled]
        for line in draw(track, threshold=scan.threshold, grid=grid_of(scan), regions=spans):
            call.out.line(line)
    if regions:
        call.out.table(
            ("id", "start", "end", "length", "score", ""), region_rows(regions, exported), right=REGION_NUMBERS
        )


REGION_NUMBERS = ("id", "start", "end", "length", "score")


def region_rows(regions: list[Region], exported: Collection[str] = ()) -> list[tuple[str, ...]]:
    """Regions as rows of a table: id, start, end, length, score, remark."""
    from eightcut_client.times import to_seconds

    rows: list[tuple[str, ...]] = []
    for region in regions:
        start, end = to_seconds(region.start), to_seconds(region.end)
        resized = region.start != region.original_start or region.end != region.original_end
        said = (("disabled", region.disabled), ("resized", resized), ("exported", region.id in exported))
        remarks = [remark for remark, holds in said if holds]
        rows.append(
            (region.id, clock(start), clock(end), f"{end - start:.1f} s", f"{region.score:.3f}", ", ".join(remarks))
        )
    return rows


@command(app, "diff")
def diff(
    call: Call,
    before: Annotated[str, typer.Argument(metavar="ID", parser=parse_id, help="The older scan.")],
    after: Annotated[str, typer.Argument(metavar="ID", parser=parse_id, help="The newer scan of the same file.")],
) -> None:
    """Show what a newer scan gained, lost, moved and kept."""
    from eightcut.store.v1.scan_service_pb2 import DiffScansRequest
    from eightcut_client.times import to_seconds

    from eightcut_cli.shapes import pair_document, region_document

    with call.session("store") as session:
        answer = session.connection.scans.DiffScans(DiffScansRequest(before_id=before, after_id=after))

    def show() -> None:
        rows = [("+ gained", region) for region in answer.gained]
        rows += [("- lost", region) for region in answer.lost]
        rows += [("~ moved", pair.after) for pair in answer.moved]
        rows += [("  kept", pair.after) for pair in answer.kept]
        for what, region in sorted(rows, key=lambda row: to_seconds(row[1].start)):
            span = f"{clock(to_seconds(region.start))}-{clock(to_seconds(region.end))}"
            call.out.line(f"{what:<9}{span:>18}  {region.score:.3f}")
        call.out.line(
            f"{len(answer.gained)} gained, {len(answer.lost)} lost, {len(answer.moved)} moved, {len(answer.kept)} kept"
        )

    call.out.emit(
        {
            "gained": [region_document(region) for region in answer.gained],
            "lost": [region_document(region) for region in answer.lost],
            "moved": [pair_document(pair) for pair in answer.moved],
            "kept": [pair_document(pair) for pair in answer.kept],
        },
        show,
    )


@command(app, "pin")
def pin(
    call: Call,
    scan_id: ScanId,
    unpin: Annotated[bool, typer.Option("--unpin", help="Let it be pruned again.")] = False,
) -> None:
    """Keep a scan for good: newer scans never push it out."""
    from eightcut.store.v1.scan_service_pb2 import UpdateScanRequest
    from google.protobuf.field_mask_pb2 import FieldMask

    from eightcut_cli.shapes import version_document

    with call.session("store") as session:
        request = UpdateScanRequest(id=scan_id, pinned=not unpin, update_mask=FieldMask(paths=["pinned"]))
        scan = session.connection.scans.UpdateScan(request).scan
        media = session.media_of([scan.media])
    call.out.emit({"scan": version_document(scan, media)}, lambda: call.out.line(history_line(scan)))


@command(app, "delete")
def delete(
    call: Call,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", parser=parse_id, help="As scans list shows them.")],
) -> None:
    """Delete scans with their regions, pinned ones too."""
    from eightcut.store.v1.scan_service_pb2 import DeleteScanRequest

    from eightcut_cli.scan_reading import read_scan

    wanted = unique(ids)
    with call.session("store") as session:
        # Looked at first, so that one wrong id does not leave half of the work done.
        for scan_id in wanted:
            read_scan(session, scan_id)
        for scan_id in wanted:
            session.connection.scans.DeleteScan(DeleteScanRequest(id=scan_id))
    call.out.emit({"deleted": len(wanted)}, lambda: call.out.line(f"deleted {plural(len(wanted), 'scan')}"))


def _all_scans(session: Session, digest: str, model: str) -> list[Scan]:
    from eightcut.store.v1.scan_service_pb2 import ListScansRequest
    from eightcut_client.paging import pages

    request = ListScansRequest(profile=session.profile, media=digest, model=model, page_size=1000)
    return [scan for page in pages(session.connection.scans.ListScans, request) for scan in page.scans]
