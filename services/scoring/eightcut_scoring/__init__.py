"""8-cut: windows, classifier arithmetic and regions, shared by Inference and Trainer."""

__version__ = "0.1.0"
