"""The loader, with real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from eightcut_client.register import LocalMedia, identify_file
from eightcut_qt.core.tasks import Tasks
from eightcut_qt.timeline.sound import SoundLoader, SoundState
from eightcut_qt.timeline.store import PictureStore
from pytestqt.qtbot import QtBot

from tests.support.media import noise, tone, write_media, write_video_only


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    made = Tasks(lambda error: pytest.fail(str(error)))
    yield made
    made.close()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def made(name: str, seconds: float = 20.0, **options: object) -> Path:
        path = tmp_path / name
        write_media(path, tone(seconds, 16_000), 16_000, **options)  # type: ignore[arg-type]
        return path

    return made


def wait(qtbot: QtBot, loader: SoundLoader, state: SoundState) -> None:
    qtbot.waitUntil(lambda: loader.state is state, timeout=20_000)


def test_a_file_is_decoded_once_and_then_read(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path, make: Callable[..., Path]
) -> None:
    path = make("a.mp4", video=True)
    local = identify_file(path)
    store = PictureStore(tmp_path / "cache")
    loader = SoundLoader(tasks, store)
    loader.show(path, local)
    assert loader.state is SoundState.COMPUTING
    wait(qtbot, loader, SoundState.READY)
    assert loader.picture is not None
    assert loader.picture.duration == pytest.approx(20.0, abs=0.1)
    assert loader.picture.peaks.level(0)[100:-100, 1].max() == pytest.approx(16_384, rel=0.1)
    qtbot.waitUntil(lambda: store.file(local.digest).exists())
    path.unlink()  # From now on it is not needed.
    again = SoundLoader(tasks, store)
    again.show(path, local)
    wait(qtbot, again, SoundState.READY)
    assert again.picture is not None
    np.testing.assert_array_equal(again.picture.peaks.level(0), loader.picture.peaks.level(0))


def test_a_file_that_is_not_hashed_yet_is_shown_and_kept_when_it_is(
    qtbot: QtBot, tasks: Tasks, tmp_path: Path, make: Callable[..., Path]
) -> None:
    path = make("a.wav")
    store = PictureStore(tmp_path / "cache")
    loader = SoundLoader(tasks, store)
    loader.show(path, None)
    wait(qtbot, loader, SoundState.READY)
    local = identify_file(path)
    assert not store.file(local.digest).exists()
    loader.show(path, local)
    qtbot.waitUntil(lambda: store.file(local.digest).exists())
    assert loader.state is SoundState.READY


def test_the_last_of_several_files_wins(qtbot: QtBot, tasks: Tasks, tmp_path: Path, make: Callable[..., Path]) -> None:
    paths = [make(f"{index}.wav", 2.0 + index) for index in range(5)]
    loader = SoundLoader(tasks, PictureStore(tmp_path / "cache"))
    known: list[LocalMedia] = [identify_file(path) for path in paths]
    for path, local in zip(paths, known, strict=True):
        loader.show(path, local)
    wait(qtbot, loader, SoundState.READY)
    assert loader.picture is not None
    assert loader.picture.duration == pytest.approx(6.0)
    loader.show(None, None)
    assert loader.state is SoundState.NONE
    assert loader.picture is None


def test_a_file_that_is_left_is_decoded_no_further(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    write_media(path, noise(1200.0, 16_000), 16_000)
    local = identify_file(path)
    store = PictureStore(tmp_path / "cache")
    loader = SoundLoader(tasks, store)
    loader.show(path, local)
    qtbot.waitUntil(lambda: loader.share is not None, timeout=20_000)
    task = loader._task
    assert task is not None
    assert task.running
    loader.show(None, None)
    qtbot.waitUntil(lambda: not task.running, timeout=10_000)
    assert (loader.picture, loader.sentence) == (None, "")
    assert not store.file(local.digest).exists()


def test_the_picture_grows_while_it_is_computed(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    write_media(path, noise(900.0, 16_000), 16_000)
    loader = SoundLoader(tasks, PictureStore(tmp_path / "cache"))
    seen: list[tuple[float, float | None]] = []
    loader.changed.connect(lambda: seen.append((loader.picture.duration if loader.picture else 0.0, loader.share)))
    loader.show(path, identify_file(path))
    wait(qtbot, loader, SoundState.READY)
    durations = [duration for duration, _ in seen]
    assert durations == sorted(durations)
    assert any(0 < duration < 900 and share is not None and 0 < share < 1 for duration, share in seen)


def test_a_video_without_audio_says_so(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    loader = SoundLoader(tasks, PictureStore(tmp_path / "cache"))
    loader.show(write_video_only(tmp_path / "mute.mp4"), None)
    wait(qtbot, loader, SoundState.SILENT)
    assert loader.picture is None


def test_what_cannot_be_read_is_said(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    loader = SoundLoader(tasks, PictureStore(tmp_path / "cache"))
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"nothing of the kind" * 100)
    loader.show(junk, None)
    wait(qtbot, loader, SoundState.FAILED)
    assert loader.sentence.endswith(".")
    loader.show(tmp_path / "gone.mp4", None)
    assert (loader.state, loader.sentence) == (SoundState.COMPUTING, "")
    wait(qtbot, loader, SoundState.FAILED)
    assert "gone.mp4" in loader.sentence
