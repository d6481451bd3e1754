"""The one thread that owns the device, and the bounded queue before it."""

from eightcut_inference.engine.engine import Engine

__all__ = ["Engine"]
