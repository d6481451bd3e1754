"""The process that looks at a source: ``python -m eightcut_client.cutting.source_child``.

FFmpeg parses hostile files here, away from the client. Reads a `media.wire.Request` from standard input and writes
one JSON object: the fields of a `source.Source`, or ``error`` and ``message``.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import signal
import sys
from dataclasses import asdict, replace
from fractions import Fraction
from typing import BinaryIO, cast

import av.error
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from eightcut_client.cutting.clock_search import find_clocks, jumps_agree
from eightcut_client.cutting.clocks import Clock, can_seek
from eightcut_client.cutting.source import Picture, Sound, Source
from eightcut_client.media.container import OpenMedia, open_media
from eightcut_client.media.errors import MediaError
from eightcut_client.media.files import FileStamp, open_error, open_regular, require_unchanged
from eightcut_client.media.wire import Request

_MOST_PACKETS = 600
_FASTEST = 240
# AVCOL_RANGE_JPEG, libavutil/pixfmt.h.
_FULL_RANGE = 2
# Of a variable rate one of these is taken, the next higher where none is near, so that no picture is lost.
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
                    clocks=(Clock(0.0, float(media.zero)),),
                    picture=_picture(media.container, restarts=media.restarts),
                    sound=Sound(
                        media.stream.index,
                        sound.sample_rate,
                        sound.channels,
                        sound.layout.name,
                        first=_is_first(media.container, media.stream),
                    ),
                )
            if found.restarts:
                found = _with_clocks(found, request, file, stamp)
            require_unchanged(request.path, file, stamp)
        except OSError as error:
            raise open_error(request.path, error) from error
        except MediaError:
            # A file that is being written looks like a broken one; say what is really the matter.
            require_unchanged(request.path, file, stamp)
            raise
        return found


def _with_clocks(found: Source, request: Request, file: BinaryIO, stamp: FileStamp) -> Source:
    """Look for jumps of the clock; what was read of the file before is read again."""

    def reopen() -> OpenMedia:
        return open_media(request.path, file, stamp.size)

    clocks = find_clocks(request, file, stamp, reopen)
    found = replace(found, clocks=clocks)
    if found.picture is None or can_seek(clocks, -math.inf, math.inf):
        return found
    media = reopen()
    with media.container:
        agrees = jumps_agree(media, found.picture.index, clocks)
    return replace(found, picture=replace(found.picture, agrees=agrees))


def _picture(container: InputContainer, *, restarts: bool) -> Picture | None:
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
    rate = str(_rate(container, track, restarts=restarts))
    return Picture(
        track.index,
        width,
        height,
        float(shape),
        rate,
        full_range=full,
        first=_is_first(container, track),
        interlaced=frame is not None and bool(frame.interlaced_frame),
    )


def _is_first(container: InputContainer, track: Stream) -> bool:
    if track.start_time is None or track.time_base is None or container.start_time is None:
        return False
    # Exactly: ffmpeg compares microseconds.
    return round(track.start_time * track.time_base * av.time_base) == container.start_time


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


def _rate(container: InputContainer, track: VideoStream, *, restarts: bool) -> Fraction:
    """Return the constant rate to write; for what is found in packets, the track is read on."""
    base, average = track.base_rate, track.average_rate
    if base and 0 < base <= _FASTEST and (not average or Fraction(9, 10) < average / base < Fraction(11, 10)):
        return base
    if not average or average <= 0:
        return Fraction(25)
    # Broadcasts may have two packets for a picture, a field each.
    rate = average if restarts else max(average, _burst_rate(container, track))
    if base and 0 < base <= _FASTEST:
        rate = min(rate, base)  # No two pictures follow each other faster; what a header counts may be wrong.
    nearest = min(_RATES, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= rate / 50 else next((each for each in _RATES if each >= rate), _RATES[-1])


def _burst_rate(container: InputContainer, track: VideoStream) -> Fraction:
    """Return pictures a second where they follow each other fast, as in a recording of a screen on which much moves."""
    times: list[Fraction] = []
    try:
        packets = itertools.islice(container.demux(track), _MOST_PACKETS)
        times.extend(packet.pts * packet.time_base for packet in packets if packet.pts is not None)
    except (av.error.FFmpegError, OSError, IndexError):
        pass  # What was read has to do.
    steps = sorted(after - before for before, after in itertools.pairwise(sorted(set(times))))
    # A tenth of them, so that a few odd timestamps do not count.
    return 1 / steps[len(steps) // 10] if steps else Fraction(0)


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
