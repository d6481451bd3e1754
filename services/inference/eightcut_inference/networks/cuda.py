"""Batches to a GPU and vectors back while it computes: pinned memory, a stream for copies, and no waiting in between.

Two slots take turns: while the GPU computes on what lies in one, the samples of the next batch are copied into the
other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch

from eightcut_inference.embedders.base import FloatArray
from eightcut_inference.embedders.strips import Strip
from eightcut_inference.networks.architecture import DeviceStrip

Encode = Callable[[Sequence[DeviceStrip]], torch.Tensor]

# PyTorch's own types do not know what these take.
_stream = cast("Callable[[torch.device], torch.cuda.Stream]", torch.cuda.Stream)
_event = cast("Callable[..., torch.cuda.Event]", torch.cuda.Event)


class CudaLane:
    """The way of one network's batches to its GPU and back; for one thread.

    At most two batches may be on their way, and they are read in order.

    Args:
        device: The GPU.
        dim: Length of a vector.
    """

    def __init__(self, device: torch.device, dim: int) -> None:
        self._device = device
        with torch.cuda.device(device):
            self._copies = _stream(device)
            self._slots = [_Slot(device, dim), _Slot(device, dim)]

    def launch(self, strips: Sequence[Strip], encode: Encode) -> CudaBatch:
        """Copies the samples, computes and copies the vectors back, all behind what the GPU has to do already."""
        slot = self._slots[0]
        with torch.cuda.device(self._device):
            compute = torch.cuda.current_stream(self._device)
            placed = slot.bring(strips, self._copies, compute)
            compute.wait_event(slot.copied)
            slot.began.record(compute)
            vectors = encode(placed)
            slot.computed.record(compute)
            batch = slot.fetch(vectors, compute)
        self._slots.reverse()
        return batch


class _Slot:
    """Room for one batch, in pinned memory and on the GPU, and the events that tell how far it is."""

    def __init__(self, device: torch.device, dim: int) -> None:
        self._device = device
        self._pinned = torch.empty(0, pin_memory=True)
        self._samples = torch.empty(0, device=device)
        self._vectors = torch.empty((0, dim), pin_memory=True)
        self.asked, self.copied, self.began, self.computed = (_event(enable_timing=True) for _ in range(4))
        # Whoever waits for it sleeps, instead of asking all the time.
        self.done = _event(enable_timing=True, blocking=True)

    def bring(
        self, strips: Sequence[Strip], copies: torch.cuda.Stream, compute: torch.cuda.Stream
    ) -> list[DeviceStrip]:
        """Begins to copy the strips; they are there when `copied` is."""
        count = sum(len(strip.samples) for strip in strips)
        # Both were over long ago, unless a batch failed: nobody may write where something is still read.
        self.copied.synchronize()
        self._make_room(count, copies, compute)
        _gather(strips, self._pinned.numpy())
        with torch.cuda.stream(copies):
            copies.wait_event(self.done)
            self.asked.record(copies)
            self._samples[:count].copy_(self._pinned[:count], non_blocking=True)
            self.copied.record(copies)
        placed = []
        begin = 0
        for strip in strips:
            end = begin + len(strip.samples)
            place = slice(begin, end)
            placed.append(DeviceStrip(self._samples[place], strip.windows, strip.grid, self._pinned[place]))
            begin = end
        return placed

    def fetch(self, vectors: torch.Tensor, compute: torch.cuda.Stream) -> CudaBatch:
        """Begins to copy the vectors back."""
        if len(self._vectors) < len(vectors):
            self._vectors = torch.empty((_rounded(len(vectors)), vectors.shape[1]), pin_memory=True)
        here = self._vectors[: len(vectors)]
        here.copy_(vectors, non_blocking=True)
        self.done.record(compute)
        return CudaBatch(self, here)

    def stages(self) -> dict[str, float]:
        """Seconds of each stage of the batch that is done."""
        return {
            "copy": self.asked.elapsed_time(self.copied) / 1000,
            "compute": self.began.elapsed_time(self.computed) / 1000,
            "read": self.computed.elapsed_time(self.done) / 1000,
        }

    def _make_room(self, count: int, copies: torch.cuda.Stream, compute: torch.cuda.Stream) -> None:
        if len(self._pinned) < count:
            size = _rounded(count)
            self._pinned = torch.empty(size, pin_memory=True)
            self._samples = torch.empty(size, device=self._device)
            # The memory may be what a kernel that was launched before still works on.
            copies.wait_stream(compute)


class CudaBatch:
    """A batch on its way."""

    def __init__(self, slot: _Slot, vectors: torch.Tensor) -> None:
        self._slot = slot
        self._vectors = vectors
        self.stages: dict[str, float] = {}

    def rows(self) -> FloatArray:
        """See `Launched.rows`."""
        self._slot.done.synchronize()
        self.stages = self._slot.stages()
        # A copy: the slot's memory is for the batch after the next.
        return np.array(self._vectors.numpy())


def _gather(strips: Sequence[Strip], into: FloatArray) -> None:
    begin = 0
    for strip in strips:
        end = begin + len(strip.samples)
        np.copyto(into[begin:end], strip.samples)
        begin = end


def _rounded(count: int) -> int:
    """The next power of two, so that room is made seldom."""
    return 1 << (count - 1).bit_length()
