"""What the timeline says of the place under the mouse, and of itself to those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eightcut_qt.core.clock import format_time
from eightcut_qt.timeline.hits import Target

if TYPE_CHECKING:
    from eightcut_qt.timeline.hits import Hit
    from eightcut_qt.timeline.scene import Scene


def tip_of(scene: Scene, hit: Hit) -> str:
    """Return the lines of a tooltip."""
    lines = [format_time(hit.time, 2)]
    if scene.score is not None and (score := scene.score.at(hit.time)) is not None:
        lines[0] += f" · score {score:.2f}"
    if scene.comparison is not None and (other := scene.comparison.at(hit.time)) is not None:
        lines[0] += f" · compared with {other:.2f}"
    row = hit.region if hit.region is not None else scene.regions.at(hit.time, 0.0, scene.threshold)
    if row is not None:
        lines.append(region_text(scene, row))
    if hit.is_edge:
        lines.append("Shift and drag move this edge.")
    if hit.clip is not None:
        clip = hit.clip
        name = f"{clip.folder} · {clip.label}" if clip.label else clip.folder
        what = "Clip exported from a scan:" if clip.scan_export else "Clip"
        lines.append(f"{what} {name}, {format_time(clip.start, 2)} to {format_time(clip.end, 2)}")
        lines.append("Alt and drag move it.")
    if hit.target is Target.THRESHOLD:
        lines.append("Drag the threshold: regions below it are not shown in the table.")
    return "\n".join(lines)


def region_text(scene: Scene, row: int) -> str:
    """Return a region in words."""
    regions = scene.regions
    text = (
        f"Region {format_time(float(regions.start[row]), 2)} to {format_time(float(regions.end[row]), 2)}, "
        f"score {float(regions.score[row]):.2f}"
    )
    if regions.disabled[row]:
        text += ", disabled"
    if regions.negative[row]:
        text += ", hard negative"
    if (regions.original_start[row], regions.original_end[row]) != (regions.start[row], regions.end[row]):
        text += ", resized"
    return text


def description(scene: Scene, position: float) -> str:
    """Return what there is to see, in words."""
    parts = [f"Playhead at {format_time(position)}."]
    if scene.sound_note:
        parts.append(scene.sound_note)
    rows = np.flatnonzero(scene.chosen)
    if len(rows) == 1:
        parts.append(f"Selected: {region_text(scene, int(rows[0]))}.")
    elif len(rows):
        parts.append(f"{len(rows)} regions are selected.")
    if len(scene.regions):
        shown = int((scene.regions.score >= scene.threshold).sum())
        parts.append(f"{shown} of {len(scene.regions)} regions reach the threshold {scene.threshold:.2f}.")
    return " ".join(parts)
