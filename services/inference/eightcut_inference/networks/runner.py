"""Runs encoders on their device, for the engine."""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch

from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import Launched, Piece
from eightcut_inference.embedders.launched import Computed
from eightcut_inference.embedders.strips import Strip
from eightcut_inference.networks.architecture import DeviceStrip, Encoder
from eightcut_inference.networks.cuda import CudaLane

logger = logging.getLogger(__name__)

# Texts by which errors of memory are known that have no class of their own: on the processor, on Macs, in cuBLAS.
_MEMORY_TEXTS = ("out of memory", "not enough memory", "can't allocate memory", "alloc_failed")


class TorchEmbedder:
    """An `Embedder` around an encoder.

    Args:
        encoder: On the device already.
        device: Where.
        dim: Length of a vector.
    """

    def __init__(self, encoder: Encoder, device: Device, dim: int) -> None:
        self._encoder = encoder
        self._device = device
        self._dim = dim
        if device.kind == "cpu":
            _use_all_cores()
        if device.kind == "cuda" and device.dtype == "float32":
            # What says float32 is float32: convolutions would use TF32, which keeps 10 bits of the mantissa.
            torch.backends.cudnn.allow_tf32 = False
        with device_errors(device):
            self._lane = CudaLane(torch.device(device.name), dim) if device.kind == "cuda" else None
        if device.compile != "off":
            _compile(encoder, device.compile)

    def launch(self, pieces: Sequence[Piece]) -> Launched:
        """See `Embedder.launch`; waits only where the device cannot work on its own."""
        strips = cast("Sequence[Strip]", pieces)
        with device_errors(self._device), torch.inference_mode():
            if self._lane is None:
                return self._compute(strips)
            return _Guarded(self._lane.launch(strips, self._encode), self._device)

    def _compute(self, strips: Sequence[Strip]) -> Computed:
        began = time.perf_counter()
        placed = [_placed(strip, self._device.name) for strip in strips]
        copied = time.perf_counter()
        rows = self._encode(placed).cpu().numpy()
        ended = time.perf_counter()
        return Computed(rows, {"copy": copied - began, "compute": ended - copied})

    def _encode(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        if self._device.compile == "off":
            return self._encoder.encode(strips)
        windows = sum(strip.windows for strip in strips)
        return self._encoder.encode([*strips, *padding(strips, windows)])[:windows]


def padding(strips: Sequence[DeviceStrip], windows: int) -> list[DeviceStrip]:
    """Repeats of the first window that bring a batch to a power of two: compiled code is for a few sizes only."""
    first = strips[0]
    missing = (1 << (windows - 1).bit_length()) - windows
    length = first.grid.window_samples
    host = None if first.host is None else first.host[:length]
    return [DeviceStrip(first.samples[:length], 1, first.grid, host)] * missing


@contextmanager
def device_errors(device: Device) -> Iterator[None]:
    """Turns PyTorch's errors of memory and of a lost device into ours; also for those who load weights.

    Raises:
        DeviceOutOfMemoryError: Something did not fit; what PyTorch kept for later was given back.
        DeviceLostError: The device does not answer any more.
    """
    try:
        yield
    except RuntimeError as error:
        if _is_of_memory(error):
            # The frames of what failed hold its tensors.
            traceback.clear_frames(error.__traceback__)
            if device.kind == "cuda":
                torch.cuda.empty_cache()
            raise DeviceOutOfMemoryError(_first_line(error)) from None
        if device.kind == "cuda" and _is_of_cuda(error) and not _answers(device):
            raise DeviceLostError(f"{device.name} does not answer: {_first_line(error)}") from None
        raise


class _Guarded:
    """A batch on a GPU whose errors are ours."""

    def __init__(self, launched: Launched, device: Device) -> None:
        self._launched = launched
        self._device = device

    @property
    def stages(self) -> dict[str, float]:
        """Seconds of each stage, once the rows are there."""
        stages: dict[str, float] = getattr(self._launched, "stages", {})
        return stages

    def rows(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """See `Launched.rows`."""
        with device_errors(self._device):
            return self._launched.rows()


def _is_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(known in text for known in _MEMORY_TEXTS)


def _is_of_cuda(error: RuntimeError) -> bool:
    accelerator_error = getattr(torch, "AcceleratorError", None)
    if accelerator_error is not None and isinstance(error, accelerator_error):
        return True
    return any(text in str(error) for text in ("CUDA error", "CUDA driver error", "cuBLAS", "CUBLAS", "cuDNN", "CUDNN"))


def _answers(device: Device) -> bool:
    """Tells whether the device still works: an error of CUDA that lasts is raised again by every call."""
    try:
        torch.cuda.synchronize(device.name)
        return bool(torch.ones(1, device=device.name).item() == 1)
    except RuntimeError:
        return False


def _placed(strip: Strip, device: str) -> DeviceStrip:
    # PyTorch has no tensors that cannot be written to, and warns of arrays that cannot.
    samples = torch.from_numpy(strip.samples if strip.samples.flags.writeable else strip.samples.copy())
    return DeviceStrip(samples.to(device), strip.windows, strip.grid, samples)


def _compile(encoder: Encoder, mode: str) -> None:
    """Compiles what of an encoder is worth it: what that is, it knows itself."""
    compile_network = getattr(encoder, "compile", None)
    if compile_network is None:
        logger.warning("this network has nothing to compile: it runs as it is")
    else:
        compile_network(mode)


def _use_all_cores() -> None:
    """One thread for each core that this process may use, unless OMP_NUM_THREADS says otherwise."""
    if "OMP_NUM_THREADS" not in os.environ:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(cores)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
