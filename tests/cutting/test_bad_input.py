"""Sources that are too short, damaged, missing or oddly named, and targets that cannot be written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from eightcut_client.cutting import (
    CutError,
    CutJob,
    CutOptions,
    DiskFullError,
    Ffmpeg,
    TargetUnwritableError,
    TooShortError,
    run_cut,
    suffix_of,
)
from eightcut_client.cutting.options import FORMATS, Format
from eightcut_client.media import FileChangedError, FileStamp, MediaError, MediaNotFoundError

from tests.cutting.conftest import job_for
from tests.cutting.numbered import read_sound, sound, write_numbered
from tests.cutting.test_ffmpeg import script
from tests.support.media import noise, truncated, write_media, write_video_only


def refused(ffmpeg: Ffmpeg, job: CutJob) -> MediaError:
    """The error of a job, of which nothing is left."""
    with pytest.raises(MediaError) as caught:
        run_cut(job, ffmpeg)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert not os.path.lexists(job.target)
    assert job.sound is None or not job.sound.exists()
    return caught.value


@pytest.mark.parametrize("kind", FORMATS)
def test_a_clip_beyond_the_end(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, kind: Format) -> None:
    options = CutOptions(format=kind)
    target = tmp_path / f"a{suffix_of(kind)}"
    error = refused(ffmpeg, job_for(target, numbered, 8.0, 6.0, options))
    assert isinstance(error, TooShortError)
    assert "numbered.mkv ends at about 12.0 s, before the clip at 8.0 s does" in str(error)
    assert isinstance(refused(ffmpeg, job_for(target, numbered, 20.0, 1.0, options)), TooShortError)


def test_a_little_beyond_the_end_is_silence_and_the_last_picture(
    tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg
) -> None:
    job = CutJob(numbered, 10.2, 2.0, CutOptions(), tmp_path / "a.mp4")
    run_cut(job, ffmpeg)
    found = read_sound(job.target)
    assert len(found) == 96_000
    assert np.array_equal(found[:86_400], sound(12)[489_600:])
    assert not found[86_400:].any()


def test_pictures_that_end_before_the_sound(tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    source = write_numbered(tmp_path / "a.mkv", seconds=5, samples=sound(12))
    error = refused(ffmpeg, CutJob(source, 3.0, 4.0, CutOptions(), tmp_path / "a.mp4"))
    assert str(error) == "The picture of a.mkv ends at about 5.0 s, before the clip at 3.0 s does."
    error = refused(ffmpeg, CutJob(source, 7.0, 2.0, CutOptions(), tmp_path / "a.mp4"))
    # It depends on ffmpeg whether it makes an empty file of that or none.
    assert str(error) in {"a.mkv has no picture at 7.0 s.", "a.mkv has nothing that could be cut at 7.0 s."}
    run_cut(CutJob(source, 7.0, 2.0, CutOptions(format="wav"), tmp_path / "a.wav"), ffmpeg)


def test_sound_that_ends_before_the_pictures(tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    source = write_numbered(tmp_path / "a.mkv", seconds=12, samples=sound(5))
    error = refused(ffmpeg, CutJob(source, 3.0, 4.0, CutOptions(), tmp_path / "a.mp4"))
    assert str(error) == "The sound of a.mkv ends at about 5.0 s, before the clip at 3.0 s does."
    error = refused(ffmpeg, CutJob(source, 8.0, 2.0, CutOptions(), tmp_path / "a.mp4"))
    assert str(error) in {"a.mkv has no sound at 8.0 s.", "a.mkv has nothing that could be cut at 8.0 s."}


def test_without_sound_or_picture(tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    silent = write_video_only(tmp_path / "silent.mp4", 3.0)
    assert str(refused(ffmpeg, CutJob(silent, 0.0, 1.0, CutOptions(), tmp_path / "a.mp4"))) == (
        "silent.mp4 has no audio track."
    )
    heard = write_media(tmp_path / "heard.wav", noise(3, 16_000), 16_000)
    for kind in ("mp4", "webp"):
        job = job_for(tmp_path / f"a{kind}", heard, 0.0, 1.0, CutOptions(format=kind))
        assert str(refused(ffmpeg, job)) == "heard.wav has no moving picture; choose an audio format such as wav."


def test_a_source_that_changes_its_size(tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    parts = [
        write_numbered(tmp_path / f"{start}", seconds=4, size=size, audio="mp2", container="mpegts", shift=1.4 + start)
        for start, size in ((0, (160, 96)), (4, (320, 192)))
    ]
    source = tmp_path / "broadcast.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    error = refused(ffmpeg, CutJob(source, 3.0, 2.0, CutOptions(), tmp_path / "a.mp4"))
    assert str(error).startswith("broadcast.ts changes its picture size or its sound channels near 3.0 s, ")
    run_cut(CutJob(source, 3.0, 2.0, CutOptions(format="wav"), tmp_path / "a.wav"), ffmpeg)


def test_no_media(tmp_path: Path, ffmpeg: Ffmpeg) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "empty.mp4").touch()
    # A list that would make ffmpeg read other files.
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    (tmp_path / "list.txt").write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    for name in ("text.mp4", "empty.mp4", "list.m3u8", "list.txt", ".", "missing.mp4"):
        refused(ffmpeg, CutJob(tmp_path / name, 0.0, 1.0, CutOptions(), tmp_path / "out.mp4"))


def test_a_source_that_is_cut_off_or_damaged(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    half = truncated(numbered, tmp_path / "half.mkv", 0.5)
    run_cut(CutJob(half, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4"), ffmpeg)
    assert isinstance(refused(ffmpeg, CutJob(half, 9.0, 2.0, CutOptions(), tmp_path / "b.mp4")), TooShortError)
    data = bytearray(numbered.read_bytes())
    generator = np.random.default_rng(1)
    for place in generator.integers(4000, len(data), 3000):
        data[place] ^= 0xFF
    (tmp_path / "noise.mkv").write_bytes(data)
    # Either a whole clip or a sentence, never half of one.
    job = CutJob(tmp_path / "noise.mkv", 4.0, 3.0, CutOptions(), tmp_path / "c.mp4")
    try:
        run_cut(job, ffmpeg)
    except MediaError:
        refused(ffmpeg, job)
    else:
        assert len(read_sound(job.target)) == 144_000


def test_a_source_that_changed(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    source = Path(shutil.copy(numbered, tmp_path / "a.mkv"))
    stamp = FileStamp.of(source)
    os.utime(source, ns=(1, 1))
    job = CutJob(source, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4", expect=stamp)
    assert isinstance(refused(ffmpeg, job), FileChangedError)
    # While it is cut: the last word counts.
    touching = script(tmp_path / "touching", f'touch "{source}"; exec "{ffmpeg.path}" "$@"')
    changing = Ffmpeg(touching, "9", ffmpeg.encoders)
    job = CutJob(source, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4")
    assert isinstance(refused(changing, job), FileChangedError)
    removing = script(
        tmp_path / "removing", f'exec "{ffmpeg.path}" "$@" < /dev/null; '.replace("exec ", "") + f'rm "{source}"'
    )
    assert isinstance(refused(Ffmpeg(removing, "9", ffmpeg.encoders), job), MediaNotFoundError)


@pytest.mark.parametrize(("start", "duration"), [(0.0, 0.0), (1.0, -1.0), (-1.0, 2.0), (np.nan, 1.0), (0.0, np.inf)])
def test_no_length(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, start: float, duration: float) -> None:
    error = refused(ffmpeg, CutJob(numbered, start, duration, CutOptions(), tmp_path / "a.mp4"))
    assert str(error) == "A clip begins at 0 s or later and lasts more than 0 s."


def test_far_beyond_the_end(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    for start in (1e6, 1e13):
        refused(ffmpeg, CutJob(numbered, start, 1.0, CutOptions(), tmp_path / "a.mp4"))


NAMES = (
    'it\'s "quoted".mkv',
    "two\nlines.mkv",
    "-i.mkv",
    "100%03d%%.mkv",
    "a:b|c?d*e<f>.mkv",
    "concat:a|b.mkv",
    "back\\slash [1],;'.mkv",
    "x" * 251 + ".mkv",
    os.fsdecode(b"latin-\xe9\xff.mkv"),
    "CON.mkv",
    "日本 🐕.mkv",
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, name: str) -> None:
    source = tmp_path / name
    os.link(numbered, source)
    folder = tmp_path / f"{name[:200]}.folder"
    folder.mkdir()
    stem = name[:200].removesuffix(".mkv")
    for kind in ("mp4", "wav", "webp"):
        target = folder / f"{stem}{suffix_of(kind)}"
        run_cut(job_for(target, source, 1.0, 0.2, CutOptions(format=kind)), ffmpeg, threads=1)
        assert target.exists()
    assert len(list((folder / stem).iterdir())) == 5
    assert len(list(folder.iterdir())) == 3
    error = refused(ffmpeg, job_for(folder / "late.mp4", source, 30.0, 1.0, CutOptions()))
    str(error).encode()


def test_a_relative_path(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.link(numbered, "-y")
    run_cut(CutJob(Path("-y"), 1.0, 0.2, CutOptions(), Path("-out.mp4")), ffmpeg)
    assert Path("-out.mp4").is_file()


@pytest.mark.parametrize("kind", ["mp4", "wav", "flac", "mp3", "m4a", "ogg", "opus"])
def test_full_disk(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, kind: Format) -> None:
    # A shell's limit on the size of files is as near to a full disk as one gets without mounting one.
    limited = script(tmp_path / "limited", f'ulimit -f 4; exec "{ffmpeg.path}" "$@"')
    job = job_for(tmp_path / f"a{suffix_of(kind)}", numbered, 1.0, 5.0, CutOptions(format=kind))
    error = refused(Ffmpeg(limited, "9", ffmpeg.encoders), job)
    assert isinstance(error, DiskFullError)
    assert str(error) == f"The disk of {tmp_path} is full; make room and cut again."


def test_no_space_left(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    for kind in ("mp4", "wav", "flac", "mp3", "m4a", "ogg", "opus"):
        target = tmp_path / f"full{suffix_of(kind)}"  # type: ignore[arg-type]
        full = script(tmp_path / f"to-full-{kind}", f'ln -sf /dev/full "{target}"; exec "{ffmpeg.path}" "$@"')
        error = refused(
            Ffmpeg(full, "9", ffmpeg.encoders),
            job_for(target, numbered, 1.0, 2.0, CutOptions(format=kind)),  # type: ignore[arg-type]
        )
        assert isinstance(error, DiskFullError), kind


def test_images_on_a_full_disk(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    limited = script(tmp_path / "limited", f'ulimit -f 2; exec "{ffmpeg.path}" "$@"')
    job = job_for(tmp_path / "a", numbered, 1.0, 1.0, CutOptions(format="webp"))
    assert isinstance(refused(Ffmpeg(limited, "9", ffmpeg.encoders), job), DiskFullError)


def test_the_target_folder_has_gone(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    for kind in ("mp4", "webp"):
        job = job_for(tmp_path / "gone" / f"a{kind}", numbered, 1.0, 1.0, CutOptions(format=kind))
        error = refused(ffmpeg, job)
        assert isinstance(error, TargetUnwritableError)
        assert str(error) == f"There is no folder {tmp_path / 'gone'} any more; connect its disk or choose another."
    assert not (tmp_path / "gone").exists()


def test_a_read_only_disk(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    said = "[fatal] Error opening output files: Read-only file system"
    error = refused(
        Ffmpeg(script(tmp_path / "f", f'echo "{said}"; exit 226'), "9", ffmpeg.encoders),
        CutJob(numbered, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4"),
    )
    assert isinstance(error, TargetUnwritableError)
    assert str(error) == f"The disk of {tmp_path} is read-only; choose another export folder."


def test_what_cannot_be_made_there(numbered: Path, ffmpeg: Ffmpeg) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("there is no /proc")
    error = refused(ffmpeg, CutJob(numbered, 1.0, 1.0, CutOptions(), Path("/proc/8cut-test.mp4")))
    assert isinstance(error, CutError)
    assert "/proc" in str(error)


def test_an_ffmpeg_that_crashes_or_lies(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    for text in ("kill -SEGV $$", "exit 0", "echo rubbish; exit 1", 'for last; do :; done; echo x > "${last#file:}"'):
        program = script(tmp_path / f"f{len(text)}", text)
        job = CutJob(numbered, 1.0, 1.0, CutOptions(), tmp_path / "a.mp4")
        assert isinstance(refused(Ffmpeg(program, "9", ffmpeg.encoders), job), CutError)


def test_only_what_it_wrote_is_removed(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    (folder / "frame_0001.webp").write_text("left over")
    job = job_for(folder, numbered, 20.0, 1.0, CutOptions(format="webp"))
    with pytest.raises(TooShortError):
        run_cut(job, ffmpeg)
    assert [file.name for file in folder.iterdir()] == ["mine.txt"]
