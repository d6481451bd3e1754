"""How cross-validation keeps related windows together: by media, or, in one media, by separated blocks of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid

from eightcut_trainer.learning.dataset import Dataset, MediaWindows

#: Folds at most.
MAX_FOLDS = 5
#: Share of the clips that a fold by media may leave out.
MOST_LEFT_OUT = 0.65


class Grouping(Enum):
    """What a fold leaves out."""

    MEDIA = "media"
    TIME_BLOCKS = "time_blocks"
    NONE = "none"


@dataclass(frozen=True)
class Folds:
    """Folds of a dataset.

    Attributes:
        grouping: What they leave out.
        count: How many there are; 0 when nothing can be left out.
        of_window: For each media, the fold in which each of its windows is tested, int ``[n]``; -1: in none.
        separation: Windows nearer than this to a tested window are not trained on.
        several_media: Whether more than one media holds clips.
    """

    grouping: Grouping
    count: int
    of_window: tuple[npt.NDArray[np.int64], ...]
    separation: int
    several_media: bool

    def tested(self, part: int, fold: int) -> npt.NDArray[np.bool_]:
        """The windows of a media that a fold tests."""
        tested: npt.NDArray[np.bool_] = self.of_window[part] == fold
        return tested

    def trained(self, part: int, fold: int) -> npt.NDArray[np.bool_]:
        """The windows of a media that a fold may train on: none that shares audio with a tested one."""
        before = np.concatenate([[0], np.cumsum(self.tested(part, fold))])
        index = np.arange(len(before) - 1)
        reach = np.minimum(index + self.separation + 1, len(index))
        apart: npt.NDArray[np.bool_] = before[reach] == before[np.maximum(index - self.separation, 0)]
        return apart


def make_folds(dataset: Dataset, grid: WindowGrid) -> Folds:
    """Folds by media; where one media holds most of the clips, that one by blocks of time with a window between them.

    A fold that leaves out most of the clips would be trained on the few that remain, and say nothing about a
    classifier that has them all.
    """
    clips = [len(part.clips) for part in dataset.media]
    holding = sum(count > 0 for count in clips)
    largest = max(range(len(clips)), key=lambda index: clips[index])
    if holding >= 2 and clips[largest] <= MOST_LEFT_OUT * sum(clips):
        count = min(MAX_FOLDS, holding)
        return Folds(Grouping.MEDIA, count, _by_media(dataset, count), 0, several_media=True)
    count = min(MAX_FOLDS, clips[largest])
    if count < 2:
        nowhere = tuple(np.full(len(part.vectors), -1) for part in dataset.media)
        return Folds(Grouping.NONE, 0, nowhere, 0, several_media=holding >= 2)
    whole = _by_media(dataset, count)
    blocks = tuple(
        _by_time(part, grid, count) if index == largest or not part.clips else whole[index]
        for index, part in enumerate(dataset.media)
    )
    separation = grid.window_samples // grid.hop_samples
    return Folds(Grouping.TIME_BLOCKS, count, blocks, separation, several_media=holding >= 2)


def _by_media(dataset: Dataset, count: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Media with most clips first, each into the fold that has the fewest clips (then the fewest windows)."""
    load = [(0, 0, fold) for fold in range(count)]
    fold_of = {}
    media = dataset.media
    for index in sorted(range(len(media)), key=lambda i: (-len(media[i].clips), -len(media[i].chosen), i)):
        clips, windows, fold = min(load)
        part = media[index]
        load[fold] = (clips + len(part.clips), windows + len(part.chosen), fold)
        load = sorted(load, key=lambda entry: entry[2])
        fold_of[index] = fold
    return tuple(np.full(len(part.vectors), fold_of[index]) for index, part in enumerate(dataset.media))


def _by_time(part: MediaWindows, grid: WindowGrid, count: int) -> npt.NDArray[np.int64]:
    """Blocks with equal numbers of clips, cut halfway between two; in media without clips, blocks of equal length."""
    windows = len(part.vectors)
    if not part.clips:
        return np.arange(windows) * count // max(1, windows)
    starts = sorted(clip.start for clip in part.clips)
    firsts = [len(starts) * fold // count for fold in range(1, count)]
    cuts = [(starts[first - 1] + starts[first]) / 2 / grid.hop_s for first in firsts]
    return np.searchsorted(np.asarray(cuts), np.arange(windows), side="right")
