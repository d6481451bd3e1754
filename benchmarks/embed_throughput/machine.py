"""The machine: what it is, how fast it multiplies, and how much memory is in use."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from eightcut_inference.networks.products import PackedLinear, packs

_RUNS = 5


@dataclass(frozen=True)
class Peak:
    """What a large matrix product reaches.

    Attributes:
        flops: Floating-point operations a second.
        how: What was multiplied, in words.
    """

    flops: float
    how: str


def synchronize(device: str) -> None:
    """Waits until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device.startswith("mps"):
        torch.mps.synchronize()


def measure_peak(device: str) -> Peak:
    """The fastest of several square products of random matrices: bfloat16 on CUDA, float32 elsewhere."""
    if device == "cpu":
        return _processor_peak()
    dtype, size, repeats = (torch.bfloat16, 8192, 10) if device.startswith("cuda") else (torch.float32, 4096, 2)
    left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(left)
    best = 0.0
    for run in range(_RUNS + 1):
        synchronize(device)
        start = time.perf_counter()
        for _ in range(repeats):
            torch.mm(left, right, out=out)
        synchronize(device)
        if run:  # The first one warms up.
            best = max(best, repeats * 2 * size**3 / (time.perf_counter() - start))
    return Peak(best, f"a {str(dtype).removeprefix('torch.')} product of {size} x {size} matrices")


def _processor_peak() -> Peak:
    """What one thread does by what it took of the processor, times all threads: others at work hardly change that.

    Two libraries multiply, and which one is faster depends on the processor: torch's default, and oneDNN.
    """
    size = 2048
    threads = torch.get_num_threads()
    left, right = torch.randn(2, size, size)
    products: list[Callable[[], object]] = [lambda: torch.mm(left, right)]
    if packs(left.device, left.dtype):
        packed = PackedLinear(right)
        products.append(lambda: packed(left))
    best = 0.0
    torch.set_num_threads(1)
    try:
        for product in products * _RUNS:
            start = time.thread_time()
            product()
            best = max(best, 2 * size**3 / (time.thread_time() - start))
    finally:
        torch.set_num_threads(threads)
    how = f"a float32 product of {size} x {size} matrices on one thread, by its processor time, times {threads} threads"
    return Peak(threads * best, how)


def machine_line(device: str) -> str:
    """The processor, the GPU with its driver, and the libraries below the networks."""
    parts = [f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"]
    if device.startswith("cuda"):
        free, total = torch.cuda.mem_get_info(device)
        parts.append(
            f"{torch.cuda.get_device_name(device)}, {total / 2**30:.0f} GiB ({free / 2**30:.0f} free), "
            f"driver {_driver()}, CUDA {torch.version.cuda}"
        )
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return "; ".join([*parts, system, f"torch {torch.__version__}", f"transformers {_version('transformers')}"])


def load_average() -> str:
    """Who else is at work: runnable processes, mean of the last minute; empty where the system does not tell."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def peak_resident(pid: int) -> int:
    """The most memory a process ever held, in bytes; 0 where there is no /proc, or the process has gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def processor_seconds(pid: int) -> float:
    """What a process took of the processor so far, all threads together; 0 where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def reset_device_peak(device: str) -> None:
    """Begins to watch how much this process takes of the device, beyond what it holds now."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def device_peak(device: str) -> int:
    """The most that this process held on the device since then, in bytes; 0 where it is no GPU of CUDA."""
    return torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else 0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _driver() -> str:
    try:
        import pynvml

        pynvml.nvmlInit()
        return str(pynvml.nvmlSystemGetDriverVersion())
    except Exception:  # noqa: BLE001 - without the library or its driver the figure is still worth having
        return "unknown"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
