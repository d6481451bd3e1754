"""Recordings of any length: in memory, as WAV, as AAC in MP4. Each has bytes of its own, so that none is cached."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
CYCLE_SECONDS = 120
Format = Literal["wav", "mp4"]
Samples = npt.NDArray[np.int16]


def recording(seconds: int) -> Samples:
    """Noise that swells, and tones that come and go, 16 kHz ``[seconds · 16000]``."""
    random = np.random.default_rng(0)
    times = np.arange(CYCLE_SECONDS * RATE) / RATE
    swell = 0.05 + 0.1 * np.sin(np.pi * times / 20) ** 2
    tones = 0.2 * np.sin(2 * np.pi * 440 * times) * (np.sin(2 * np.pi * times / 7) > 0.6)
    audio = random.standard_normal(times.size) * swell + tones
    cycle = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
    return np.resize(cycle, seconds * RATE)


class Recordings:
    """Files of one recording.

    Attributes:
        pcm: What is to be heard, 16 kHz.

    Args:
        folder: Where they are written.
        seconds: Their length.
        form: "mp4": AAC at 44.1 kHz, as cameras write it; "wav": 16 kHz, nothing to decode.
    """

    def __init__(self, folder: Path, seconds: int, form: Format) -> None:
        self.pcm = recording(seconds)
        self._folder = folder
        self._form = form
        self._count = 0
        self._first = folder / f"original-{seconds}.{form}"
        (_write_wav if form == "wav" else _write_mp4)(self._first, self.pcm)

    def fresh(self) -> Path:
        """A file with the same sound as the others, but other bytes; the caller deletes it."""
        self._count += 1
        path = self._folder / f"{self._first.stem}-{self._count}.{self._form}"
        # What follows the last box, or chunk, is a box (or chunk) that players skip.
        mark = self._count.to_bytes(4, "big")
        extra = b"\x00\x00\x00\x0cfree" + mark if self._form == "mp4" else b"note\x04\x00\x00\x00" + mark
        path.write_bytes(self._first.read_bytes() + extra)
        return path


class Shelf:
    """Recordings by length, each made once.

    Args:
        folder: Where their files are.
        form: What they are.
    """

    def __init__(self, folder: Path, form: Format) -> None:
        self._folder = folder
        self._form: Format = form
        self._made: dict[int, Recordings] = {}

    def of(self, seconds: int) -> Recordings:
        """Recordings of this length."""
        if seconds not in self._made:
            self._made[seconds] = Recordings(self._folder, seconds, self._form)
        return self._made[seconds]


def _write_wav(path: Path, pcm: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.astype("<i2").tobytes())


def _write_mp4(path: Path, pcm: Samples) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100, options={"aac_coder": "fast"})
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=44_100)
        step = 60 * RATE
        for begin in range(0, len(pcm), step):
            frame = av.AudioFrame.from_ndarray(pcm[None, begin : begin + step], format="s16", layout="mono")
            frame.sample_rate = RATE
            for narrow in resampler.resample(frame):
                container.mux(stream.encode(narrow))
        for narrow in resampler.resample(None):
            container.mux(stream.encode(narrow))
        container.mux(stream.encode(None))
