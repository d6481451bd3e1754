"""One file from its bytes to its track, and whether the service's memory depends on the file's length."""

from __future__ import annotations

from dataclasses import dataclass

from eightcut_inference.networks.spec import NetworkSpec

from benchmarks.embed_throughput.measuring import WINDOW_SECONDS, say
from benchmarks.embed_throughput.service import inference
from benchmarks.embed_throughput.setting import Setting
from benchmarks.embed_throughput.tally import GIB

WARM_SECONDS = 300
HEADER = [
    "embedder",
    "file, s",
    "seconds",
    "real time",
    "process, GiB",
    "device, GiB",
]


@dataclass(frozen=True)
class _Passage:
    """One file through a service that was started for it.

    Attributes:
        length: Of the file, seconds.
        seconds: From its first byte to the complete track.
        resident: Most memory of the service's process, bytes.
        device: What it held of the device, bytes.
    """

    length: int
    seconds: float
    resident: int
    device: int


def measure_lengths(spec: NetworkSpec, setting: Setting, mode: str, lengths: tuple[int, int]) -> list[str]:
    """The row of `HEADER` for a short and a long file."""
    short, long = (_pass(spec, setting, mode, length) for length in lengths)
    name = spec.id if mode == "off" else f"{spec.id}, {mode}"
    return [
        name,
        f"{short.length} / {long.length}",
        f"{short.seconds:.1f} / {long.seconds:.1f}",
        f"{short.length / short.seconds:.3g}x / {long.length / long.seconds:.3g}x",
        f"{short.resident / GIB:.2f} / {long.resident / GIB:.2f} ({long.resident / max(short.resident, 1):.2f})",
        f"{short.device / GIB:.2f} / {long.device / GIB:.2f}" if long.device else "-",
    ]


def _pass(spec: NetworkSpec, setting: Setting, mode: str, length: int) -> _Passage:
    """The weights are loaded, and on CUDA all shapes have been seen, before the clock runs."""
    say(f"{spec.id}: a file of {length} s")
    folder = setting.folder / f"service-{spec.id}-{mode}-{length}"
    warming = setting.shelf.of(WARM_SECONDS if setting.on_cuda else WINDOW_SECONDS)
    recordings = setting.shelf.of(length)
    with inference(folder, *setting.options(mode)) as service:
        service.embed(warming, spec.id, 1)
        _, seconds = service.embed(recordings, spec.id, 1)
        device = service.device()
        held = device.memory_used_bytes if setting.on_cuda else 0
        return _Passage(length, seconds, service.peak_resident(), held)
