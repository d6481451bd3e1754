"""What lies under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eightcut_qt.core.records import ClipRecord
    from eightcut_qt.timeline.lanes import Lanes
    from eightcut_qt.timeline.scene import Scene
    from eightcut_qt.timeline.viewport import Viewport

REACH = 5
"""Pixels by which one may miss an edge or a line."""


class Target(Enum):
    """A kind of thing under the mouse."""

    TIME = auto()
    """Nothing but a time."""
    REGION = auto()
    START_EDGE = auto()
    END_EDGE = auto()
    CLIP = auto()
    THRESHOLD = auto()


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies at a place.

    Attributes:
        target: What it is.
        time: Seconds.
        region: Row of the region; None: none.
        clip: The clip; None: none.
    """

    target: Target
    time: float
    region: int | None = None
    clip: ClipRecord | None = None

    @property
    def is_edge(self) -> bool:
        """Whether it is an edge of a region."""
        return self.target in (Target.START_EDGE, Target.END_EDGE)


def find(scene: Scene, view: Viewport, lanes: Lanes, x: float, y: float) -> Hit:
    """Return what lies at a place, pixels."""
    time = view.time_within(x)
    slack = REACH * view.seconds_per_pixel
    if lanes.regions.has(y) and len(scene.regions):
        edge = scene.regions.edge_at(view.time(x), slack, scene.threshold, scene.chosen)
        if edge is not None:
            return Hit(Target.END_EDGE if edge[1] else Target.START_EDGE, time, region=edge[0])
        row = scene.regions.at(view.time(x), 0.0, scene.threshold)
        if row is not None:
            return Hit(Target.REGION, time, region=row)
    if lanes.clips.has(y) and (clip := scene.clips.at(view.time(x), slack)) is not None:
        return Hit(Target.CLIP, time, clip=clip)
    has_line = scene.score is not None or len(scene.regions)
    if lanes.scores.has(y) and has_line and abs(y - lanes.score_y(scene.threshold)) <= REACH:
        return Hit(Target.THRESHOLD, time)
    return Hit(Target.TIME, time)
