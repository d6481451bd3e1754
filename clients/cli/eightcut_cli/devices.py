"""Devices of the Inference service, for reading and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from eightcut.inference.v1.device_pb2 import DEVICE_STATE_LOST, Device, DeviceState, Platform
from eightcut.inference.v1.inference_service_pb2 import GetDeviceStatusRequest, GetDeviceStatusResponse
from eightcut_client.errors import EightcutError

if TYPE_CHECKING:
    from eightcut_cli.session import Session

COLUMNS = ("device", "what", "arithmetic", "state", "memory", "windows", "windows/s", "waiting", "batch", "busy")
NUMBERS = ("memory", "windows", "windows/s", "waiting", "batch", "busy")

_GIB = 1 << 30


def device_status(session: Session) -> GetDeviceStatusResponse | None:
    """The devices and the software below the networks; None from a server that does not tell."""
    try:
        return session.connection.inference.GetDeviceStatus(GetDeviceStatusRequest())
    except EightcutError as error:
        if error.code is grpc.StatusCode.UNIMPLEMENTED:
            return None
        raise


def device_document(device: Device) -> dict[str, object]:
    """A device in JSON."""
    return {
        "name": device.name,
        "model": device.model,
        "dtype": device.dtype,
        "state": DeviceState.Name(device.state).removeprefix("DEVICE_STATE_").lower(),
        "memory_bytes": device.memory_bytes,
        "memory_used_bytes": device.memory_used_bytes,
        "embedders": list(device.embedders),
        "windows_done": device.windows_done,
        "windows_per_second": device.windows_per_second,
        "windows_waiting": device.windows_waiting,
        "batch_windows": device.batch_windows,
        "utilisation": device.utilisation,
        "stages": {stage.stage: stage.time.ToMicroseconds() / 1e6 for stage in device.stages},
    }


def platform_document(platform: Platform) -> dict[str, object]:
    """The software below the networks in JSON."""
    return {
        "torch_version": platform.torch_version,
        "cuda_version": platform.cuda_version,
        "driver_version": platform.driver_version,
        "transformers_version": platform.transformers_version,
        "advice": platform.advice,
    }


def device_row(device: Device) -> tuple[str, ...]:
    """A device for reading; see `COLUMNS`."""
    return (
        device.name,
        device.model,
        device.dtype,
        "lost" if device.state == DEVICE_STATE_LOST else "ok",
        _memory(device),
        f"{device.windows_done:,}",
        f"{device.windows_per_second:,.1f}",
        f"{device.windows_waiting:,}",
        f"{device.batch_windows:.1f}" if device.batch_windows else "",
        f"{device.utilisation:.0%}",
    )


def stage_line(device: Device) -> str:
    """Where a device's time went; empty when nothing was done on it."""
    stages = [f"{stage.stage} {stage.time.ToMicroseconds() / 1e6:,.1f} s" for stage in device.stages]
    return f"time on {device.name}: {', '.join(stages)}" if device.windows_done and stages else ""


def platform_line(platform: Platform) -> str:
    """The versions of what is there; empty when nothing is."""
    named = {
        "PyTorch": platform.torch_version,
        "CUDA": platform.cuda_version,
        "driver": platform.driver_version,
        "transformers": platform.transformers_version,
    }
    return ", ".join(f"{name} {version}" for name, version in named.items() if version)


def _memory(device: Device) -> str:
    if not device.memory_bytes:
        return ""
    return f"{device.memory_used_bytes / _GIB:.1f} of {device.memory_bytes / _GIB:.1f} GiB"
