"""Actions of the results panel."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "results"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "results.undo", "Undo", ("Ctrl+Z",), menu="Edit", tip="Take back the last change of this version.", repeats=True
    ),
    ActionSpec(
        "results.redo",
        "Redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        menu="Edit",
        tip="Do again what was taken back.",
        repeats=True,
    ),
    ActionSpec(
        "results.disable",
        "Disable or Enable Regions",
        ("Delete", "Backspace"),
        menu="Edit",
        panel=PANEL,
        separator=True,
        tip="Switch the selected regions off, or on again.",
    ),
    ActionSpec(
        "results.negative",
        "Mark as Hard Negative",
        ("N",),
        menu="Edit",
        panel=PANEL,
        shadows="playlist.next",
        tip="Say that the selected regions are wrong, so that the next training learns it; or take that back.",
    ),
    ActionSpec("results.merge", "Merge Regions", ("Ctrl+M",), menu="Edit", tip="Make one region of the selected ones."),
    ActionSpec(
        "results.delete",
        "Delete Regions",
        ("Shift+Delete",),
        menu="Edit",
        panel=PANEL,
        tip="Remove the selected regions from this version.",
    ),
    ActionSpec(
        "results.play", "Play the Region", ("Return", "Enter"), panel=PANEL, tip="Play the current region to its end."
    ),
    ActionSpec(
        "results.compare",
        "Compare Versions",
        ("Ctrl+D",),
        menu="Scan",
        checkable=True,
        separator=True,
        tip="Show which regions were gained, lost or moved against another version.",
    ),
    ActionSpec(
        "results.export",
        "Export Labels…",
        ("Ctrl+E",),
        menu="Scan",
        tip="Write the enabled regions that are shown to a file for another program.",
    ),
    ActionSpec(
        "results.export_clips",
        "Export Clips…",
        ("Ctrl+Shift+R",),
        menu="Scan",
        tip="Cut clips from the regions, as files in an export folder.",
    ),
)
