"""8cut, the command line of 8-cut."""

__version__ = "0.1.0"
