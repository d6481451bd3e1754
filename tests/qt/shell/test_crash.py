"""Mistakes of ours are logged and told; a crash is told of at the next start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from eightcut_qt.shell.crash import CrashLog, hook_exceptions, start_log, stop_log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where logs are kept."""
    return tmp_path / "state"


def test_a_run_that_ends_well_leaves_nothing(folder: Path) -> None:
    crash = CrashLog(folder)
    assert crash.last is None
    assert len(list(folder.iterdir())) == 1
    crash.close()
    crash.close()
    assert list(folder.iterdir()) == []


def test_a_crash_is_told_of_at_the_next_start_only(folder: Path) -> None:
    code = "import sys, faulthandler\nfrom pathlib import Path\nfrom eightcut_qt.shell.crash import CrashLog\n"
    code += "log = CrashLog(Path(sys.argv[1]))\nfaulthandler._sigsegv()"
    died = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, timeout=60, check=False)
    assert died.returncode != 0
    crash = CrashLog(folder)
    assert crash.last == folder / "last-crash.log"
    assert "Segmentation fault" in crash.last.read_text()
    crash.close()
    again = CrashLog(folder)
    assert again.last is None
    again.close()


def test_an_empty_log_of_long_ago_is_removed_and_a_new_one_is_not(folder: Path) -> None:
    folder.mkdir()
    old, new = folder / "crash-1.log", folder / "crash-2.log"
    old.touch()
    new.touch()
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    CrashLog(folder).close()
    assert list(folder.iterdir()) == [new]


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    CrashLog(blocked / "state").close()
    assert start_log(blocked / "state") is None


def test_what_nobody_caught_is_logged_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", root.level)
    told: list[BaseException] = []
    file = start_log(folder)
    assert file is not None
    try:
        hook_exceptions(told.append)
        error = RuntimeError("in a slot")
        sys.excepthook(RuntimeError, error, None)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    finally:
        stop_log()
    assert told[0] is error
    assert isinstance(told[1], ZeroDivisionError)
    text = file.read_text()
    assert "in a slot" in text
    assert "ZeroDivisionError" in text
