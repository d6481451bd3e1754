"""A client's side of Embed and Scan, message by message."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt
from eightcut.inference.v1 import inference_service_pb2, inference_service_pb2_grpc, stream_pb2
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from grpc_status import rpc_status

Pcm = npt.NDArray[np.int16]
CHUNK = 131_072
MEDIA = "ab" * 32


def noise(seconds: float, seed: int = 0) -> Pcm:
    """Audio of 16 kHz whose every window differs."""
    generator = np.random.default_rng(seed)
    loudness = np.repeat(generator.uniform(200, 20_000, int(seconds) + 1), 16_000)[: round(seconds * 16_000)]
    return (generator.uniform(-1, 1, len(loudness)) * loudness).astype(np.int16)


def source(media: str = MEDIA, seconds: float = 20.0, **fields: Any) -> stream_pb2.MediaSource:
    duration = Duration()
    duration.FromMilliseconds(round(seconds * 1000))
    if not fields:
        fields = {"upload": stream_pb2.AUDIO_ENCODING_PCM_S16LE}
    return stream_pb2.MediaSource(media=media, duration=duration, **fields)


class Stream:
    """One call of Embed or Scan."""

    def __init__(self, channel: grpc.Channel, config: stream_pb2.EmbedConfig | stream_pb2.ScanConfig | None) -> None:
        stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
        scan = isinstance(config, stream_pb2.ScanConfig)
        self._request: Any = inference_service_pb2.ScanRequest if scan else inference_service_pb2.EmbedRequest
        self._requests: queue.Queue[Any] = queue.Queue()
        self._events: queue.Queue[Any] = queue.Queue()
        self._call = (stub.Scan if scan else stub.Embed)(self._sending(), timeout=25)
        self._seen: list[Any] = []
        if config is not None:
            self.send(config=config)
        threading.Thread(target=self._receive, daemon=True).start()

    def _sending(self) -> Iterator[Any]:
        while (request := self._requests.get()) is not None:
            yield request

    def _receive(self) -> None:
        try:
            for event in self._call:
                self._events.put(event)
            self._events.put(None)
        except grpc.RpcError as error:
            self._events.put(error)

    def send(self, **fields: Any) -> None:
        self._requests.put(self._request(**fields))

    def audio(self, pcm: Pcm, first: int = 0, chunk: int = CHUNK) -> None:
        """Sends samples ``first…`` of a file in chunks."""
        for begin in range(first, len(pcm), chunk):
            data = pcm[begin : begin + chunk].astype("<i2").tobytes()
            self.send(audio=stream_pb2.AudioChunk(first_sample=begin, data=data))

    def end(self, samples: int) -> None:
        self.send(end=stream_pb2.AudioEnd(sample_count=samples))

    def upload(self, pcm: Pcm, first: int = 0) -> None:
        self.audio(pcm, first)
        self.end(len(pcm))

    def half_close(self) -> None:
        self._requests.put(None)

    def cancel(self) -> None:
        self._call.cancel()
        self._requests.put(None)

    def next(self) -> Any:
        """The next event; raises the call's error, StopIteration at its end."""
        event = self._events.get(timeout=30)
        if isinstance(event, grpc.RpcError):
            self._requests.put(None)
            raise event
        if event is None:
            raise StopIteration
        self._seen.append(event)
        return event

    def until(self, kind: str) -> Any:
        """The next event of a kind."""
        while True:
            event = self.next()
            if event.WhichOneof("event") == kind:
                return getattr(event, kind)

    def accepted(self) -> stream_pb2.Accepted:
        event = self.next()
        assert event.WhichOneof("event") == "accepted", event
        return event.accepted

    def wanted(self) -> stream_pb2.Accepted:
        """The first `accepted` that asks for audio: an uploader that is just going may be followed for a moment."""
        while not (accepted := self.until("accepted")).audio_wanted:
            continue
        return accepted

    def finish(self) -> Any:
        """The last message, after which the call ends well."""
        done = self.until("done")
        self.half_close()
        try:
            self.next()
        except StopIteration:
            return done
        raise AssertionError("something follows done")

    def error(self) -> grpc.RpcError:
        """How the call fails."""
        try:
            while True:
                self.next()
        except grpc.RpcError as error:
            return error

    def events(self, kind: str) -> list[Any]:
        """All events of a kind seen so far."""
        return [getattr(event, kind) for event in self._seen if event.WhichOneof("event") == kind]

    def scores(self) -> npt.NDArray[np.float32]:
        """The final scores seen so far, from window 0 on; NaN where none came."""
        found: dict[int, float] = {}
        for message in self.events("scores"):
            if not message.provisional:
                values = np.frombuffer(message.scores, "<f4")
                found.update({message.first_window + index: float(value) for index, value in enumerate(values)})
        return np.array([found.get(index, np.nan) for index in range(max(found, default=-1) + 1)], np.float32)


def reason(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Code and ErrorInfo reason of a failed call."""
    return error.code(), info(error).reason


def info(error: grpc.RpcError) -> error_details_pb2.ErrorInfo:
    status = rpc_status.from_call(error)
    assert status is not None, error
    found = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(found) for detail in status.details), status
    return found
