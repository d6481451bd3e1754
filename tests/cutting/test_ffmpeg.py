"""Which ffmpeg is taken, and what happens where its hardware encoders do not work."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from eightcut_client.cutting import (
    CutError,
    CutJob,
    CutOptions,
    Ffmpeg,
    FfmpegMissingError,
    encoder_works,
    find_ffmpeg,
    run_cut,
)
from eightcut_client.cutting.options import Encoder

from tests.cutting.numbered import read_numbers

HARDWARE: tuple[Encoder, ...] = ("nvenc", "vaapi", "qsv", "amf")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def program(ffmpeg: Ffmpeg) -> str:
    return str(ffmpeg.path)


def test_an_ffmpeg_that_cannot_do_everything_is_passed_over(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Debian 12's: everything but PCM in MP4.
    script(tmp_path / "ffmpeg", f'case "$*" in *mp4*) exit 1;; *) exec "{program}" "$@";; esac')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = find_ffmpeg()
    assert found.path != tmp_path / "ffmpeg"
    assert found.complete
    # One that can is preferred to the package's, and a replaced program is tried again.
    script(tmp_path / "ffmpeg", f'exec "{program}" "$@"')
    assert find_ffmpeg().path == tmp_path / "ffmpeg"


def test_without_the_package_the_other_has_to_do(
    tmp_path: Path, program: str, numbered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "ffmpeg", f'case "$*" in *anullsrc*mp4*) exit 1;; *) exec "{program}" "$@";; esac')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    found = find_ffmpeg()
    assert found.path == tmp_path / "ffmpeg"
    run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(format="wav"), tmp_path / "a.wav"), found)
    with pytest.raises(
        FfmpegMissingError, match=r"^ffmpeg .* cannot write MP4 with PCM sound; install a newer one, .*\.$"
    ):
        run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4"), found)


def test_no_ffmpeg_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(FfmpegMissingError, match=r"^There is no ffmpeg on this machine; install it, .*\.$"):
        find_ffmpeg()


def test_the_environment_decides(tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = script(tmp_path / "my ffmpeg", f'exec "{program}" "$@"')
    monkeypatch.setenv("EIGHTCUT_FFMPEG", str(own))
    assert find_ffmpeg().path == own
    for wrong in (str(tmp_path / "nothing"), str(tmp_path), str(script(tmp_path / "other", "exit 3")), "a\nb"):
        monkeypatch.setenv("EIGHTCUT_FFMPEG", wrong)
        with pytest.raises(
            FfmpegMissingError, match=r"^EIGHTCUT_FFMPEG names .*, which does not run as ffmpeg\.$"
        ) as caught:
            find_ffmpeg()
        assert "\n" not in str(caught.value)


def test_a_program_that_vanished(tmp_path: Path, program: str, numbered: Path, ffmpeg: Ffmpeg) -> None:
    gone = Ffmpeg(tmp_path / "gone", "9", ffmpeg.encoders)
    with pytest.raises(FfmpegMissingError, match="could not be started; is it still there"):
        run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4"), gone)
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize("encoder", HARDWARE)
def test_hardware_that_does_not_work_is_replaced(
    tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, encoder: Encoder
) -> None:
    if encoder_works(encoder, ffmpeg):
        pytest.skip(f"this machine has {encoder}")
    target = tmp_path / "a.mp4"
    outcome = run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(encoder=encoder), target), ffmpeg)
    assert outcome.encoder == "libx264"
    assert outcome.note.endswith(" does not work on this machine, so the software encoder was used.")
    assert read_numbers(target) == list(range(25, 50))


def test_auto_says_nothing_about_hardware_that_is_not_there(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    outcome = run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(encoder="auto"), tmp_path / "a.mp4"), ffmpeg)
    assert outcome.note == ""
    assert outcome.encoder.startswith(("libx264", "h264_"))


@pytest.fixture
def pretender(tmp_path: Path, ffmpeg: Ffmpeg) -> Ffmpeg:
    """An ffmpeg whose NVENC begins well, and fails on clips while there is a file "broken"; else it is libx264."""
    text = f'''
case "$*" in
  *-encoders*) echo " V....D h264_nvenc x"; exec "{ffmpeg.path}" "$@";;
  *lavfi*h264_nvenc*) exit 0;;
  *h264_nvenc*)
    for last; do :; done
    echo half > "${{last#file:}}"
    if [ -e "{tmp_path}/broken" ]; then echo "[h264_nvenc @ 0x1] [error] out of sessions"; exit 187; fi
    exec "{ffmpeg.path}" $(echo "$@" | sed 's/h264_nvenc.*-bf 2/libx264/') ;;
  *) exec "{ffmpeg.path}" "$@";;
esac'''
    path = script(tmp_path / "pretender", text)
    return Ffmpeg(path, "9", ffmpeg.encoders | {"h264_nvenc"})


def test_hardware_that_fails_in_mid_job_is_replaced(tmp_path: Path, numbered: Path, pretender: Ffmpeg) -> None:
    target = tmp_path / "a.mp4"
    (tmp_path / "broken").touch()
    outcome = run_cut(CutJob(numbered, 1.0, 1.0, CutOptions(encoder="nvenc"), target), pretender)
    assert outcome.encoder == "libx264"
    assert outcome.note == "NVENC failed on numbered.mkv, so the software encoder was used."
    assert read_numbers(target) == list(range(25, 50))


def test_hardware_that_works_is_used(tmp_path: Path, numbered: Path, pretender: Ffmpeg) -> None:
    source = shutil.copy(numbered, tmp_path / "s.mkv")
    for wanted in ("nvenc", "auto"):
        job = CutJob(Path(source), 1.0, 1.0, CutOptions(encoder=wanted), tmp_path / "a.mp4")
        outcome = run_cut(job, pretender)
        assert (outcome.encoder, outcome.note) == ("h264_nvenc", "")


def test_a_source_that_fails_is_not_blamed_on_the_hardware(tmp_path: Path, numbered: Path, pretender: Ffmpeg) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(CutError, match=r"numbered\.mkv ends at about 12\.0 s"):
        run_cut(CutJob(numbered, 11.0, 4.0, CutOptions(encoder="nvenc"), tmp_path / "a.mp4"), pretender)
