"""The application as a process: it shows its window, hears signals, and ends cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loop.product import family

PROGRAM = """
import sys
from PyQt6.QtCore import QTimer
from eightcut_qt import app
from eightcut_qt.link.states import Kind

build = app.build_window

def built(context, **given):
    window = build(context, **given)

    def look():
        if context.link.state.kind is Kind.ONLINE:
            print(context.link.state.sentence, window.isVisible(), flush=True)
            QTimer.singleShot(300, window.close)
        else:
            QTimer.singleShot(50, look)

    look()
    return window

app.build_window = built
sys.exit(app.run(sys.argv[1:]))
"""


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def log() -> str:
    try:
        return (Path(os.environ["HOME"]) / ".local/state/8cut/desktop/desktop.log").read_text()
    except FileNotFoundError:
        return ""


def eventually(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "in vain"
        time.sleep(0.05)


def said(errors: str) -> list[str]:
    """What is on stderr but what Qt says of libraries that are not there."""
    return [line for line in errors.splitlines() if "plugin does not support" not in line and "multimedia" not in line]


@pytest.fixture(autouse=True)
def _as_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("HOME", os.environ["HOME"])


@pytest.mark.slow
def test_it_starts_own_services_closes_and_leaves_nothing(tmp_path: Path) -> None:
    process = start("-c", PROGRAM, "--data-dir", str(tmp_path / "data"))
    output, errors = process.communicate(timeout=90)
    assert output == "Own services run on this machine. True\n", errors
    assert process.returncode == 0, errors
    assert said(errors) == []
    assert family(process.pid) == {process.pid}
    state = Path(os.environ["HOME"]) / ".local/state/8cut/desktop"
    assert list(state.glob("*crash*")) == []
    assert "ERROR" not in log(), log()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_services(tmp_path: Path, number: signal.Signals) -> None:
    process = start("-m", "eightcut_qt", "--data-dir", str(tmp_path / "data"))
    try:
        eventually(lambda: "the window is shown" in log(), process)
        process.send_signal(number)
        _output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert said(errors) == []
    assert family(process.pid) == {process.pid}


@pytest.mark.slow
def test_actions_that_contradict_each_other_end_the_start_with_a_sentence(tmp_path: Path) -> None:
    code = "import sys\nfrom eightcut_qt import app, action_table\nspecs = action_table.all_specs()\n"
    code += "action_table.all_specs = lambda: (*specs, specs[0])\nsys.exit(app.run([]))"
    process = start("-c", code)
    _output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    (line,) = said(errors)
    assert line.startswith("8cut: The window cannot be shown: two actions contradict each other. ")
