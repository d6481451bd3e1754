"""`8cut models`: embedders and their weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eightcut_cli.failures import CommandError
from eightcut_cli.options import Call, command, group

if TYPE_CHECKING:
    from eightcut.inference.v1.embedder_pb2 import Embedder
    from eightcut_client.weights import BroughtIn

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

EmbedderId = Annotated[str, typer.Argument(metavar="ID", help="As models list shows it.")]
WeightsDir = Annotated[
    Path | None,
    typer.Option("--weights-dir", metavar="W", help="Folder of the weights. Default: weights in the data folder."),
]


@command(app, "list")
def list_(call: Call, weights_dir: WeightsDir = None) -> None:
    """List the embedders that the Inference service knows, and whether they can run there."""
    from eightcut_cli.models import embedder_document, list_embedders

    with call.session("inference") as session:
        embedders = list_embedders(session)
        here = _weights_here(session, weights_dir)
    weights = {embedder.card.id: _weights_document(embedder, here) for embedder in embedders}

    def show() -> None:
        rows = [
            (
                embedder.card.id,
                str(embedder.card.dim),
                "ready" if embedder.ready else "not ready",
                _size((weights[embedder.card.id] or {}).get("bytes")),
                embedder.card.licence,
                embedder.device if embedder.ready else embedder.reason,
            )
            for embedder in sorted(embedders, key=lambda embedder: not embedder.ready)
        ]
        call.out.table(("id", "dim", "", "weights", "licence", ""), rows, right=("dim", "weights"))

    documents = [{**embedder_document(embedder), "weights": weights[embedder.card.id]} for embedder in embedders]
    call.out.emit({"embedders": documents}, show)


@command(app, "import")
def import_(
    call: Call,
    embedder_id: EmbedderId,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="File (safetensors, .bin, .pt, .pth) or folder of the weights.")
    ],
    weights_dir: WeightsDir = None,
) -> None:
    """Bring in weights from a file or folder; they are checked and converted."""
    from eightcut_client.weights import import_weights

    from eightcut_cli.weights_progress import shown

    with call.session() as session:
        data_dir = _data_dir(session, f"import {embedder_id} PATH")
        folder = weights_dir or _configured()
    with shown(embedder_id) as show:
        brought = import_weights(embedder_id, path, data_dir, weights_dir=folder, on_progress=show)
    _report(call, embedder_id, "imported", brought)


@command(app, "pull")
def pull(call: Call, embedder_id: EmbedderId, weights_dir: WeightsDir = None) -> None:
    """Fetch the published weights of an embedder from the hub."""
    from eightcut_client.weights import pull_weights

    from eightcut_cli.weights_progress import shown

    with call.session() as session:
        data_dir = _data_dir(session, f"pull {embedder_id}")
        folder = weights_dir or _configured()
    with shown(embedder_id) as show:
        brought = pull_weights(embedder_id, data_dir, weights_dir=folder, on_progress=show, on_note=call.out.note)
    _report(call, embedder_id, "pulled", brought)


def _report(call: Call, embedder_id: str, verb: str, brought: BroughtIn) -> None:
    weights = brought.weights
    if weights is None:
        sentence = f"{embedder_id} needs no weights: it is ready as it is"
    elif brought.changed:
        sentence = f"{embedder_id} has its weights now ({_size(weights['bytes'])}, {weights['tensors']} tensors)"
    else:
        sentence = f"{embedder_id} had these weights already"
    document = {"id": embedder_id, "ready": True, verb: brought.changed, "weights": weights}
    call.out.emit(document, lambda: call.out.line(sentence))


def _data_dir(session: Session, what: str) -> Path:
    """The data folder of the services.

    Raises:
        CommandError: They run elsewhere.
    """
    folder = session.connection.data_dir
    if folder is None:
        raise CommandError(
            f"Weights are brought in on the machine of the services: run 8cut models {what} there, without --server."
        )
    return folder


def _configured() -> Path | None:
    from eightcut_client.config import load_config

    return load_config().weights_dir


def _weights_here(session: Session, weights_dir: Path | None) -> dict[str, dict[str, Any]]:
    """What is here of the weights; nothing when the services are elsewhere."""
    from eightcut_client.errors import EightcutError
    from eightcut_client.weights import list_weights

    folder = session.connection.data_dir
    if folder is None:
        return {}
    try:
        return list_weights(folder, weights_dir=weights_dir or _configured())
    except EightcutError:
        # A service that runs here without its package beside us: the list is good without sizes.
        return {}


def _weights_document(embedder: Embedder, here: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Where an embedder's weights are from, and how large they are; None for those without."""
    if not embedder.card.hub_repo:
        return None
    known = here.get(embedder.card.id)
    if known is None:
        return {"repo": embedder.card.hub_repo, "revision": embedder.card.hub_revision, "bytes": None}
    return {name: known[name] for name in ("repo", "revision", "bytes")}


def _size(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count / 1e9:,.2f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
