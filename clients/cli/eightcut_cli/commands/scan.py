"""`8cut scan`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import PartlyFailedError, UsageMistake
from eightcut_cli.ids import parse_id
from eightcut_cli.options import JOBS, Call, command
from eightcut_cli.output import plural
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_cli.scanning import Job, Outcome
    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Bounds(StrEnum):
    """Which bounds a region gets."""

    TRIMMED = "trimmed"
    UNION = "union"


def parse_path(text: str) -> Path:
    """Reads a path.

    Raises:
        UsageMistake: It is empty, as an unset variable of a script is: that must not mean the working folder.
    """
    if not text:
        raise UsageMistake("a file to scan has an empty name.")
    return Path(text)


def parse_threshold(text: str) -> float:
    """Reads a score, 0 to 1.

    Raises:
        UsageMistake: It is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        raise UsageMistake(f"“{text}” is no threshold: it must be a number from 0 to 1.")
    return value


@command(app, "scan")
def scan(
    call: Call,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", parser=parse_path, help="Video and audio files, or folders of them."),
    ] = None,
    *,
    model: Annotated[str, typer.Option("--model", metavar="M", help="Its active classifier is used.")],
    classifier: Annotated[
        str | None,
        typer.Option("--classifier", metavar="ID", parser=parse_id, help="This version of the model instead."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", metavar="T", parser=parse_threshold, help="0 to 1. Default: the classifier's."),
    ] = None,
    bounds: Annotated[
        Bounds, typer.Option("--bounds", help="Regions as the evidence is, or as the windows are.")
    ] = Bounds.TRIMMED,
    fuse_gap: Annotated[
        float,
        typer.Option("--fuse-gap", metavar="S", parser=parse_seconds, help="Regions this near become one."),
    ] = 0.0,
    scores: Annotated[bool, typer.Option("--scores", help="With --json: also the score of every window.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="All media of the profile whose files are found.")] = False,
    rescan: Annotated[
        bool, typer.Option("--rescan", help="Also files whose newest scan was made in just this way.")
    ] = False,
    jobs: Annotated[int | None, JOBS] = None,
) -> None:
    """Find a sound in files. Each scan is kept as a version of the file's results.

    A file whose newest scan was made by the same classifier version with the same options is not scanned again: its
    kept scan is shown, unless --rescan is given. So the same command continues where it was interrupted.
    """
    from eightcut_cli.models import classifier_of
    from eightcut_cli.scanning import Job

    if not files and not all_:
        raise UsageMistake("name the files to scan, or say --all.")
    if fuse_gap > 3600:
        raise UsageMistake("--fuse-gap can be at most an hour.")
    with call.session("inference", "store") as session:
        chosen = classifier_of(session, model, classifier)
        job = Job(session, chosen, threshold, union=bounds is Bounds.UNION, fuse_gap=fuse_gap, rescan=rescan)
        outcomes = _run(call, job, files or [], all_=all_, jobs=jobs)
        _emit(call, session, outcomes, scores=scores)
    if any(outcome.failure for outcome in outcomes):
        raise PartlyFailedError


def _run(call: Call, job: Job, files: list[Path], *, all_: bool, jobs: int | None) -> list[Outcome]:
    from eightcut_client.parallel import default_jobs

    from eightcut_cli.media_files import expand, known_files
    from eightcut_cli.progress import shown
    from eightcut_cli.scanning import scan_all

    targets = expand(files)
    if all_:
        found, absent = known_files(job.session)
        targets += [path for path in found if path not in targets]
        for name in absent:
            call.out.note(f"{name} is not where it was, and is left out.")
    if not targets:
        raise UsageMistake("there is nothing to scan: no media file was found.")
    with shown() as board:
        return scan_all(job, targets, jobs or default_jobs(), board)


def _emit(call: Call, session: Session, outcomes: list[Outcome], *, scores: bool) -> None:
    from eightcut_cli.commands.scans import REGION_NUMBERS, region_rows
    from eightcut_cli.scan_reading import read_regions, scan_document

    done = [(outcome, outcome.scan) for outcome in outcomes if outcome.scan is not None]
    if call.out.as_json:
        documents = []
        for outcome, made in done:
            document = scan_document(session, made, file=str(outcome.path), with_scores=scores)
            documents.append({**document, "reused": outcome.reused})
        failures = [{"file": str(o.path), "error": o.failure} for o in outcomes if o.failure]
        call.out.emit({"scans": documents, "failures": failures}, lambda: None)
        return
    for outcome, made in done:
        best = f", best {made.best_score:.2f}" if made.HasField("best_score") else ""
        kept = ", kept from before; --rescan makes a new one" if outcome.reused else ""
        call.out.line(
            f"{outcome.path.name}: {plural(made.region_count, 'region')}{best}"
            f" (scan {made.id}, {made.model} v{made.classifier_version}{kept})"
        )
        if len(outcomes) == 1 and made.region_count:
            rows = region_rows(read_regions(session, made.id))
            call.out.table(("id", "start", "end", "length", "score", ""), rows, right=REGION_NUMBERS)
