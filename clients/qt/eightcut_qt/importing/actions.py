"""Actions that bring things in from elsewhere."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "importing.library",
        "Import from Old 8-cut…",
        menu="File",
        separator=True,
        tip="Bring the clips, scans and hard negatives of the old program along; its library is only read.",
    ),
    ActionSpec(
        "importing.locate",
        "Locate Media…",
        menu="File",
        tip="Find the files of imported media that were not where the old program had them.",
    ),
    ActionSpec(
        "importing.labels",
        "Import Labels…",
        menu="Clips",
        separator=True,
        tip="Mark clips from a file of labels: Audacity, Raven, CSV, JSON, captions, EDL.",
    ),
)
