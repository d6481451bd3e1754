"""Checking decoded samples before they are converted to 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.audio.frame import AudioFrame

_FLOAT_TYPES: dict[str, np.dtype[Any]] = {
    "flt": np.dtype(np.float32),
    "fltp": np.dtype(np.float32),
    "dbl": np.dtype(np.float64),
    "dblp": np.dtype(np.float64),
}
# libswresample clips to 16 bits by way of 32: a sample beyond 2**16 times full scale wraps to the
# opposite sign (measured with FFmpeg 8.1). Far below that it clips as it should.
_WRAP_GUARD = 1024.0


def make_convertible(frame: AudioFrame) -> int | None:
    """See to it that a frame's samples can be converted to 16 bits.

    The frame must be the only user of its samples, as one out of an ``AudioFifo`` is. Finite float samples
    far beyond full scale are brought, in place, to where the conversion clips them properly. Integer formats
    need nothing.

    Returns:
        None, or the index (per channel) of the first sample that is NaN or infinite; then the frame is
        of no use.
    """
    dtype = _FLOAT_TYPES.get(frame.format.name)
    if dtype is None or frame.samples == 0:
        return None
    channels = frame.layout.nb_channels
    planar = frame.format.is_planar
    count = frame.samples if planar else frame.samples * channels
    first: int | None = None
    # PyAV lists planes until a null pointer, which with 8 or more channels is beyond the real ones.
    for index in range(channels if planar else 1):
        values = np.frombuffer(memoryview(frame.planes[index]), dtype=dtype, count=count)
        # NaN and infinity make the extremes fail this test too; it needs no temporary array.
        if values.min() >= -_WRAP_GUARD and values.max() <= _WRAP_GUARD:
            continue
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            place = int(bad[0]) // (1 if planar else channels)
            first = place if first is None else min(first, place)
        else:
            _limit(frame, index, dtype, count)
    return first


def _limit(frame: AudioFrame, index: int, dtype: np.dtype[Any], count: int) -> None:
    plane = frame.planes[index]
    whole = np.frombuffer(memoryview(plane), dtype=dtype).copy()
    np.clip(whole[:count], -_WRAP_GUARD, _WRAP_GUARD, out=whole[:count])
    plane.update(whole.tobytes())
