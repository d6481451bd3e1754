"""`8cut classifiers`: versions, and which of them is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.ids import parse_id
from eightcut_cli.options import Call, command, group
from eightcut_cli.times import local

if TYPE_CHECKING:
    from eightcut.store.v1.classifier_pb2 import Classifier

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

ClassifierId = Annotated[str, typer.Argument(metavar="ID", parser=parse_id, help="As classifiers list shows it.")]


@command(app, "list")
def list_(
    call: Call, model: Annotated[str, typer.Option("--model", metavar="M", help="Only versions of this model.")] = ""
) -> None:
    """List classifier versions, the newest first."""
    from eightcut_cli.models import list_classifiers
    from eightcut_cli.shapes import classifier_document

    with call.session("store") as session:
        found = list_classifiers(session, model)

    def show() -> None:
        if not found:
            call.out.line("no classifiers yet: 8cut train --folder F --model LOGMEL makes one")
            return
        rows = [
            (c.id, c.model, f"v{c.version}", "active" if c.active else "", local(c.create_time), _best_figure(c))
            for c in found
        ]
        call.out.table(("id", "model", "version", "", "trained", "F1"), rows, right=("id", "F1"))

    call.out.emit({"classifiers": [classifier_document(classifier) for classifier in found]}, show)


def _best_figure(classifier: Classifier) -> str:
    metrics = classifier.metrics
    return f"{metrics.event_f1:.2f}" if metrics.HasField("event_f1") else "-"


@command(app, "show")
def show_(call: Call, classifier_id: ClassifierId) -> None:
    """Show a version: what it was made from, and how good it is."""
    from eightcut.store.v1.classifier_service_pb2 import GetClassifierRequest

    from eightcut_cli.report import classifier_lines
    from eightcut_cli.shapes import classifier_document

    with call.session("store") as session:
        found = session.connection.classifiers.GetClassifier(GetClassifierRequest(id=classifier_id)).classifier

    def show() -> None:
        for line in classifier_lines(found):
            call.out.line(line)

    call.out.emit({"classifier": classifier_document(found)}, show)


@command(app, "activate")
def activate(call: Call, classifier_id: ClassifierId) -> None:
    """Use this version from now on, for instance to go back to an earlier one."""
    from eightcut.store.v1.classifier_service_pb2 import ActivateClassifierRequest

    from eightcut_cli.shapes import classifier_document

    with call.session("store") as session:
        answer = session.connection.classifiers.ActivateClassifier(ActivateClassifierRequest(id=classifier_id))
    found = answer.classifier
    call.out.emit(
        {"classifier": classifier_document(found), "previous": answer.previous_id or None},
        lambda: call.out.line(f"{found.model} v{found.version} is active"),
    )


@command(app, "delete")
def delete(call: Call, classifier_id: ClassifierId) -> None:
    """Delete a version that is not active. Scans made with it stay."""
    from eightcut.store.v1.classifier_service_pb2 import DeleteClassifierRequest

    with call.session("store") as session:
        session.connection.classifiers.DeleteClassifier(DeleteClassifierRequest(id=classifier_id))
    call.out.emit({"deleted": 1}, lambda: call.out.line(f"deleted classifier {classifier_id}"))
