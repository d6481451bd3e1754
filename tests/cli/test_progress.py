"""Progress where there is no terminal."""

from __future__ import annotations

import pytest
from eightcut_cli.progress import LINE_INTERVAL, Lines, words
from eightcut_client.progress import Progress, Stage


def test_words() -> None:
    assert words(Progress(Stage.UPLOADING, 34, 100, 41.0, speed=210.4, eta=12.0)) == "34%, 210x real time, 0:12.0 left"
    assert words(Progress(Stage.HASHING, 1, 4)) == "25%, reading the file"
    assert words(Progress(Stage.SCORING, 0, 0)) == "0%"


def test_lines_are_rare_and_quick_files_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    time = 0.0
    show = Lines(now=lambda: time)
    for step in range(1000):
        time = step * LINE_INTERVAL / 100
        show(f"quick {step // 50}", Progress(Stage.UPLOADING, step % 50, 50))
    assert capsys.readouterr().err == ""
    for step in range(1001):
        time += LINE_INTERVAL / 100
        show("slow", Progress(Stage.UPLOADING, step, 1000))
    lines = capsys.readouterr().err.splitlines()
    assert 8 <= len(lines) <= 10
    assert lines[0].startswith("8cut: slow: 10%")
