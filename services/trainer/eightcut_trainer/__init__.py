"""8-cut Trainer: examples to classifiers."""

__version__ = "0.1.0"
