"""Actions of the clips panel."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "clips"

SUB_PROFILES = 9
"""Sub-profiles at most: they are marked by the keys 1 to 9."""

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "clips.mark",
        "Mark Clip",
        ("E",),
        menu="Clips",
        tip="Mark a clip at the cursor, with the folder, label and length of the Clips panel.",
    ),
    *(
        ActionSpec(
            f"clips.mark_{number}",
            f"Mark into Sub-profile {number}",
            (str(number),),
            tip=f"Mark a clip at the cursor into the folder of sub-profile {number}.",
        )
        for number in range(1, SUB_PROFILES + 1)
    ),
    ActionSpec("clips.next", "Next Marker", ("M",), menu="Clips", separator=True, repeats=True),
    ActionSpec("clips.previous", "Previous Marker", ("Shift+M",), menu="Clips", repeats=True),
    ActionSpec(
        "clips.undo",
        "Undo Clip Change",
        menu="Clips",
        separator=True,
        tip="Take back what was last done to the clips of this file.",
    ),
    ActionSpec("clips.redo", "Redo Clip Change", menu="Clips"),
    ActionSpec("clips.sub_profiles", "Sub-profiles…", menu="Clips", separator=True),
    ActionSpec("clips.go", "Go to Clip", ("Return", "Enter"), panel=PANEL, tip="Move the playhead to the clip."),
    ActionSpec("clips.edit", "Edit Clip", ("F2",), panel=PANEL, tip="Change the chosen cell of the table."),
    ActionSpec("clips.delete", "Delete Clips", ("Delete",), panel=PANEL, tip="Delete the selected clips."),
)
