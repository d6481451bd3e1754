"""Actions of playback."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

_MENU = "Playback"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("playback.play", "Play or Pause", ("Space", "P"), menu=_MENU),
    ActionSpec(
        "playback.return_to_cursor",
        "Pause at the Cursor",
        ("K",),
        menu=_MENU,
        tip="Pause and go back to the cursor.",
    ),
    ActionSpec(
        "playback.play_region",
        "Play Region",
        ("R",),
        menu=_MENU,
        tip="Play the selected region, or the one at the playhead, and stop at its end.",
        separator=True,
    ),
    ActionSpec(
        "playback.loop_region",
        "Loop Region",
        ("Shift+R",),
        menu=_MENU,
        tip="Play the selected region, or the one at the playhead, again and again.",
        checkable=True,
    ),
    ActionSpec("playback.previous_frame", "Previous Frame", ("Left", "J"), menu=_MENU, separator=True, repeats=True),
    ActionSpec("playback.next_frame", "Next Frame", ("Right", "L"), menu=_MENU, repeats=True),
    ActionSpec("playback.back", "Back One Second", ("Shift+Left", "Shift+J"), menu=_MENU, repeats=True),
    ActionSpec("playback.forward", "Forward One Second", ("Shift+Right", "Shift+L"), menu=_MENU, repeats=True),
    ActionSpec("playback.start", "Go to the Start", ("Home",), menu=_MENU),
    ActionSpec("playback.end", "Go to the End", ("End",), menu=_MENU),
    ActionSpec(
        "playback.slower",
        "Slower",
        ("[",),
        menu=_MENU,
        tip="Play at half the speed, down to the normal one.",
        separator=True,
    ),
    ActionSpec("playback.faster", "Faster", ("]",), menu=_MENU, tip="Play at twice the speed, up to four times."),
    ActionSpec(
        "playback.lock_cursor",
        "Lock the Cursor",
        ("G",),
        menu=_MENU,
        tip="Keep the cursor, where clips are marked, in its place while you listen elsewhere.",
        checkable=True,
        separator=True,
    ),
    ActionSpec("playback.mute", "Mute", ("Ctrl+U",), menu=_MENU, checkable=True),
)
