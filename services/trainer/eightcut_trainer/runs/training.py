"""The work of a run: collect the examples, read the vectors, fit in a process of its own, register the classifier."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import aclosing
from functools import partial
from pathlib import Path

from eightcut.common.v1.training_pb2 import TrainingMetrics, TrainingSpec
from eightcut.store.v1.classifier_pb2 import Classifier
from eightcut_runtime import FailedPrecondition, run_spawned
from eightcut_scoring.classifier import ClassifierModel
from google.protobuf import json_format

from eightcut_trainer.examples import problems
from eightcut_trainer.examples.inspection import (
    ENOUGH_NEGATIVES,
    MAX_AUTO_NEGATIVES,
    Found,
    Inspector,
    grid_of,
    margin_of,
)
from eightcut_trainer.peers.inference import InferenceClient
from eightcut_trainer.peers.patience import Patience
from eightcut_trainer.peers.store import StoreClient, TrainingRun
from eightcut_trainer.runs.lock import RunLock
from eightcut_trainer.runs.reporter import Reporter
from eightcut_trainer.worker.fit import CLASSIFIER_FILE, fit
from eightcut_trainer.worker.job import Job, JobMedia
from eightcut_trainer.worker.track_file import TrackWriter


class Training:
    """Makes the classifier of a run and registers it.

    Args:
        store: Takes the classifier.
        inference: Has the vectors.
        inspector: Finds the examples.
        patience: For services that are away.
        folder: For temporary files: ``<data-dir>/runs``.
    """

    def __init__(
        self,
        store: StoreClient,
        inference: InferenceClient,
        inspector: Inspector,
        patience: Patience,
        folder: Path,
    ) -> None:
        self._store = store
        self._inference = inference
        self._inspector = inspector
        self._patience = patience
        self._folder = folder

    async def __call__(self, run: TrainingRun, reporter: Reporter) -> None:
        """Returns when the classifier is registered, which has ended the run.

        Raises:
            ServiceError: The training is not possible, with the reason.
            grpc.aio.AioRpcError: A service refused, or was away for too long.
            OSError: The disk is full, or cannot be used.
        """
        folder = self._folder / f"{run.id}.work"
        await asyncio.to_thread(_make_empty, folder)
        try:
            reporter.progress("collect", 0, 1)
            found = await self._collect(run.spec)
            reporter.progress("collect", 1, 1)
            job = _job(run.spec, found)
            await asyncio.to_thread(job.save, folder)
            await self._read(found, job, folder, reporter)
            metrics = json_format.Parse(
                await run_spawned(fit, partial(_heard, reporter), str(folder)), TrainingMetrics()
            )
            if found.counts.unlocated:
                metrics.examples.unlocated = found.counts.unlocated
                metrics.notes.append(problems.unlocated(found.counts))
            await self._register(run, job, folder, metrics, reporter)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _collect(self, spec: TrainingSpec) -> Found:
        found = await self._patience(partial(self._inspector.inspect, spec))
        if found.problems:
            raise found.problems[0]
        return found

    async def _read(self, found: Found, job: Job, folder: Path, reporter: Reporter) -> None:
        """Copies the tracks into files, a chunk at a time."""
        total = sum(found.tracks[part.media].window_count for part in job.media)
        done = 0
        for part in job.media:
            track = found.tracks[part.media]
            with TrackWriter(folder / part.file, track.window_count, track.dim) as writer:
                async with aclosing(self._inference.vectors(track, self._patience)) as chunks:
                    async for chunk in chunks:
                        await asyncio.to_thread(writer.append, chunk.rows)
                        done += len(chunk.rows)
                        reporter.progress("read", done, total)

    async def _register(
        self, run: TrainingRun, job: Job, folder: Path, metrics: TrainingMetrics, reporter: Reporter
    ) -> None:
        reporter.progress("register", 0, 1)
        weights = await asyncio.to_thread((folder / CLASSIFIER_FILE).read_bytes)
        classifier = Classifier(
            embedder=run.spec.embedder,
            name=run.spec.name,
            card_hash=job.card_hash,
            threshold=ClassifierModel.from_bytes(weights).threshold,
            metrics=metrics,
            weights=weights,
        )
        for note in metrics.notes:
            reporter.note(note)
        # The registration ends the run: what is to be said must be said before.
        await reporter.flush()
        await self._patience(partial(self._store.complete, run.id, classifier))


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files of runs that nobody runs any more."""
    for work in folder.glob("*.work"):
        with RunLock(work.with_suffix(".lock")) as lock:
            if lock.acquire():
                shutil.rmtree(work, ignore_errors=True)


def _job(spec: TrainingSpec, found: Found) -> Job:
    marks = [one for one in found.marks if one.teaches]
    tracks = [found.tracks[one.media] for one in marks]
    if len({track.card_hash for track in tracks}) > 1:
        raise FailedPrecondition(
            f"The media were embedded with different versions of {spec.embedder}; embed them again.",
            reason="CARD_MISMATCH",
            metadata={"embedder": spec.embedder},
        )
    grid = grid_of(tracks[0])
    return Job(
        model=f"{spec.embedder}_{spec.name}" if spec.name else spec.embedder,
        card_hash=tracks[0].card_hash,
        window_s=grid.window_s,
        hop_s=grid.hop_s,
        margin_s=margin_of(spec),
        max_auto_negatives=MAX_AUTO_NEGATIVES,
        enough_negatives=ENOUGH_NEGATIVES,
        media=tuple(
            JobMedia(media=one.media, file=f"{number}.npy", examples=one.examples) for number, one in enumerate(marks)
        ),
    )


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _heard(reporter: Reporter, line: str) -> None:
    """Takes one line from the process that trains."""
    said = json.loads(line)
    reporter.progress(said["stage"], said["done"], said["total"])
