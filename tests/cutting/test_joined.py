"""Recordings that were paused, or joined from parts: a clip holds what the scan heard at its time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from eightcut_client.cancellation import Cancellation
from eightcut_client.cutting import CutError, CutJob, CutOptions, Ffmpeg, command_for, run_cut
from eightcut_client.cutting.source import look_at
from eightcut_client.errors import CancelledError
from eightcut_client.media import decode

from tests.cutting.conftest import Cut
from tests.cutting.numbered import RATE, read_numbers, read_sound, write_numbered

_FIRST = 5.0  # Seconds of the first part.
_WHOLE = 24.0  # Of the second.
_HOLE = (9.0, 21.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.ts"
    return write_numbered(path, seconds=_WHOLE, codec="mpeg2video", audio="mp2", container="mpegts", gop=12)


Join = Callable[..., Path]


@pytest.fixture
def join(tmp_path: Path, whole: Path) -> Join:
    """Joins the first seconds of the video and the whole video, each with timestamps of its own."""

    def run(first: float, second: float, *, container: str = "mpegts", hole: str = "") -> Path:
        parts = (
            _part(whole, tmp_path / "1", container, first, _FIRST),
            _part(whole, tmp_path / "2", container, second),
        )
        if hole:
            parts = (_part(whole, tmp_path / "1", container, first, hole=hole), parts[1])
        joined = tmp_path / "joined"
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        return joined

    return run


def _part(whole: Path, target: Path, container: str, shift: float, seconds: float = _WHOLE, *, hole: str = "") -> Path:
    with av.open(str(whole)) as source, av.open(str(target), "w", format=container) as output:
        zero = Fraction(source.start_time or 0, av.time_base)
        tracks = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            time = packet.pts * packet.time_base - zero
            if time >= seconds or (packet.stream.type == hole and _HOLE[0] < time < _HOLE[1]):
                continue
            moved = round((Fraction(shift) - zero) / packet.time_base)
            packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
            packet.stream = tracks[packet.stream.index]
            output.mux(packet)
    return target


def assert_heard(clip: Path, source: Path, start: float) -> None:
    with decode(source, sample_rate=RATE) as audio:
        heard = np.frombuffer(b"".join(audio), np.int16).astype(int)[round(start * RATE) :]
    found = read_sound(clip)[:, 0].astype(int)
    assert np.abs(found - heard[: len(found)]).max() <= 1


@pytest.mark.parametrize(
    ("first", "second", "start"), [(1.0, 18.0, 26.0), (1.0, 1.0, 15.0), (40.0, 1.0, 26.0), (1.0, 306.0, 4.5)]
)
def test_a_jump_is_not_heard(join: Join, cut: Cut, first: float, second: float, start: float) -> None:
    source = join(first, second)
    assert_heard(cut(source, start, 1.0, format="wav"), source, start)


@pytest.mark.parametrize(("container", "second"), [("mpegts", 18.0), ("mpegts", 1.0), ("vob", 1.0)])
def test_pictures_jump_with_the_sound(join: Join, cut: Cut, container: str, second: float) -> None:
    source = join(1.0, second, container=container)
    clip = cut(source, 26.0, 1.0)
    assert_heard(clip, source, 26.0)
    numbers = read_numbers(clip)
    assert abs(numbers[0] - 25 * (26 - _FIRST)) <= 1
    assert numbers == list(range(numbers[0], numbers[0] + 25))


def test_pictures_across_a_jump(join: Join, cut: Cut) -> None:
    numbers = read_numbers(cut(join(1.0, 1.0), 4.0, 2.0))
    assert numbers[:23] == list(range(numbers[0], numbers[0] + 23))
    assert numbers[27:] == list(range(numbers[27], numbers[27] + 23))
    assert abs(numbers[0] - 100) <= 1
    assert abs(numbers[27] - 2) <= 1


def test_only_where_timestamps_come_twice_the_file_is_read_from_its_beginning(
    join: Join, whole: Path, numbered: Path, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    def seeks(source: Path, start: float) -> bool:
        return "-ss" in command_for(CutJob(source, start, 1.0, CutOptions(), tmp_path / "a.mp4"), ffmpeg)

    assert seeks(numbered, 9.0)
    assert seeks(whole, 16.0)
    assert seeks(join(1.0, 100.0), 20.0)
    assert not seeks(join(1.0, 1.0), 20.0)


def test_pictures_that_are_missing_for_a_while(join: Join, cut: Cut) -> None:
    # Which of its two jumps is that of the sound?
    source = join(1.0, 1.0, hole="video")
    with pytest.raises(CutError) as caught:
        cut(source, 26.0, 1.0)
    assert str(caught.value) == (
        "Sound and pictures of joined do not fit together where its parts were joined; "
        "choose an audio format such as wav, or convert it to MP4 and cut from that."
    )
    assert_heard(cut(source, 26.0, 1.0, format="wav"), source, 26.0)


def test_looking_for_jumps_can_be_stopped(whole: Path, tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    class Impatient(Cancellation):
        @contextlib.contextmanager
        def calling(self, callback: Callable[[], object]) -> Iterator[None]:
            self.cancel()
            with super().calling(callback):
                yield

    source = tmp_path / "copy.ts"
    source.write_bytes(whole.read_bytes())
    job = CutJob(source, 9.0, 1.0, CutOptions(format="wav"), tmp_path / "a.wav")
    with pytest.raises(CancelledError):
        run_cut(job, ffmpeg, cancel=Impatient())
    assert len(look_at(source).clocks) == 1
