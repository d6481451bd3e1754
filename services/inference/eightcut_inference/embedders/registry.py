"""The embedders that this server knows, by id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eightcut_inference.devices.device import Dtype
from eightcut_inference.embedders.base import Model
from eightcut_inference.embedders.logmel import LogMel


class UnknownEmbedderError(ValueError):
    """No embedder has this id."""

    def __init__(self, embedder_id: str, known: list[str]) -> None:
        super().__init__(f"there is no embedder {embedder_id!r}; known: {', '.join(known)}")
        self.embedder_id = embedder_id


class Registry:
    """Models by id. Filled before it is shared; then any number of threads may look."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}

    def add(self, model: Model) -> None:
        """Makes an embedder known; ValueError when its id is taken."""
        if model.id in self._models:
            raise ValueError(f"there is an embedder {model.id} already")
        self._models[model.id] = model

    def models(self) -> list[Model]:
        """All of them, in the order in which they were added."""
        return list(self._models.values())

    def model(self, embedder_id: str) -> Model:
        """The model with this id; UnknownEmbedderError when there is none."""
        try:
            return self._models[embedder_id]
        except KeyError:
            raise UnknownEmbedderError(embedder_id, list(self._models)) from None


def host_registry() -> Registry:
    """The embedders that need no weights and no device."""
    registry = Registry()
    registry.add(LogMel())
    return registry


def default_registry(
    weights_dir: Path,
    dtype: Dtype = "float32",
    options: Mapping[str, Mapping[str, str]] | None = None,
    *,
    kind: str = "cpu",
) -> Registry:
    """All embedders of this version, with their weights or without.

    Args:
        weights_dir: Folder of the weights.
        dtype: Arithmetic of networks.
        options: By embedder's id, then by option; what is absent has its default.
        kind: Of the devices that networks run on: "cuda", "mps", "cpu".

    Raises:
        ValueError: An embedder or an option is not known, or has a value that is not.
    """
    from eightcut_inference.networks.model import network_models, strip_windows

    registry = host_registry()
    for model in network_models(weights_dir, dtype, options or {}, strip=strip_windows(kind)):
        registry.add(model)
    return registry
