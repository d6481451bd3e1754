"""Which windows of which media a training uses: labels of every media, and a bounded choice of negatives."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid

from eightcut_trainer.learning.examples import Example, Kind, merge_duplicates
from eightcut_trainer.learning.labelling import Label, WindowLabels, label_windows

#: Vectors of one media ``[n, dim]``; may be mapped from a file, and is read in pieces.
Tracks = Mapping[str, npt.NDArray[np.floating[Any]]]

_PIECE = 4096  # windows read at once


@dataclass(frozen=True)
class Counts:
    """How many examples of each kind take part.

    Attributes:
        positive: Positive clips, duplicates merged.
        negative: Clips of the negative folder.
        hard_negative: Hard negatives that are used.
        auto_negative: Windows beyond the margin taken as negatives.
        near_negative: Windows within the margin that no clip touches, taken because too few lie beyond.
        soft: Clips of other folders.
        media: Media with at least one example.
    """

    positive: int
    negative: int
    hard_negative: int
    auto_negative: int
    near_negative: int
    soft: int
    media: int


class ClassMissingError(ValueError):
    """A training has no positives, or nothing that could be a negative. Says what to add."""

    def __init__(self, counts: Counts, message: str) -> None:
        super().__init__(message)
        self.counts = counts


@dataclass(frozen=True)
class MediaWindows:
    """One media's part of a training.

    Attributes:
        media: Its digest.
        vectors: Its track ``[n, dim]``.
        labels: The labels of its windows.
        chosen: Indices of the windows that are trained on, ascending.
        examples: What is said about it, duplicates merged.
    """

    media: str
    vectors: npt.NDArray[np.floating[Any]]
    labels: WindowLabels
    chosen: npt.NDArray[np.intp]
    examples: tuple[Example, ...]

    @property
    def clips(self) -> tuple[Example, ...]:
        """Its positive clips."""
        return tuple(e for e in self.examples if e.kind is Kind.POSITIVE)

    @property
    def soft(self) -> tuple[Example, ...]:
        """Its clips of other folders."""
        return tuple(e for e in self.examples if e.kind is Kind.SOFT)


@dataclass(frozen=True)
class Dataset:
    """What a training is made from: media in the order of their digests, and the counts."""

    media: tuple[MediaWindows, ...]
    counts: Counts
    notes: tuple[str, ...]


def label_media(
    examples: Sequence[Example], window_counts: Mapping[str, int], grid: WindowGrid, margin_s: float
) -> dict[str, WindowLabels]:
    """Labels of every media that has an example and a track, by digest."""
    merged = merge_duplicates(examples)
    return {
        media: label_windows(window_counts[media], grid, [e for e in merged if e.media == media], margin_s)
        for media in sorted({e.media for e in merged} & set(window_counts))
    }


def choose_negatives(labels: Mapping[str, WindowLabels], cap: int, enough: int) -> dict[str, npt.NDArray[np.intp]]:
    """Automatic negatives of every media, at most ``cap`` in all; near ones fill up to ``enough``, farthest first.

    Where there are more than the cap, each media gives its share, evenly spaced in time from a place that its
    digest decides: the same examples always give the same choice.
    """
    auto = {media: of.where(Label.AUTO_NEGATIVE) for media, of in labels.items()}
    total = sum(map(len, auto.values()))
    if total > cap:
        return {media: _evenly(windows, cap * len(windows) // total, media) for media, windows in auto.items()}
    near = [
        (-of.distance[index], media, index) for media, of in labels.items() for index in of.where(Label.NEAR_NEGATIVE)
    ]
    for _, media, index in sorted(near)[: max(0, enough - total)]:
        auto[media] = np.append(auto[media], index)
    return {media: np.sort(windows) for media, windows in auto.items()}


def count_examples(
    examples: Sequence[Example], labels: Mapping[str, WindowLabels], negatives: Mapping[str, npt.NDArray[np.intp]]
) -> Counts:
    """How many examples of each kind take part in a training on these media."""
    merged = [e for e in merge_duplicates(examples) if e.media in labels]
    chosen = np.concatenate(
        [labels[media].label[windows] for media, windows in negatives.items()] or [np.zeros(0, np.int8)]
    )
    of_kind = {kind: sum(e.kind is kind for e in merged) for kind in Kind}
    return Counts(
        positive=of_kind[Kind.POSITIVE],
        negative=of_kind[Kind.NEGATIVE],
        hard_negative=of_kind[Kind.HARD_NEGATIVE] - sum(of.set_aside for of in labels.values()),
        auto_negative=int(np.sum(chosen == Label.AUTO_NEGATIVE)),
        near_negative=int(np.sum(chosen == Label.NEAR_NEGATIVE)),
        soft=of_kind[Kind.SOFT],
        media=len(labels),
    )


def build_dataset(
    examples: Sequence[Example], tracks: Tracks, grid: WindowGrid, *, margin_s: float, cap: int, enough: int
) -> Dataset:
    """Labels windows and chooses negatives.

    Args:
        examples: What is known; examples in media without a track take no part.
        tracks: The tracks by digest.
        grid: The windows that the tracks were made on.
        margin_s: See `label_windows`.
        cap: See `choose_negatives`.
        enough: See `choose_negatives`.

    Raises:
        ClassMissingError: There is no positive window, or no negative one.
    """
    labels = label_media(examples, {media: len(track) for media, track in tracks.items()}, grid, margin_s)
    negatives = choose_negatives(labels, cap, enough)
    counts = count_examples(examples, labels, negatives)
    refuse_missing_class(labels, counts)
    merged = merge_duplicates(examples)
    parts = []
    for media, of in labels.items():
        given = of.where(Label.POSITIVE, Label.NEGATIVE, Label.HARD_NEGATIVE)
        parts.append(
            MediaWindows(
                media=media,
                vectors=tracks[media],
                labels=of,
                chosen=np.union1d(given, negatives[media]).astype(np.intp),
                examples=tuple(e for e in merged if e.media == media),
            )
        )
    return Dataset(tuple(parts), counts, tuple(_notes(labels, counts, margin_s)))


def without_windows(dataset: Dataset, dropped: Sequence[npt.NDArray[np.bool_]]) -> Dataset:
    """The dataset with some automatic negatives of every media, bool ``[n]``, made nothing; the counts follow."""
    media = []
    for part, drop in zip(dataset.media, dropped, strict=True):
        label = np.where(drop, Label.IGNORED, part.labels.label).astype(np.int8)
        media.append(replace(part, labels=replace(part.labels, label=label), chosen=part.chosen[~drop[part.chosen]]))
    kept = np.concatenate([part.labels.label[part.chosen] for part in media])
    counts = replace(
        dataset.counts,
        auto_negative=int(np.sum(kept == Label.AUTO_NEGATIVE)),
        near_negative=int(np.sum(kept == Label.NEAR_NEGATIVE)),
    )
    return replace(dataset, media=tuple(media), counts=counts)


def refuse_missing_class(labels: Mapping[str, WindowLabels], counts: Counts) -> None:
    """Raises ClassMissingError when no window is positive, or none is negative."""
    kinds = set(np.concatenate([of.label for of in labels.values()] or [np.zeros(0, np.int8)]).astype(int).tolist())
    found = (
        f"found {counts.positive} positive clips, {counts.negative} negative clips, {counts.hard_negative} hard "
        f"negatives and {counts.auto_negative + counts.near_negative} automatic negatives"
    )
    if Label.POSITIVE not in kinds:
        raise ClassMissingError(
            counts, f"There is nothing to learn from: {found}. Mark at least one clip that holds the sound."
        )
    if not kinds & {Label.NEGATIVE, Label.HARD_NEGATIVE} and not counts.auto_negative + counts.near_negative:
        raise ClassMissingError(
            counts,
            f"There is nothing to tell the sound from: {found}. Mark the sound in a longer file, or add "
            "a folder of clips without the sound.",
        )


def file_mean(vectors: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Mean vector of a whole track, float64 ``[dim]``, read in pieces; zeros for no windows."""
    total = np.zeros(vectors.shape[1])
    for piece in pieces(vectors):
        total += np.asarray(vectors[piece], dtype=np.float64).sum(axis=0)
    return total / max(1, len(vectors))


def read_windows(vectors: npt.NDArray[np.floating[Any]], indices: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """The vectors of some windows, float32 ``[n, dim]``."""
    return np.asarray(vectors[indices], dtype=np.float32)


def pieces(vectors: npt.NDArray[np.floating[Any]]) -> list[slice]:
    """Slices that cover a track, small enough to hold in memory."""
    return [slice(start, start + _PIECE) for start in range(0, len(vectors), _PIECE)]


def _evenly(windows: npt.NDArray[np.intp], count: int, media: str) -> npt.NDArray[np.intp]:
    if not count:
        return windows[:0]
    phase = int.from_bytes(hashlib.sha256(media.encode()).digest()[:4], "big") / 2**32
    return windows[((np.arange(count) + phase) * len(windows) / count).astype(np.intp)]


def _notes(labels: Mapping[str, WindowLabels], counts: Counts, margin_s: float) -> list[str]:
    notes = []
    if counts.near_negative:
        notes.append(
            f"{_few(counts.auto_negative)} farther than {margin_s:g} s from every clip, so "
            f"{counts.near_negative} nearer ones that touch no clip were used as negatives too."
        )
    if set_aside := sum(of.set_aside for of in labels.values()):
        notes.append(f"{set_aside} hard negatives were set aside: a positive clip is marked at the same place.")
    return notes


def _few(windows: int) -> str:
    if not windows:
        return "No window lies"
    return "Only 1 window lies" if windows == 1 else f"Only {windows} windows lie"
