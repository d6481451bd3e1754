"""Disabling and enabling clips: files move, rows follow."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.errors import InvalidError, UnavailableError
from eightcut_client.exports import Journal, Moved, disabling_steps, heal, remove_clips, set_disabled
from eightcut_client.exports.disk import DiskError, DiskFullError
from eightcut_client.exports.moving import finish_move

from tests.exports.conftest import Desk, assert_whole, dataset, on_disk, share
from tests.exports.test_cut import WEBP


def switch(desk: Desk, *, disabled: bool = True, folder: str = "door", media: str = "", dry: bool = False) -> Moved:
    return set_disabled(
        desk.conn, desk.profile, folder=folder, media=media, disabled=disabled, journal=desk.journal, dry_run=dry
    )


def off(desk: Desk) -> Path:
    return desk.folder.with_name(desk.folder.name + "_disabled")


def test_a_folder_is_disabled_and_enabled_again(desk: Desk, video: Path, other_video: Path) -> None:
    clips = [desk.mark(video, 1.0), desk.mark(other_video, 3.0)]
    bare = desk.mark(video, 8.0)
    desk.mark(video, 1.0, folder="dog")
    desk.cut([desk.item(video, clips[0], count=2)])
    desk.cut([desk.item(other_video, clips[1])], WEBP)
    entries = json.loads((desk.folder / "dataset.json").read_text())
    entries[0]["caption"] = "kept"
    (desk.folder / "dataset.json").write_text(json.dumps([*entries, "foreign"]))
    (desk.folder / "vid_001" / "notes.txt").write_text("foreign")
    names = [name for name in on_disk(desk.folder) if "notes" not in name]
    planned = switch(desk, dry=True)
    assert (planned.clips, planned.files, planned.folders) == (3, 3, [(str(desk.folder), str(off(desk)))])
    assert not off(desk).exists()
    moved = switch(desk)
    assert (moved.clips, moved.files, moved.missing) == (3, 3, [])
    assert on_disk(off(desk)) == names
    assert on_disk(desk.folder) == ["vid_001/notes.txt"]
    assert {clip.folder for clip in desk.clips() if clip.id != "dog"} == {"door_disabled", "dog"}
    assert {row.export_folder for row in desk.rows()} == {str(off(desk))}
    assert json.loads((desk.folder / "dataset.json").read_text()) == ["foreign"]
    assert json.loads((off(desk) / "dataset.json").read_text()) == entries
    again = switch(desk)
    assert (again.clips, again.files) == (0, 0)
    moved = switch(desk, disabled=False, folder="door_disabled")
    assert (moved.clips, moved.files) == (3, 3)
    assert on_disk(off(desk)) == []
    assert {clip.folder for clip in desk.clips()} == {"door", "dog"}
    assert bare.id in {clip.id for clip in desk.clips()}


def test_one_video_or_one_video_in_one_folder(desk: Desk, video: Path, other_video: Path) -> None:
    for path in (video, other_video):
        desk.cut([desk.item(path, desk.mark(path, 1.0))])
        desk.mark(path, 5.0, folder="dog")
    switch(desk, media=desk.local(video).digest)
    assert on_disk(desk.folder) == ["vid_002/door_002_m1_0.wav"]
    assert on_disk(off(desk)) == ["vid_001/door_001_m1_0.wav"]
    assert sorted(clip.folder for clip in desk.clips()) == ["dog", "dog", "door", "door_disabled"]
    switch(desk, folder="", media=desk.local(other_video).digest)
    assert sorted(clip.folder for clip in desk.clips()) == ["dog", "dog_disabled", "door_disabled", "door_disabled"]
    assert_whole(desk, desk.folder, off(desk))
    # New clips of a disabled video get new numbers, whatever is in which folder.
    desk.cut([desk.item(video, desk.mark(video, 2.0))])
    assert on_disk(desk.folder) == ["vid_001/door_001_m2_0.wav"]
    switch(desk, disabled=False)
    assert len(on_disk(desk.folder)) == 3
    assert_whole(desk, desk.folder, off(desk))


def test_rows_of_other_profiles_follow_the_files(desk: Desk, video: Path) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    other = desk.again(desk.profile + "!")
    share(desk, other, video)
    switch(desk)
    assert [row.export_folder for row in other.rows()] == [str(off(desk))]
    assert [clip.folder for clip in other.clips()] == ["door"]
    assert_whole(desk, desk.folder, off(desk))


def test_a_clip_that_meets_itself_becomes_one_with_it(desk: Desk, video: Path) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    switch(desk)
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    switch(desk)
    (clip,) = desk.clips()
    assert clip.folder == "door_disabled"
    assert [row.clip_id for row in desk.rows()] == [clip.id] * 2
    assert_whole(desk, desk.folder, off(desk))


def test_what_is_in_the_way_or_missing(desk: Desk, video: Path, tmp_path: Path) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0)]
    desk.cut([desk.item(video, clip) for clip in clips])
    blocked = off(desk) / desk.rows()[0].path
    blocked.parent.mkdir(parents=True)
    blocked.write_bytes(b"foreign")
    with pytest.raises(DiskError, match="there already"):
        switch(desk)
    assert {clip.folder for clip in desk.clips()} == {"door"}
    assert_whole(desk, desk.folder)
    blocked.unlink()
    lost = desk.folder / desk.rows()[1].path
    lost.unlink()
    moved = switch(desk)
    assert (moved.clips, moved.files, moved.missing) == (2, 1, [str(lost)])
    assert sorted(row.export_folder for row in desk.rows()) == [str(desk.folder), str(off(desk))]
    for folder in (desk.folder, off(desk)):
        folder.rename(tmp_path / f"away {folder.name}")
    with pytest.raises(DiskError, match="connect its disk"):
        switch(desk, disabled=False)
    with pytest.raises(InvalidError):
        switch(desk, folder="")
    with pytest.raises(InvalidError, match="no clips in cat"):
        switch(desk, folder="cat")


def test_a_disk_that_can_only_be_read(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    monkeypatch.setattr("os.access", lambda *_arguments: False)
    with pytest.raises(DiskError, match="only be read"):
        switch(desk)
    assert_whole(desk, desk.folder)


def test_a_store_that_goes_away_in_the_middle(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])

    def unreachable(_request: object) -> None:
        raise UnavailableError("Cannot reach the Store.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.conn.exports, "MoveClipFiles", unreachable)
        with pytest.raises(UnavailableError):
            switch(desk)
    assert heal(desk.conn, desk.journal)[0].startswith("The disabling of clips")
    assert_whole(desk, desk.folder, off(desk))
    assert [clip.folder for clip in desk.clips()] == ["door_disabled"]


def stopped_after_one_file(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Lets moving end after the first file; a kill is an exception that nothing handles."""
    moved = []

    def move(*arguments: Any, **more: Any) -> bool:
        if moved:
            raise error
        moved.append(arguments)
        return finish_move(*arguments, **more)

    monkeypatch.setattr(disabling_steps, "finish_move", move)


def test_killed_and_the_disk_away_at_the_next_start(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.cut([desk.item(video, desk.mark(video, start)) for start in (1.0, 3.0, 5.0)])
    with monkeypatch.context() as patch:
        stopped_after_one_file(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            switch(desk)
    for folder in (desk.folder, off(desk)):
        folder.rename(folder.with_name(f"away {folder.name}"))
    (said,) = heal(desk.conn, desk.journal)
    assert said.endswith("connect its disk, or make the folder anew if it is gone for good.")
    assert {clip.folder for clip in desk.clips()} == {"door"}
    for folder in (desk.folder, off(desk)):
        folder.with_name(f"away {folder.name}").rename(folder)
    heal(desk.conn, desk.journal)
    assert {row.export_folder for row in desk.rows()} == {str(off(desk))}
    assert_whole(desk, desk.folder, off(desk))


def test_a_disk_that_is_full_in_the_middle_leaves_both_ways_open(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.cut([desk.item(video, desk.mark(video, start)) for start in (1.0, 3.0, 5.0)])
    with monkeypatch.context() as patch:
        stopped_after_one_file(patch, OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(DiskFullError, match="_disabled"):
            switch(desk)
    assert len(on_disk(off(desk))) == 1
    assert_whole(desk, desk.folder, off(desk))
    assert heal(desk.conn, desk.journal) == []
    switch(desk, disabled=False)
    assert len(on_disk(desk.folder)) == 3
    switch(desk)
    assert len(on_disk(off(desk))) == 3
    assert_whole(desk, desk.folder, off(desk))


def test_what_could_not_be_finished_is_not_overtaken_by_the_other_way(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0)]
    desk.cut([desk.item(video, clip) for clip in clips])

    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disabling_steps, "move_entries", full)
        with pytest.raises(DiskFullError):
            switch(desk)
        with pytest.raises(DiskError, match="finished first"):
            switch(desk, disabled=False)
        # Room is made by deleting: that is no obstacle, and leaves no entry behind.
        remove_clips(desk.conn, desk.profile, [clips[0].id], journal=desk.journal)
    assert heal(desk.conn, desk.journal)[0].startswith("The disabling of clips")
    assert_whole(desk, desk.folder, off(desk))
    switch(desk, disabled=False)
    assert [clip.folder for clip in desk.clips()] == ["door"]
    assert_whole(desk, desk.folder, off(desk))


def test_another_client_moves_the_same_files_at_that_moment(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.cut([desk.item(video, desk.mark(video, start)) for start in (1.0, 3.0)])

    def move(source: Path, target: Path, **more: Any) -> bool:
        finish_move(source, target, **more)
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(source))

    monkeypatch.setattr(disabling_steps, "finish_move", move)
    assert switch(desk).files == 2
    assert_whole(desk, desk.folder, off(desk))


def test_a_name_that_would_be_too_long_stops_all_before_anything_moves(desk: Desk, video: Path) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    desk.mark(video, 5.0, folder="d" * 195)
    with pytest.raises(InvalidError, match="use a shorter one first"):
        switch(desk, folder="", media=desk.local(video).digest)
    assert_whole(desk, desk.folder)


def test_something_else_in_place_of_the_target_and_a_folder_above_that_is_protected(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.cut([desk.item(video, desk.mark(video, 1.0))])
    for place in (off(desk), off(desk) / "vid_001"):
        place.write_text("foreign")
        with pytest.raises(DiskError, match="is no folder"):
            switch(desk)
        assert heal(desk.conn, desk.journal) == []
        assert_whole(desk, desk.folder)
        place.unlink()
        off(desk).mkdir(exist_ok=True)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != desk.folder.parent and allowed(path, mode))
    switch(desk)
    assert_whole(desk, desk.folder, off(desk))


def test_one_client_cuts_while_another_disables(desk: Desk, video: Path) -> None:
    items = [desk.item(video, desk.mark(video, start / 2)) for start in range(16)]
    other = Journal(desk.journal.folder.with_name("another journal"))
    ended = threading.Event()

    def disable() -> None:
        while True:
            last = ended.is_set()
            set_disabled(desk.conn, desk.profile, folder="door", disabled=True, journal=other)
            if last:
                return

    thread = threading.Thread(target=disable)
    thread.start()
    try:
        result = desk.cut(items)
    finally:
        ended.set()
        thread.join()
    assert not result.failed
    assert len(desk.rows()) == len(desk.clips()) == 16
    assert {clip.folder for clip in desk.clips()} == {"door_disabled"}
    assert len(on_disk(off(desk))) == 16
    assert_whole(desk, desk.folder, off(desk))
    assert len(dataset(off(desk))) == 16
