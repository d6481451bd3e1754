"""Actions that make clips into files, and that move or delete these."""

from __future__ import annotations

from eightcut_qt.clips.actions import PANEL
from eightcut_qt.core.actions import ActionSpec

_MENU = "Clips"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "exporting.when_marking",
        "Cut When Marking",
        menu=_MENU,
        tip="Cut a clip to files as soon as it is marked.",
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "exporting.cut_selected",
        "Cut Selected Clips",
        ("Ctrl+Shift+E",),
        menu=_MENU,
        tip="Cut the selected clips to files; those that lie in the export folder already are left.",
    ),
    ActionSpec(
        "exporting.cut_all",
        "Cut All Clips of This File",
        menu=_MENU,
        tip="Cut all clips of this file that do not lie in the export folder yet.",
    ),
    ActionSpec(
        "exporting.cut_again",
        "Cut Selected Clips Again",
        menu=_MENU,
        tip="Cut the selected clips once more, over their files, under the same names.",
    ),
    ActionSpec("exporting.cancel", "Stop Cutting", menu=_MENU, tip="Stop at once; the clips that are complete stay."),
    ActionSpec(
        "exporting.key_add",
        "Add Crop Keyframe",
        ("C",),
        menu=_MENU,
        tip="Keep where the crop lies at the playhead; between keyframes it moves evenly.",
        separator=True,
    ),
    ActionSpec(
        "exporting.key_remove",
        "Remove Crop Keyframe",
        ("Shift+C",),
        menu=_MENU,
        tip="Remove the crop keyframe at the playhead.",
    ),
    ActionSpec(
        "exporting.disable_video",
        "Disable All Clips of This File",
        menu=_MENU,
        tip="Move the clips of this file, and their files, out of the way of training.",
        separator=True,
    ),
    ActionSpec(
        "exporting.enable_video",
        "Enable All Clips of This File",
        menu=_MENU,
        tip="Bring the disabled clips of this file, and their files, back into their folders.",
    ),
    ActionSpec(
        "exporting.disable_folder",
        "Disable This Folder",
        menu=_MENU,
        tip="Move the clips in the folder of the selected clip, and their files, out of the way of training.",
    ),
    ActionSpec(
        "exporting.enable_folder",
        "Enable This Folder",
        menu=_MENU,
        tip="Bring all disabled clips of the folder of the selected clip, and their files, back.",
    ),
    ActionSpec("exporting.show", "Show in Folder", panel=PANEL, tip="Open the folder that holds the clip's files."),
    ActionSpec(
        "exporting.delete",
        "Delete from Disk Too",
        ("Shift+Delete",),
        panel=PANEL,
        tip="Delete the selected clips together with their files.",
    ),
    ActionSpec(
        "exporting.delete_files",
        "Delete Files Only",
        panel=PANEL,
        tip="Delete the files of the selected clips; the clips stay marked.",
    ),
)
