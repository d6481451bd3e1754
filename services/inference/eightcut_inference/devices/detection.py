"""Which devices a server uses."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eightcut_inference.devices.device import Device, Dtype
from eightcut_inference.devices.nvml import Gpus, find_gpus
from eightcut_inference.devices.software import Software, find_software

COMPILE_MODES = ("off", "default", "reduce-overhead", "max-autotune")
_BFLOAT16_CAPABILITY = 8  # Ampere and later multiply bfloat16 in their tensor cores
_WRITTEN = re.compile(r"auto|cpu|mps|cuda|cuda:\d+(,cuda:\d+)*")
INSTALLATION = "`pip install 'eightcut-inference[networks]'`"


class DeviceChoiceError(ValueError):
    """The devices asked for cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True)
class DeviceSettings:
    """What the person chose.

    Attributes:
        device: "auto" (cuda, else mps, else cpu), "cpu", "mps", "cuda" (all of them), or "cuda:0,cuda:1".
        dtype: "auto" is bfloat16 on CUDA where the hardware has it, else float32.
        compile: Mode of ``torch.compile``, or "off".
    """

    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: str = "off"


@dataclass(frozen=True)
class DeviceFacts:
    """What a device is.

    Attributes:
        model: Such as "NVIDIA H200".
        memory: In bytes; 0: not known.
    """

    model: str = ""
    memory: int = 0


@dataclass(frozen=True)
class Found:
    """The devices of a server.

    Attributes:
        devices: At least one; all have one dtype.
        facts: Of each of them.
        gpus: What the driver says.
        software: What is installed.
        advice: One sentence when something keeps a GPU from being used; else empty.
    """

    devices: Sequence[Device]
    facts: Sequence[DeviceFacts]
    gpus: Gpus
    software: Software
    advice: str


@dataclass(frozen=True)
class Cuda:
    """The GPUs that PyTorch can use.

    Attributes:
        names: What they are.
        memory: In bytes.
        capabilities: Major numbers of what they can do: 9 is Hopper.
        problem: Why PyTorch fails to use them, in its own words.
    """

    names: Sequence[str]
    memory: Sequence[int]
    capabilities: Sequence[int]
    problem: str = ""


def find_devices(settings: DeviceSettings) -> Found:
    """The devices that a server uses; imports torch only when there is a GPU, or one is asked for.

    Raises:
        DeviceChoiceError: They are not there.
    """
    if not _WRITTEN.fullmatch(settings.device):
        raise DeviceChoiceError(
            f"A device is auto, cpu, mps, cuda, or a list such as cuda:0,cuda:1, not {settings.device!r}."
        )
    gpus, software = find_gpus(), find_software()
    asked = settings.device.startswith("cuda") or (settings.device == "auto" and gpus.names and software.cuda)
    cuda = find_cuda(software) if asked else Cuda((), (), ())
    # Who chose the processor beside a GPU that works needs no advice.
    advice = _advice(gpus, software, cuda) if asked or not software.cuda else ""
    names = _chosen(settings.device, cuda, software, advice)
    indices = [int(name.partition(":")[2]) for name in names if name.startswith("cuda")]
    dtype = _dtype(settings, [cuda.capabilities[index] for index in indices])
    facts = [DeviceFacts(cuda.names[index], cuda.memory[index]) for index in indices] or [_host_facts()]
    return Found([Device(name, dtype, settings.compile) for name in names], facts, gpus, software, advice)


def find_cuda(software: Software) -> Cuda:
    """Asks PyTorch, which is imported."""
    if not software.torch:
        return Cuda((), (), ())
    try:
        import torch

        if not torch.cuda.is_available():
            return Cuda((), (), ())
        found = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    except (ImportError, OSError, RuntimeError) as error:
        return Cuda((), (), (), problem=str(error).partition("\n")[0])
    return Cuda(
        [properties.name for properties in found],
        [properties.total_memory for properties in found],
        [properties.major for properties in found],
    )


def _advice(gpus: Gpus, software: Software, cuda: Cuda) -> str:
    if not gpus.names or cuda.names:
        return ""
    gpu = gpus.names[0]
    if not software.torch:
        return f"There is a GPU ({gpu}), but PyTorch is not installed: {INSTALLATION} brings it."
    if not software.cuda:
        return (
            f"There is a GPU ({gpu}), but PyTorch {software.torch} was built without CUDA: install the CUDA build of "
            "torch in its place."
        )
    problem = cuda.problem.rstrip(".") or "it finds no usable device"
    return f"There is a GPU ({gpu}), but PyTorch {software.torch} cannot use it: {problem}."


def _chosen(wanted: str, cuda: Cuda, software: Software, advice: str) -> list[str]:
    there = [f"cuda:{index}" for index in range(len(cuda.names))]
    if wanted == "auto":
        return there or (["mps"] if _has_mps(software) else ["cpu"])
    if wanted == "cpu":
        return ["cpu"]
    if not software.torch:
        raise DeviceChoiceError(f"{wanted} needs PyTorch, which is not installed: {INSTALLATION} brings it.")
    if wanted == "mps":
        if not _has_mps(software):
            raise DeviceChoiceError("mps is not there: it needs a Mac with Apple silicon.")
        return ["mps"]
    names = there if wanted == "cuda" else list(dict.fromkeys(wanted.split(",")))
    missing = [name for name in names if name not in there] or ([] if names else [wanted])
    if missing:
        has = f"this machine has {', '.join(there)}" if there else "PyTorch finds no CUDA device on this machine"
        verb = "is" if len(missing) == 1 else "are"
        raise DeviceChoiceError(advice or f"{', '.join(missing)} {verb} not there: {has}.")
    return names


def _has_mps(software: Software) -> bool:
    # Every Mac with Apple silicon has it; asking PyTorch would import it.
    return bool(software.torch) and (platform.system(), platform.machine()) == ("Darwin", "arm64")


def _dtype(settings: DeviceSettings, capabilities: Sequence[int]) -> Dtype:
    if settings.dtype != "auto":
        return settings.dtype
    return "bfloat16" if capabilities and min(capabilities) >= _BFLOAT16_CAPABILITY else "float32"


def _host_facts() -> DeviceFacts:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        memory = 0
    return DeviceFacts(_processor() or platform.processor() or platform.machine(), memory)


def _processor() -> str:
    """What Linux calls the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
