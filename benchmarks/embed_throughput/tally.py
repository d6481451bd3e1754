"""What was measured of one embedder, and the tables."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.embed_throughput.machine import Peak

HOP_SECONDS = 1.0
GIB = 2**30


@dataclass
class Runs:
    """Repeated runs of one contestant.

    Attributes:
        windows: How many windows each run embedded.
        seconds: How long each run took.
        processor_seconds: What it took of the processor, all threads together.
    """

    windows: int = 0
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)

    def add(self, windows: int, seconds: float, processor_seconds: float) -> None:
        """Notes a run."""
        self.windows = windows
        self.seconds.append(seconds)
        self.processor_seconds.append(processor_seconds)

    @property
    def speeds(self) -> list[float]:
        """Windows a second, run by run."""
        return [self.windows / seconds for seconds in self.seconds]

    @property
    def speed(self) -> float:
        """Median windows a second."""
        return statistics.median(self.speeds)

    @property
    def processor_seconds_each(self) -> float:
        """Median of what a window took of the processor: on a busy machine it says more than the clock."""
        return statistics.median(self.processor_seconds) / self.windows


@dataclass
class Figures:
    """One embedder in one mode.

    Attributes:
        embedder: Its id.
        mode: Of ``torch.compile``.
        dtype: Of our arithmetic.
        flops: Of one window, in ours.
        reference_flops: Of one window, in the reference.
        devices: How many ours runs on.
        peak: Of one device, the best of those measured before and between the rounds.
        reference: The ancestor's loop, decoding not counted.
        decode_seconds: To decode a whole file, as the reference does first.
        windows_in_file: Windows of that file.
        engine: Ours in process.
        service: Ours through gRPC.
        batch: Windows in a batch of the service, mean.
        warm_seconds: From nothing to the engine's first vectors: loading and, with a mode, compiling.
        resident: Most memory of the service's process, bytes.
        device_memory: What the service holds of the device, bytes; 0 where it has no memory of its own.
        reference_memory: The most that the reference held of it, bytes.
        cosine: Least cosine between vectors of ours and of the reference; None where they are defined differently.
    """

    embedder: str
    mode: str
    dtype: str
    flops: float
    reference_flops: float
    devices: int
    peak: Peak
    reference: Runs = field(default_factory=Runs)
    decode_seconds: float = 0.0
    windows_in_file: int = 1
    engine: Runs = field(default_factory=Runs)
    service: Runs = field(default_factory=Runs)
    batch: float = 0.0
    warm_seconds: float = 0.0
    resident: int = 0
    device_memory: int = 0
    reference_memory: int = 0
    cosine: float | None = None

    @property
    def name(self) -> str:
        """The id, with the mode when it is not off."""
        return self.embedder if self.mode == "off" else f"{self.embedder}, {self.mode}"

    @property
    def whole_reference(self) -> float:
        """Windows a second of the ancestor's loop, decoding counted."""
        return 1 / (1 / self.reference.speed + self.decode_seconds / self.windows_in_file)

    @property
    def utilisation(self) -> float:
        """Model FLOPs a second of our engine as a part of the peak, 0 to 1."""
        return self.engine.speed * self.flops / self.peak.flops / self.devices

    @property
    def reference_utilisation(self) -> float:
        """The same of the reference, which runs on one device."""
        return self.reference.speed * self.reference_flops / self.peak.flops


def ratio(ours: Runs, theirs: Runs) -> float:
    """Median of the ratios of speeds, round by round, so that a busy moment counts for both."""
    pairs = zip(ours.speeds, theirs.speeds, strict=True)
    return statistics.median(mine / other for mine, other in pairs)


SPEED_HEADER = [
    "embedder",
    "reference, windows/s",
    "engine",
    "service (gRPC)",
    "real time",
    "engine / reference",
    "service / reference with decoding",
    "service / engine",
    "windows",
    "rounds",
]


def speed_row(figures: Figures) -> list[str]:
    """The row of `SPEED_HEADER`."""
    reference, engine, service = figures.reference, figures.engine, figures.service
    return [
        figures.name,
        _number(reference.speed),
        _number(engine.speed),
        _number(service.speed),
        f"{_number(service.speed * HOP_SECONDS)}x",
        f"{ratio(engine, reference):.2f}",
        f"{service.speed / figures.whole_reference:.2f}",
        f"{ratio(service, engine):.3f}",
        f"{reference.windows} / {engine.windows} / {service.windows}",
        str(len(engine.seconds)),
    ]


DEVICE_HEADER = [
    "embedder",
    "dtype",
    "batch",
    "compile",
    "MFU of engine",
    "MFU of reference",
    "processor s / window: reference, engine, service",
    "first vector, s",
    "service: process, GiB",
    "service: device, GiB",
    "reference: device, GiB",
    "least cosine to reference",
]


def device_row(figures: Figures) -> list[str]:
    """The row of `DEVICE_HEADER`."""
    return [
        figures.name,
        figures.dtype,
        f"{figures.batch:.1f}",
        figures.mode,
        f"{figures.utilisation:.0%}",
        f"{figures.reference_utilisation:.0%}",
        ", ".join(
            f"{runs.processor_seconds_each:.3g}" for runs in (figures.reference, figures.engine, figures.service)
        ),
        f"{figures.warm_seconds:.1f}",
        _gib(figures.resident),
        _gib(figures.device_memory),
        _gib(figures.reference_memory),
        "-" if figures.cosine is None else f"{figures.cosine:.6f}",
    ]


def peaks_line(figures: Sequence[Figures]) -> str:
    """What the utilisation refers to."""
    speeds = [row.peak.flops / 1e12 for row in figures]
    return (
        f"MFU: model FLOPs (fixed for each embedder, by 8 s window) a second / those of {figures[0].peak.how}, the "
        f"best of those between the rounds: {min(speeds):.3g} to {max(speeds):.3g} TFLOP/s."
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _gib(size: int) -> str:
    return f"{size / GIB:.2f}" if size else "-"
