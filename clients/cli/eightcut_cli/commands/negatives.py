"""`8cut negatives`: places where a classifier was wrong, for the next training."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.ids import chunks, parse_id, unique
from eightcut_cli.options import Call, command, group
from eightcut_cli.output import already_there, plural
from eightcut_cli.times import clock, local, parse_seconds

if TYPE_CHECKING:
    from eightcut.store.v1.hard_negative_pb2 import HardNegative
    from eightcut.store.v1.hard_negative_service_pb2 import HardNegativeFilter

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

ModelOption = Annotated[str | None, typer.Option("--model", metavar="M", help="Only those that this model brought.")]


@command(app, "add")
def add(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A video or audio file.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="S…", help="More places.", show_default=False)] = None,
    *,
    at: Annotated[list[str], typer.Option("--at", metavar="S…", help="Start of the wrong window: seconds, or 1:23.4.")],
    model: Annotated[str, typer.Option("--model", metavar="M", help="Model that was wrong there.")] = "",
) -> None:
    """Mark places as not being the sound. A place that is marked already stays as it is."""
    from eightcut.store.v1.hard_negative_service_pb2 import BatchCreateHardNegativesRequest, NewHardNegative
    from eightcut_client.times import to_duration

    from eightcut_cli import files

    places = [parse_seconds(part) for text in [*at, *(more or [])] for part in text.split(",") if part.strip()]
    negatives: list[HardNegative] = []
    created = 0
    with call.session("store") as session:
        media = files.register(session, files.inspect(session, file))
        for part in chunks(list(dict.fromkeys(places)), 1000):
            new = [NewHardNegative(media=media.digest, start=to_duration(s), source_model=model) for s in part]
            request = BatchCreateHardNegativesRequest(profile=session.profile, hard_negatives=new)
            answer = session.connection.hard_negatives.BatchCreateHardNegatives(request)
            negatives += answer.hard_negatives
            created += answer.created
        document = _document(session, negatives)

    def show() -> None:
        rest = already_there(len(negatives) - created)
        call.out.line(f"added {plural(created, 'hard negative')}{rest}")

    call.out.emit({**document, "created": created}, show)


@command(app, "list")
def list_(
    call: Call,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only in this file.")] = None,
    model: ModelOption = None,
) -> None:
    """List hard negatives, the newest first."""
    from eightcut.store.v1.hard_negative_service_pb2 import ListHardNegativesRequest
    from eightcut_client.paging import pages
    from eightcut_client.times import to_seconds

    from eightcut_cli.shapes import filename_of

    with call.session("store") as session:
        request = ListHardNegativesRequest(
            profile=session.profile, filter=_filter(session, file, model), page_size=1000
        )
        found = [
            negative
            for page in pages(session.connection.hard_negatives.ListHardNegatives, request)
            for negative in page.hard_negatives
        ]
        media = session.media_of(negative.media for negative in found)
        document = _document(session, found)

    def show() -> None:
        if not found:
            call.out.line("no hard negatives")
            return
        rows = [
            (n.id, filename_of(n.media, media), clock(to_seconds(n.start)), n.source_model, local(n.create_time))
            for n in found
        ]
        call.out.table(("id", "file", "start", "model", "marked"), rows, right=("id", "start"))

    call.out.emit(document, show)


@command(app, "delete")
def delete(
    call: Call,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", parser=parse_id, help="As negatives list shows them.")],
) -> None:
    """Delete hard negatives, all or none."""
    from eightcut.store.v1.hard_negative_service_pb2 import BatchDeleteHardNegativesRequest

    deleted = 0
    with call.session("store") as session:
        for part in chunks(unique(ids), 1000):
            request = BatchDeleteHardNegativesRequest(profile=session.profile, ids=part)
            deleted += session.connection.hard_negatives.BatchDeleteHardNegatives(request).deleted
    _emit_deleted(call, deleted)


@command(app, "clear")
def clear(
    call: Call,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only in this file.")] = None,
    *,
    model: ModelOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete all hard negatives, or all of a model or file, after asking."""
    from eightcut.store.v1.hard_negative_service_pb2 import ClearHardNegativesRequest

    if not yes and not sys.stdin.isatty():
        raise UsageMistake("this deletes many things at once and cannot ask here: say --yes.")
    with call.session("store") as session:
        request = ClearHardNegativesRequest(profile=session.profile, filter=_filter(session, file, model))
        if not yes:
            request.validate_only = True
            count = session.connection.hard_negatives.ClearHardNegatives(request).deleted
            if count:
                call.out.confirm(f"Delete {plural(count, 'hard negative')}?")
            request.validate_only = False
        deleted = session.connection.hard_negatives.ClearHardNegatives(request).deleted
    _emit_deleted(call, deleted)


def _filter(session: Session, file: Path | None, model: str | None) -> HardNegativeFilter:
    from eightcut.store.v1.hard_negative_service_pb2 import HardNegativeFilter

    from eightcut_cli import files

    return HardNegativeFilter(source_model=model, media=files.find(session, file) if file is not None else "")


def _document(session: Session, negatives: list[HardNegative]) -> dict[str, object]:
    from eightcut_cli.shapes import negative_document

    media = session.media_of(negative.media for negative in negatives)
    return {"negatives": [negative_document(negative, media) for negative in negatives]}


def _emit_deleted(call: Call, deleted: int) -> None:
    call.out.emit({"deleted": deleted}, lambda: call.out.line(f"deleted {plural(deleted, 'hard negative')}"))
