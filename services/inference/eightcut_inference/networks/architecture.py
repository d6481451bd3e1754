"""What the weights' import, the loader and the runner need to know of a family of networks.

Modules of a family import torch; this one does not. `architecture` imports the family on demand.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import torch
    from eightcut_scoring.windows import WindowGrid

    from eightcut_inference.networks.spec import NetworkSpec

Shape = tuple[int, ...]
Config = Mapping[str, Any]


class ArchitectureError(ValueError):
    """A checkpoint is not what its id stands for; the message is one sentence for the user."""


@dataclass(frozen=True)
class DeviceStrip:
    """A `Strip` on a device.

    Attributes:
        samples: float32 ``[(windows - 1) · hop + window]`` on the device, full scale ±1.
        windows: How many windows.
        grid: Their lengths.
        host: The same samples on the processor, where they are at hand: what is decided from them waits for no device.
    """

    samples: torch.Tensor
    windows: int
    grid: WindowGrid
    host: torch.Tensor | None = None


class Encoder(Protocol):
    """A network on its device. Called under ``torch.inference_mode`` by one thread at a time.

    One that gains by it has ``compile(mode)`` too, called once before the first batch with a mode of `torch.compile`;
    batches then hold powers of two of windows.
    """

    def encode(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        """Vectors of all windows of the strips in order: float32 ``[n, dim]``, on the device.

        Does not wait for the device, and does not copy anything from it.
        """
        ...


class Architecture(Protocol):
    """A family of networks."""

    def read_config(self, published: Config | None, spec: NetworkSpec) -> Config:
        """The settings that `build` and `expected` need, as plain JSON, from the published ``config.json``.

        Args:
            published: What came with the weights; None: nothing, then the spec's own settings are taken.
            spec: What the id stands for.

        Raises:
            ArchitectureError: It describes another network.
        """
        ...

    def canonical_name(self, published: str) -> str | None:
        """The name that a published tensor has in our file; None: it is known, and left out (heads, masks).

        A name that is not known is returned as it is, and then refused as surplus.
        """
        ...

    def expected(self, config: Config) -> Mapping[str, Shape]:
        """Names and shapes of all tensors of our file; made on the meta device, without memory."""
        ...

    def facts(self, tensors: Mapping[str, torch.Tensor], config: Config) -> Mapping[str, str]:
        """What of the weights decides how they are run, for the manifest and the card; often nothing.

        For instance whether convolutions have a bias that is not zero.
        """
        ...

    def options(self, facts: Mapping[str, str], chosen: Mapping[str, str]) -> Mapping[str, str]:
        """All options of the card, defaults filled in.

        Raises:
            ValueError: An option is not known, or has a value that is not; the message names what there is.
        """
        ...

    def preprocessing(self, facts: Mapping[str, str], options: Mapping[str, str]) -> str:
        """The card's text: what happens to the samples before the network, in words and numbers."""
        ...

    def check_grid(self, grid: WindowGrid, options: Mapping[str, str]) -> None:
        """Raises ValueError, in one sentence, when the network cannot work on these windows."""
        ...

    def build(
        self,
        spec: NetworkSpec,
        config: Config,
        facts: Mapping[str, str],
        options: Mapping[str, str],
        tensors: Mapping[str, torch.Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Encoder:
        """The network with its weights, on a device.

        Args:
            spec: What is pooled, and how.
            config: From `read_config`, by way of the manifest.
            facts: From `facts`, by way of the manifest.
            options: From `options`.
            tensors: float32 on the processor, by the names and shapes of `expected`; possibly read-only memory.
            device: Where to.
            dtype: Arithmetic; pooling is float32 always.
        """
        ...


_FAMILIES = {
    "hubert": "eightcut_inference.networks.wave",
    "wav2vec2": "eightcut_inference.networks.wave",
    "ast": "eightcut_inference.networks.spectrum.ast",
    "eat": "eightcut_inference.networks.spectrum.eat",
    "beats": "eightcut_inference.networks.spectrum.beats",
}


def architecture(family: str) -> Architecture:
    """The architecture of a family; its module is imported (and torch with it) and must have ``ARCHITECTURE``.

    `ARCHITECTURE` of "wave" is a function of the family's name.

    Raises:
        ImportError: torch, or what else the family needs, is not installed.
    """
    found = importlib.import_module(_FAMILIES[family]).ARCHITECTURE
    return cast(Architecture, found(family) if callable(found) else found)


def families() -> Iterable[str]:
    """All families."""
    return _FAMILIES
