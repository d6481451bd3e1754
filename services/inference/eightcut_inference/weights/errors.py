"""What goes wrong with weights."""

from __future__ import annotations


class WeightsError(Exception):
    """Weights are missing, damaged, or not what was asked for; the message is one sentence for the person."""


def reason(error: OSError) -> str:
    """What the system says, as the end of a sentence: "permission denied"."""
    return (error.strerror or str(error)).lower()
