"""Where embedders run."""

from eightcut_inference.devices.device import Device, DeviceLostError, DeviceOutOfMemoryError

__all__ = ["Device", "DeviceLostError", "DeviceOutOfMemoryError"]
