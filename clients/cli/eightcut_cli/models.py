"""Embedders and classifiers as people name them: "ID", or "ID_name"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from eightcut_cli.failures import CommandError, UsageMistake

if TYPE_CHECKING:
    from eightcut.inference.v1.embedder_pb2 import Embedder
    from eightcut.store.v1.classifier_pb2 import Classifier

    from eightcut_cli.session import Session


_COMMAND = re.compile(r"8cut models (pull|import) [A-Z0-9_]+( PATH)?")
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")


def list_embedders(session: Session) -> list[Embedder]:
    """The embedders of the Inference service, by id."""
    from eightcut.inference.v1.inference_service_pb2 import ListEmbeddersRequest

    return list(session.connection.inference.ListEmbedders(ListEmbeddersRequest()).embedders)


def embedder_document(embedder: Embedder) -> dict[str, object]:
    """An embedder in JSON."""
    return {
        "id": embedder.card.id,
        "dim": embedder.card.dim,
        "ready": embedder.ready,
        "device": embedder.device,
        "reason": embedder.reason,
        "dtype": embedder.dtype,
        "licence": embedder.card.licence,
    }


def embedder_rows(embedders: Iterable[Embedder]) -> list[tuple[str, str, str, str, str]]:
    """Embedders for reading, those that are ready first: id, dim, state, device, and what brings those that are not."""
    return [
        (
            embedder.card.id,
            str(embedder.card.dim),
            "ready" if embedder.ready else "not ready",
            f"{embedder.device} {embedder.dtype}".strip() if embedder.ready else "",
            "" if embedder.ready else _remedy(embedder),
        )
        for embedder in sorted(embedders, key=lambda embedder: (not embedder.ready, embedder.card.id))
    ]


def _remedy(embedder: Embedder) -> str:
    """The command that a reason names, which is all that a table has room for; else the reason."""
    found = _COMMAND.search(embedder.reason)
    return found.group() if found else embedder.reason


def list_classifiers(session: Session, model: str = "") -> list[Classifier]:
    """The classifier versions of the profile, the newest first."""
    from eightcut.store.v1.classifier_service_pb2 import ListClassifiersRequest
    from eightcut_client.paging import pages

    request = ListClassifiersRequest(profile=session.profile, model=model, page_size=1000)
    return [
        classifier
        for page in pages(session.connection.classifiers.ListClassifiers, request)
        for classifier in page.classifiers
    ]


def active_classifier(session: Session, model: str) -> Classifier:
    """The active version of a model.

    Raises:
        CommandError: There is none; says which models there are, and how to train.
    """
    from eightcut.store.v1.classifier_service_pb2 import ActiveModel, GetClassifierRequest
    from eightcut_client.errors import NotFoundError

    request = GetClassifierRequest(active=ActiveModel(profile=session.profile, model=model))
    try:
        return session.connection.classifiers.GetClassifier(request).classifier
    except NotFoundError as error:
        if error.reason != "MODEL_UNKNOWN":
            raise
    known = sorted({classifier.model for classifier in list_classifiers(session)})
    none = f"none is trained yet: 8cut train --folder F --model {model} does."
    what = f"there is {', '.join(known)}." if known else none
    raise CommandError(f"There is no classifier {model} in the profile {session.profile}; {what}")


def classifier_of(session: Session, model: str, classifier_id: str | None) -> Classifier:
    """The version that a scan is to use: the one of this id, else the active one of the model.

    Raises:
        CommandError: There is no such version, or it is another model's.
    """
    from eightcut.store.v1.classifier_service_pb2 import GetClassifierRequest

    if classifier_id is None:
        return active_classifier(session, model)
    found = session.connection.classifiers.GetClassifier(GetClassifierRequest(id=classifier_id)).classifier
    if found.model != model or found.profile != session.profile:
        raise CommandError(f"The classifier {classifier_id} is {found.model} of the profile {found.profile}.")
    return found


def split_model(session: Session, model: str, name: str | None) -> tuple[str, str]:
    """Takes a model apart into embedder and name.

    Args:
        session: Where the embedders are asked for.
        model: "ID" or "ID_name". Ids hold underscores themselves, so the longest that fits is meant.
        name: As given with --name.

    Raises:
        CommandError: No embedder fits; names those there are.
        UsageMistake: Two different names.
    """
    ids = [embedder.card.id for embedder in list_embedders(session)]
    fitting = [known for known in ids if model == known or model.startswith(f"{known}_")]
    if not fitting:
        raise CommandError(f"There is no embedder {model}: known are {', '.join(ids)}.")
    embedder = max(fitting, key=len)
    inner = model[len(embedder) + 1 :]
    if name and inner and name != inner:
        raise UsageMistake(f"the model {model} is named {inner}, but --name says {name}.")
    chosen = name or inner
    if not _NAME.fullmatch(chosen):
        raise UsageMistake(f"“{chosen}” is no name for a classifier: use at most 64 letters, digits and -._")
    return embedder, chosen


def find_embedder(session: Session, embedder_id: str) -> Embedder:
    """An embedder by id.

    Raises:
        CommandError: There is none; names those there are.
    """
    embedders = list_embedders(session)
    for embedder in embedders:
        if embedder.card.id == embedder_id:
            return embedder
    raise CommandError(
        f"There is no embedder {embedder_id}: known are {', '.join(embedder.card.id for embedder in embedders)}."
    )
