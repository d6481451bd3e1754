"""Networks as the server knows them: their cards, whether their weights are there, and how they are loaded."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_scoring.windows import WindowGrid

from eightcut_inference.devices import Device
from eightcut_inference.devices.device import Dtype
from eightcut_inference.embedders.base import Embedder, NotReadyError
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.strips import StripStream
from eightcut_inference.networks import architecture
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import RATE, SPECS, find_spec
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import Found, MissingError, WeightsFolder, verify

if TYPE_CHECKING:
    from eightcut_inference.networks.architecture import Architecture

_PACKAGES = ("torch", "transformers", "safetensors")


def strip_windows(kind: str) -> int:
    """Windows in a strip: as many as a device of that kind ("cuda", "mps", "cpu") takes at once.

    A strip repeats 7 s of audio; that is 11 % of what windows share with 64 windows, 47 % with 8. Short strips are
    for processors, where a window takes longer than its audio is worth waiting for.
    """
    return 64 if kind == "cuda" else 8


class NetworkModel:
    """A network, with its weights or without. Any number of threads may share one.

    Args:
        spec: Which.
        folder: All weights.
        dtype: Arithmetic, also on devices that are given to `load`: the card says it.
        options: What was chosen of the architecture's options; the others have their defaults.
        strip: Windows in a strip.
    """

    on_host = False

    def __init__(
        self,
        spec: NetworkSpec,
        folder: WeightsFolder,
        dtype: Dtype = "float32",
        options: Mapping[str, str] | None = None,
        *,
        strip: int = 8,
    ) -> None:
        self.id = spec.id
        self.spec = spec
        self._folder = folder
        self._dtype: Dtype = dtype
        self._chosen = dict(options or {})
        self._strip = strip
        self._lock = threading.Lock()
        self._card: tuple[Found, EmbedderCard] | None = None

    def outline(self) -> EmbedderCard:
        """The card without what only the weights, or the software that runs them, tell; never imports torch."""
        published = self.spec.published
        return EmbedderCard(
            id=self.spec.id,
            dim=self.spec.dim,
            sample_rate=RATE,
            preprocessing="of its family; told in full when the weights are there",
            pooling=self._chosen.get("pooling", self.spec.pooling),
            licence=published.licence,
            layers=self.spec.layers,
            repo=published.repo,
            revision=published.revision,
            file=published.file,
            options={**self._chosen, "dtype": self._dtype},
        )

    def card(self) -> EmbedderCard:
        """See `Model.card`. The same weights give the same card, wherever they were brought from."""
        found = self._found()
        with self._lock:
            if self._card is None or self._card[0] != found:
                self._card = (found, self._make_card(found))
            return self._card[1]

    def check_grid(self, grid: WindowGrid) -> None:
        """See `Model.check_grid`."""
        if grid.sample_rate != RATE:
            raise ValueError(f"{self.id} takes audio of {RATE} Hz, not of {grid.sample_rate} Hz")
        try:
            found = self._found()
        except NotReadyError:
            # Whoever wants to embed is told why by the card; here it is not known what the network would refuse.
            return
        family = self._architecture()
        family.check_grid(grid, family.options(found.manifest.facts, self._chosen))

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> StripStream:
        """See `Model.prepare`."""
        self.check_grid(grid)
        return StripStream(grid, first_window, windows=self._strip)

    def load(self, device: Device) -> Embedder:
        """See `Model.load`."""
        found = self._found()
        try:
            verify(found)
            return self._load(found, replace(device, dtype=self._dtype))
        except (WeightsError, architecture.ArchitectureError) as error:
            raise NotReadyError(str(error)) from error

    def _load(self, found: Found, device: Device) -> Embedder:
        import torch

        from eightcut_inference.networks.runner import TorchEmbedder, device_errors
        from eightcut_inference.weights.tensors import read_tensors

        family, manifest = self._architecture(), found.manifest
        with device_errors(device):
            encoder = family.build(
                self.spec,
                manifest.config,
                manifest.facts,
                family.options(manifest.facts, self._chosen),
                read_tensors(found.model),
                device=torch.device(device.name),
                dtype=getattr(torch, device.dtype),
            )
        return TorchEmbedder(encoder, device, self.spec.dim)

    def _found(self) -> Found:
        """The weights, when they and the software that runs them are there; NotReadyError otherwise."""
        weights = self.spec.weights
        try:
            found = self._folder.find(weights)
        except MissingError:
            raise NotReadyError(
                f"The weights of {self.id} are not here: `8cut models pull {self.id}` brings them."
            ) from None
        except WeightsError as error:
            raise NotReadyError(str(error)) from error
        if found.manifest.family != self.spec.family:
            raise NotReadyError(
                f"The weights in {found.folder} are of another network ({found.manifest.family}): "
                f"`8cut models pull {self.id}` brings the right ones."
            )
        missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise NotReadyError(
                f"{self.id} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed: "
                'pip install "eightcut-inference[networks]" brings what networks need.'
            )
        return found

    def _make_card(self, found: Found) -> EmbedderCard:
        family, facts = self._architecture(), found.manifest.facts
        options = family.options(facts, self._chosen)
        return replace(
            self.outline(),
            preprocessing=family.preprocessing(facts, options),
            pooling=options.get("pooling", self.spec.pooling),
            sha256=found.manifest.sha256,
            options={**options, "dtype": self._dtype},
        )

    def _architecture(self) -> Architecture:
        try:
            return architecture.architecture(self.spec.family)
        except ImportError as error:
            raise NotReadyError(f"{self.id} cannot run here: {_first_line(error)}.") from error


def network_models(
    weights_dir: Path, dtype: Dtype, options: Mapping[str, Mapping[str, str]], *, strip: int = 8
) -> list[NetworkModel]:
    """All networks.

    Args:
        weights_dir: Folder of the weights.
        dtype: Arithmetic.
        options: By embedder's id, then by option.
        strip: Windows in a strip; see `strip_windows`.

    Raises:
        ValueError: An embedder or an option is not known, or has a value that is not.
    """
    for embedder_id, chosen in options.items():
        _check_options(embedder_id, chosen)
    folder = WeightsFolder(weights_dir)
    return [NetworkModel(spec, folder, dtype, options.get(spec.id), strip=strip) for spec in SPECS]


def _check_options(embedder_id: str, chosen: Mapping[str, str]) -> None:
    spec = find_spec(embedder_id)
    if spec is None:
        known = ", ".join(spec.id for spec in SPECS)
        raise ValueError(f"there is no embedder {embedder_id!r} that has options; known: {known}")
    if chosen and importlib.util.find_spec("torch") is not None:
        architecture.architecture(spec.family).options({}, chosen)


def _first_line(error: ImportError) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "its software cannot be imported"
