"""Each kind of bad input: one sentence, the right exit code, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RATE, Cli, recording
from tests.support.media import noise, truncated, write_empty_wav, write_float_wav, write_media, write_video_only

Maker = Callable[[Path], Path]


def not_media(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("This is no video.\n" * 100)
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def playlist(folder: Path) -> Path:
    path = folder / "list.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n")
    return path


def without_audio(folder: Path) -> Path:
    return write_video_only(folder / "silent.mp4", 10.0)


def without_samples(folder: Path) -> Path:
    return write_empty_wav(folder / "nothing.wav")


def with_nan(folder: Path) -> Path:
    signal = noise(20, RATE)
    signal[5 * RATE : 5 * RATE + 100] = np.nan
    return write_float_wav(folder / "nan.wav", signal, RATE)


def short(folder: Path) -> Path:
    return write_media(folder / "short.wav", noise(5, RATE), RATE)


def without_index(folder: Path) -> Path:
    whole = write_media(folder / "whole.mp4", noise(20, RATE), RATE)
    return truncated(whole, folder / "broken.mp4", 0.6)


def missing(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def a_folder(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


BAD_FILES = [not_media, empty, playlist, without_audio, without_samples, without_index, missing, a_folder]


@pytest.mark.parametrize("make", BAD_FILES, ids=lambda make: make.__name__)
def test_a_bad_file_cannot_be_marked(cli: Cli, tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path)
    cli("clips", "add", path, "--start", "1", "--folder", "beep").failed_with(path.name)
    cli("negatives", "add", path, "--at", "1").failed_with(path.name)
    assert cli("clips", "list", "--json").json == {"clips": []}


def test_bad_files_are_told_one_by_one_while_the_good_one_is_scanned(trained: Cli, tmp_path: Path) -> None:
    kinds = [*(kind for kind in BAD_FILES if kind is not a_folder), with_nan, short]
    bad = [make(tmp_path) for make in kinds]
    good = recording(tmp_path / "good.wav", [30.0], seed=9)
    done = trained("scan", *bad[:4], good, *bad[4:], "--model", "LOGMEL", "--json")
    assert done.code == 1
    lines = [line for line in done.err.splitlines() if line]
    assert len(lines) == len(bad), done.err
    for path, line in zip(bad, lines, strict=True):
        assert path.name in line
        assert "Traceback" not in line
        assert "internal" not in line
    history = trained("scans", "list", "--json").json["scans"]
    assert [Path(scan["file"]).name for scan in history] == ["good.wav"]


@pytest.mark.parametrize(("make", "word"), [(short, "8"), (with_nan, "nan.wav"), (not_media, "text.mp4")])
def test_a_single_bad_file_is_one_line(trained: Cli, tmp_path: Path, make: Maker, word: str) -> None:
    path = make(tmp_path)
    trained("scan", path, "--model", "LOGMEL").failed_with(path.name, word)


def test_a_start_beyond_the_end(cli: Cli, sound: Path) -> None:
    cli("clips", "add", sound, "--start", "60", "--folder", "beep").failed_with("60")
    cli("clips", "add", sound, "--start", "1e6", "--folder", "beep").failed_with("60")


def test_an_unknown_model(cli: Cli, sound: Path) -> None:
    cli("scan", sound, "--model", "NONSENSE").failed_with("NONSENSE", "8cut train")
    cli("scan", sound, "--model", "LOGMEL").failed_with("LOGMEL", "8cut train")
    cli("train", "--folder", "f", "--model", "LOGMEL", "--name", "a b/").failed_with("“a b/” is no name", code=2)
    cli("clips", "add", sound, "--start", "1", "--folder", "beep")
    cli("train", "--folder", "beep", "--model", "NONSENSE").failed_with("NONSENSE", "LOGMEL")


def test_a_file_too_short_to_learn_from_is_named(cli: Cli, tmp_path: Path) -> None:
    cli("clips", "add", short(tmp_path), "--start", "0", "--folder", "beep")
    cli("train", "--folder", "beep", "--model", "LOGMEL").failed_with("short.wav: ", "5.000 s", "8 s")


def test_an_unknown_folder(cli: Cli, sound: Path) -> None:
    cli("clips", "add", sound, "--start", "1", "--folder", "beep")
    cli("train", "--folder", "nonsense", "--model", "LOGMEL").failed_with("nonsense")
    cli("train", "--folder", "beep", "--negative-folder", "nonsense", "--model", "LOGMEL").failed_with("nonsense")


def test_an_unknown_profile(local: Cli, served: Path) -> None:
    local("--data-dir", served, "--profile", "nonsense", "folders").failed_with("nonsense", "8cut profiles create")


def test_unknown_ids(cli: Cli) -> None:
    for arguments in (
        ["scans", "show", "999999"],
        ["scans", "pin", "999999"],
        ["scans", "delete", "999999"],
        ["scans", "diff", "999998", "999999"],
        ["regions", "disable", "999999"],
        ["regions", "delete", "999999"],
        ["regions", "restore", "999999"],
        ["regions", "resize", "999999", "--start", "1"],
        ["regions", "export", "999999"],
        ["clips", "delete", "999999"],
        ["negatives", "delete", "999999"],
        ["classifiers", "activate", "999999"],
        ["classifiers", "show", "999999"],
    ):
        cli(*arguments).failed_with("99999")
