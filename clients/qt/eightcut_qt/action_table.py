"""All actions of the window, from all its parts."""

from __future__ import annotations

from eightcut_qt.classifiers.actions import SPECS as CLASSIFIERS
from eightcut_qt.clips.actions import SPECS as CLIPS
from eightcut_qt.core.actions import ActionSpec
from eightcut_qt.exporting.actions import SPECS as EXPORTING
from eightcut_qt.importing.actions import SPECS as IMPORTING
from eightcut_qt.negatives.actions import SPECS as NEGATIVES
from eightcut_qt.playback.actions import SPECS as PLAYBACK
from eightcut_qt.playlist.actions import SPECS as PLAYLIST
from eightcut_qt.results.actions import SPECS as RESULTS
from eightcut_qt.review.actions import SPECS as REVIEW
from eightcut_qt.scanning.actions import SPECS as SCANNING
from eightcut_qt.shell.actions import SPECS as SHELL
from eightcut_qt.timeline.actions import SPECS as TIMELINE
from eightcut_qt.training.actions import SPECS as TRAINING


def all_specs() -> tuple[ActionSpec, ...]:
    """Return them in the order of the menus. `Actions` refuses them when they contradict each other."""
    parts = (
        PLAYLIST,
        RESULTS,
        PLAYBACK,
        CLIPS,
        EXPORTING,
        IMPORTING,
        SCANNING,
        REVIEW,
        TRAINING,
        CLASSIFIERS,
        NEGATIVES,
        TIMELINE,
        SHELL,
    )
    return tuple(spec for part in parts for spec in part)
