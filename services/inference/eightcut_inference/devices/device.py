"""A device, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Device:
    """Where an embedder runs.

    Attributes:
        name: As torch writes it: "cpu", "cuda:0", "mps".
        dtype: Arithmetic of networks there. Part of the card, since it changes vectors.
        compile: Mode of ``torch.compile``; "off" runs networks as they are.
    """

    name: str = "cpu"
    dtype: Dtype = "float32"
    compile: str = "off"

    @property
    def kind(self) -> str:
        """The part before the colon: "cpu", "cuda" or "mps"."""
        return self.name.partition(":")[0]


class DeviceOutOfMemoryError(Exception):
    """A batch, or weights, did not fit into what is free on the device. A smaller batch may."""


class DeviceLostError(Exception):
    """The device does not answer any more; this process cannot use it again. The message names it."""
