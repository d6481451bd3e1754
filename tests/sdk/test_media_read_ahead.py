"""A decoder that goes on while its chunks are sent."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from eightcut_client import media
from eightcut_client.media.read_ahead import ReadAhead

from tests.support.media import noise, write_float_wav


def test_it_goes_on_to_its_bound_and_brings_the_same(recording: Path) -> None:
    with media.decode(recording, chunk_samples=32_000) as audio:
        plain = list(audio)
    audio = media.decode(recording, chunk_samples=32_000)
    with ReadAhead(audio, chunks=4) as chunks:
        taken = iter(chunks)
        first = next(taken)
        end = time.monotonic() + 20
        while chunks.waiting < 4:
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.1)
        assert chunks.waiting == 4
        assert [first, *taken] == plain
        assert audio.total_samples == 960_000
    assert "decoder output" not in [thread.name for thread in threading.enumerate()]


def test_an_error_comes_where_it_is(tmp_path: Path) -> None:
    signal = noise(20, 16_000)
    signal[15 * 16_000] = np.nan
    path = write_float_wav(tmp_path / "nan.wav", signal, 16_000)
    taken: list[bytes] = []
    with ReadAhead(media.decode(path, chunk_samples=16_000)) as chunks, pytest.raises(media.InvalidSamplesError):
        taken.extend(chunks)
    assert len(taken) > 10


def test_closing_from_another_thread_wakes_who_waits(recording: Path) -> None:
    chunks = ReadAhead(media.decode(recording, chunk_samples=16_000), chunks=1)
    taken = iter(chunks)
    next(taken)
    closing = threading.Timer(0.05, chunks.close)
    closing.start()
    closing.join()
    # What waits may still come; the file's end does not.
    with pytest.raises(media.DecodeCancelledError):
        list(taken)
