"""Encoders on their device: order, memory, what becomes of PyTorch's errors; on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import FloatArray
from eightcut_inference.embedders.strips import Strip, StripStream
from eightcut_inference.networks.architecture import DeviceStrip
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")

from eightcut_inference.networks import runner  # noqa: E402 - it imports torch
from eightcut_inference.networks.runner import TorchEmbedder, device_errors, padding  # noqa: E402

GRID = WindowGrid(window_s=0.5, hop_s=0.25)
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


class Sums:
    """Mean, mean of squares and first sample of each window.

    Attributes:
        windows: Of each call.
        trouble: What the next calls raise.
        mode: What it was compiled with.
    """

    def __init__(self) -> None:
        self.windows: list[int] = []
        self.trouble: list[Exception] = []
        self.mode = ""

    def compile(self, mode: str) -> None:
        self.mode = mode

    def encode(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        assert torch.is_inference_mode_enabled()
        self.windows.append(sum(strip.windows for strip in strips))
        if self.trouble:
            raise self.trouble.pop(0)
        views = [strip.samples.unfold(0, GRID.window_samples, GRID.hop_samples) for strip in strips]
        for strip in strips:
            assert strip.host is not None
            torch.testing.assert_close(strip.host, strip.samples.cpu())
        windows = torch.cat(views)
        return torch.stack([windows.mean(1), windows.square().mean(1), windows[:, 0]], dim=1)


def strips(seed: int, windows: int, per_strip: int = 4) -> list[Strip]:
    samples = (windows - 1) * GRID.hop_samples + GRID.window_samples
    pcm = np.random.default_rng(seed).normal(size=samples).astype(np.float32)
    stream = StripStream(GRID, windows=per_strip)
    return stream.push(pcm) + stream.flush()


def expected(pieces: Sequence[Strip]) -> FloatArray:
    windows = np.concatenate(
        [np.lib.stride_tricks.sliding_window_view(p.samples, GRID.window_samples)[:: GRID.hop_samples] for p in pieces]
    )
    return np.stack([windows.mean(1), np.square(windows).mean(1), windows[:, 0]], axis=1)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda:0", marks=CUDA)])
def test_vectors_come_in_the_order_of_the_windows(device: str) -> None:
    embedder = TorchEmbedder(Sums(), Device(device), 3)
    pieces = [*strips(1, 7), *strips(2, 1), *strips(3, 9)]
    rows = embedder.launch(pieces).rows()
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected(pieces), atol=1e-6)


@CUDA
def test_two_batches_on_the_gpu_at_once_do_not_disturb_each_other() -> None:
    embedder = TorchEmbedder(Sums(), Device("cuda:0"), 3)
    batches = [strips(seed, 1 + seed * 5 % 40) for seed in range(20)]
    found = []
    running = [embedder.launch(batches[0])]
    for batch in batches[1:]:
        running.append(embedder.launch(batch))
        found.append(running.pop(0).rows())
    found.append(running.pop().rows())
    for batch, rows in zip(batches, found, strict=True):
        np.testing.assert_allclose(rows, expected(batch), atol=1e-6)


def test_samples_that_cannot_be_written_to_are_taken_without_a_warning() -> None:
    (strip,) = strips(1, 3)
    strip.samples.setflags(write=False)
    rows = TorchEmbedder(Sums(), Device(), 3).launch([strip]).rows()
    np.testing.assert_allclose(rows, expected([strip]), atol=1e-6)


def test_stages_are_measured() -> None:
    launched = TorchEmbedder(Sums(), Device(), 3).launch(strips(1, 3))
    assert set(launched.stages) == {"copy", "compute"}  # type: ignore[attr-defined] # what the engine looks for
    assert all(seconds >= 0 for seconds in launched.stages.values())  # type: ignore[attr-defined] # as above


def test_compiled_encoders_see_batches_of_few_sizes() -> None:
    encoder = Sums()
    embedder = TorchEmbedder(encoder, Device(compile="default"), 3)
    for windows in (1, 2, 3, 5, 8, 9):
        pieces = strips(windows, windows)
        np.testing.assert_allclose(embedder.launch(pieces).rows(), expected(pieces), atol=1e-6)
    assert encoder.windows == [1, 2, 4, 8, 8, 16]
    assert encoder.mode == "default"


def test_padding_repeats_the_first_window() -> None:
    (strip,) = strips(1, 3)
    placed = DeviceStrip(torch.from_numpy(strip.samples), 3, GRID)
    (more,) = padding([placed], 3)
    assert (more.windows, len(more.samples)) == (1, GRID.window_samples)
    assert padding([placed], 4) == []


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried 4 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 17.00 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_errors_of_memory_are_known(error: Exception) -> None:
    encoder = Sums()
    encoder.trouble = [error]
    embedder = TorchEmbedder(encoder, Device(), 3)
    with pytest.raises(DeviceOutOfMemoryError):
        embedder.launch(strips(1, 3))
    assert embedder.launch(strips(1, 3)).rows().shape == (3, 3)


def test_the_memory_of_a_failed_batch_is_free_when_the_error_arrives() -> None:
    class Held:
        alive = 0

        def __init__(self) -> None:
            Held.alive += 1

        def __del__(self) -> None:
            Held.alive -= 1

    def fail() -> None:
        held = Held()
        raise torch.OutOfMemoryError(f"no room beside {held}")

    try:
        with device_errors(Device()):
            fail()
    except DeviceOutOfMemoryError:
        assert Held.alive == 0


@pytest.mark.parametrize("answers", [False, True])
def test_a_gpu_is_lost_when_it_does_not_answer_after_an_error(monkeypatch: pytest.MonkeyPatch, answers: bool) -> None:
    monkeypatch.setattr(runner, "_answers", lambda _device: answers)
    error = torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nlaunch blocking")
    wanted, text = (type(error), "illegal") if answers else (DeviceLostError, "^cuda:1 does not answer: CUDA error: an")
    with pytest.raises(wanted, match=text), device_errors(Device("cuda:1")):
        raise error


def test_faults_of_the_network_are_left_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes"), device_errors(Device("cuda:0")):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
