"""What reaches stdout and stderr."""

from __future__ import annotations

import json

import pytest
from eightcut_cli.failures import report
from eightcut_cli.output import Output, already_there, plural


def test_names_that_are_no_text_stay_valid_json(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).emit({"file": "caf\udce9 ü.mp4"}, lambda: None)
    assert json.loads(capsys.readouterr().out) == {"file": "caf\udce9 ü.mp4"}


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(as_json=False)
    out.line("a\x1b[31mb")
    out.table(("name",), [("x\x1b[2Jy\nz",)])
    report("bad\x07 name\nsecond line")
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out
    assert "\x07" not in captured.err
    assert captured.err.count("\n") == 1


def test_lines_of_tables_end_where_their_words_end(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).table(("id", "remark"), [("1", "disabled"), ("2", "")])
    assert [line for line in capsys.readouterr().out.splitlines() if line != line.rstrip()] == []


def test_piped_tables_are_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).table(("a", "b"), [("x" * 300, "[bold]y[/bold]")])
    assert f"{'x' * 300}" in capsys.readouterr().out


def test_nan_never_becomes_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Output(as_json=True).emit({"score": float("nan")}, lambda: None)


def test_what_was_there_already_is_counted() -> None:
    assert [already_there(count) for count in (0, 1, 2)] == ["", ", 1 was there already", ", 2 were there already"]


def test_plural() -> None:
    assert [plural(1, "clip"), plural(0, "clip"), plural(1234, "clip")] == ["1 clip", "0 clips", "1,234 clips"]
