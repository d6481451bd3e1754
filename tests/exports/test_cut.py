"""Cutting clips to files: names, records, dataset.json."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path
from typing import Any

import av
import pytest
from eightcut.store.v1 import clip_pb2, clip_service_pb2, export_service_pb2
from eightcut_client import Cancellation, CancelledError
from eightcut_client.cutting import CutJob, CutOutcome, Ffmpeg, run_cut
from eightcut_client.errors import InvalidError
from eightcut_client.exports import (
    ExportEvent,
    ExportTarget,
    cut_items,
    cutting_run,
    disk,
    folder_warnings,
    peek_numbers,
)
from eightcut_client.exports.names import parse_name, safe_name
from eightcut_client.exports.publishing import Published, publish_clips
from eightcut_client.exports.regions import exported_marks
from eightcut_client.register import LocalMedia
from eightcut_client.times import to_seconds

from tests.exports.conftest import MP4, WAV, Desk, assert_whole, dataset, on_disk, share
from tests.support.media import noise, write_media

FLAC = dataclasses.replace(WAV, format="flac")
WEBP = dataclasses.replace(WAV, format="webp")


def test_a_clip_becomes_a_file_that_everybody_knows(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 2.0)
    result = desk.cut([desk.item(video, clip)], MP4)
    assert [file.path for file in result.files] == ["vid_001/door_001_m1_0.mp4"]
    assert not result.failed
    assert dataset(desk.folder) == {"vid_001/door_001_m1_0.mp4": "a door"}
    (row,) = desk.rows()
    assert row.clip_id == clip.id
    assert row.size_bytes == (desk.folder / row.path).stat().st_size
    assert (row.settings.format, row.settings.clip_count, to_seconds(row.settings.clip_duration)) == ("mp4", 1, 1.0)
    assert_whole(desk, desk.folder)
    with av.open(os.fspath(desk.folder / row.path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_videos_and_clips_are_numbered_marked_ones_and_scan_exports_apart(
    desk: Desk, video: Path, other_video: Path
) -> None:
    items = [desk.item(video, desk.mark(video, start)) for start in (1.0, 3.0)]
    items += [desk.found(video, 5.0), desk.item(other_video, desk.mark(other_video, 2.0), count=3)]
    result = desk.cut(items)
    assert sorted(file.path for file in result.files) == [
        "vid_001/door_001_a1_0.wav",
        "vid_001/door_001_m1_0.wav",
        "vid_001/door_001_m2_0.wav",
        "vid_002/door_002_m1_0.wav",
        "vid_002/door_002_m1_1.wav",
        "vid_002/door_002_m1_2.wav",
    ]
    (made,) = [clip for clip in desk.clips() if clip.origin == clip_pb2.CLIP_ORIGIN_SCAN_EXPORT]
    assert (to_seconds(made.start), made.folder, made.label) == (5.0, "door", "found")
    assert_whole(desk, desk.folder)
    starts = {file.path: to_seconds(file.start) for file in result.files}
    assert [starts[f"vid_002/door_002_m1_{index}.wav"] for index in range(3)] == [2.0, 2.5, 3.0]


def test_files_are_told_in_the_order_in_which_they_were_asked_for(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = threading.Event()

    def run(job: CutJob, ffmpeg: Ffmpeg, **more: Any) -> CutOutcome:
        if "_m1_" in job.target.name:
            assert second.wait(30)
        done = run_cut(job, ffmpeg, **more)
        if "_m2_" in job.target.name:
            second.set()
        return done

    monkeypatch.setattr("eightcut_client.exports.cutting_run.run_cut", run)
    result = desk.cut([desk.item(video, desk.mark(video, start)) for start in (1.0, 2.0)])
    assert [file.path for file in result.files] == ["vid_001/door_001_m1_0.wav", "vid_001/door_001_m2_0.wav"]


def test_a_number_is_never_used_twice(desk: Desk, video: Path, other_video: Path) -> None:
    digest = desk.local(video).digest
    clip = desk.mark(video, 1.0)
    (desk.folder / "vid_007").mkdir(parents=True)
    assert peek_numbers(desk.conn, desk.folder, digest).video == 8
    desk.cut([desk.item(video, clip)])
    assert on_disk(desk.folder) == ["vid_008/door_008_m1_0.wav"]
    # The disk is gone for a while, and the row was deleted: both numbers stay taken.
    desk.conn.clips.BatchDeleteClips(
        clip_service_pb2.BatchDeleteClipsRequest(profile=desk.profile, ids=[clip.id], forget_files=True)
    )
    desk.folder.rename(desk.folder.with_name("elsewhere"))
    found = peek_numbers(desk.conn, desk.folder, digest)
    assert (found.video, found.video_known, found.marked, found.scan_export) == (8, True, 2, 1)
    desk.cut([desk.item(video, desk.mark(video, 2.0))])
    assert on_disk(desk.folder) == ["vid_008/door_008_m2_0.wav"]
    # Files that the Store does not know, here and in the disabled sibling.
    (desk.folder / "vid_008" / "x_008_m9_0.mp4").touch()
    off = desk.folder.with_name(desk.folder.name + "_disabled") / "vid_008"
    off.mkdir(parents=True)
    (off / "x_008_m12_3.mp4").touch()
    (off.parent / "vid_020").mkdir()
    assert peek_numbers(desk.conn, desk.folder, digest).marked == 13
    assert peek_numbers(desk.conn, desk.folder, desk.local(other_video).digest).video == 21
    result = desk.cut([desk.item(video, desk.mark(video, 3.0)), desk.item(other_video, desk.mark(other_video, 3.0))])
    assert {file.path for file in result.files} == {"vid_008/door_008_m13_0.wav", "vid_021/door_021_m1_0.wav"}


def test_a_foreign_file_under_the_name_is_not_touched(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = desk.mark(video, 1.0)

    def run(job: CutJob, ffmpeg: Ffmpeg, **more: Any) -> CutOutcome:
        # Somebody takes the name while the clip is being cut.
        (job.target.parent / "door_001_m1_0.wav").write_bytes(b"foreign")
        return run_cut(job, ffmpeg, **more)

    monkeypatch.setattr("eightcut_client.exports.cutting_run.run_cut", run)
    result = desk.cut([desk.item(video, clip)])
    assert [file.path for file in result.files] == ["vid_001/door_001_m2_0.wav"]
    assert (desk.folder / "vid_001/door_001_m1_0.wav").read_bytes() == b"foreign"


def test_cut_again_it_keeps_its_names(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    item = desk.item(video, clip, count=3)
    desk.cut([item])
    old = {name: (desk.folder / name).stat().st_ino for name in on_disk(desk.folder)}
    other = desk.again(desk.profile + "!")
    desk.cut([dataclasses.replace(item, label="new")])
    assert set(old) == set(on_disk(desk.folder))
    assert all((desk.folder / name).stat().st_ino != inode for name, inode in old.items())
    assert set(dataset(desk.folder).values()) == {"new"}
    assert len(desk.rows()) == 3
    assert other.rows() == []
    # Another format and fewer files: what is left over goes.
    desk.cut([desk.item(video, clip)], FLAC)
    assert on_disk(desk.folder) == ["vid_001/door_001_m1_0.flac"]
    desk.cut([desk.item(video, clip, count=2)], WEBP)
    assert sorted(dataset(desk.folder)) == ["vid_001/door_001_m1_0", "vid_001/door_001_m1_1"]
    names = {Path(name).parts[1] for name in on_disk(desk.folder)}
    assert names == {f"door_001_m1_{index}{end}" for index in (0, 1) for end in ("", ".wav")}
    desk.cut([desk.item(video, clip)], WEBP)
    assert len([name for name in on_disk(desk.folder) if name.endswith(".webp")]) == 10
    desk.cut([desk.item(video, clip)])
    assert on_disk(desk.folder) == ["vid_001/door_001_m1_0.wav"]
    assert_whole(desk, desk.folder)


def test_a_scan_export_that_is_made_again_is_the_same_clip(desk: Desk, video: Path) -> None:
    desk.cut([desk.found(video, 5.0)])
    desk.cut([desk.found(video, 5.0)], FLAC)
    assert on_disk(desk.folder) == ["vid_001/door_001_a1_0.flac"]
    assert len(desk.clips()) == len(desk.rows()) == 1


def test_a_region_just_where_a_clip_is_marked_leaves_the_files_of_the_mark_alone(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 5.0)
    digest = desk.local(video).digest
    desk.cut([desk.item(video, clip, count=2)])
    assert exported_marks(desk.conn, desk.profile, digest) == ()
    for _ in range(2):
        desk.cut([desk.found(video, 5.0)], FLAC)
        marked = [f"vid_001/door_001_m1_{index}.wav" for index in (0, 1)]
        assert on_disk(desk.folder) == ["vid_001/door_001_a1_0.flac", *marked]
        assert [found.id for found in desk.clips()] == [clip.id]
        assert exported_marks(desk.conn, desk.profile, digest) == ((5.0, 6.0),)
        assert_whole(desk, desk.folder)
    desk.cut([desk.item(video, clip)])
    assert on_disk(desk.folder) == ["vid_001/door_001_a1_0.flac", "vid_001/door_001_m1_0.wav"]
    assert_whole(desk, desk.folder)


def test_files_of_the_old_layout_keep_their_place_when_they_are_cut_again(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    old = desk.folder / "clip_001"
    old.mkdir(parents=True)
    (old / "door_001_0.mp4").write_bytes(b"old")
    record = export_service_pb2.NewClipFile(
        clip_id=clip.id, export_folder=str(desk.folder), path="clip_001/door_001_0.mp4"
    )
    record.start.CopyFrom(clip.start)
    record.duration.CopyFrom(clip.duration)
    record.settings.format = "mp4"
    request = export_service_pb2.RecordClipFilesRequest(profile=desk.profile, files=[record])
    desk.conn.exports.RecordClipFiles(request)
    desk.cut([desk.item(video, clip, count=2)], MP4)
    assert on_disk(desk.folder) == ["clip_001/door_001_0.mp4", "clip_001/door_001_1.mp4"]
    assert (old / "door_001_0.mp4").stat().st_size > 3
    assert_whole(desk, desk.folder)


def test_what_another_profile_has_recorded_stays(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    desk.cut([desk.item(video, clip, count=2)])
    other = desk.again(desk.profile + "!")
    share(desk, other, video)
    desk.cut([desk.item(video, clip)], FLAC)
    assert len(other.rows()) == 2
    assert on_disk(desk.folder) == [f"vid_001/door_001_m1_{name}" for name in ("0.flac", "0.wav", "1.wav")]
    assert set(dataset(desk.folder)) == set(on_disk(desk.folder))


def test_a_clip_that_cannot_be_cut_has_no_file_and_stops_no_other(desk: Desk, video: Path, tmp_path: Path) -> None:
    sound = write_media(tmp_path / "only sound.wav", noise(5.0, 16_000), 16_000)
    bad = desk.item(sound, desk.mark(sound, 1.0), count=2)
    late = dataclasses.replace(desk.found(video, 11.95), label="beyond the end")
    good = desk.item(video, desk.mark(video, 1.0))
    events: list[ExportEvent] = []
    result = desk.cut([bad, late, good], MP4, on_event=events.append)
    assert [item for item, _ in result.failed] == [bad, late] or [item for item, _ in result.failed] == [late, bad]
    assert all(sentence.endswith(".") and "\n" not in sentence for _, sentence in result.failed)
    assert [file.clip_id for file in result.files] == [good.clip_id]
    assert len(desk.clips()) == 2, "a scan export without a file has no clip"
    assert_whole(desk, desk.folder)
    assert {event.kind for event in events} >= {"started", "done", "failed"}
    assert (events[-1].done, events[-1].total) == (4, 4)
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_a_clip_that_is_deleted_while_it_is_cut(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, good = desk.mark(video, 1.0), desk.mark(video, 3.0)

    def publish(*arguments: Any, **more: Any) -> Published:
        request = clip_service_pb2.BatchDeleteClipsRequest(profile=desk.profile, ids=[gone.id])
        desk.conn.clips.BatchDeleteClips(request)
        return publish_clips(*arguments, **more)

    monkeypatch.setattr("eightcut_client.exports.cutting_run.publish_clips", publish)
    result = desk.cut([desk.item(video, gone), desk.item(video, good)])
    assert [(item.clip_id, sentence) for item, sentence in result.failed] == [
        (gone.id, "The clip was deleted while it was being cut.")
    ]
    assert [file.clip_id for file in result.files] == [good.id]
    assert_whole(desk, desk.folder)


def test_cancelling_keeps_what_is_complete(desk: Desk, video: Path) -> None:
    cancel = Cancellation()
    items = [desk.item(video, desk.mark(video, start / 2)) for start in range(16)]

    def stop(event: ExportEvent) -> None:
        if event.kind == "progress" and event.fraction == 1:
            cancel.cancel()

    with pytest.raises(CancelledError):
        desk.cut(items, cancel=cancel, on_event=stop)
    assert len(desk.rows()) < len(items)
    assert_whole(desk, desk.folder)
    desk.cut(items)
    assert len(desk.rows()) == len(items)
    assert_whole(desk, desk.folder)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_keeps_what_is_complete(
    desk: Desk, video: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [desk.item(video, desk.mark(video, start / 2)) for start in range(8)]
    real = cutting_run.CuttingRun._note
    seen = []

    def note(*arguments: Any) -> None:
        real(*arguments)
        seen.append(1)
        if len(seen) == 3:
            raise error

    monkeypatch.setattr(cutting_run.CuttingRun, "_note", note)
    with pytest.raises(error):
        desk.cut(items)
    assert 3 <= len(desk.rows()) < 8
    assert_whole(desk, desk.folder)


@pytest.mark.parametrize("step", ["publish: one name", "publish: named", "publish: recorded", "publish: listed"])
def test_an_interrupt_in_the_middle_of_recording_loses_nothing(
    desk: Desk, video: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted: list[str] = []

    def reached(name: str) -> None:
        if name == step and not interrupted:
            interrupted.append(name)
            raise KeyboardInterrupt

    monkeypatch.setattr(disk, "reached", reached)
    with pytest.raises(KeyboardInterrupt):
        desk.cut([desk.item(video, desk.mark(video, start)) for start in (1.0, 2.0)])
    assert desk.rows()
    assert_whole(desk, desk.folder)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "a'b\"c\nd",
        "con",
        "nul.txt",
        "-rf",
        ".hidden",
        "x" * 300,
        "ü" * 200,
        "\udcff\udcfe",
        "%03d",
        "",
        "a/b\\c:d",
    ],
)
def test_any_name_gives_a_file_in_its_place(desk: Desk, video: Path, name: str) -> None:
    target = ExportTarget(desk.folder, name)
    items = [desk.item(video, desk.mark(video, 1.0))]
    for options in (WAV, WEBP):
        result = cut_items(desk.conn, desk.profile, items, target, options, journal=desk.journal)
        assert not result.failed, result.failed
        (file,) = result.files
        parsed = parse_name(Path(file.path).name)
        assert parsed is not None
        assert parsed.name == safe_name(name)
        assert (desk.folder / file.path).parent == desk.folder / "vid_001"
    assert {path.name for path in desk.folder.parent.iterdir()} == {desk.folder.name, "journal"}


def test_any_name_of_the_source_and_of_the_export_folder(desk: Desk, video: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"-i 'x' \"%d\"\n\xff.mp4")
    odd.write_bytes(video.read_bytes() + b"\0")
    desk.folder = desk.folder.parent / "a 'b' %03d\n-x"
    result = desk.cut([desk.item(odd, desk.mark(odd, 1.0))], MP4)
    assert not result.failed
    assert_whole(desk, desk.folder)


def test_folders_that_are_unfit(desk: Desk, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [desk.item(video, desk.mark(video, 1.0))]
    file = tmp_path / "a file"
    file.touch()
    for folder, word in (
        (file, "is no folder"),
        (Path("/"), "whole disk"),
        (tmp_path / os.fsdecode(b"x\xff"), "UTF-8"),
        (tmp_path / ("x" * 9000), "too long"),
    ):
        with pytest.raises(InvalidError, match=word):
            desk.cut(items, folder=folder)
    desk.conn.data_dir = tmp_path / "data"
    for folder in (tmp_path / "data" / "out", tmp_path / "other" / ".." / "data" / "x"):
        with pytest.raises(InvalidError, match="own data"):
            desk.cut(items, folder=folder)
    assert not (tmp_path / "data").exists()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").mkdir()
    assert desk.cut(items, folder=Path("link/../link/door")).files[0].export_folder == str(tmp_path / "link" / "door")


def test_a_changed_source_is_not_cut(desk: Desk, video: Path, tmp_path: Path) -> None:
    file = tmp_path / "changing.mp4"
    file.write_bytes(video.read_bytes() + b"\1")
    item = desk.item(file, desk.mark(file, 1.0))
    stale = dataclasses.replace(item.media.stamp, mtime_ns=item.media.stamp.mtime_ns - 1)
    media = LocalMedia(item.media.path, item.media.digest, stale)
    result = desk.cut([dataclasses.replace(item, media=media)])
    assert len(result.failed) == 1
    assert_whole(desk, desk.folder)


def test_warnings_of_folders_that_do_not_fit(desk: Desk, video: Path, tmp_path: Path) -> None:
    def warnings(folder: Path, *names: str, digest: str = "") -> list[str]:
        return folder_warnings(desk.conn, desk.profile, folder, names, digest)

    assert warnings(tmp_path / "door", "door") == []
    desk.mark(video, 9.0, folder="dog")
    assert warnings(tmp_path / "Dog", "door") == [f"{tmp_path}/Dog has the name of another folder of clips, Dog."]
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    assert warnings(desk.folder, "door") == []
    assert warnings(desk.folder.with_name(desk.folder.name + "_disabled"), "door_disabled") == []
    assert warnings(tmp_path / "new", "door") == [
        f"Clips of door were exported to {desk.folder} before, not to {tmp_path}/new."
    ]
    assert warnings(desk.folder, "door_disabled") == [
        f"Clips of door_disabled are disabled, but {desk.folder} is an export folder of enabled ones."
    ]
    off = f"{desk.folder}_disabled"
    assert warnings(Path(off), "door") == [f"{off} is an export folder of disabled clips, but these are enabled."]
    assert warnings(desk.folder, "dog") == [f"{desk.folder} holds clips of door."]
    assert warnings(tmp_path / "new", "dog", "cat") == ["Clips of 2 folders go to one export folder: cat, dog."]
    desk.cut([desk.found(video, 2.0)], folder=tmp_path / "second" / "door")
    assert warnings(tmp_path / "second" / "door", "door") == []
