"""The embedders that this server knows, by id."""

from __future__ import annotations

import threading
from collections.abc import Callable

from eightcut_inference.embedders import logmel
from eightcut_inference.embedders.base import Embedder
from eightcut_inference.embedders.card import EmbedderCard


class UnknownEmbedderError(ValueError):
    """No embedder has this id."""

    def __init__(self, embedder_id: str, known: list[str]) -> None:
        super().__init__(f"there is no embedder {embedder_id!r}; known: {', '.join(known)}")
        self.embedder_id = embedder_id


class Registry:
    """Cards at once, embedders when they are first asked for, each made once. Safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[EmbedderCard, Callable[[], Embedder]]] = {}
        self._loaded: dict[str, Embedder] = {}
        self._lock = threading.Lock()

    def add(self, card: EmbedderCard, load: Callable[[], Embedder]) -> None:
        """Makes an embedder known; ValueError when its id is taken."""
        if card.id in self._known:
            raise ValueError(f"there is an embedder {card.id} already")
        self._known[card.id] = card, load

    def cards(self) -> list[EmbedderCard]:
        """The cards of all embedders, in the order in which they were added."""
        return [card for card, _ in self._known.values()]

    def card(self, embedder_id: str) -> EmbedderCard:
        """The card with this id; UnknownEmbedderError when there is none."""
        return self._entry(embedder_id)[0]

    def get(self, embedder_id: str) -> Embedder:
        """The embedder with this id, loaded when it was not yet; UnknownEmbedderError when there is none."""
        _, load = self._entry(embedder_id)
        with self._lock:
            if embedder_id not in self._loaded:
                self._loaded[embedder_id] = load()
            return self._loaded[embedder_id]

    def _entry(self, embedder_id: str) -> tuple[EmbedderCard, Callable[[], Embedder]]:
        try:
            return self._known[embedder_id]
        except KeyError:
            raise UnknownEmbedderError(embedder_id, list(self._known)) from None


def default_registry() -> Registry:
    """All embedders of this version."""
    registry = Registry()
    registry.add(logmel.CARD, logmel.LogMel)
    return registry
