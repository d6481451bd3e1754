"""Playlists from one run to the next."""

from __future__ import annotations

import json
from pathlib import Path

from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.saved import SavedTab, read_lists, snapshot, write_lists


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    done = PlaylistFile.at("/media/ä b.wav", size=7)
    done.done, done.digest = True, "f" * 64
    odd = PlaylistFile.at(b"/media/\xff.wav".decode("utf-8", "surrogateescape"))
    write_lists(tmp_path / "deep" / "lists.json", snapshot([SavedTab("One", "/out", [done, odd]), SavedTab("Two")], 1))
    read = read_lists(tmp_path / "deep" / "lists.json")
    assert (read.current, read.problem, [tab.name for tab in read.tabs]) == (1, "", ["One", "Two"])
    assert read.tabs[0].export_folder == "/out"
    first, second = read.tabs[0].files
    assert (first.path, first.done, first.size, first.digest) == (done.path, True, 7, "f" * 64)
    assert second.path == odd.path
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["lists.json"]


def test_a_damaged_file_is_kept_aside_and_said(tmp_path: Path) -> None:
    file = tmp_path / "lists.json"
    for text in ("{", "[]", '{"version": 1}', '{"version": 1, "tabs": [{"name": 3, "files": []}]}', "null"):
        file.write_text(text)
        read = read_lists(file)
        assert read.tabs == []
        assert read.problem.startswith("The playlists could not be read and start anew")
        assert (tmp_path / "lists.json.damaged").read_text() == text
        assert not file.exists()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "lists.json"
    file.write_text(json.dumps({"version": 99, "tabs": "?"}))
    read = read_lists(file)
    assert not read.writable
    assert "newer version" in read.problem
    assert file.exists()


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert read_lists(tmp_path / "lists.json").problem == ""
