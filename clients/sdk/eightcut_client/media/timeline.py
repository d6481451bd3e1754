"""From decoded frames to PCM in which the sample index is the media time.

Media time is what a player shows: seconds since the earliest timestamp of any track of the file. So
that output sample ``n`` is at ``n / sample_rate``:

- audio that begins later than the file is preceded by silence; audio before zero (codec delay) is cut;
- a gap in the track is filled with silence, an overlap is cut, when the timestamps are off by more than
  `TOLERANCE` from the count of samples; smaller differences are rounding in the container and are left;
- where a format's clock may jump (a broadcast recording, chained Ogg), a jump back, or one by more than
  `CLOCK_JUMP` forward, is a new clock and not a gap; timestamps far behind the end of the file are errors.

At every such place the resampler is flushed and a new one started at the exact output index, so an error
never adds up. Between two such places samples are checked and converted in blocks of one size, because that
costs far less than frame by frame. What comes out depends on the samples only, not on how a container cuts
them into packets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import cast

from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from eightcut_client.media.samples import make_convertible

#: Seconds a timestamp may differ from the count of samples; FFmpeg's aresample hard compensation
#: (``min_hard_comp``) has the same.
TOLERANCE = 0.1
#: Seconds; FFmpeg's ``-dts_delta_threshold``.
CLOCK_JUMP = Fraction(10)
#: Latest start of audio in a format whose clock may jump, seconds; later, one of the clocks is wrong.
LATEST_START = Fraction(600)
#: Longest silence put into a file that does not say how long it is, seconds.
LONGEST_GAP = Fraction(3600)

_SILENCE_BLOCK = 1 << 16
# Samples per channel converted at once. For an hour of stereo AAC, 8 Ki cost a fifth more CPU time, 32 Ki 3 %.
_BLOCK = 1 << 16
# Time base of a frame whose timestamp nobody shall look at.
_UNTIMED = Fraction(0)
_LAYOUTS = {1: "mono", 2: "stereo"}


class InvalidSampleAtError(ValueError):
    """A sample is NaN or infinite.

    Attributes:
        seconds: Its media time.
    """

    def __init__(self, seconds: float) -> None:
        """Remember the place."""
        super().__init__(f"invalid sample at {seconds} s")
        self.seconds = seconds


class Timeline:
    """Converts the frames of one track, in order, to interleaved s16 at their places in media time.

    Attributes:
        emitted: Samples per channel given out so far.
        silence_inserted: Seconds of silence put into gaps so far, not counting that before the start.
        clocks: Where each clock begins, seconds of media time, and its timestamp of media time 0.
    """

    def __init__(
        self, sample_rate: int, channels: int, *, zero: Fraction, end: Fraction | None, restarts: bool
    ) -> None:
        """Start an empty timeline.

        Args:
            sample_rate: Of the output, Hz.
            channels: Of the output, 1 or 2.
            zero: Media time zero as a timestamp of the file, seconds.
            end: When the file ends by its own word, seconds of media time.
            restarts: The format's clock may jump.
        """
        self.emitted = 0
        self.silence_inserted = Fraction(0)
        self._rate = sample_rate
        self._channels = channels
        self.clocks = [(Fraction(0), zero)]
        self._shift = -zero
        self._approximate_shift = float(self._shift)
        self._end = end
        self._restarts = restarts
        self._drop = 0
        self._segment: _Segment | None = None

    @property
    def position(self) -> Fraction:
        """Media time where the next frame is expected, seconds."""
        return Fraction(0) if self._segment is None else self._segment.end

    def feed(self, frame: AudioFrame) -> Iterable[bytes]:
        """Take one frame, which is changed; return the PCM that is ready, to be had before the next call.

        Raises:
            InvalidSampleAtError: This frame or one not yet converted holds NaN or infinity. The iteration
                raises it, too.
        """
        if frame.samples == 0:
            return ()
        start = self._new_start(frame)
        segment = self._segment
        if segment is None or start is not None or not segment.fits(frame):
            return self._begin_segment(self.position if start is None else start, frame)
        segment.add(frame)
        return self._emit(segment.convert()) if segment.waiting >= _BLOCK else ()

    def finish(self) -> Iterator[bytes]:
        """Yield what waits for conversion and what the resampler still holds; after the last frame.

        Raises:
            InvalidSampleAtError: A frame not yet converted holds NaN or infinity.
        """
        if self._segment is not None:
            yield from self._emit(self._segment.flush())

    def _new_start(self, frame: AudioFrame) -> Fraction | None:
        """Return the media time at which the frame is to be put; None when it just follows the last."""
        approximate = frame.time
        if approximate is None:
            return None
        # The common case without exact fractions, which would take longer than decoding does.
        segment = self._segment
        if segment is not None:
            lag = approximate + self._approximate_shift - segment.approximate_end
            if abs(lag) <= TOLERANCE:
                return None
        if frame.pts is None or frame.time_base is None:
            return None
        time = frame.pts * frame.time_base + self._shift
        difference = time - self.position
        if self._is_new_clock(time, difference, first=segment is None):
            self._shift -= difference
            self.clocks.append((self.position, -self._shift))
            self._approximate_shift = float(self._shift)
            return None
        return time

    def _is_new_clock(self, time: Fraction, difference: Fraction, *, first: bool) -> bool:
        if difference > 0:
            limit = self.position + LONGEST_GAP if self._end is None else self._end + CLOCK_JUMP
            jump = LATEST_START if first else CLOCK_JUMP
            return time > limit or (self._restarts and difference > jump)
        return difference < -CLOCK_JUMP or (self._restarts and not first)

    def _begin_segment(self, start: Fraction, frame: AudioFrame) -> Iterator[bytes]:
        """Bring the output to the index that belongs to ``start``, by silence or by a cut to come."""
        if self._segment is not None:
            self.silence_inserted += max(start - self._segment.end, Fraction(0))
            yield from self.finish()
        target = math.floor(start * self._rate + Fraction(1, 2))
        self._drop = max(self.emitted - target, 0)
        missing = max(target - self.emitted, 0)
        while missing > 0:
            count = min(missing, _SILENCE_BLOCK)
            self.emitted += count
            missing -= count
            yield bytes(2 * self._channels * count)
        segment = self._segment = _Segment(start, frame, self._rate, self._channels)
        segment.add(frame)
        yield from self._emit(segment.convert())

    def _emit(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        width = 2 * self._channels
        for piece in pieces:
            dropped = min(self._drop, len(piece) // width)
            self._drop -= dropped
            data = piece[dropped * width :] if dropped else piece
            if data:
                self.emitted += len(data) // width
                yield data


class _Segment:
    """A run of frames of one format without a gap, and libswresample converting it to interleaved s16.

    Attributes:
        waiting: Samples per channel that were added and are not yet converted.
        approximate_end: `end` within a microsecond, in a fraction of the time.
    """

    def __init__(self, start: Fraction, frame: AudioFrame, sample_rate: int, channels: int) -> None:
        self.waiting = 0
        self.approximate_end = self._approximate_start = float(start)
        self._start = start
        self._samples = 0
        self._key = _format_of(frame)
        self._frame_rate = frame.sample_rate
        self._channels = channels
        self._fifo = AudioFifo()
        self._resampler = AudioResampler("s16", _LAYOUTS[channels], sample_rate)

    @property
    def end(self) -> Fraction:
        """Media time of the next sample to be added, seconds."""
        return self._time_of(self._samples)

    def fits(self, frame: AudioFrame) -> bool:
        """Tell whether the frame has the format of the first one."""
        return _format_of(frame) == self._key

    def add(self, frame: AudioFrame) -> None:
        """Let a frame that `fits` wait for conversion; it loses its timestamp."""
        # Timestamps are the timeline's business; the FIFO would demand that they have no gaps.
        frame.time_base = _UNTIMED
        self._fifo.write(frame)
        count = frame.samples
        self.waiting += count
        self._samples += count
        self.approximate_end = self._approximate_start + self._samples / self._frame_rate

    def convert(self) -> Iterator[bytes]:
        """Convert whole blocks; less than one goes on waiting."""
        while self.waiting >= _BLOCK:
            yield from self._convert(_BLOCK)

    def flush(self) -> Iterator[bytes]:
        """Convert all that waits and give out the tail of the filter."""
        yield from self.convert()
        if self.waiting:
            yield from self._convert(self.waiting)
        yield from self._bytes(self._resampler.resample(None))

    def _convert(self, count: int) -> Iterator[bytes]:
        block = cast(AudioFrame, self._fifo.read(count))
        bad = make_convertible(block)
        if bad is not None:
            raise InvalidSampleAtError(float(self._time_of(self._samples - self.waiting + bad)))
        self.waiting -= count
        return self._bytes(self._resampler.resample(block))

    def _time_of(self, index: int) -> Fraction:
        return self._start + Fraction(index, self._frame_rate)

    def _bytes(self, frames: Sequence[AudioFrame | None]) -> Iterator[bytes]:
        for frame in frames:
            # A resampler that has nothing to convert passes everything through, the final None too.
            if frame is not None and frame.samples:
                yield bytes(memoryview(frame.planes[0])[: frame.samples * 2 * self._channels])


def _format_of(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
