"""`8cut desktop`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eightcut_cli.commands import desktop
from eightcut_cli.failures import CommandError
from eightcut_cli.run import run


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    base = {name: value for name, value in os.environ.items() if name not in _SCREENS}
    command = [sys.executable, "-m", "eightcut_cli", "desktop", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**base, **environment}, check=False)


_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_one_sentence_says_so() -> None:
    done = call()
    assert done.returncode == 1
    assert done.stderr == (
        "8cut: There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): start it in a desktop session.\n"
    )


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(desktop, "_PACKAGE", "eightcut_not_there")
    assert run(["desktop"]) == 1
    assert capsys.readouterr().err == "8cut: the desktop client is not installed: pip install ./clients/qt\n"


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "eightcut_broken"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "app.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(desktop, "_PACKAGE", "eightcut_broken")
    with pytest.raises(CommandError, match=r"libEGL\.so\.1"):
        desktop._load()


def test_options_and_files_are_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[list[str]] = []

    def shown(arguments: list[str]) -> int:
        given.append(arguments)
        return 0

    monkeypatch.setattr(desktop, "_load", lambda: shown)
    assert run(["--server", "gpu:1", "desktop", "--token", "-abc", "--profile", "p", "a.mp4", "b"]) == 0
    assert given == [["--server=gpu:1", "--token=-abc", "--profile=p", "--", "a.mp4", "b"]]
    assert run(["desktop", "--json"]) == 2
    assert run(["desktop", "--token", "a", "--token-file", "b"]) == 2
    assert len(given) == 1


def test_the_window_takes_what_the_command_passes_on() -> None:
    from eightcut_qt import app

    options = app._parser().parse_args(["--server=gpu:1", "--token=-abc", "--data-dir=d", "--", "-odd.mp4"])
    assert options.files == [Path("-odd.mp4")]
    given = app._given(options)
    assert (given.server, given.token, given.data_dir, given.profile) == ("gpu:1", "-abc", Path("d"), None)
