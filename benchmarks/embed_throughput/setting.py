"""Where and how a run of the benchmark measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from eightcut_inference.devices import Device
from eightcut_inference.devices.device import Dtype
from eightcut_inference.embedders.registry import Registry, default_registry

from benchmarks.embed_throughput.media import Shelf


@dataclass(frozen=True)
class Setting:
    """What all embedders of a run have in common.

    Attributes:
        folder: Scratch, with the weights in ``weights``.
        devices: Where ours runs; the reference on the first of them.
        shelf: The files that are uploaded.
        streams: Files that are uploaded at once.
        max_batch: Most windows in a batch; None: what the service takes by itself.
        seconds: Length of the files; None: found by trying.
        rounds: How often each contestant is measured; None: likewise.
        embedder_options: Options of embedders that are not the default, by id and name.
    """

    folder: Path
    devices: Sequence[Device]
    shelf: Shelf
    streams: int
    max_batch: int | None = None
    seconds: int | None = None
    rounds: int | None = None
    embedder_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def weights_dir(self) -> Path:
        """Where imported weights are."""
        return self.folder / "weights"

    @property
    def device(self) -> str:
        """The first one, as torch names it."""
        return self.devices[0].name

    @property
    def on_cuda(self) -> bool:
        """It is a GPU."""
        return self.devices[0].kind == "cuda"

    @property
    def dtype(self) -> Dtype:
        """Arithmetic of our networks."""
        return self.devices[0].dtype

    def registry(self) -> Registry:
        """The embedders, as the service makes them."""
        return default_registry(self.weights_dir, self.dtype, self.embedder_options, kind=self.devices[0].kind)

    def devices_in(self, mode: str) -> list[Device]:
        """The devices with a mode of ``torch.compile``."""
        return [replace(device, compile=mode) for device in self.devices]

    def options(self, mode: str) -> list[str]:
        """Options of the Inference service."""
        names = ",".join(device.name for device in self.devices)
        found = ["--device", names, "--dtype", self.dtype, "--compile", mode]
        found += ["--weights-dir", str(self.weights_dir)]
        found += [] if self.max_batch is None else ["--max-batch", str(self.max_batch)]
        for embedder, options in self.embedder_options.items():
            for name, value in options.items():
                found += ["--embedder-option", f"{embedder}.{name}={value}"]
        return found
