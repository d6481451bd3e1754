"""Where the picture is cropped: by how much, and where over time."""

from __future__ import annotations

import itertools
from fractions import Fraction

from eightcut_client.cutting.options import CropKeyframe, CropRatio, CutOptions

MAX_POINTS = 200
"""Of a moving crop in one clip: more are thinned out, so that the command line stays short enough for Windows."""


def crop_center_at(options: CutOptions, time: float) -> float:
    """Return where the crop lies at a moment (seconds of media time): 0 is left or top, 1 right or bottom."""
    keys = options.keyframes
    if not keys:
        return options.crop_center
    if time <= keys[0].time:
        return keys[0].center
    for before, after in itertools.pairwise(keys):
        if time < after.time:
            done = (time - before.time) / (after.time - before.time)
            return before.center + (after.center - before.center) * done
    return keys[-1].center


def crop_box(width: float, height: float, ratio: CropRatio, center: float) -> tuple[float, float, float, float]:
    """Return what a crop keeps of a picture: left, top, width and height.

    Args:
        width: Of the picture, in square pixels or any other unit.
        height: In the same unit.
        ratio: Of the crop, width to height.
        center: Of the crop; moves it sideways where the picture is wider than the ratio, else up and down.
    """
    wanted = Fraction(*map(int, ratio.split(":")))
    if width > height * wanted:
        kept = float(height * wanted)
        return (width - kept) * center, 0.0, kept, height
    kept = float(width / wanted)
    return 0.0, (height - kept) * center, width, kept


def center_expression(options: CutOptions, start: float, duration: float) -> str:
    """Return the centre of the crop as a formula of ffmpeg, with ``t`` the seconds since the beginning of the clip."""
    points = _points(options, start, duration)
    terms = [f"{points[0].center:.6f}"]
    for before, after in itertools.pairwise(points):
        change = after.center - before.center
        if abs(change) > 1e-7:
            length = max(after.time - before.time, 1e-6)
            terms.append(f"({change:.6f})*clip((t-{before.time:.6f})/{length:.6f},0,1)")
    # ffmpeg refuses formulas that are nested a hundred deep, as which it reads a plain sum of a hundred terms.
    while len(terms) > 1:
        terms = [f"({'+'.join(terms[index : index + 8])})" for index in range(0, len(terms), 8)]
    return terms[0]


def _points(options: CutOptions, start: float, duration: float) -> list[CropKeyframe]:
    """Return the keyframes inside the clip, and one at each of its ends; times count from its beginning."""
    end = start + duration
    inside = [CropKeyframe(key.time, key.center) for key in options.keyframes if start < key.time < end]
    if len(inside) > MAX_POINTS:
        times = [start + duration * index / MAX_POINTS for index in range(1, MAX_POINTS)]
        inside = [CropKeyframe(time, crop_center_at(options, time)) for time in times]
    ends = [CropKeyframe(time, crop_center_at(options, time)) for time in (start, end)]
    return [CropKeyframe(key.time - start, key.center) for key in (ends[0], *inside, ends[1])]
