"""The process that looks at a source: ``python -m eightcut_client.cutting.source_child``.

FFmpeg parses hostile files here, away from the client. Reads a `media.wire.Request` from standard input and writes
one JSON object: the fields of a `source.Source`, or ``error`` and ``message``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from fractions import Fraction
from typing import cast

import av.error
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from eightcut_client.cutting.source import Picture, Sound, Source
from eightcut_client.media.container import open_media
from eightcut_client.media.errors import MediaError
from eightcut_client.media.files import open_regular, require_unchanged
from eightcut_client.media.wire import Request

_MOST_PACKETS = 600
_FASTEST = 240
# AVCOL_RANGE_JPEG, libavutil/pixfmt.h.
_FULL_RANGE = 2
# Of a variable rate the next higher of these is taken, so that no picture is lost.
_RATES = (
    *(Fraction(rate) for rate in (1, 2, 5, 8, 10, 12, 15, 20)),
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    *(Fraction(rate) for rate in (60, 90, 100, 120, _FASTEST)),
)


def look(request: Request) -> Source:
    """Open the file and find what cutting needs to know.

    Raises:
        MediaError: It cannot be read, is no media, or has no sound.
    """
    file, stamp = open_regular(request.path, expect=request.expect)
    with file:
        try:
            media = open_media(request.path, file, stamp.size)
            with media.container:
                sound = media.stream.codec_context
                found = Source(
                    container=media.container.format.name,
                    zero=float(media.zero),
                    restarts=media.restarts,
                    picture=_picture(media.container),
                    sound=Sound(media.stream.index, sound.sample_rate, sound.channels, sound.layout.name),
                )
            require_unchanged(request.path, file, stamp)
        except MediaError:
            # A file that is being written looks like a broken one; say what is really the matter.
            require_unchanged(request.path, file, stamp)
            raise
        return found


def _picture(container: InputContainer) -> Picture | None:
    """Describe the first video track that is no cover picture, by its first frame."""
    tracks = [cast(VideoStream, stream) for stream in container.streams if stream.type == "video"]
    moving = [track for track in tracks if Disposition.attached_pic not in track.disposition]
    track = next((track for track in moving if cast("object | None", track.codec_context) is not None), None)
    if track is None:
        return None
    frame = _first_frame(container, track)
    context = track.codec_context
    width, height = (frame.width, frame.height) if frame is not None else (context.width, context.height)
    if width <= 0 or height <= 0:
        return None
    shape = track.sample_aspect_ratio or Fraction(1)
    # Damaged headers say anything; a pixel ten times as wide as high is none.
    shape = shape if Fraction(1, 10) < shape < 10 else Fraction(1)
    if frame is not None and frame.rotation % 180:
        width, height, shape = height, width, 1 / shape
    full = frame is not None and frame.color_range == _FULL_RANGE
    return Picture(track.index, width, height, float(shape), str(_rate(track)), full)


def _first_frame(container: InputContainer, track: VideoStream) -> VideoFrame | None:
    track.discard = Discard.default
    try:
        for number, packet in enumerate(container.demux(track)):
            try:
                for frame in packet.decode():
                    return frame
            except av.error.FFmpegError:
                pass  # Damaged: the next.
            if number > _MOST_PACKETS:
                break
    except (av.error.FFmpegError, OSError, IndexError):
        pass  # What the header says has to do.
    return None


def _rate(track: VideoStream) -> Fraction:
    """Return the constant rate to write."""
    base, average = track.base_rate, track.average_rate
    if base and 0 < base <= _FASTEST and (not average or Fraction(9, 10) < average / base < Fraction(11, 10)):
        return base
    if not average or average <= 0:
        return Fraction(25)
    return next((rate for rate in _RATES if rate >= average * Fraction(995, 1000)), _RATES[-1])


def main() -> int:
    """Answer one request."""
    # Ctrl+C reaches the whole terminal group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        answer = asdict(look(Request.from_bytes(sys.stdin.buffer.read())))
    except MediaError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    with out:
        out.write(json.dumps(answer).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
