"""How long the window takes from the start of its process until it can be used, with services that run already.

Usable: the window is painted and Qt has nothing left to do; beside it, until the services have answered. The reference,
in the same run, is a process that imports PyQt6 and shows an empty window.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TARGET = 2.0  # Seconds
_RUNS = 5


@contextmanager
def _serving(data: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "eightcut_cli", "serve", "--data-dir", str(data), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("8cut serve did not start")
        try:
            yield
        finally:
            process.terminate()


def _start(kind: str, folder: Path) -> dict[str, float]:
    """Return the seconds after which the process said each of its words."""
    environment = dict(os.environ)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        environment[name] = str(folder / name.lower())
    environment["QT_LOGGING_RULES"] = "qt.multimedia*=false"
    environment.pop("EIGHTCUT_SERVER", None)
    command = [sys.executable, "-m", "benchmarks.desktop.start", kind, str(folder / "data")]
    begin = time.monotonic()
    said = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said[line.strip()] = time.monotonic() - begin
    assert process.returncode == 0, f"the {kind} window failed"
    return said


def run() -> bool:
    """Print the figures and tell whether they are reached."""
    with tempfile.TemporaryDirectory() as scratch, _serving(Path(scratch) / "data"):
        folder = Path(scratch)
        _start("ours", folder)  # The files are read once from the disk.
        ours, empty = [], []
        for _ in range(_RUNS):
            ours.append(_start("ours", folder))
            empty.append(_start("empty", folder))
    usable = statistics.median(said["usable"] for said in ours)
    online = statistics.median(said["online"] for said in ours)
    plain = [said["usable"] for said in empty]
    print(f"start of the window with services that run already, {_RUNS} times")
    for name, figures, remark in (
        ("usable", [said["usable"] for said in ours], f"wanted: {TARGET:.0f} s"),
        ("connected", [said["online"] for said in ours], f"{online - usable:.2f} s after that"),
        ("empty window", plain, f"PyQt6 alone; ours takes {usable / statistics.median(plain):.1f} times as long"),
    ):
        print(f"  {name:<16}{statistics.median(figures):8.2f} s median {max(figures):8.2f} s at most   ({remark})")
    return usable <= TARGET


def _empty_window() -> None:
    from PyQt6.QtWidgets import QApplication, QMainWindow

    application = QApplication(["empty"])
    window = QMainWindow()
    window.show()
    application.processEvents()
    print("usable", flush=True)


def _our_window(data: Path) -> None:
    """Do what `eightcut_qt.app.run` does, and say when."""
    from eightcut_qt import app
    from eightcut_qt.link.given import Given
    from eightcut_qt.link.states import Kind, LinkState
    from PyQt6.QtCore import QTimer
    from PyQt6.QtWidgets import QApplication

    QApplication.setApplicationName("8-cut")
    application = QApplication(["8cut"])
    context = app.build_context(application, given=Given(data_dir=data))
    window = app.build_window(context)
    window.show()
    online = False

    def linked(state: LinkState) -> None:
        nonlocal online
        if state.kind is Kind.ONLINE and not online:
            online = True
            print("online", flush=True)
            QTimer.singleShot(0, application.quit)

    context.link.state_changed.connect(linked)
    application.processEvents()
    print("usable", flush=True)
    context.link.start()
    QTimer.singleShot(30_000, application.quit)
    application.exec()
    app.end(context, window)


if __name__ == "__main__":
    if sys.argv[1] == "empty":
        _empty_window()
    else:
        _our_window(Path(sys.argv[2]))
