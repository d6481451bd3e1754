"""The ancestor's loop, from its description: decode the whole file first, then float32 batches of 16 windows.

Each window is prepared on its own on the processor: zero mean and unit variance for HuBERT and Wav2Vec2, a filter bank
for the others. The networks are those of transformers as `from_pretrained` gives them, and plain modules with explicit
attention for EAT and BEATs. One thing differs from the original, which normalised over the batch: windows are
normalised one by one, so that its vectors can be compared with ours.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from eightcut_inference.networks.spec import NetworkSpec
from safetensors.torch import load_file
from torch import nn

from benchmarks.embed_throughput.kaldi import fbank
from benchmarks.embed_throughput.plain_beats import PlainBeats
from benchmarks.embed_throughput.plain_eat import PlainEat

FloatArray = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]

RATE = 16_000
WINDOW, HOP = 8 * RATE, RATE
BATCH = 16
FRAMES = 1024
AUDIOSET = (-4.2677393, 4.5689974)
BEATS = (15.41663, 6.55582)


class Reference(ABC):
    """A network of the reference loop on a device."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self.network = network.eval().requires_grad_(requires_grad=False).to(device)
        self.device = device

    @abstractmethod
    def prepared(self, window: torch.Tensor) -> torch.Tensor:
        """What the network takes of one window of samples ``[128000]``, on the processor."""

    @abstractmethod
    def pooled(self, batch: torch.Tensor) -> torch.Tensor:
        """Vectors ``[B, dim]`` of a batch on the device."""

    def embed(self, pcm: Samples, windows: int) -> FloatArray:
        """Vectors ``[windows, dim]`` of a file's first windows."""
        parts = []
        for begin in range(0, windows, BATCH):
            prepared = [self.prepared(_window(pcm, k)) for k in range(begin, min(begin + BATCH, windows))]
            with torch.no_grad():
                parts.append(self.pooled(torch.stack(prepared).to(self.device)).cpu().numpy())
        return np.concatenate(parts)


class _Transformers(Reference):
    """A model of transformers, pooled over time."""

    def pooled(self, batch: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.network(batch).last_hidden_state
        return hidden.mean(1)

    @contextlib.contextmanager
    def pooling_block(self, block: int) -> Iterator[None]:
        """Pools the output of a block (counted from 1) instead: what our vectors are, without a last layer norm."""
        taken: list[torch.Tensor] = []

        def take(module: nn.Module, inputs: object, output: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
            del module, inputs
            taken.append(output if isinstance(output, torch.Tensor) else output[0])

        def pooled(batch: torch.Tensor) -> torch.Tensor:
            self.network(batch)
            return taken.pop().mean(1)

        # Where the blocks are differs between networks and versions; no other list is longer.
        blocks = max((part for part in self.network.modules() if isinstance(part, nn.ModuleList)), key=len)
        hook = blocks[block - 1].register_forward_hook(take)
        self.pooled = pooled  # type: ignore[method-assign]  # undone below
        try:
            yield
        finally:
            del self.pooled
            hook.remove()


class _Wave(_Transformers):
    def prepared(self, window: torch.Tensor) -> torch.Tensor:
        return (window - window.mean()) / (window.var(correction=0) + 1e-7).sqrt()


class _Ast(_Transformers):
    def prepared(self, window: torch.Tensor) -> torch.Tensor:
        return _padded(window)


class _Eat(Reference):
    def prepared(self, window: torch.Tensor) -> torch.Tensor:
        return _padded(window)

    def pooled(self, batch: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = self.network(batch)
        return pooled


class _Beats(_Eat):
    def prepared(self, window: torch.Tensor) -> torch.Tensor:
        mean, deviation = BEATS
        return (fbank(window * 2.0**15, "povey") - mean) / (2 * deviation)


def make_reference(spec: NetworkSpec, published: Path, device: str) -> Reference:
    """The reference of an embedder.

    Args:
        spec: The embedder.
        published: Folder with its weights as the hub has them; see `checkpoints`.
        device: As torch names it.
    """
    place = torch.device(device)
    if spec.family == "eat":
        return _Eat(PlainEat(load_file(published / "model.safetensors")), place)
    if spec.family == "beats":
        return _Beats(PlainBeats(load_file(published / "model.safetensors")), place)
    from transformers import ASTModel, HubertModel, Wav2Vec2Model

    kinds: dict[str, type[ASTModel | HubertModel | Wav2Vec2Model]] = {
        "ast": ASTModel,
        "hubert": HubertModel,
        "wav2vec2": Wav2Vec2Model,
    }
    network = kinds[spec.family].from_pretrained(published, dtype=torch.float32)
    return _Ast(network, place) if spec.family == "ast" else _Wave(network, place)


def comparable(reference: Reference, spec: NetworkSpec, pcm: Samples, windows: int) -> FloatArray | None:
    """The reference's vectors as our definition has them; None for variants of several layers."""
    if len(spec.layers) != 1:
        return None
    if not isinstance(reference, _Transformers):
        return reference.embed(pcm, windows)
    with reference.pooling_block(spec.layers[0]):
        return reference.embed(pcm, windows)


def _window(pcm: Samples, index: int) -> torch.Tensor:
    samples = pcm[index * HOP : index * HOP + WINDOW].astype(np.float32)
    return torch.from_numpy(samples) / 32768


def _padded(window: torch.Tensor) -> torch.Tensor:
    """The filter bank as AST and EAT take it, ``[1024, 128]``."""
    mean, deviation = AUDIOSET
    features = fbank(window, "hann")
    features = nn.functional.pad(features, (0, 0, 0, FRAMES - len(features)))
    return (features - mean) / (2 * deviation)
