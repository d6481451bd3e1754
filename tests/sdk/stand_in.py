"""Services that speak the protocol without embedding anything: a score is the mean loudness of its window.

They stand on the real runtime (its server, its validation, its errors) and keep what they receive on disk, so that
they can be killed. The tests of what the sdk does on the wire use them; the loop with the real services has tests
of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from eightcut.common.v1 import embedder_pb2, region_pb2
from eightcut.inference.v1 import embedder_pb2 as inference_embedder_pb2
from eightcut.inference.v1 import inference_service_pb2, inference_service_pb2_grpc, stream_pb2, track_pb2
from eightcut.store.v1 import (
    classifier_pb2,
    classifier_service_pb2,
    classifier_service_pb2_grpc,
    media_service_pb2,
    media_service_pb2_grpc,
    scan_pb2,
    training_run_pb2,
)
from eightcut.trainer.v1 import trainer_service_pb2, trainer_service_pb2_grpc
from eightcut_client.times import to_duration
from eightcut_runtime import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    Service,
    ServiceSpec,
    StartError,
    Unavailable,
    run_service,
)

RATE = 16_000
WINDOW = 8 * RATE
NETWORKS = ("device", "dtype", "compile", "max_batch", "embedder_option", "weights_dir", "metrics_listen")


@dataclass
class Behaviour:
    """What is to go wrong, and what was seen.

    Attributes:
        break_after: UNAVAILABLE after so many chunks, for each number in turn, one per stream.
        rewind_after: After so many chunks of a stream, ask for audio from `rewind_to` again (once).
        break_error: What breaks them; default: UNAVAILABLE.
        refuse: Raised by the next stream.
        chunk_seconds: Pause after each chunk.
        configs: First messages of all streams.
        firsts: First sample of every chunk that arrived.
        ends: Sample counts of all end messages.
        registered: All RegisterMedia requests.
        most_streams: Streams that were open at once.
        devices: What GetDeviceStatus answers; None: it is UNIMPLEMENTED, as on an older server.
        watched: after_seq of every WatchTraining.
        spoil_watch: Break the watch after so many events, for each number in turn.
    """

    break_after: list[int] = field(default_factory=list)
    break_error: Exception | None = None
    rewind_after: int | None = None
    rewind_to: int = 0
    refuse: Exception | None = None
    chunk_seconds: float = 0.0
    configs: list[Any] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    registered: list[media_service_pb2.RegisterMediaRequest] = field(default_factory=list)
    streams: int = 0
    most_streams: int = 0
    devices: inference_service_pb2.GetDeviceStatusResponse | None = None
    watched: list[int] = field(default_factory=list)
    spoil_watch: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    cancelled_streams: int = 0
    cancel_requested: bool = False
    start_failures: int = 0
    started: list[str] = field(default_factory=list)


class Media(media_service_pb2_grpc.MediaServiceServicer):
    def __init__(self, behaviour: Behaviour, folder: Path) -> None:
        self._behaviour = behaviour
        self._folder = folder

    async def RegisterMedia(self, request: Any, context: Any) -> Any:
        self._behaviour.registered.append(request)
        (self._folder / f"{request.digest}.media").write_bytes(request.SerializeToString())
        return media_service_pb2.RegisterMediaResponse(media=self._media(request.digest))

    async def GetMedia(self, request: Any, context: Any) -> Any:
        if (media := self._media(request.digest)) is None:
            raise NotFound("This media is not known.", reason="MEDIA_UNKNOWN", metadata={"media": request.digest})
        return media_service_pb2.GetMediaResponse(media=media)

    async def BatchGetMedia(self, request: Any, context: Any) -> Any:
        found = [media for digest in request.digests if (media := self._media(digest)) is not None]
        return media_service_pb2.BatchGetMediaResponse(media=found)

    def _media(self, digest: str) -> Any:
        file = self._folder / f"{digest}.media"
        if not file.exists():
            return None
        kept = media_service_pb2.RegisterMediaRequest.FromString(file.read_bytes())
        return {
            "digest": digest,
            "filename": kept.filename,
            "path_hint": kept.path_hint,
            "size_bytes": kept.size_bytes,
            "duration": kept.duration,
        }


class Inference(inference_service_pb2_grpc.InferenceServiceServicer):
    def __init__(self, behaviour: Behaviour, folder: Path) -> None:
        self._behaviour = behaviour
        self._folder = folder

    async def Embed(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:
        async for kind, value in self._stream(request_iterator):
            if kind in ("accepted", "progress", "done"):
                yield inference_service_pb2.EmbedResponse(**{kind: value})

    async def Scan(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:
        async for kind, value in self._stream(request_iterator):
            yield inference_service_pb2.ScanResponse(**{kind: value})

    async def ListEmbedders(self, request: Any, context: Any) -> Any:
        card = embedder_pb2.EmbedderCard(id="LOGMEL", dim=512)
        absent = embedder_pb2.EmbedderCard(id="EAT", dim=768)
        reason = "The weights of EAT are not here: `8cut models pull EAT` brings them."
        return inference_service_pb2.ListEmbeddersResponse(
            embedders=[
                inference_embedder_pb2.Embedder(card=absent, reason=reason),
                inference_embedder_pb2.Embedder(card=card, ready=True, device="cpu", dtype="float32"),
            ]
        )

    async def GetDeviceStatus(self, request: Any, context: Any) -> Any:
        if self._behaviour.devices is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        return self._behaviour.devices

    async def _stream(self, requests: Any) -> AsyncIterator[tuple[str, Any]]:
        behaviour = self._behaviour
        behaviour.streams += 1
        behaviour.most_streams = max(behaviour.streams, behaviour.most_streams)
        try:
            async for event in self._events(requests):
                yield event
        finally:
            behaviour.streams -= 1

    async def _events(self, requests: Any) -> AsyncIterator[tuple[str, Any]]:
        behaviour = self._behaviour
        config = (await anext(aiter(requests))).config
        behaviour.configs.append(config)
        if behaviour.refuse is not None:
            refusal, behaviour.refuse = behaviour.refuse, None
            raise refusal
        upload = _Received(self._folder, config.source.media)
        scanning = isinstance(config, stream_pb2.ScanConfig)
        reported = config.resume_after_window + 1 if scanning and config.HasField("resume_after_window") else 0
        total = upload.windows if upload.complete else int(config.source.duration.ToMicroseconds() / 1e6 - 7)
        yield (
            "accepted",
            stream_pb2.Accepted(
                audio_wanted=not upload.complete,
                first_sample=upload.samples,
                windows_cached=upload.windows,
                windows_total=total,
            ),
        )
        breaks = behaviour.break_after.pop(0) if behaviour.break_after and not upload.complete else None
        rewind, chunks, expecting = behaviour.rewind_after, 0, upload.samples
        try:
            while True:
                for first, scores in upload.scores(reported):
                    yield "scores", stream_pb2.Scores(first_window=first, scores=scores)
                    reported = first + len(scores) // 4
                yield "progress", stream_pb2.Progress(windows_done=upload.windows, windows_total=total)
                if upload.complete:
                    break
                if breaks == chunks:
                    raise behaviour.break_error or Unavailable("The stand-in breaks.")
                message = await anext(aiter(requests), None)
                if message is None:
                    raise Unavailable("The stream ended without its end message.")
                if message.WhichOneof("message") == "end":
                    if rewind == -1 and expecting == behaviour.rewind_to:
                        continue  # In flight when the rewind was sent.
                    behaviour.ends.append(message.end.sample_count)
                    if upload.samples < WINDOW:
                        raise InvalidArgument("The media is shorter than one window.", reason="MEDIA_TOO_SHORT")
                    upload.finish(message.end.sample_count)
                    continue
                behaviour.firsts.append(message.audio.first_sample)
                if message.audio.first_sample != expecting:
                    if rewind == -1:
                        continue  # In flight when the rewind was sent.
                    raise FailedPrecondition("Audio arrived with a gap.", reason="AUDIO_GAP")
                upload.add(message.audio.data)
                expecting = upload.samples
                chunks += 1
                await asyncio.sleep(behaviour.chunk_seconds)
                if rewind == chunks:
                    behaviour.rewind_after = None
                    rewind, expecting = -1, behaviour.rewind_to
                    upload.cut(expecting)
                    yield "accepted", stream_pb2.Accepted(audio_wanted=True, first_sample=expecting)
        except asyncio.CancelledError:
            behaviour.cancelled_streams += 1
            raise
        yield (
            "region",
            stream_pb2.RegionFound(
                region=region_pb2.DetectedRegion(start=to_duration(1), end=to_duration(3), score=0.5)
            ),
        )
        if scanning:
            yield "done", scan_pb2.Scan(id="1", media=config.source.media, window_count=upload.windows)
        else:
            track = track_pb2.Track(
                media=config.source.media,
                embedder=config.embedder,
                state=track_pb2.TRACK_STATE_COMPLETE,
                window_count=upload.windows,
            )
            yield "done", track


class _Received:
    """The audio of one media, on disk."""

    def __init__(self, folder: Path, media: str) -> None:
        self._file = folder / f"{media}.pcm"
        self._file.touch()
        self._end = folder / f"{media}.end"

    @property
    def complete(self) -> bool:
        return self._end.exists()

    @property
    def samples(self) -> int:
        return self._file.stat().st_size // 2

    @property
    def windows(self) -> int:
        return max((self.samples - WINDOW) // RATE + 1, 0)

    def add(self, data: bytes) -> None:
        with self._file.open("ab") as file:
            file.write(data)

    def cut(self, samples: int) -> None:
        with self._file.open("r+b") as file:
            file.truncate(samples * 2)

    def finish(self, samples: int) -> None:
        if samples != self.samples:
            raise InvalidArgument("The number of samples is wrong.", reason="BAD_AUDIO")
        self._end.touch()

    def scores(self, first: int) -> list[tuple[int, bytes]]:
        if self.windows <= first:
            return []
        pcm = np.fromfile(self._file, "<i2").astype(np.float32)
        means = [np.abs(pcm[k * RATE : k * RATE + WINDOW]).mean() / 32768 for k in range(first, self.windows)]
        return [(first, np.array(means, "<f4").tobytes())]


class Trainer(trainer_service_pb2_grpc.TrainerServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._cancelled = asyncio.Event()

    async def PreviewTraining(self, request: Any, context: Any) -> Any:
        return trainer_service_pb2.PreviewTrainingResponse(missing_tracks=self._behaviour.missing)

    async def StartTraining(self, request: Any, context: Any) -> Any:
        self._behaviour.started.append(request.request_id)
        if self._behaviour.start_failures > 0:
            self._behaviour.start_failures -= 1
            raise Unavailable("The Store does not answer.")
        return trainer_service_pb2.StartTrainingResponse(run=training_run_pb2.TrainingRun(id="7"))

    async def WatchTraining(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self._behaviour.watched.append(request.after_seq)
        limit = self._behaviour.spoil_watch.pop(0) if self._behaviour.spoil_watch else None
        for sent, seq in enumerate(range(request.after_seq + 1, 7)):
            if sent == limit:
                raise Unavailable("The stand-in breaks.")
            event = training_run_pb2.TrainingEvent(seq=seq, note=f"step {seq}")
            yield trainer_service_pb2.WatchTrainingResponse(event=event)
        if "slow" in self._behaviour.started:
            await self._cancelled.wait()

    async def GetTraining(self, request: Any, context: Any) -> Any:
        if request.run_id != "7":
            raise NotFound("There is no such run.", reason="RESOURCE_UNKNOWN")
        state = training_run_pb2.TRAINING_STATE_SUCCEEDED
        if self._behaviour.cancel_requested:
            state = training_run_pb2.TRAINING_STATE_CANCELLED
        run = training_run_pb2.TrainingRun(id="7", state=state, classifier_id="3")
        return trainer_service_pb2.GetTrainingResponse(run=run)

    async def CancelTraining(self, request: Any, context: Any) -> Any:
        self._behaviour.cancel_requested = True
        self._cancelled.set()
        return trainer_service_pb2.CancelTrainingResponse(run=training_run_pb2.TrainingRun(id="7"))


class Classifiers(classifier_service_pb2_grpc.ClassifierServiceServicer):
    async def GetClassifier(self, request: Any, context: Any) -> Any:
        return classifier_service_pb2.GetClassifierResponse(
            classifier=classifier_pb2.Classifier(id=request.id or "3", model="LOGMEL")
        )


class _Nothing:
    async def aclose(self) -> None:
        return None


def _made(kind: Any, *arguments: Any) -> Any:
    """Make a servicer that answers only some of its methods: to the type checker that is an abstract class."""
    return kind(*arguments)


def stand_in(behaviour: Behaviour, folder: Path | None = None) -> ServiceSpec:
    """One server with all of them, to be started with eightcut_runtime.testing or `run_service`.

    Without a folder it keeps what it gets in ``received`` in its data folder, and a file ``pause`` there says how
    many seconds to wait after each chunk. What it was told of networks it writes into ``networks.json``.
    """

    async def create(server: grpc.aio.Server, service: Service) -> _Nothing:
        kept = folder or service.arguments.data_dir / "received"
        kept.mkdir(exist_ok=True)
        if told := {name: value for name in NETWORKS if (value := getattr(service.arguments, name)) is not None}:
            (kept.parent / "networks.json").write_text(json.dumps(told))
        if (kept.parent / "refuse-to-start").exists():
            raise StartError("The stand-in does not want to start.")
        if (pause := kept.parent / "pause").exists():
            behaviour.chunk_seconds = float(pause.read_text())
        media_service_pb2_grpc.add_MediaServiceServicer_to_server(_made(Media, behaviour, kept), server)
        inference_service_pb2_grpc.add_InferenceServiceServicer_to_server(_made(Inference, behaviour, kept), server)
        trainer_service_pb2_grpc.add_TrainerServiceServicer_to_server(_made(Trainer, behaviour), server)
        classifier_service_pb2_grpc.add_ClassifierServiceServicer_to_server(_made(Classifiers), server)
        return _Nothing()

    def arguments(parser: argparse.ArgumentParser) -> None:
        for option in ("--data-dir", "--store", "--inference"):
            parser.add_argument(option, type=Path)
        for name in NETWORKS:
            kind = "append" if name == "embedder_option" else "store"
            parser.add_argument(f"--{name.replace('_', '-')}", action=kind)

    return ServiceSpec(name="store", version="0.1.0", create=create, add_arguments=arguments)


if __name__ == "__main__":
    sys.exit(run_service(stand_in(Behaviour())))
