"""8-cut Inference: embedders, tracks, scanning."""

__version__ = "0.1.0"
