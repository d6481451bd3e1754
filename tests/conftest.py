"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A shell that starts us in the background has SIGINT ignored, which the commands that tests interrupt would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
