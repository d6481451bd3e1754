"""The decoder process: ``python -m eightcut_client.media.decoder_child``.

FFmpeg parses hostile files here, away from the client: it may crash, and it may be killed at any moment.
Reads a `wire.Request` from standard input and writes messages to standard output (see `wire`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import BinaryIO

import av.error
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.stream import Stream

from eightcut_client.media.container import MAX_SAMPLE_RATE, OpenMedia, open_media
from eightcut_client.media.errors import (
    InvalidSamplesError,
    MediaError,
    NoAudioError,
    TruncatedMediaError,
    UnsupportedAudioError,
    display_name,
)
from eightcut_client.media.files import FileStamp, open_error, open_regular, require_unchanged
from eightcut_client.media.info import DecodeSummary
from eightcut_client.media.timeline import InvalidSampleAtError, Timeline
from eightcut_client.media.wire import Kind, Request, write_message

#: Seconds by which decoded audio may fall short of the file's own word before it counts as cut off.
TRUNCATION_TOLERANCE = Fraction(1, 2)
_CHECK_INTERVAL = 1.0
_MOST_NEW_STREAMS = 1000


class _Chunks:
    """Cuts PCM into messages of one size, leaving out what comes before the first wanted sample."""

    def __init__(self, out: BinaryIO, request: Request) -> None:
        width = 2 * request.channels
        self._out = out
        self._skip = request.start_sample * width
        self._skipped = 0
        self._size = request.chunk_samples * width
        self._width = width
        self._buffer = bytearray()

    def add(self, data: bytes) -> None:
        if self._skip:
            dropped = min(self._skip, len(data))
            self._skip -= dropped
            self._skipped += dropped
            data = data[dropped:]
        self._buffer += data
        while len(self._buffer) >= self._size:
            write_message(self._out, Kind.AUDIO, memoryview(self._buffer)[: self._size].tobytes())
            del self._buffer[: self._size]

    def heartbeat(self) -> None:
        """While skipping, tell the parent; a parent that has gone is noticed by that, too."""
        if self._skip:
            message = {"samples": self._skipped // self._width}
            write_message(self._out, Kind.SKIPPED, json.dumps(message).encode())

    def finish(self) -> None:
        if self._buffer:
            write_message(self._out, Kind.AUDIO, self._buffer)


class Decoding:
    """One run over one opened file.

    Attributes:
        timeline: What has been decoded.
    """

    def __init__(self, request: Request, file: BinaryIO, stamp: FileStamp, media: OpenMedia) -> None:
        self._request = request
        self._file = file
        self._stamp = stamp
        self._media = media
        self._damaged = 0
        self._broken_off = False
        self._others_end = Fraction(0)
        self.timeline = Timeline(
            request.sample_rate,
            request.channels,
            zero=media.zero,
            end=max((e for e in (media.declared_end, media.container_end) if e is not None), default=None),
            restarts=media.restarts,
        )

    def run(self, out: BinaryIO) -> DecodeSummary:
        """Decode everything, and write what is wanted of it.

        Raises:
            MediaError: The file is bad, or has changed.
        """
        chunks = _Chunks(out, self._request)
        checked = time.monotonic()
        try:
            for frame in self._frames():
                for data in self.timeline.feed(frame):
                    chunks.add(data)
                if time.monotonic() - checked > _CHECK_INTERVAL:
                    require_unchanged(self._request.path, self._file, self._stamp)
                    chunks.heartbeat()
                    checked = time.monotonic()
            for data in self.timeline.finish():
                chunks.add(data)
        except InvalidSampleAtError as error:
            raise InvalidSamplesError(
                f"The audio of {display_name(self._request.path)} at {error.seconds:.3f} s holds samples "
                "that are no finite numbers (NaN or infinity)."
            ) from error
        except av.error.FFmpegError as error:
            # `_frames` deals with its own; this is the conversion, which knows most layouts and not all.
            info = self._media.info
            raise UnsupportedAudioError(
                f"The {info.channels} channels of {display_name(self._request.path)} ({info.layout}) are in no "
                "layout that can be mixed down."
            ) from error
        summary = self._summary()
        chunks.finish()
        return summary

    def _frames(self) -> Iterator[AudioFrame]:
        """Decode packet by packet; damaged ones are counted, and their time shows as a gap."""
        index, decode = self._media.stream.index, self._media.stream.codec_context.decode
        for packet in self._packets():
            if packet is not None and packet.stream.index != index:
                self._note_other(packet)
                continue
            try:
                frames = decode(packet)
            except av.error.EOFError:
                continue  # already flushed
            except (av.error.FFmpegError, ValueError):
                self._damaged += 1
                continue
            for frame in frames:
                if 0 < frame.sample_rate <= MAX_SAMPLE_RATE:
                    yield frame
                else:
                    self._damaged += 1

    def _packets(self) -> Iterator[Packet[Stream] | None]:
        """Yield packets, at last the one that flushes the decoder (None after an error in the container)."""
        streams = self._media.container.streams if self._media.watch_others else [self._media.stream]
        for _ in range(_MOST_NEW_STREAMS):
            try:
                yield from self._media.container.demux(*streams)
            except IndexError:
                # A broadcast may announce another track in its middle; PyAV 18.1 then trips over that
                # track's first packet. Going on from there loses nothing of ours.
                continue
            except av.error.FFmpegError:
                break
            except OSError as error:
                raise open_error(self._request.path, error) from error
            return
        self._broken_off = True
        yield None

    def _note_other(self, packet: Packet[Stream]) -> None:
        if packet.pts is not None:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base - self._media.zero
            self._others_end = max(self._others_end, end)

    def _summary(self) -> DecodeSummary:
        path, timeline = self._request.path, self.timeline
        require_unchanged(path, self._file, self._stamp)
        declared = self._media.declared_end
        if declared is None and self._media.watch_others:
            declared = self._media.container_end
        reached = max(timeline.position, self._others_end)
        cut_off = declared is not None and reached < declared - TRUNCATION_TOLERANCE
        cut_off = cut_off or self._media.missing_bytes > 0
        if timeline.emitted == 0:
            name = display_name(path)
            if cut_off:
                raise TruncatedMediaError(f"{name} is incomplete: none of its audio is in the file.")
            if self._damaged:
                raise NoAudioError(f"The audio of {name} is damaged: nothing of it could be decoded.")
            raise NoAudioError(f"The audio track of {name} is empty (0 s long).")
        return DecodeSummary(
            total_samples=timeline.emitted,
            truncated_at=float(timeline.position) if cut_off or self._broken_off else None,
            declared_duration=None if declared is None else float(declared),
            missing_bytes=self._media.missing_bytes,
            damaged_packets=self._damaged,
            silence_inserted=float(timeline.silence_inserted),
        )


def serve(request: Request, out: BinaryIO) -> None:
    """Do what the request asks.

    Raises:
        MediaError: In one sentence, what is wrong with the file.
    """
    file, stamp = open_regular(request.path, expect=request.expect)
    with file:
        try:
            media = open_media(request.path, file, stamp.size)
            with media.container:
                write_message(out, Kind.INFO, json.dumps(asdict(media.info)).encode())
                if request.probe:
                    require_unchanged(request.path, file, stamp)
                    write_message(out, Kind.END)
                    return
                summary = Decoding(request, file, stamp, media).run(out)
        except MediaError:
            # A file that is being written looks like a broken one; say what is really the matter.
            require_unchanged(request.path, file, stamp)
            raise
    write_message(out, Kind.END, json.dumps(asdict(summary)).encode())


def main() -> int:
    """Run one request from standard input; return the exit status."""
    # Ctrl+C reaches the whole terminal group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nothing that some library prints may get between the messages.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = Request.from_bytes(sys.stdin.buffer.read())
    try:
        try:
            serve(request, out)
        except MediaError as error:
            message = {"error": type(error).__name__, "message": str(error)}
            write_message(out, Kind.ERROR, json.dumps(message).encode())
        out.close()
    except BrokenPipeError:
        # The parent has gone or has closed: nobody is interested any more.
        with contextlib.suppress(BrokenPipeError):
            out.close()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
