"""`8cut migrate-layout`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eightcut_cli.__main__ import main

from tests.exports.conftest import Desk
from tests.exports.migrate_kit import Library


@pytest.fixture
def library(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Library:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return Library(desk)


def run(library: Library, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    at = ["--server", f"store={library.desk.store}", "--to-export-folder", str(library.folder)]
    code = main(["migrate-layout", *at, *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_it_says_what_it_would_do_and_does_it(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.add(video, "clip_001/b.mp4")
    library.add(video, "clip_002/a.mp4")
    library.put("clip_002/notes\n.odt")
    library.record(video, "clip_003/gone.mp4")
    code, out, err = run(library, capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{library.folder}: 3 files of 1 video would move",
        "  clip_001 → vid_001 (2 files)",
        "  clip_002 → vid_001 (1 file)",
        "  1 name taken there already:",
        "    clip_002/a.mp4 → vid_001/a_2.mp4",
        "  1 file not on the disk, left as recorded:",
        "    clip_003/gone.mp4",
        "  1 file that 8-cut does not know, left in place:",
        "    clip_002/notes\\n.odt",
        "nothing was changed: 8cut migrate-layout --apply does it",
    ]
    assert "clip_001/a.mp4" in library.disk()
    code, out, err = run(library, capsys, "--apply", "--json")
    document: dict[str, Any] = json.loads(out)
    (found,) = document["export_folders"]
    assert (code, err, document["applied"], found["moved"], found["error"]) == (0, "", True, 3, None)
    assert found["export_folder"] == str(library.folder)
    assert found["videos"] == [{"media": video, "filename": "street.mp4", "number": 1}]
    assert found["moves"][2] == {"from": "clip_002/a.mp4", "to": "vid_001/a_2.mp4"}
    assert (found["missing"], found["unknown"]) == (["clip_003/gone.mp4"], ["clip_002/notes\n.odt"])
    assert set(library.disk()) == {"vid_001/a.mp4", "vid_001/b.mp4", "vid_001/a_2.mp4", "clip_002/notes\n.odt"}


def test_nothing_to_do(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    library.folder.mkdir()
    code, out, err = run(library, capsys, "--apply")
    assert (code, err) == (0, "")
    assert out == "there is nothing to move: no file that 8-cut knows lies in a clip_NNN folder here\n"


def test_a_folder_that_is_not_there(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(library, capsys, "--json")
    assert (code, json.loads(out)["export_folders"][0]["error"]) == (
        1,
        f"{library.folder} is not there: connect its disk.",
    )
    assert err == f"8cut: {library.folder} is not there: connect its disk.\n"
