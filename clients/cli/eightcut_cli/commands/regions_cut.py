"""`8cut regions cut`: what scans found, to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.commands.regions import app
from eightcut_cli.cutting import Batch, Cuts
from eightcut_cli.cutting_options import Cutting, with_cutting_options
from eightcut_cli.failures import CommandError, PartlyFailedError, UsageMistake
from eightcut_cli.ids import check_folder, parse_id, unique
from eightcut_cli.options import Call, command
from eightcut_cli.output import plural
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_client.exports import CutItem
    from eightcut_client.exports.regions import RegionExport

    from eightcut_cli.region_plans import ScanPlan
    from eightcut_cli.session import Session


@command(app, "cut")
@with_cutting_options
def cut(
    call: Call,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="SCAN [REGION…]",
            help="A scan, as scans list shows it, and perhaps some of its regions. With --latest: files or folders.",
        ),
    ],
    *,
    cutting: Cutting,
    folder: Annotated[str, typer.Option("--folder", metavar="F", help="Folder of the clips: what the sound is.")],
    label: Annotated[str, typer.Option("--label", metavar="L", help="Free text; also in dataset.json.")] = "",
    category: Annotated[str, typer.Option("--category", metavar="C", help="What kind of source it has.")] = "",
    latest: Annotated[
        str | None,
        typer.Option("--latest", metavar="M", help="Of each file that is named, the newest scan by this model."),
    ] = None,
    min_duration: Annotated[
        float,
        typer.Option("--min-duration", metavar="S", parser=parse_seconds, help="Leave shorter regions out."),
    ] = 0.0,
    fuse_gap: Annotated[
        float,
        typer.Option("--fuse-gap", metavar="S", parser=parse_seconds, help="Regions this near become one clip."),
    ] = 0.0,
    again: Annotated[bool, typer.Option("--again", help="Also regions that were exported before.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "--count-only", help="Only say how many files it would be.")
    ] = False,
) -> None:
    """Cut what a scan found to files: DIR/vid_NNN/NAME_NNN_aK_S.mp4, recorded as scan exports.

    All enabled regions, or those that are named. A region not longer than a clip is in the middle of one file; a longer
    one becomes files that start --spread seconds after one another. Regions that were exported before are skipped, so
    the same command continues where it stopped.
    """
    from eightcut_cli.cutting import cut_batches, heal_first, warn_of_folders

    check_folder(folder)
    options = _options(cutting, min_duration, fuse_gap)
    if latest is None:
        targets = [parse_id(each) for each in (targets[0], *unique(targets[1:]))]
    with call.session("store") as session:
        # What a killed export had complete counts as exported, so it is recorded before anything is planned.
        said = [] if dry_run else heal_first(call, session)
        plans, lost = _plans(call, session, targets, options, latest=latest, again=again)
        if not call.out.as_json:
            for plan in plans:
                call.out.line(plan.told())
            sys.stdout.flush()
        lost += _impossible(call, plans)
        cuts = Cuts()
        if not dry_run:
            items, absent = _items(call, plans, folder, label, category)
            lost += absent
            batches = [Batch(cutting.target(folder), items, cutting.options(options.duration))] if items else []
            warn_of_folders(call, session, batches, plans[0].scan.media if len(plans) == 1 else "")
            cuts = cut_batches(session, batches, cutting, said)
    target = cutting.target(folder).folder
    call.out.emit(_document(plans, cuts, lost, target), lambda: None if dry_run else _tell(call, plans, cuts, target))
    if lost or cuts.failed:
        raise PartlyFailedError


def _tell(call: Call, plans: list[ScanPlan], cuts: Cuts, target: Path) -> None:
    if any(plan.plan.planned for plan in plans):
        clips = len({file.clip_id for file in cuts.files})
        call.out.line(f"cut {plural(len(cuts.files), 'file')} of {plural(clips, 'clip')} to {target}")
    elif any(plan.plan.exported for plan in plans):
        call.out.line("nothing to cut. --again cuts what was exported before once more.")
    else:
        call.out.line("nothing to cut.")


def _document(plans: list[ScanPlan], cuts: Cuts, lost: list[tuple[str, str]], target: Path) -> dict[str, object]:
    from eightcut_cli.cutting import failure_documents, file_document

    return {
        "scans": [plan.document() for plan in plans],
        "files": [file_document(each) for each in cuts.files],
        "failures": [*failure_documents(cuts), *({"file": name, "error": sentence} for name, sentence in lost)],
        "planned": sum(plan.plan.files for plan in plans),
        "skipped": sum(plan.plan.skipped for plan in plans),
        "export_folders": [str(target)],
    }


def _options(cutting: Cutting, min_duration: float, fuse_gap: float) -> RegionExport:
    from eightcut_client.errors import InvalidError
    from eightcut_client.exports.regions import RegionExport

    made = cutting.options(RegionExport().duration)
    try:
        return RegionExport.of(made, min_duration=min_duration, fuse_gap=fuse_gap)
    except InvalidError as error:
        raise UsageMistake(str(error)) from None


def _plans(
    call: Call, session: Session, targets: list[str], options: RegionExport, *, latest: str | None, again: bool
) -> tuple[list[ScanPlan], list[tuple[str, str]]]:
    """What becomes of each scan, and the files without one, with a sentence each."""
    from eightcut_client.media.errors import MediaError

    from eightcut_cli.media_files import expand
    from eightcut_cli.region_plans import latest_scan, plan_scan

    if latest is None:
        return [plan_scan(session, targets[0], targets[1:], options, again=again)], []
    plans: dict[str, ScanPlan] = {}
    lost: list[tuple[str, str]] = []
    unscanned = 0
    named = dict.fromkeys(Path(each) for each in targets)
    for path in expand(named):
        try:
            scan_id = latest_scan(session, path, latest)
            if scan_id not in plans:
                plans[scan_id] = plan_scan(session, scan_id, [], options, again=again)
        except (CommandError, MediaError) as error:
            if path not in named:
                unscanned += 1  # A folder may hold anything.
                continue
            call.out.note(str(error))
            lost.append((str(path), str(error)))
            continue
    if unscanned:
        was = "was" if unscanned == 1 else "were"
        call.out.note(
            f"{plural(unscanned, 'file')} in these folders {was} not scanned with {latest}, or cannot be read."
        )
    return list(plans.values()), lost


def _impossible(call: Call, plans: list[ScanPlan]) -> list[tuple[str, str]]:
    """The files of which nothing can be cut, with a sentence each."""
    found = [(each.filename, each.plan.reason) for each in plans if each.plan.reason]
    for filename, reason in found:
        call.out.note(f"{filename}: {reason}")
    return found


def _items(
    call: Call, plans: list[ScanPlan], folder: str, label: str, category: str
) -> tuple[list[CutItem], list[tuple[str, str]]]:
    """What is to be cut, and the files that are not found, with a sentence each."""
    from eightcut_client.exports.regions import region_items

    from eightcut_cli.region_plans import find_source

    items: list[CutItem] = []
    lost: list[tuple[str, str]] = []
    for each in plans:
        if not each.plan.planned:
            continue
        try:
            source = find_source(each)
        except CommandError as error:
            call.out.note(str(error))
            lost.append((each.filename, str(error)))
            continue
        items += region_items(each.plan, source, folder=folder, label=label, category=category)
    return items, lost
