"""Records one track: audio in, vectors in the track's file out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np
import numpy.typing as npt
from eightcut_runtime import Aborted, FailedPrecondition, InvalidArgument

from eightcut_inference.embedders.base import Model, Piece, PieceStream
from eightcut_inference.parts import Parts
from eightcut_inference.recording.decoding import Decode, Samples
from eightcut_inference.recording.intake import Chunk, End, Intake
from eightcut_inference.sessions import TrackSession
from eightcut_inference.tracks import PartialWriter, TrackKey

FloatArray = npt.NDArray[np.float32]

# Seconds of audio that become pieces at once, off the event loop.
_SLICE_SECONDS = 16
# Steps that may be ahead of the file.
_STEPS_AHEAD = 3
# How much work a power loss may cost, in seconds. A killed process costs none of what was appended.
_SYNC_SECONDS = 2.0


class Recorder:
    """Writes what is missing of a track, whose lock the caller holds.

    Args:
        parts: What all streams share.
        session: Told about every step.
        model: The embedder of the track.
        writer: Of the track's unfinished file.
    """

    def __init__(self, parts: Parts, session: TrackSession, model: Model, writer: PartialWriter) -> None:
        self._parts = parts
        self._session = session
        self._key: TrackKey = session.key
        self._model = model
        self._writer = writer
        self._stream: PieceStream = model.prepare(self._key.grid, writer.count)
        self._expected = self._key.grid.first_sample(writer.count)
        self._steps: asyncio.Queue[asyncio.Task[FloatArray] | None] = asyncio.Queue(_STEPS_AHEAD)
        self._synced = time.monotonic()
        session.windows = writer.count
        session.samples = self._expected

    @property
    def first_sample(self) -> int:
        """Where the audio has to begin."""
        return self._expected

    async def record(self, intake: Intake, decode: Decode) -> None:
        """Takes audio until its end and makes the track complete.

        Raises:
            FailedPrecondition: AUDIO_GAP, a chunk does not follow the one before, or the end does not fit.
            InvalidArgument: BAD_AUDIO, or MEDIA_TOO_SHORT.
            Aborted: The audio broke off without an end.
            OutOfSpace: The disk is full.
        """
        interruption: Aborted | None = None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_steps())
            try:
                end = await self._take_all(intake, decode, tasks)
            except Aborted as error:
                # What came before the interruption is still embedded and written.
                interruption = error
            await self._step(await self._parts.threads.run(self._stream.flush), tasks)
            await self._steps.put(None)
        if interruption is not None:
            raise interruption
        await self._complete(end.sample_count)

    async def _take_all(self, intake: Intake, decode: Decode, tasks: asyncio.TaskGroup) -> End:
        while not isinstance(taken := await intake.take(), End):
            for chunk in taken:
                await self._take(chunk, decode, tasks)
            self._session.samples = self._expected
            # Not kept while waiting for more.
            del taken
        if taken.sample_count != self._expected:
            raise self._gap(
                f"The audio is said to have {taken.sample_count} samples, but it ended after {self._expected}."
            )
        return taken

    async def _take(self, chunk: Chunk, decode: Decode, tasks: asyncio.TaskGroup) -> None:
        if chunk.first_sample != self._expected:
            raise self._gap(f"Audio came from sample {chunk.first_sample} on, but sample {self._expected} is next.")
        rate = self._key.card.sample_rate
        samples = await self._parts.threads.run(decode, chunk.data, rate)
        if self._expected + len(samples) > self._parts.max_media_seconds * rate:
            raise InvalidArgument(
                f"The media is longer than the {self._parts.max_media_seconds} s that this server takes."
            )
        self._expected += len(samples)
        for begin in range(0, len(samples), _SLICE_SECONDS * rate):
            piece = samples[begin : begin + _SLICE_SECONDS * rate]
            await self._step(await self._parts.threads.run(self._push, piece), tasks)

    def _push(self, samples: Samples) -> Sequence[Piece]:
        try:
            return self._stream.push(np.multiply(samples, np.float32(1 / 32768), dtype=np.float32))
        except ValueError as error:
            raise InvalidArgument(
                "The audio cannot be used: its samples are no numbers.", reason="BAD_AUDIO"
            ) from error

    async def _step(self, pieces: Sequence[Piece], tasks: asyncio.TaskGroup) -> None:
        if pieces:
            embedding = self._parts.engines.embed(self._model, self._key.card, pieces)
            await self._steps.put(tasks.create_task(embedding))

    async def _write_steps(self) -> None:
        """Appends the vectors of the steps in their order."""
        while (step := await self._steps.get()) is not None:
            rows = await step
            await self._parts.threads.run(self._append, rows)
            self._session.windows = self._writer.count
            self._session.changed.notify()

    def _append(self, rows: FloatArray) -> None:
        self._writer.append(rows)
        if time.monotonic() - self._synced >= _SYNC_SECONDS:
            self._writer.sync()
            self._synced = time.monotonic()

    async def _complete(self, sample_count: int) -> None:
        grid = self._key.grid
        expected = grid.count_samples(sample_count)
        if expected == 0:
            raise self._too_short(sample_count)
        if self._writer.count != expected:
            # What was cached came from audio of another length: a decoder of another version, or a wrong digest.
            self._writer.discard()
            raise Aborted("The audio differs from what was embedded before; the rest was dropped: send it again whole.")
        await self._parts.threads.run(self._parts.cache.complete, self._key, self._writer, sample_count)
        self._session.changed.notify()

    def _gap(self, message: str) -> FailedPrecondition:
        return FailedPrecondition(
            message, reason="AUDIO_GAP", subject="audio", metadata={"expected_sample": str(self._expected)}
        )

    def _too_short(self, sample_count: int) -> InvalidArgument:
        window = f"{self._key.grid.window_s:g}"
        # Rounded down: 7.9999 s must not be called 8.000 s, and too short.
        duration = f"{floor(Fraction(1000 * sample_count, self._key.card.sample_rate)) / 1000:.3f}"
        return InvalidArgument(
            f"The media has {duration} s of audio, less than one window of {window} s.",
            reason="MEDIA_TOO_SHORT",
            metadata={"duration": duration, "window": window},
        )
