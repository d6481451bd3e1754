"""Actions of the hard negatives' dialog."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "negatives"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "negatives.open",
        "Hard Negatives…",
        ("Ctrl+H",),
        menu="Train",
        tip="Show the places where a classifier was wrong, hear them, and delete those that are right after all.",
    ),
    ActionSpec("negatives.play", "Jump To and Play", ("Return", "Enter"), panel=PANEL),
    ActionSpec("negatives.delete", "Delete the Selected", ("Delete", "Backspace"), panel=PANEL),
    ActionSpec("negatives.undo", "Undo", ("Ctrl+Z",), panel=PANEL, shadows="results.undo"),
    ActionSpec("negatives.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), panel=PANEL, shadows="results.redo"),
)
