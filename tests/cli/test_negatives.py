"""`8cut negatives`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Cli

FIELDS = {"id", "file", "media", "start", "source_model", "create_time"}


def test_negatives_are_marked_once_and_listed_newest_first(cli: Cli, sound: Path) -> None:
    made = cli("negatives", "add", sound, "--at", "3", "--at", "7.125", "--model", "LOGMEL_door", "--json").json
    assert made["created"] == 2
    again = cli("negatives", "add", sound, "--at", "0:07.125", "--model", "OTHER", "--json").json
    assert again["created"] == 0
    assert again["negatives"][0]["source_model"] == "LOGMEL_door"
    listed = cli("negatives", "list", "--json").json["negatives"]
    assert sorted(negative["start"] for negative in listed) == [3.0, 7.125]
    assert all(negative.keys() >= FIELDS for negative in listed)
    assert all(Path(negative["file"]).name == "sound.wav" for negative in listed)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", listed[0]["create_time"])
    assert "LOGMEL_door" in cli("negatives", "list").out


def test_several_places_follow_one_option(cli: Cli, sound: Path) -> None:
    assert cli("negatives", "add", sound, "--at", "1", "2", "0:03", "--json").json["created"] == 3
    assert cli("negatives", "add", sound, "--at", "4,5", "--json").json["created"] == 2
    cli("negatives", "add", sound, "--at", "1", "soon").failed_with("soon", code=2)


def test_negatives_are_filtered_deleted_and_cleared(cli: Cli, sound: Path) -> None:
    cli("negatives", "add", sound, "--at", "1", "2", "--model", "A")
    cli("negatives", "add", sound, "--at", "3", "4", "--model", "B")
    of_a = cli("negatives", "list", "--model", "A", "--json").json["negatives"]
    assert sorted(negative["start"] for negative in of_a) == [1.0, 2.0]
    assert len(cli("negatives", "list", sound, "--json").json["negatives"]) == 4
    assert cli("negatives", "delete", of_a[0]["id"], "--json").json == {"deleted": 1}
    cli("negatives", "delete", of_a[0]["id"]).failed_with(of_a[0]["id"])
    cli("negatives", "clear", "--model", "B").failed_with("--yes", code=2)
    assert cli("negatives", "clear", "--model", "B", "--yes", "--json").json == {"deleted": 2}
    assert cli("negatives", "clear", "--yes", "--json").json == {"deleted": 1}
    assert cli("negatives", "list", "--json").json == {"negatives": []}


def test_a_place_beyond_the_end_is_refused(cli: Cli, sound: Path) -> None:
    cli("negatives", "add", sound, "--at", "1", "61").failed_with("60")
    assert cli("negatives", "list", "--json").json == {"negatives": []}
