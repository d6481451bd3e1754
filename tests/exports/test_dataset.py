"""dataset.json: what is ours changes, everything else stays."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.exports import update_dataset
from eightcut_client.exports.dataset import move_entries, read_entries


def write(folder: Path, content: Any) -> Path:
    file = folder / "dataset.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def read(folder: Path) -> Any:
    return json.loads((folder / "dataset.json").read_text())


def test_entries_are_put_updated_renamed_and_removed(tmp_path: Path) -> None:
    update_dataset(tmp_path, put={"vid_001/a.mp4": "one", "vid_001/b.mp4": "two"})
    update_dataset(tmp_path, put={"vid_001/a.mp4": "other"}, remove=["vid_001/b.mp4"])
    assert read(tmp_path) == [{"path": "vid_001/a.mp4", "label": "other"}]
    update_dataset(tmp_path, rename={"vid_001/a.mp4": "vid_002/c.mp4"})
    assert read_entries(tmp_path) == {"vid_002/c.mp4": "other"}
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]


def test_a_new_name_that_was_given_already_is_given_again(tmp_path: Path) -> None:
    write(tmp_path, [{"path": "clip_001/a.mp4", "label": "a", "x": 1}, {"path": "vid_001/b.mp4", "label": "old"}])
    for _ in range(2):  # After a kill the journal has it done once more.
        update_dataset(tmp_path, rename={"clip_001/a.mp4": "vid_001/b.mp4"})
        assert read(tmp_path) == [{"path": "vid_001/b.mp4", "label": "a", "x": 1}]


def test_what_is_unknown_stays_as_it_is_and_where_it_is(tmp_path: Path) -> None:
    others: list[Any] = [
        "text",
        7,
        {"name": "no path"},
        {"path": 3},
        {"path": "elsewhere/x.mp4", "label": "x", "fps": 25},
    ]
    write(tmp_path, [*others[:3], {"path": "vid_001/a.mp4", "label": "a", "caption": "long"}, *others[3:]])
    update_dataset(tmp_path, put={"vid_001/a.mp4": "new", "vid_001/b.mp4": "b"})
    entry = {"path": "vid_001/a.mp4", "label": "new", "caption": "long"}
    assert read(tmp_path) == [*others[:3], entry, *others[3:], {"path": "vid_001/b.mp4", "label": "b"}]
    update_dataset(tmp_path, remove=["vid_001/a.mp4", "vid_001/b.mp4"])
    assert read(tmp_path) == others


@pytest.mark.parametrize("style", ["{folder}/", "./", "D:\\clips\\door\\", "/mnt/usb/clips/Door_disabled/"])
def test_other_ways_to_write_a_path_mean_the_same_file_and_stay(tmp_path: Path, style: str) -> None:
    folder = tmp_path / "door"
    folder.mkdir()
    separator = "\\" if "\\" in style else "/"
    head = style.format(folder=folder)
    write(folder, [{"path": f"{head}vid_001{separator}a.mp4", "label": "a"}])
    update_dataset(folder, put={"vid_001/a.mp4": "new"})
    assert read(folder) == [{"path": f"{head}vid_001{separator}a.mp4", "label": "new"}]
    update_dataset(folder, rename={"vid_001/a.mp4": "vid_002/b.mp4"})
    assert read(folder) == [{"path": f"{head}vid_002{separator}b.mp4", "label": "new"}]
    update_dataset(folder, remove=["vid_002/b.mp4"])
    assert read(folder) == []


@pytest.mark.parametrize("content", ["{}", "", "[{", "\x00\x01", "[" * 100_000, '{"path": "a"}', "null"])
def test_a_damaged_file_is_set_aside_and_never_lost(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    (tmp_path / "dataset.json.damaged").write_text("an older one")
    update_dataset(tmp_path, put={"vid_001/a.mp4": "a"})
    assert read_entries(tmp_path) == {"vid_001/a.mp4": "a"}
    assert (tmp_path / "dataset.json.damaged").read_text() == "an older one"
    assert (tmp_path / "dataset.json.damaged-2").read_text() == content


def test_a_byte_order_mark_odd_texts_a_link_and_the_mode_are_no_trouble(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(b'\xef\xbb\xbf[{"path": "x\\ud800", "label": "\\u00e4"}]')
    real.chmod(0o640)
    (tmp_path / "dataset.json").symlink_to("real.json")
    update_dataset(tmp_path, put={"vid_001/ü.mp4": "Tür „auf“\n"})
    assert (tmp_path / "dataset.json").is_symlink()
    assert read(tmp_path) == [{"path": "x\ud800", "label": "ä"}, {"path": "vid_001/ü.mp4", "label": "Tür „auf“\n"}]
    assert real.stat().st_mode & 0o777 == 0o640


def test_an_entry_of_a_file_in_another_folder_of_the_same_name_is_not_ours(tmp_path: Path) -> None:
    here, other = tmp_path / "here" / "door", tmp_path / "other" / "door"
    for folder in (here, other):
        (folder / "vid_001").mkdir(parents=True)
        (folder / "vid_001" / "a.mp4").touch()
    theirs = {"path": f"{other}/vid_001/a.mp4", "label": "theirs"}
    write(here, [theirs])
    update_dataset(here, put={"vid_001/a.mp4": "ours"})
    assert read(here) == [theirs, {"path": "vid_001/a.mp4", "label": "ours"}]
    update_dataset(here, remove=["vid_001/a.mp4"])
    assert read(here) == [theirs]
    # The same folder by another way is the same.
    (tmp_path / "link").symlink_to(tmp_path / "here")
    write(here, [{"path": f"{tmp_path}/link/door/vid_001/a.mp4", "label": "ours"}])
    update_dataset(here, remove=["vid_001/a.mp4"])
    assert read(here) == []


def test_nothing_is_written_where_nothing_changes(tmp_path: Path) -> None:
    update_dataset(tmp_path, remove=["vid_001/a.mp4"])
    assert not list(tmp_path.iterdir())
    file = write(tmp_path, [{"path": "a", "label": "b"}])
    before = file.stat()
    update_dataset(tmp_path, put={"a": "b"}, remove=["c"], rename={"d": "e"})
    assert file.stat() == before


def test_clients_change_it_one_after_the_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: update_dataset(tmp_path, put={f"vid_001/{n}.mp4": str(n)}), range(80)))
    assert read_entries(tmp_path) == {f"vid_001/{n}.mp4": str(n) for n in range(80)}
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [{"path": "a", "label": "b"}])

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        update_dataset(tmp_path, put={"c": "d"})
    assert read(tmp_path) == [{"path": "a", "label": "b"}]
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]


def test_entries_move_to_another_folder_with_all_that_they_say(tmp_path: Path) -> None:
    source, target = tmp_path / "door", tmp_path / "door_disabled"
    source.mkdir()
    target.mkdir()
    entries = [{"path": f"{source}/vid_001/a.mp4", "label": "a", "x": 1}, {"path": "vid_001/b.mp4", "label": "b"}]
    write(source, [*entries, {"path": "vid_002/c.mp4", "label": "c"}])
    for _ in range(2):
        move_entries(source, target, {"vid_001/a.mp4": "a", "vid_001/b.mp4": "b", "vid_001/new.mp4": "n"})
        assert read(source) == [{"path": "vid_002/c.mp4", "label": "c"}]
        assert read(target) == [
            {"path": f"{target}/vid_001/a.mp4", "label": "a", "x": 1},
            {"path": "vid_001/b.mp4", "label": "b"},
            {"path": "vid_001/new.mp4", "label": "n"},
        ]
