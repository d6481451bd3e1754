"""From examples to labels of windows.

How design.md is read here (Training, and promise 6 of the Store):

- A window is positive when it overlaps a positive clip by at least half: half of the clip where it is shorter
  than a window, else half of a window. A clip that no window overlaps so far (it lies at the file's end) has
  its best window instead.
- A window is negative when a clip of the negative folder overlaps it by at least half and no positive clip
  touches it.
- It is an automatic negative when no clip of any kind touches it and it is farther than the margin from every
  positive clip. Only media with a positive clip give automatic negatives: nobody is known to have listened to
  the others for this sound.
- A window that touches no clip but lies within the margin is a *near* negative: used only where automatic ones
  are too few (a file of 8 minutes with ten clips has hardly a window outside 30 s), and counted apart.
- A clip of another folder (soft) makes nothing of the windows that it touches, unless something else speaks
  about them.
- A hard negative marks exactly the window that starts at its place (the two around it, when it starts between
  two), also when that window lies near a positive clip or overlaps one by half. Only where the hard negative
  *is* the place of a positive clip (both ends within a second) the positive wins and the hard negative is set
  aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid, seconds_to_us

from eightcut_trainer.learning.examples import Example, Kind

FloatArray = npt.NDArray[np.float64]


class Label(IntEnum):
    """What a window is in training."""

    IGNORED = 0
    POSITIVE = 1
    NEGATIVE = 2
    HARD_NEGATIVE = 3
    AUTO_NEGATIVE = 4
    NEAR_NEGATIVE = 5


@dataclass(frozen=True)
class WindowLabels:
    """The labels of one media's windows.

    Attributes:
        label: A `Label` per window, int8 ``[n]``.
        weight: How well a positive window holds its clip, 0 to 1, float64 ``[n]``; 0 for the others.
        distance: Seconds between a window and the nearest positive clip, float64 ``[n]``; infinite without one.
        set_aside: Hard negatives that a positive clip at the same place overruled.
    """

    label: npt.NDArray[np.int8]
    weight: FloatArray
    distance: FloatArray
    set_aside: int = 0

    def where(self, *labels: Label) -> npt.NDArray[np.intp]:
        """Indices of the windows with one of these labels, ascending."""
        return np.flatnonzero(np.isin(self.label, labels))


def label_windows(count: int, grid: WindowGrid, examples: Sequence[Example], margin_s: float = 30.0) -> WindowLabels:
    """Labels the windows of one media.

    Args:
        count: Its windows.
        grid: Where they lie.
        examples: What is said about this media, duplicates merged.
        margin_s: Windows nearer than this to a positive clip are no automatic negatives.

    Raises:
        ValueError: The margin is negative or not finite.
    """
    if seconds_to_us(margin_s) < 0:
        raise ValueError(f"the margin must be 0 s or more, not {margin_s}")
    starts: FloatArray = np.arange(count, dtype=np.float64) * grid.hop_s
    by_kind = {kind: [example for example in examples if example.kind is kind] for kind in Kind}
    label = np.zeros(count, dtype=np.int8)
    weight = np.zeros(count)
    positive_share = np.zeros(count)
    touched = np.zeros(count, dtype=bool)
    near = np.full(count, np.inf)
    for clip in by_kind[Kind.POSITIVE]:
        positive_share = np.maximum(positive_share, _share(starts, grid, clip))
        near = np.minimum(near, _gap(starts, grid, clip))
        weight = np.maximum(weight, _clip_weights(starts, grid, clip))
    for clip in by_kind[Kind.SOFT] + by_kind[Kind.NEGATIVE]:
        touched |= _share(starts, grid, clip) > 0
    free = (positive_share == 0) & ~touched & np.isfinite(near)
    label[free & (near > margin_s)] = Label.AUTO_NEGATIVE
    label[free & (near <= margin_s)] = Label.NEAR_NEGATIVE
    for clip in by_kind[Kind.NEGATIVE]:
        label[_members(_share(starts, grid, clip)) & (positive_share == 0)] = Label.NEGATIVE
    label[weight > 0] = Label.POSITIVE
    set_aside = _mark_hard_negatives(label, grid, by_kind)
    weight[label != Label.POSITIVE] = 0
    return WindowLabels(label=label, weight=weight, distance=near, set_aside=set_aside)


def _share(starts: FloatArray, grid: WindowGrid, clip: Example) -> FloatArray:
    """Overlap of every window with a clip, as a share of the shorter of the two.

    Of the clip, what lies within the file.
    """
    if not len(starts):
        return np.zeros(0)
    end = min(clip.end, grid.end(len(starts) - 1) + grid.hop_s)
    overlap = np.minimum(starts + grid.window_s, end) - np.maximum(starts, clip.start)
    shorter = min(grid.window_s, end - clip.start)
    return np.clip(overlap / shorter, 0, 1) if shorter > 0 else np.zeros(len(starts))


def _gap(starts: FloatArray, grid: WindowGrid, clip: Example) -> FloatArray:
    """Seconds between every window and a clip; 0 where they overlap."""
    return np.maximum(0.0, np.maximum(clip.start - (starts + grid.window_s), starts - clip.end))


def _members(share: FloatArray) -> npt.NDArray[np.bool_]:
    """The windows that stand for a clip: those that overlap it by half, or the best one."""
    half = share >= 0.5 - 1e-9
    if half.any() or not share.any():
        return half
    best = np.zeros(len(share), dtype=bool)
    best[int(np.argmax(share))] = True
    return best


def _clip_weights(starts: FloatArray, grid: WindowGrid, clip: Example) -> FloatArray:
    """Weights of a clip's windows: 1 where they coincide, falling to 1/25 at half.

    A window that holds half of a clip may miss a short event in it altogether. Measured: docs/decisions/0007.
    """
    share = _share(starts, grid, clip)
    members = _members(share)
    return np.where(members, np.square(0.2 + 1.6 * np.maximum(share - 0.5, 0)), 0.0)


def _mark_hard_negatives(label: npt.NDArray[np.int8], grid: WindowGrid, by_kind: dict[Kind, list[Example]]) -> int:
    set_aside = 0
    hop = seconds_to_us(grid.hop_s)
    for hard in by_kind[Kind.HARD_NEGATIVE]:
        if any(hard.same_place(clip) for clip in by_kind[Kind.POSITIVE]):
            set_aside += 1
            continue
        below, rest = divmod(seconds_to_us(hard.start), hop)
        windows = [below, below + 1] if rest else [below]
        inside = [window for window in windows if window < len(label)]
        # A place in the file's last seconds has no window that starts there: the last window holds it.
        for window in inside or ([len(label) - 1] if len(label) else []):
            label[window] = Label.HARD_NEGATIVE
    return set_aside
