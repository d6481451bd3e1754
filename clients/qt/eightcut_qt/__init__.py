"""The 8-cut desktop client: a thin window over the three services."""

__version__ = "0.1.0"
