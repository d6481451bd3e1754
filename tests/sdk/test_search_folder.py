"""Looking for media in a folder: what is tried, what counts."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
from eightcut_client import Cancellation, CancelledError
from eightcut_client.search_folder import SearchProgress, WantedMedia, search_folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the person's own digest cache out of it."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(sys.modules["eightcut_client.media.digest"], "default_cache_dir", lambda: folder)


def put(folder: Path, name: str, content: bytes) -> WantedMedia:
    """Write a file, and say what one looks for to find it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return WantedMedia(hashlib.sha256(content).hexdigest(), len(content), path.name)


def hashed(told: list[SearchProgress]) -> list[str]:
    return [moment.hashing for moment in told if moment.hashing]


def test_a_file_is_found_below_under_another_name(tmp_path: Path) -> None:
    door = put(tmp_path, "deep/below/renamed.mp4", b"door")
    found = search_folder([WantedMedia(door.digest, door.size, "door.mp4")], tmp_path)
    assert {digest: local.path for digest, local in found.items()} == {
        door.digest: tmp_path / "deep" / "below" / "renamed.mp4"
    }


def test_files_of_another_size_are_not_hashed(tmp_path: Path) -> None:
    put(tmp_path, "long.mp4", b"much longer")
    door = put(tmp_path, "short.mp4", b"door")
    told: list[SearchProgress] = []
    search_folder([door], tmp_path, on_progress=told.append)
    assert hashed(told) == ["short.mp4"]
    assert told[-1].found == 1


def test_the_right_name_is_tried_before_the_right_size(tmp_path: Path) -> None:
    for number in range(5):
        put(tmp_path, f"a{number}.mp4", f"no{number}!".encode())
    door = put(tmp_path, "z/door.mp4", b"door")
    told: list[SearchProgress] = []
    assert list(search_folder([door], tmp_path, on_progress=told.append)) == [door.digest]
    assert hashed(told) == ["door.mp4"]


def test_the_right_name_and_size_with_another_content_do_not_count(tmp_path: Path) -> None:
    put(tmp_path, "door.mp4", b"xxxx")
    wanted = WantedMedia(hashlib.sha256(b"door").hexdigest(), 4, "door.mp4")
    assert search_folder([wanted], tmp_path) == {}


def test_without_a_size_only_the_name_leads_to_a_file(tmp_path: Path) -> None:
    door = put(tmp_path, "door.mp4", b"door")
    put(tmp_path, "other.mp4", b"dog")
    told: list[SearchProgress] = []
    found = search_folder([WantedMedia(door.digest, 0, "door.mp4")], tmp_path, on_progress=told.append)
    assert list(found) == [door.digest]
    assert hashed(told) == ["door.mp4"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert search_folder([WantedMedia("0" * 64, 4, "a")], tmp_path / "gone") == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_pipes_broken_links_and_circles_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "broken.mp4").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    door = put(tmp_path, "door.mp4", b"door")
    assert list(search_folder([door], tmp_path)) == [door.digest]


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    door = put(tmp_path, "door.mp4", b"door")
    cancel = Cancellation()
    with pytest.raises(CancelledError):
        search_folder([door], tmp_path, on_progress=lambda _moment: cancel.cancel(), cancel=cancel)
