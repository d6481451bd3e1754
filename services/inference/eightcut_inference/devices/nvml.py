"""What NVIDIA's management library knows of GPUs: also where PyTorch is missing or cannot use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Gpus:
    """The GPUs of this machine.

    Attributes:
        driver: Version of the driver; empty: there is none.
        names: What they are, in the driver's order.
    """

    driver: str = ""
    names: Sequence[str] = ()


def find_gpus() -> Gpus:
    """The GPUs that the driver knows; none when there is no driver."""
    try:
        import pynvml
    except ImportError:
        return Gpus()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return Gpus()
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return Gpus(
            _text(pynvml.nvmlSystemGetDriverVersion()), [_text(pynvml.nvmlDeviceGetName(handle)) for handle in handles]
        )
    except pynvml.NVMLError:
        return Gpus()
    finally:
        pynvml.nvmlShutdown()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
