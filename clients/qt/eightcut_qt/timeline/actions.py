"""Actions of the timeline."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "timeline"

NUDGE = 0.1
"""Seconds by which a key moves an edge of a region."""

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("timeline.zoom_in", "Zoom In", ("Ctrl++", "Ctrl+="), menu="View", repeats=True),
    ActionSpec("timeline.zoom_out", "Zoom Out", ("Ctrl+-",), menu="View", repeats=True),
    ActionSpec("timeline.zoom_all", "Show Everything", ("Ctrl+0",), menu="View", tip="Show the whole file."),
    ActionSpec("timeline.zoom_region", "Zoom to Region", ("F",), menu="View", tip="Zoom to the selected regions."),
    ActionSpec("timeline.spectrogram", "Spectrogram", menu="View", checkable=True, separator=True),
    ActionSpec("timeline.next_region", "Next Region", (".",), menu="Scan", separator=True, repeats=True),
    ActionSpec("timeline.previous_region", "Previous Region", (",",), menu="Scan", repeats=True),
    ActionSpec(
        "timeline.start_earlier",
        "Region Starts Earlier",
        ("Alt+Left",),
        menu="Scan",
        tip="Let the selected region start 0.1 seconds earlier.",
        separator=True,
        repeats=True,
    ),
    ActionSpec(
        "timeline.start_later",
        "Region Starts Later",
        ("Alt+Right",),
        menu="Scan",
        tip="Let the selected region start 0.1 seconds later.",
        repeats=True,
    ),
    ActionSpec(
        "timeline.end_earlier",
        "Region Ends Earlier",
        ("Alt+Shift+Left",),
        menu="Scan",
        tip="Let the selected region end 0.1 seconds earlier.",
        repeats=True,
    ),
    ActionSpec(
        "timeline.end_later",
        "Region Ends Later",
        ("Alt+Shift+Right",),
        menu="Scan",
        tip="Let the selected region end 0.1 seconds later.",
        repeats=True,
    ),
    ActionSpec(
        "timeline.earlier", "Page Back", ("PgUp",), panel=PANEL, tip="Move the view back by a page.", repeats=True
    ),
    ActionSpec("timeline.later", "Page On", ("PgDown",), panel=PANEL, tip="Move the view on by a page.", repeats=True),
    ActionSpec(
        "timeline.disable",
        "Disable or Enable Regions",
        ("Delete", "Backspace"),
        panel=PANEL,
        tip="Disable the selected regions, or enable them again.",
    ),
)
