"""`8cut models`: embedders and their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eightcut_cli.failures import CommandError
from eightcut_cli.options import Call, command, group

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

EmbedderId = Annotated[str, typer.Argument(metavar="ID", help="As models list shows it.")]


@command(app, "list")
def list_(call: Call) -> None:
    """List the embedders that the Inference service knows, and whether they can run there."""
    from eightcut_cli.models import embedder_document, list_embedders

    with call.session("inference") as session:
        embedders = list_embedders(session)

    def show() -> None:
        rows = [
            (e.card.id, str(e.card.dim), "ready" if e.ready else "not ready", e.device, e.reason) for e in embedders
        ]
        call.out.table(("id", "dim", "", "device", ""), rows, right=("dim",))

    call.out.emit({"embedders": [embedder_document(embedder) for embedder in embedders]}, show)


@command(app, "import")
def import_(
    call: Call,
    embedder_id: EmbedderId,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="File of the weights.")],
) -> None:
    """Bring in weights from a file, for embedders that need any."""
    needed = _require_known(call, embedder_id)
    if not needed:
        raise CommandError(f"{embedder_id} needs no weights, so {path} was not imported.")


@command(app, "pull")
def pull(call: Call, embedder_id: EmbedderId) -> None:
    """Fetch weights from the hub, for embedders that need any."""
    if not _require_known(call, embedder_id):
        call.out.emit(
            {"id": embedder_id, "ready": True, "pulled": False},
            lambda: call.out.line(f"{embedder_id} needs no weights: it is ready as it is"),
        )


def _require_known(call: Call, embedder_id: str) -> bool:
    """Tells whether an embedder has weights to bring in.

    Raises:
        CommandError: It is unknown, or this version of 8cut cannot bring in its weights.
    """
    from eightcut_cli.models import find_embedder

    with call.session("inference") as session:
        card = find_embedder(session, embedder_id).card
    if card.hub_repo or card.file:
        raise CommandError(
            f"{embedder_id} belongs to a newer server: this version of 8cut cannot bring in its weights."
        )
    return False
