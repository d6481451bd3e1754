"""How the command is called: options, usage errors, help."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_cli.app import COMMANDS

from tests.cli.conftest import Cli, run_process


def test_version(local: Cli) -> None:
    done = local("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("8cut 0.")


def test_without_a_command_the_help_is_shown(local: Cli) -> None:
    done = local()
    assert done.code == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_the_global_options(local: Cli, name: str) -> None:
    done = local(name, "--help")
    assert (done.code, done.err) == (0, "")
    for option in ("--profile", "--json", "--data-dir", "--server", "--token", "--token-file"):
        assert option in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["clips"],
        ["clips", "nonsense"],
        ["scan", "--bogus", "a.mp4"],
        ["scan", "a.mp4"],
        ["scan", "--model", "LOGMEL"],
        ["scan", "", "--model", "LOGMEL"],
        ["train", "--model", "LOGMEL"],
        ["train", "--model", "LOGMEL", "--folder", "f", "--negative-folder", "f"],
        ["serve", "--server", "127.0.0.1:7700"],
        ["serve", "--token", "secret"],
        ["clips", "add", "a.mp4", "--folder", "a/b", "--start", "1"],
        ["clips", "add", "a.mp4", "--folder", "", "--start", "1"],
        ["clips", "add", "a.mp4", "--folder", "f", "--start", "1", "--duration", "0"],
        ["clips", "add", "a.mp4", "--folder", "f"],
        ["clips", "add", "a.mp4", "--folder", "f", "--start", "soon"],
        ["clips", "add", "a.mp4", "--folder", "f", "--start", "-1"],
        ["clips", "add", "a.mp4", "--folder", "f", "--start", "nan"],
        ["clips", "add", "a.mp4", "--folder", "f", "--start", "inf"],
        ["clips", "delete", "seven"],
        ["scans", "show", "-3"],
        ["scans", "show", "9" * 30],
        ["regions", "resize", "3"],
        ["regions", "resize", "3", "--start", "9", "--end", "9"],
        ["regions", "merge", "3", "3"],
        ["regions", "export", "3", "--format", "docx"],
        ["negatives", "clear"],
        ["profiles", "delete", "default"],
        ["folders", "--token", "a", "--token-file", "b"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_code_2(local: Cli, arguments: list[str], tmp_path: Path) -> None:
    local(*arguments, "--data-dir", tmp_path / "data").failed_with("8cut: ", code=2)
    assert not (tmp_path / "data").exists(), "services were started for a command that makes no sense"


@pytest.mark.parametrize("threshold", ["-0.1", "nan", "1.1", "inf", "high"])
def test_a_threshold_outside_0_to_1_is_wrong_usage(local: Cli, threshold: str, tmp_path: Path) -> None:
    done = local("scan", "a.mp4", "--model", "LOGMEL", "--threshold", threshold, "--data-dir", tmp_path / "data")
    done.failed_with(threshold, "0 to 1", code=2)


def test_a_wrong_choice_is_told_without_the_words_of_a_library(local: Cli) -> None:
    done = local("regions", "export", "3", "--format", "docx")
    done.failed_with("'docx' is not one of 'csv'", code=2)
    assert "Value error" not in done.err


def test_global_options_are_taken_before_and_after_the_command(cli: Cli, local: Cli, served: Path) -> None:
    assert cli("folders", "--json").json == {"folders": []}
    assert (
        local("--json", "folders", "--data-dir", served).json == local("folders", "--json", "--data-dir", served).json
    )
    assert "folders" in local("clips", "--json", "list", "--data-dir", served).json or True
    local("--profile", "default", "folders", "--profile", "nobody", "--data-dir", served).failed_with("nobody")


def test_the_environment_names_profile_and_data_folder(
    local: Cli, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EIGHTCUT_DATA_DIR", str(served))
    monkeypatch.setenv("EIGHTCUT_PROFILE", "nobody")
    local("folders").failed_with("nobody")
    assert local("folders", "--profile", "default", "--json").json["folders"] == []


def test_an_unreachable_server_is_one_line(local: Cli) -> None:
    local("folders", "--server", "unix:/nowhere").failed_with("Store", "/nowhere")
    local("folders", "--server", "nonsense").failed_with("nonsense")


def test_a_bug_is_one_line_with_the_place_of_its_log(
    local: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("eightcut_cli.session.load_config", broken)
    done = local("folders")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "a secret" not in done.err
    log = Path(done.err.strip().rpartition(" in ")[2])
    assert "a secret" in log.read_text()
    monkeypatch.setenv("EIGHTCUT_DEBUG", "1")
    assert "Traceback" in local("folders").err


def test_completion_knows_the_commands() -> None:
    done = run_process([], _8CUT_COMPLETE="complete_bash", COMP_WORDS="8cut cl", COMP_CWORD="1")
    assert done.out.split() == ["clips", "classifiers"]
