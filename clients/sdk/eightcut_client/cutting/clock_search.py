"""Looking for jumps of the clock in a whole file, in the process of `source_child`."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import av.error
from av.packet import Packet
from av.stream import Discard, Stream

from eightcut_client.cutting.clocks import Clock, is_jump
from eightcut_client.media.container import OpenMedia
from eightcut_client.media.decoder_child import Decoding
from eightcut_client.media.files import FileStamp
from eightcut_client.media.wire import Request

_MOST_NEW_STREAMS = 1000
_APART = 5.0
"""Seconds by which a jump of the pictures may differ from that of the sound: one of them ends a little earlier."""


def find_clocks(
    request: Request, file: BinaryIO, stamp: FileStamp, reopen: Callable[[], OpenMedia]
) -> tuple[Clock, ...]:
    """Read all of the sound; only where its timestamps jump it is decoded as well, as a scan does it.

    Args:
        request: What the process was asked for.
        file: The open file.
        stamp: Its state.
        reopen: Opens it as media, from its beginning.

    Raises:
        MediaError: It cannot be decoded, or has changed.
        OSError: It cannot be read.
    """
    media = reopen()
    with media.container:
        if not _jumps(media, media.stream.index):
            return (Clock(0.0, float(media.zero)),)
    media = reopen()
    with media.container:
        # What is decoded is not wanted, only where it was put.
        decoding = Decoding(replace(request, start_sample=1 << 62), file, stamp, media)
        with Path(os.devnull).open("wb") as nowhere:
            decoding.run(nowhere)
    clocks = [Clock(float(start), float(zero)) for start, zero in decoding.timeline.clocks]
    return tuple(clocks[1:] if len(clocks) > 1 and clocks[1].start == 0 else clocks)


def jumps_agree(media: OpenMedia, picture: int, clocks: tuple[Clock, ...]) -> bool:
    """Read all pictures, without decoding them: do they jump where the sound does?

    Args:
        media: Opened anew.
        picture: Index of the track.
        clocks: Of the sound.

    Raises:
        OSError: The file cannot be read.
    """
    seen = _jumps(media, picture)
    heard = [after.zero - before.zero for before, after in itertools.pairwise(clocks)]
    return len(seen) == len(heard) and all(abs(a - b) < _APART for a, b in zip(seen, heard, strict=True))


def _jumps(media: OpenMedia, index: int) -> list[float]:
    """Return by how many seconds the timestamps of a track jump, each time; the other tracks are skipped."""
    for other in media.container.streams:
        other.discard = Discard.default if other.index == index else Discard.all
    expected: float | None = None
    jumps: list[float] = []
    for packet in _packets(media, index):
        stamp = packet.pts if packet.stream.type == "audio" else packet.dts
        if stamp is None:
            continue
        time = float(stamp * packet.time_base)
        lag = time - (float(media.zero) if expected is None else expected)
        if is_jump(lag):
            jumps.append(lag)
        expected = time + float((packet.duration or 0) * packet.time_base)
    return jumps


def _packets(media: OpenMedia, index: int) -> Iterator[Packet[Stream]]:
    for _ in range(_MOST_NEW_STREAMS):
        try:
            yield from media.container.demux(media.container.streams[index])
        except IndexError:
            continue  # A new track appeared; see `media.decoder_child`.
        except av.error.FFmpegError:
            pass  # What can be read of the file ends here, for decoders as well.
        return
