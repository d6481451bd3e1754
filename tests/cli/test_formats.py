"""Regions in the formats of other programs, read back by their public descriptions."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from eightcut_cli.commands.regions import Format
from eightcut_client.formats import FORMATS, Entry, RegionList, write

REGIONS = RegionList(
    file='a, "b".mp4',
    model="LOGMEL_door",
    regions=[Entry("7", 1.25, 3.5, 0.934), Entry("8", 3723.0004996, 3725.9999, 0.5, disabled=True)],
    media="0" * 64,
    scan="3",
)
TABBED = RegionList(file="a\tb\n.mp4", model="x\t<y>&", regions=[Entry("1", 0.0, 1.0, 1.0)])


def test_the_command_offers_all_of_them() -> None:
    assert [format_.value for format_ in Format] == list(FORMATS)


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(write(REGIONS, "csv"))))
    assert [row["file"] for row in rows] == ['a, "b".mp4'] * 2
    assert [(float(row["start"]), float(row["end"])) for row in rows] == [(1.25, 3.5), (3723.0005, 3725.9999)]
    assert [(row["score"], row["id"], row["disabled"]) for row in rows] == [
        ("0.934000", "7", "0"),
        ("0.500000", "8", "1"),
    ]


def test_json() -> None:
    document = json.loads(write(REGIONS, "json"))
    assert document["scan"] == "3"
    assert document["regions"][0] == {"id": "7", "start": 1.25, "end": 3.5, "score": 0.934, "disabled": False}


def test_audacity() -> None:
    assert write(REGIONS, "audacity").splitlines()[0] == "1.250000\t3.500000\tLOGMEL_door 0.93"
    assert write(TABBED, "audacity") == "0.000000\t1.000000\tx <y>& 1.00\n"


def test_raven() -> None:
    lines = [line.split("\t") for line in write(REGIONS, "raven").splitlines()]
    assert lines[0][:7] == [
        "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"
    ]  # fmt: skip
    assert lines[1][:7] == ["1", "Spectrogram 1", "1", "1.250000", "3.500000", "0.0", "8000.0"]
    assert lines[2][0] == "2"
    assert {len(line) for line in lines} == {len(lines[0])}
    assert {line.count("\t") for line in write(TABBED, "raven").splitlines()} == {9}


def test_losslesscut() -> None:
    assert next(csv.reader(io.StringIO(write(REGIONS, "losslesscut")))) == ["1.250", "3.500", "LOGMEL_door 0.93"]


def test_webvtt() -> None:
    text = write(REGIONS, "webvtt")
    assert text.startswith("WEBVTT\n\n1\n00:00:01.250 --> 00:00:03.500\nLOGMEL_door 0.93\n\n2\n")
    assert "01:02:03.000 --> 01:02:06.000" in text
    assert "x &lt;y&gt;&amp; 1.00" in write(TABBED, "webvtt")


def test_srt() -> None:
    blocks = write(REGIONS, "srt").strip().split("\n\n")
    assert blocks[0] == "1\n00:00:01,250 --> 00:00:03,500\nLOGMEL_door 0.93"
    assert re.match(r"2\n01:02:03,000 --> 01:02:06,000\n", blocks[1])


@pytest.mark.parametrize("name", FORMATS)
def test_no_regions_is_a_valid_file_too(name: str) -> None:
    text = write(RegionList(file="a", model="m", regions=[]), name)
    assert text == "" or text.endswith("\n")
