"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]

# Folders whose files, but for the named ones, share a fixture that takes seconds: with `-n` one worker runs them all.
TOGETHER: dict[str, tuple[str, ...]] = {
    "tests/cli/": (),
    "tests/loop/": ("test_demo.py", "test_recordings.py", "test_thin_client.py", "test_whole_loop.py"),
}

# Workers share the cores: a numerical library that starts a thread for each core makes all of them slower.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts us in the background has SIGINT ignored, which the commands that tests interrupt would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Qt's wheels take some libraries from the system. Where they are missing, the desktop client's tests are left out.
try:
    import PyQt6.QtGui  # noqa: F401

    NO_QT = ""
    collect_ignore: list[str] = []
except ImportError as error:
    NO_QT = str(error)
    collect_ignore = ["qt"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if NO_QT and (plugin := config.pluginmanager.get_plugin("pytest-qt")):
        config.pluginmanager.unregister(plugin)  # It would end the run.


def pytest_report_header() -> list[str]:
    return [f"the desktop client is NOT tested: Qt cannot be loaded ({NO_QT})"] if NO_QT else []


@pytest.fixture(scope="session")
def shared_audio() -> Path:
    """The folder of real recordings beside the checkout, or the one that EIGHTCUT_SHARED_AUDIO names."""
    folder = Path(os.environ.get("EIGHTCUT_SHARED_AUDIO", ROOT.parent / "shared" / "audio"))
    if not (folder / "events.csv").is_file():
        pytest.skip(f"the real recordings are not at {folder} (set EIGHTCUT_SHARED_AUDIO)")
    return folder


@pytest.fixture(autouse=True)
def _fresh_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the real home folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("EIGHTCUT_") and name != "EIGHTCUT_SHARED_AUDIO"]:
        monkeypatch.delenv(name)


class _FilesTogether(LoadScopeScheduling):
    """A file's tests stay on one worker, in their order, and so do the files of `TOGETHER`; the first come first."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        for folder, apart in TOGETHER.items():
            if file.startswith(folder) and not file.endswith(apart):
                return folder
        return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _FilesTogether(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """What a worker sends has to be UTF-8; what was logged may hold the odd bytes of a file name."""
    return _printable((yield))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return type(value)(map(_printable, value)) if isinstance(value, list | tuple) else value
