"""What Embed and Scan have in common: seeing to it that a track becomes complete, and reading it meanwhile.

A stream that finds nobody recording its track records it; the others follow, in this process by the session's
signal, of other processes by looking at the file now and then. All of them, the recording one too, get the vectors
from the file: that bounds memory, and makes a cached, a followed and a recorded track the same thing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import numpy.typing as npt
from eightcut.inference.v1 import stream_pb2
from eightcut_runtime import InvalidArgument
from eightcut_runtime.logs import fields

from eightcut_inference.cancellation import taken
from eightcut_inference.embedders.base import Model
from eightcut_inference.parts import Parts
from eightcut_inference.recording import Chunk, Intake, Recorder
from eightcut_inference.sessions import TrackSession
from eightcut_inference.streams.source import AudioSource, ServerSource, UploadSource
from eightcut_inference.tracks import CompleteTrack, PartialWriter, TrackFollower, TrackKey

FloatRows = npt.NDArray[np.float32]
logger = logging.getLogger(__name__)

_PROGRESS_SECONDS = 0.5
# How often a track is looked at that another process records.
_POLL_SECONDS = 0.1


class TrackStream(ABC):
    """One call of Embed or Scan.

    Args:
        parts: What all streams share.
        source: The media, as the client's first message says.
        key: The track.
        model: The embedder of the track.
    """

    def __init__(self, parts: Parts, source: stream_pb2.MediaSource, key: TrackKey, model: Model) -> None:
        self._parts = parts
        self._key = key
        self._model = model
        self._intake = Intake()
        self._source: AudioSource
        if source.HasField("server_path"):
            self._source = ServerSource(parts, source)
        else:
            self._source = UploadSource(source.upload, self._intake)
        self._total = key.grid.count_us(source.duration.ToMicroseconds())
        self._reported = time.monotonic()

    @abstractmethod
    async def send_accepted(self, accepted: stream_pb2.Accepted) -> None:
        """Sends it in this method's envelope."""

    @abstractmethod
    async def send_progress(self, progress: stream_pb2.Progress) -> None:
        """Sends it in this method's envelope."""

    @abstractmethod
    async def take_rows(self, rows: FloatRows) -> None:
        """Uses the next vectors ``[n, dim]``."""

    @abstractmethod
    async def finish(self, track: CompleteTrack) -> None:
        """All vectors were taken: sends the end."""

    async def run(self, messages: AsyncIterator[Any]) -> None:
        """Serves the stream to its end.

        Args:
            messages: What the client sends after its config.

        Raises:
            ServiceError: What the API's comments say; alone or in an exception group.
        """
        with self._parts.sessions.join(self._key) as session:
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(self._read(messages))
                track = await self._follow(session, tasks)
                await self.finish(track)
                reading.cancel()

    async def _read(self, messages: AsyncIterator[Any]) -> None:
        async for message in messages:
            kind = message.WhichOneof("message")
            if kind == "config":
                raise InvalidArgument("The stream's config was sent twice.", field="config")
            if kind == "audio":
                await self._intake_audio(message.audio)
            elif self._source.uploads:
                await self._intake.finish(message.end.sample_count)
        if self._source.uploads:
            await self._intake.close()

    async def _intake_audio(self, audio: stream_pb2.AudioChunk) -> None:
        if not self._source.uploads:
            raise InvalidArgument("The server reads this media itself: no audio is to be sent.", field="audio")
        await self._intake.put(Chunk(audio.first_sample, audio.data))

    async def _follow(self, session: TrackSession, tasks: asyncio.TaskGroup) -> CompleteTrack:
        follower = await self._parts.threads.run(TrackFollower, self._parts.cache, self._key)
        try:
            await self._open(session, follower, tasks)
            while True:
                changed = session.changed.current()
                rows = await self._parts.threads.run(follower.read)
                if rows is not None:
                    await self.take_rows(rows)
                elif follower.finished:
                    assert follower.track is not None
                    return follower.track
                elif not await self._record(session, tasks):
                    pause = _PROGRESS_SECONDS if session.recording else _POLL_SECONDS
                    await session.changed.wait(changed, pause)
                await self._report(session, follower)
        finally:
            follower.close()

    async def _open(self, session: TrackSession, follower: TrackFollower, tasks: asyncio.TaskGroup) -> None:
        """Sends the first `accepted`."""
        if follower.track is not None:
            self._total = follower.track.window_count
            await self._accept(self._total)
        elif not await self._record(session, tasks):
            status = await self._parts.threads.run(self._parts.cache.status, self._key)
            await self._accept(status.window_count)

    async def _record(self, session: TrackSession, tasks: asyncio.TaskGroup) -> bool:
        """Begins to record unless somebody else does; returns when the client knows from where on to send."""
        if session.recording:
            return False
        began: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        tasks.create_task(self._hold(session, began))
        return await began

    async def _hold(self, session: TrackSession, began: asyncio.Future[bool]) -> None:
        """Takes the track's lock, records and lets it go; tells first whether it got the lock."""
        if session.recording:
            _tell(began, held=False)
            return
        session.recording = True
        try:
            writer = await taken(self._parts.threads.run(self._claim_unfinished), _give_back)
            if writer is None:
                _tell(began, held=False)
                return
            try:
                await self._record_with(writer, session, began)
            finally:
                await self._parts.closings.run(self._parts.threads.run(_release, writer))
        finally:
            session.recording = False
            session.changed.notify()

    async def _record_with(self, writer: PartialWriter, session: TrackSession, began: asyncio.Future[bool]) -> None:
        await self._source.check()
        recorder = Recorder(self._parts, session, self._model, writer)
        logger.info("a track is recorded", extra=fields(track=self._key.name, first_window=writer.count))
        first_sample = recorder.first_sample
        self._intake.open()
        await self._accept(writer.count, first_sample)
        _tell(began, held=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._source.feed(self._intake, first_sample, self._key.card.sample_rate))
            await recorder.record(self._intake, self._source.decode)

    def _claim_unfinished(self) -> PartialWriter | None:
        writer = self._parts.cache.claim(self._key)
        if writer is None:
            return None
        try:
            finished = self._parts.cache.open_verified(self._key) is not None
        except BaseException:
            writer.close()
            raise
        if finished:
            # Somebody completed it since this stream looked.
            writer.discard()
            writer.close()
            return None
        return writer

    async def _accept(self, cached: int, first_sample: int | None = None) -> None:
        if not self._source.uploads:
            first_sample = None
        await self.send_accepted(
            stream_pb2.Accepted(
                audio_wanted=first_sample is not None,
                first_sample=first_sample or 0,
                windows_cached=cached,
                windows_total=max(self._total, cached),
                card_hash=self._key.card_hash,
            )
        )

    async def _report(self, session: TrackSession, follower: TrackFollower) -> None:
        """Sends progress, about twice a second."""
        now = time.monotonic()
        if now - self._reported < _PROGRESS_SECONDS:
            return
        self._reported = now
        windows = max(follower.position, session.windows if session.recording else 0)
        total = follower.track.window_count if follower.track is not None else max(self._total, windows)
        await self.send_progress(
            stream_pb2.Progress(windows_done=windows, windows_total=total, samples_received=session.samples)
        )


def _tell(began: asyncio.Future[bool], *, held: bool) -> None:
    if not began.done():
        began.set_result(held)


def _release(writer: PartialWriter) -> None:
    try:
        writer.sync()
    finally:
        writer.close()


def _give_back(writer: PartialWriter | None) -> None:
    if writer is not None:
        writer.close()
