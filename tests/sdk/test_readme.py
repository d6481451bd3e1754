"""The README's example does what it says, with real services."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.test_loop import beeps

README = Path(__file__).resolve().parents[2] / "clients" / "sdk" / "README.md"


@pytest.mark.slow
def test_the_example_finds_the_sound(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    marked = beeps(tmp_path / "marked.wav", 120, (20.0, 60.0), 1)
    other = beeps(tmp_path / "other.wav", 90, (40.0,), 2)
    environment = {**os.environ, "EIGHTCUT_DATA_DIR": str(tmp_path / "data")}
    run = subprocess.run(
        [sys.executable, "-c", example, str(marked), str(other)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = [tuple(map(float, line.split())) for line in run.stdout.splitlines()]
    assert any(start < 44 and end > 40 for start, end, _ in found), found
