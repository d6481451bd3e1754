"""What one can do about scanning."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "scanning.scan",
        "Scan This File",
        keys=("F5",),
        menu="Scan",
        tip="Scan the file that is shown with the chosen classifier.",
    ),
    ActionSpec(
        "scanning.scan_all",
        "Scan All Files",
        keys=("Shift+F5",),
        menu="Scan",
        tip="Scan every file of the playlist; those that this classifier version has scanned are left out.",
    ),
    ActionSpec(
        "scanning.stop",
        "Stop After the Current File",
        keys=("Ctrl+.",),
        menu="Scan",
        tip="Finish the files that are being scanned and leave the rest waiting.",
    ),
    ActionSpec("scanning.resume", "Go On Scanning", menu="Scan", tip="Scan the files that are waiting."),
    ActionSpec(
        "scanning.cancel",
        "Cancel Scanning",
        menu="Scan",
        tip="Stop at once; what was worked out is kept, so that a later scan goes on from there.",
    ),
)
