"""Looks at what a training would use, without reading a vector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
import numpy as np
from eightcut.common.v1.training_pb2 import ExampleCounts, TrainingSpec
from eightcut.inference.v1.embedder_pb2 import Embedder
from eightcut_client.errors import from_rpc_error
from eightcut_runtime.errors import ServiceError
from eightcut_scoring.windows import WindowGrid

from eightcut_trainer.examples import problems
from eightcut_trainer.examples.marks import Marks, counts_of, group
from eightcut_trainer.learning.dataset import choose_negatives, label_media
from eightcut_trainer.learning.labelling import Label
from eightcut_trainer.peers.inference import InferenceClient, Track, is_complete
from eightcut_trainer.peers.store import StoreClient

DEFAULT_MARGIN_S = 30.0
MAX_AUTO_NEGATIVES = 6_000
"""Automatic negatives in one training, at most."""
ENOUGH_NEGATIVES = 1_000
"""Where automatic negatives are fewer, windows within the margin that no clip touches are taken up to this number."""

_NEGATIVES = frozenset({Label.NEGATIVE, Label.HARD_NEGATIVE, Label.AUTO_NEGATIVE, Label.NEAR_NEGATIVE})


@dataclass
class Found:
    """What a training would use.

    Attributes:
        marks: Of every media with an example, ordered by digest.
        tracks: Of the same media, by digest; empty without a known embedder.
        missing: Digests of media that take part and whose track is not complete.
        counts: How many examples there are.
        problems: What stands in the way; the first is the one to tell.
    """

    marks: list[Marks] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    counts: ExampleCounts = field(default_factory=ExampleCounts)
    problems: list[ServiceError] = field(default_factory=list)

    @property
    def ready(self) -> set[str]:
        """Digests of the media whose track is complete."""
        return {media for media, track in self.tracks.items() if is_complete(track)}


def margin_of(spec: TrainingSpec) -> float:
    """Returns the spec's margin in seconds."""
    return spec.margin.ToMicroseconds() / 1e6 if spec.HasField("margin") else DEFAULT_MARGIN_S


class Inspector:
    """Asks the Store and Inference what a training would use. The same for a preview, a start, and the run itself."""

    def __init__(self, store: StoreClient, inference: InferenceClient) -> None:
        self._store = store
        self._inference = inference

    async def inspect(self, spec: TrainingSpec) -> Found:
        """Returns what there is and what is missing.

        Raises:
            grpc.aio.AioRpcError: The profile is unknown, or the Store or Inference does not answer.
        """
        found = Found()
        unlocated = 0
        marks, embedder = await asyncio.gather(self._marks(spec), self._embedder(spec.embedder))
        if isinstance(marks, ServiceError):
            found.problems.append(marks)
        else:
            found.marks, unlocated = marks
        if isinstance(embedder, ServiceError):
            found.problems.append(embedder)
        elif found.marks:
            found.tracks = await self._inference.tracks([one.media for one in found.marks], spec.embedder)
        windows = await asyncio.to_thread(_count, found, margin_of(spec))
        found.counts.unlocated = unlocated
        if not found.problems and isinstance(embedder, Embedder):
            found.problems = list(_problems(spec, found, embedder, windows))
        return found

    async def _marks(self, spec: TrainingSpec) -> tuple[list[Marks], int] | ServiceError:
        try:
            examples, unlocated = await self._store.examples(spec)
        except grpc.aio.AioRpcError as error:
            refusal = from_rpc_error(error)
            if refusal.reason in problems.FOLDER_REASONS:
                return problems.folder_problem(refusal)
            raise
        return group(examples), unlocated

    async def _embedder(self, wanted: str) -> Embedder | ServiceError:
        embedders = {embedder.card.id: embedder for embedder in await self._inference.embedders()}
        return embedders.get(wanted) or problems.embedder_unknown(wanted, sorted(embedders))


def grid_of(track: Track) -> WindowGrid:
    """Returns the grid of a track's windows; the default one where the track does not say."""
    default = WindowGrid()
    window, hop = track.grid.window.ToMicroseconds() / 1e6, track.grid.hop.ToMicroseconds() / 1e6
    return WindowGrid(window or default.window_s, hop or default.hop_s)


def _count(found: Found, margin_s: float) -> set[int]:
    """Fills in counts and missing tracks; returns the labels (`Label`) that windows have."""
    ready = found.ready
    teaching = [marks for marks in found.marks if marks.teaches]
    found.missing = [marks.media for marks in teaching if found.tracks and marks.media not in ready]
    known = [marks for marks in teaching if marks.media in ready]
    if not known:
        found.counts = counts_of(found.marks)
        return set()
    examples = [example for marks in known for example in marks.examples]
    windows = {marks.media: found.tracks[marks.media].window_count for marks in known}
    labels = label_media(examples, windows, grid_of(found.tracks[known[0].media]), margin_s)
    negatives = choose_negatives(labels, MAX_AUTO_NEGATIVES, ENOUGH_NEGATIVES)
    auto_negative = sum(map(len, negatives.values()))
    found.counts = counts_of(found.marks, auto_negative, sum(of.set_aside for of in labels.values()))
    return set(np.concatenate([of.label for of in labels.values()]).tolist())


def _problems(spec: TrainingSpec, found: Found, embedder: Embedder, windows: set[int]) -> Iterator[ServiceError]:
    """Yields what stands in the way, the most important first."""
    if not found.counts.positive:
        yield problems.no_positives(spec, found.counts)
    elif found.missing:
        if not embedder.ready:
            yield problems.embedder_not_ready(spec.embedder, embedder.reason)
        yield problems.track_missing(spec.embedder, found.missing, found.counts.media)
    elif Label.POSITIVE not in windows:
        yield problems.no_positives(spec, found.counts)
    elif not windows & _NEGATIVES:
        yield problems.no_negatives(spec, found.counts)
