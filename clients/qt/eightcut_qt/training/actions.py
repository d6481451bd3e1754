"""Actions of the Train dialog."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "training.open",
        "Train…",
        ("Ctrl+T",),
        menu="Train",
        tip="Learn a sound from the clips that are marked.",
    ),
)
