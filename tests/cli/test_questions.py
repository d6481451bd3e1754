"""Questions on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def answer(text: bytes, *arguments: object) -> tuple[int, str]:
    """Runs a command with a terminal as its input, on which somebody typed this."""
    import pty

    terminal, ours = pty.openpty()
    os.write(terminal, text)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "eightcut_cli", *map(str, arguments)],
            stdin=ours,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(terminal)
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_clearing_asks_first(cli: Cli, served: Path, sound: Path) -> None:
    cli("negatives", "add", sound, "--at", "1", "2")
    profile = cli("status", "--json").json["profile"]
    at = ("--data-dir", served, "--profile", profile)
    code, error = answer(b"n\n", "negatives", "clear", *at)
    assert code == 1
    assert error.endswith("8cut: nothing was deleted.\n")
    assert "Delete 2 hard negatives?" in error
    assert len(cli("negatives", "list", "--json").json["negatives"]) == 2
    code, error = answer(b"\x04", "negatives", "clear", *at)
    assert code == 130
    assert "internal" not in error
    assert answer(b"y\n", "negatives", "clear", *at)[0] == 0
    assert cli("negatives", "list", "--json").json == {"negatives": []}
    code, error = answer(b"n\n", "profiles", "delete", profile, *at)
    assert code == 1
    assert "Delete the profile" in error
    assert cli("negatives", "list").code == 0
