"""`8cut import-8cut`: the library of the desktop program that 8-cut descends from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import CommandError, UsageMistake, one_line
from eightcut_cli.options import Call, command
from eightcut_cli.output import plural

if TYPE_CHECKING:
    from eightcut_client.ancestor import ImportOutcome, ImportPlan

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "import-8cut")
def import_8cut(
    call: Call,
    database: Annotated[
        Path | None, typer.Argument(metavar="[DATABASE]", help="The old library. Default: ~/.8cut.db.")
    ] = None,
    *,
    media: Annotated[
        list[Path] | None,
        typer.Option("--media", metavar="FOLDER", help="Look there for media that are not at their old place."),
    ] = None,
    without_media: Annotated[
        bool, typer.Option("--without-media", help="Look for no media now: “8cut media locate” does it later.")
    ] = False,
    models: Annotated[
        list[Path] | None, typer.Option("--models", metavar="FOLDER", help="Where old classifiers (.joblib) lie.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="In which it was used: Europe/Paris. Default: this machine's."),
    ] = None,
    skip_damaged: Annotated[
        bool, typer.Option("--skip-damaged", help="Leave out rows that cannot be understood.")
    ] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Also bring what was imported before and deleted here since.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would come.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Bring the library of the old desktop program along, all or nothing.

    The old database is never changed. A second import adds only what is new.
    """
    from eightcut_client.ancestor import DEFAULT_NAME

    from eightcut_cli.import_report import import_document, show_done, show_plan

    # Where nobody can be asked, nothing happens that was not asked for.
    unasked = not (dry_run or yes) and not sys.stdin.isatty()
    dry_run = dry_run or unasked
    if without_media and media:
        raise UsageMistake("--without-media looks for no media, so --media makes no sense.")
    for each in [*(media or []), *(models or [])]:
        if not each.is_dir():
            raise UsageMistake(f"there is no folder {each}.")
    source = _Source(
        (database or Path.home() / DEFAULT_NAME).expanduser(),
        media or (),
        not without_media,
        models or (),
        timezone,
        restore,
    )
    with call.session("store") as session:
        plan, outcome = _compare(
            session,
            source,
            sound=not (skip_damaged or dry_run) and (yes or call.out.as_json),
            # With --yes nobody waits for the answer: the import itself tells the same.
            validate_only=not yes or dry_run,
        )
        if (dry_run or not yes) and not call.out.as_json:
            show_plan(call.out, plan, outcome)
            sys.stdout.flush()
        if dry_run:
            call.out.emit(import_document(plan, outcome, dry_run=True), lambda: None)
            if plan.library.damaged and not skip_damaged:
                call.out.note("rows that cannot be understood stop an import: --skip-damaged leaves them out.")
            if unasked and _is_anything_new(outcome):
                call.out.note("nothing was imported: say --yes to import it.")
            return
        if not skip_damaged:
            plan.require_sound()
        if not yes and _is_anything_new(outcome):
            _ask(outcome)
            outcome = _send(session, plan, validate_only=False)

    def show() -> None:
        if yes:
            show_plan(call.out, plan, outcome)
        show_done(call.out, outcome)

    call.out.emit(import_document(plan, outcome, dry_run=False), show)


@dataclass(frozen=True, slots=True)
class _Source:
    """An old library, and how it is read."""

    database: Path
    media_folders: Sequence[Path]
    look_for_media: bool
    model_folders: Sequence[Path]
    timezone: str | None
    restore: bool


def _compare(
    session: Session, source: _Source, *, sound: bool, validate_only: bool
) -> tuple[ImportPlan, ImportOutcome]:
    """Read an old library and send it; ``sound``: refuse it if any row of it is damaged."""
    from eightcut_client.ancestor import prepare, zone_of

    from eightcut_cli.progress import shown
    from eightcut_cli.steps import Steps

    with shown() as board:
        steps = Steps(board)
        plan = prepare(
            source.database,
            session.connection,
            media_folders=source.media_folders,
            look_for_media=source.look_for_media,
            model_folders=source.model_folders,
            zone=zone_of(source.timezone) if source.timezone is not None else None,
            restore=source.restore,
            on_rows=lambda table, _count: steps.show(f"reading {table}", 0, 0),
            on_find=steps.find,
        )
        if sound:
            plan.require_sound()
    return plan, _send(session, plan, validate_only=validate_only)


def _is_anything_new(outcome: ImportOutcome) -> bool:
    return any(table.added for table in outcome.tables) or outcome.located > 0


def _ask(expected: ImportOutcome) -> None:
    new = sum(table.added for table in expected.tables)
    files = plural(expected.located, "file")
    question = f"Import {plural(new, 'row')} into the Store?" if new else f"Give {files} what is known of the name?"
    if not typer.confirm(one_line(question), err=True):
        raise CommandError("nothing was imported.")


def _send(session: Session, plan: ImportPlan, *, validate_only: bool) -> ImportOutcome:
    from eightcut_cli.progress import shown
    from eightcut_cli.steps import Steps

    title = "comparing with the Store" if validate_only else "importing"
    with shown() as board:
        steps = Steps(board)
        try:
            return plan.send(
                session.connection, validate_only=validate_only, on_sent=lambda sent: steps.show(title, sent, plan.rows)
            )
        finally:
            steps.finish()
