"""Actions of the dialog of classifier versions."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "classifiers"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "classifiers.open",
        "Classifier Versions…",
        ("Ctrl+B",),
        menu="Train",
        tip="Compare the versions of a classifier, and choose which one scans use.",
    ),
    ActionSpec("classifiers.use", "Use This Version", ("Return", "Enter"), panel=PANEL),
    ActionSpec("classifiers.delete", "Delete This Version…", ("Delete", "Backspace"), panel=PANEL),
)
