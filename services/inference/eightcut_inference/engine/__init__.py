"""One thread for each device that owns it, and the bounded queue before it."""

from eightcut_inference.engine.pool import DeviceStatus, EnginePool

__all__ = ["DeviceStatus", "EnginePool"]
