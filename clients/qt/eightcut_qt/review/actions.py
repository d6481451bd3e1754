"""What one can do in review."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "review.start",
        "Start or Stop Reviewing",
        keys=("Ctrl+R",),
        menu="Scan",
        separator=True,
        tip="Hear the regions one after the other and judge each with one key.",
    ),
    ActionSpec("review.right", "Right", keys=("Y",), panel="review", tip="The region is what it should be: keep it."),
    ActionSpec(
        "review.wrong",
        "Wrong",
        keys=("X",),
        panel="review",
        tip="The region is not what it should be: disable it and make it a hard negative.",
    ),
    ActionSpec("review.skip", "Skip", keys=("S",), panel="review", tip="Leave the region as it is."),
    ActionSpec(
        "review.undo",
        "Undo the Last Verdict",
        keys=("U", "Backspace"),
        panel="review",
        tip="Take the last verdict back and hear that region again.",
    ),
    ActionSpec(
        "review.replay",
        "Play the Region Again",
        keys=("Space",),
        panel="review",
        shadows="playback.play",
    ),
)
