"""What the server runs on, as the API tells it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from eightcut.inference.v1 import device_pb2, inference_service_pb2
from google.protobuf.duration_pb2 import Duration

from eightcut_inference.devices.detection import DeviceFacts, Found
from eightcut_inference.engine import DeviceStatus


class Machine:
    """Describes devices and software.

    Args:
        found: What there is.
    """

    def __init__(self, found: Found) -> None:
        self._found = found

    def describe(self, status: Sequence[DeviceStatus]) -> inference_service_pb2.GetDeviceStatusResponse:
        """Devices, how busy they are, and the software below the networks; blocks for a moment."""
        found = self._found
        return inference_service_pb2.GetDeviceStatusResponse(
            devices=[_device(one, facts) for one, facts in zip(status, found.facts, strict=True)],
            platform=device_pb2.Platform(
                torch_version=found.software.torch,
                cuda_version=found.software.cuda,
                driver_version=found.gpus.driver,
                transformers_version=found.software.transformers,
                advice=found.advice,
            ),
        )


def memory_used(device: str) -> int:
    """Bytes of a device's memory that this process holds; 0: not known."""
    if device.startswith("cuda"):
        # Nothing of ours is on a GPU before torch is imported.
        torch = sys.modules.get("torch")
        return int(torch.cuda.memory_reserved(device)) if torch is not None else 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _device(status: DeviceStatus, facts: DeviceFacts) -> device_pb2.Device:
    reading = status.reading
    return device_pb2.Device(
        name=status.device.name,
        model=facts.model,
        dtype=status.device.dtype,
        state=device_pb2.DEVICE_STATE_LOST if status.lost else device_pb2.DEVICE_STATE_OK,
        memory_bytes=facts.memory,
        memory_used_bytes=0 if status.lost else memory_used(status.device.name),
        embedders=status.embedders,
        windows_done=reading.windows,
        windows_per_second=reading.windows_per_second,
        windows_waiting=status.windows_waiting,
        batch_windows=reading.batch_windows,
        utilisation=reading.utilisation,
        stages=[
            device_pb2.StageTime(stage=stage, time=_duration(seconds)) for stage, seconds in reading.stages.items()
        ],
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMicroseconds(round(seconds * 1_000_000))
    return duration
