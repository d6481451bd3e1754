"""Measures one embedder: the reference, our engine and our service in turns."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from eightcut_client.media import decode
from eightcut_inference.networks.spec import NetworkSpec

from benchmarks.embed_throughput.engine import OurEngine
from benchmarks.embed_throughput.machine import (
    device_peak,
    load_average,
    measure_peak,
    processor_seconds,
    reset_device_peak,
)
from benchmarks.embed_throughput.media import RATE, Recordings, recording
from benchmarks.embed_throughput.reference import BATCH, FRAMES, FloatArray, Reference, comparable, make_reference
from benchmarks.embed_throughput.service import Inference, inference
from benchmarks.embed_throughput.setting import Setting
from benchmarks.embed_throughput.tally import Figures, Runs

# Wall-clock times to aim at, in seconds; how many windows that makes is found by trying.
OUR_SECONDS = 45.0
REFERENCE_SECONDS = 20.0
ROUNDS_SECONDS = {"cpu": 240.0, "mps": 240.0, "cuda": 60.0}
# What ours takes for a window, about, as a part of what the reference takes.
OUR_SHARE = {"cpu": 1.0, "mps": 1.0, "cuda": 0.2}
LONGEST = 3600
MOST_ROUNDS = 5
CHECKED_WINDOWS = 2
WINDOW_SECONDS = 8


@dataclass(frozen=True)
class Sizes:
    """How much is embedded.

    Attributes:
        seconds: Length of the file.
        reference: Windows that the reference embeds of it.
        rounds: How often each of the three is measured.
    """

    seconds: int
    reference: int
    rounds: int

    @property
    def windows(self) -> int:
        """Of the whole file, one a second."""
        return self.seconds - WINDOW_SECONDS + 1


def choose_sizes(window_seconds: float, setting: Setting) -> Sizes:
    """Sizes for a reference that takes this long for a window, so that a run stays bearable on any machine."""
    kind = setting.devices[0].kind
    length = min(_batches(OUR_SECONDS / window_seconds) * BATCH + WINDOW_SECONDS - 1, LONGEST)
    length = setting.seconds or (LONGEST if kind == "cuda" else length)
    windows = length - WINDOW_SECONDS + 1
    reference = min(_batches(REFERENCE_SECONDS / window_seconds) * BATCH, windows)
    ours = (1 + setting.streams) * windows * OUR_SHARE[kind]
    rounds = int(ROUNDS_SECONDS[kind] / window_seconds / (reference + ours))
    return Sizes(length, reference, setting.rounds or max(1, min(rounds, MOST_ROUNDS)))


def measure(spec: NetworkSpec, published: Path, setting: Setting, mode: str) -> Figures:
    """Measures an embedder whose weights are imported.

    Args:
        spec: The embedder.
        published: Its weights as the hub has them.
        setting: Where and how.
        mode: Of ``torch.compile``, for ours.
    """
    device = setting.device
    flops, peak = _flops(spec, setting), measure_peak(device)
    figures = Figures(spec.id, mode, setting.dtype, flops, spec.flops, len(setting.devices), peak)
    reset_device_peak(device)
    reference = make_reference(spec, published, device)
    sizes = choose_sizes(_seconds_for_window(reference), setting)
    # What was held so far is the reference's alone.
    figures.reference_memory = device_peak(device)
    say(f"{figures.name}: {sizes.windows} windows, {sizes.reference} for the reference; {sizes.rounds} rounds")
    recordings = setting.shelf.of(sizes.seconds)
    figures.decode_seconds, figures.windows_in_file = _decode_seconds(recordings), sizes.windows
    with (
        OurEngine(spec.id, setting, mode) as engine,
        inference(setting.folder / "service", *setting.options(mode)) as service,
    ):
        contest = _Contest(figures, sizes, reference, engine, service, setting)
        contest.warm()
        contest.compare(spec)
        for turn in range(sizes.rounds):
            contest.run_round(turn)
        contest.note_service()
    del reference, contest
    _forget(setting)
    return figures


@dataclass
class _Contest:
    figures: Figures
    sizes: Sizes
    reference: Reference
    engine: OurEngine
    service: Inference
    setting: Setting

    def __post_init__(self) -> None:
        self.recordings = self.setting.shelf.of(self.sizes.seconds)
        self.pcm = self.recordings.pcm

    def warm(self) -> None:
        """Loads, compiles and lets the device find its ways, with shapes like those of the rounds."""
        start = time.perf_counter()
        self.engine.embed(self.pcm[: WINDOW_SECONDS * RATE])
        self.figures.warm_seconds = time.perf_counter() - start
        if self.engine.on_cuda:
            self.engine.embed(self.pcm)
            self._embed_by_service(self.recordings)
        else:
            self._embed_by_service(self.setting.shelf.of(WINDOW_SECONDS))

    def compare(self, spec: NetworkSpec) -> None:
        """Sees to it that both make the same vectors."""
        theirs = comparable(self.reference, spec, self.pcm, CHECKED_WINDOWS)
        if theirs is not None:
            ours = self.engine.embed(self.pcm[: (CHECKED_WINDOWS + WINDOW_SECONDS - 1) * RATE])
            self.figures.cosine = _least_cosine(ours, theirs)

    def run_round(self, turn: int) -> None:
        """Measures each once, another one first in every round."""
        again = measure_peak(self.setting.device)
        self.figures.peak = max(self.figures.peak, again, key=lambda peak: peak.flops)
        contestants = [self._run_reference, self._run_engine, self._run_service]
        for contestant in contestants[turn % 3 :] + contestants[: turn % 3]:
            contestant()
        figures = self.figures
        speeds = [f"{runs.speeds[-1]:.3g}" for runs in (figures.reference, figures.engine, figures.service)]
        say(f"{figures.name}: round {turn + 1}: {', '.join(speeds)} windows/s; load average {load_average()}")

    def note_service(self) -> None:
        """Asks the service what it needed."""
        device = self.service.device()
        self.figures.batch = device.batch_windows
        # On a processor it is the process's own memory.
        self.figures.device_memory = device.memory_used_bytes if self.setting.on_cuda else 0
        self.figures.resident = self.service.peak_resident()

    def _run_reference(self) -> None:
        with _Clock(self.figures.reference, os.getpid()) as clock:
            clock.windows = len(self.reference.embed(self.pcm, self.sizes.reference))

    def _run_engine(self) -> None:
        with _Clock(self.figures.engine, os.getpid()) as clock:
            clock.windows = len(self.engine.embed(self.pcm))

    def _run_service(self) -> None:
        with _Clock(self.figures.service, self.service.process.pid) as clock:
            clock.windows, clock.seconds = self._embed_by_service(self.recordings)

    def _embed_by_service(self, recordings: Recordings) -> tuple[int, float]:
        return self.service.embed(recordings, self.figures.embedder, self.setting.streams)


class _Clock:
    """Notes what a run took, and what its process took of the processor."""

    def __init__(self, runs: Runs, pid: int) -> None:
        self.windows = 0
        self.seconds = 0.0
        self._runs = runs
        self._pid = pid

    def __enter__(self) -> Self:
        self._processor = processor_seconds(self._pid)
        self._start = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            seconds = self.seconds or time.perf_counter() - self._start
            self._runs.add(self.windows, seconds, processor_seconds(self._pid) - self._processor)


def say(text: str) -> None:
    """Tells the person who waits what is going on; tables go to stdout."""
    print(text, file=sys.stderr, flush=True)


def _flops(spec: NetworkSpec, setting: Setting) -> float:
    """Of a window in ours: EAT's are known for 1,024 frames, and nearly proportional to them."""
    registry = setting.registry()
    frames = registry.model(spec.id).card().options.get("frames")
    return spec.flops * (int(frames) / FRAMES if frames and spec.family == "eat" else 1.0)


def _batches(windows: float) -> int:
    return max(1, round(windows / BATCH))


def _seconds_for_window(reference: Reference) -> float:
    """Of the second of two small runs."""
    windows = BATCH if reference.device.type == "cuda" else 2
    pcm = recording(windows + WINDOW_SECONDS - 1)
    reference.embed(pcm, windows)
    start = time.perf_counter()
    reference.embed(pcm, windows)
    return (time.perf_counter() - start) / windows


def _decode_seconds(recordings: Recordings) -> float:
    path = recordings.fresh()
    start = time.perf_counter()
    with decode(path) as audio:
        for _ in audio:
            pass
    elapsed = time.perf_counter() - start
    path.unlink()
    return elapsed


def _least_cosine(ours: FloatArray, theirs: FloatArray) -> float:
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float(((ours * theirs).sum(1) / lengths).min())


def _forget(setting: Setting) -> None:
    gc.collect()
    if setting.on_cuda:
        torch.cuda.empty_cache()
