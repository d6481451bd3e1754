"""Progress where there is no terminal."""

from __future__ import annotations

import io

import pytest
from eightcut_cli.progress import LINE_INTERVAL, Lines, shown, words
from eightcut_client.progress import Progress, Stage


def test_words() -> None:
    assert words(Progress(Stage.UPLOADING, 34, 100, 41.0, speed=210.4, eta=12.0)) == "34%, 210x real time, 0:12.0 left"
    assert words(Progress(Stage.HASHING, 1, 4)) == "25%, reading the file"
    assert words(Progress(Stage.SCORING, 0, 0)) == "0%"


def test_many_quick_files_are_told_of_together(capsys: pytest.CaptureFixture[str]) -> None:
    time = 0.0
    show = Lines(now=lambda: time)
    show.expect(100)
    for file in range(100):
        for step in range(4):
            time += LINE_INTERVAL / 80
            show(f"[{file}/100]", Progress(Stage.UPLOADING, step, 4))
        show.done(f"[{file}/100]")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"8cut: {done} of 100 files done" for done in (20, 40, 60, 80)]


def test_bars_show_each_file_and_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with shown() as board:
        board.expect(3)
        board("[1/3] a.wav", Progress(Stage.UPLOADING, 10, 100, 17.0, speed=100.0, eta=1.0))
        board("[2/3] b.wav", Progress(Stage.UPLOADING, 20, 100, 27.0, speed=50.0, eta=2.0))
        board.note("c.wav: something odd")
        board.done("[1/3] a.wav")
        board("[3/3] c.wav", Progress(Stage.HASHING, 1, 2))
        board.forget("never shown")
    shown_text = screen.getvalue()
    for words_ in ("a.wav", "b.wav", "1 of 3 files, 50x real time", "8cut: c.wav: something odd", "reading the file"):
        assert words_ in shown_text


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
