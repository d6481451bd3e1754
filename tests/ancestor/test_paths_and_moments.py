"""Paths of clip files, and local times."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from eightcut_client.ancestor.moments import LocalTimes, utc_micros, zone_of
from eightcut_client.ancestor.paths import take_apart
from eightcut_client.errors import InvalidError


@pytest.mark.parametrize(
    ("output", "export_folder", "path", "folder", "index"),
    [
        ("/clips/knock/vid_007/street_007_m3_2.mp4", "/clips/knock", "vid_007/street_007_m3_2.mp4", "knock", 2),
        ("/clips/knock/clip_004/street_004_1.mp4", "/clips/knock", "clip_004/street_004_1.mp4", "knock", 1),
        ("/clips/knock/clip_004/street_004.mp4", "/clips/knock", "clip_004/street_004.mp4", "knock", 0),
        ("/clips/knock/vid_007/street_007_a3_0", "/clips/knock", "vid_007/street_007_a3_0", "knock", 0),
        ("/clips/knock/vid_007/street_007_a3_0/", "/clips/knock", "vid_007/street_007_a3_0", "knock", 0),
        (
            "/clips/knock_disabled/vid_001/a_001_m1_0.mp4",
            "/clips/knock_disabled",
            "vid_001/a_001_m1_0.mp4",
            "knock_disabled",
            0,
        ),
        ("/clips//knock/./vid_001/../vid_002/a.mp4", "/clips/knock", "vid_002/a.mp4", "knock", 0),
        ("//clips/knock/vid_001/a.mp4", "/clips/knock", "vid_001/a.mp4", "knock", 0),
        ("/vid_001/a.mp4", "/", "vid_001/a.mp4", "imported", 0),
        ("/a.mp4", "/", "a.mp4", "imported", 0),
        ("a.mp4", "/home/me", "a.mp4", "imported", 0),
        ("out/vid_001/a_001_m1_4.mp4", "/home/me/out", "vid_001/a_001_m1_4.mp4", "out", 4),
        ("vid_001/a.mp4", "/home/me", "vid_001/a.mp4", "imported", 0),
        (r"C:\clips\knock\vid_007\street_007_m3_2.mp4", r"C:\clips\knock", "vid_007/street_007_m3_2.mp4", "knock", 2),
        (r"C:/clips/knock/vid_007/a.mp4", r"C:\clips\knock", "vid_007/a.mp4", "knock", 0),
        (r"C:\vid_007\a.mp4", "C:\\", "vid_007/a.mp4", "imported", 0),
        (r"C:\a.mp4", "C:\\", "a.mp4", "imported", 0),
        (r"\\server\share\knock\vid_007\a.mp4", r"\\server\share\knock", "vid_007/a.mp4", "knock", 0),
        (r"out\vid_001\a_001_m1_4.mp4", "/home/me/out", "vid_001/a_001_m1_4.mp4", "out", 4),
        ('/clips/it\'s "loud"\n/vid_001/a\n.mp4', '/clips/it\'s "loud"\n', "vid_001/a\n.mp4", 'it\'s "loud"_', 0),
        (
            "/clips/knock/vid_001/street_001_m1_99999999999.mp4",
            "/clips/knock",
            "vid_001/street_001_m1_99999999999.mp4",
            "knock",
            0,
        ),
    ],
)
def test_a_path_is_taken_apart(output: str, export_folder: str, path: str, folder: str, index: int) -> None:
    found = take_apart(output, "/home/me")
    assert (found.export_folder, found.path, found.folder, found.sub_index) == (export_folder, path, folder, index)
    assert found.is_sound


@pytest.mark.parametrize(
    "output", ["", "/", "..", "../x/vid_001/a.mp4", "/c/knock/vid_001/a\\b.mp4", "C:vid\\a.mp4", "c:/"]
)
def test_paths_that_lead_elsewhere_are_not_sound(output: str) -> None:
    assert not take_apart(output, "/home/me").is_sound


def test_relative_paths_begin_in_the_home_folder() -> None:
    found = take_apart("out/knock/vid_001/a.mp4", r"C:\Users\me")
    assert (found.export_folder, found.path, found.relative) == (r"C:\Users\me\out\knock", "vid_001/a.mp4", True)


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone of this machine is that of Paris."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


def utc(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.mark.parametrize("named", [False, True])
def test_local_times_become_moments(paris: None, named: bool) -> None:
    times = LocalTimes(zone_of("Europe/Paris") if named else None)
    assert utc(times.micros("20250115_120000")) == "2025-01-15 11:00:00.000000"
    assert utc(times.micros("20250715_120000_000042")) == "2025-07-15 10:00:00.000042"
    assert utc(times.micros("2025-07-15 12:00:00")) == "2025-07-15 10:00:00.000000"
    # Clocks skipped from 2 to 3 o'clock: a time in between never was, and is taken for one beside it.
    assert utc(times.micros("20260329_023000")) in {"2026-03-29 00:30:00.000000", "2026-03-29 01:30:00.000000"}


@pytest.mark.parametrize("named", [False, True])
def test_an_hour_that_came_twice_is_told_apart_by_the_order(paris: None, named: bool) -> None:
    times = LocalTimes(zone_of("Europe/Paris") if named else None)
    written = ["20251026_015900", "20251026_025000", "20251026_021000", "20251026_025000_5", "20251026_030000"]
    found = [times.micros(text) for text in written]
    assert found == sorted(found)
    assert [utc(moment)[11:16] for moment in found] == ["23:59", "00:50", "01:10", "01:50", "02:00"]


def test_another_zone_than_that_of_the_machine(paris: None) -> None:
    assert utc(LocalTimes(zone_of("Asia/Tokyo")).micros("20250115_120000")) == "2025-01-15 03:00:00.000000"
    with pytest.raises(InvalidError, match="There is no time zone 'Middle/Earth'"):
        zone_of("Middle/Earth")
    with pytest.raises(InvalidError):
        zone_of("../../etc/passwd")


@pytest.mark.parametrize("text", ["", "20251", "2025-13-01", "00000101_000000", "now"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        LocalTimes().micros(text)


def test_iso_texts_are_utc_unless_they_say_otherwise() -> None:
    assert utc(utc_micros("2025-01-15T12:00:00")) == "2025-01-15 12:00:00.000000"
    assert utc(utc_micros(" 2025-01-15 12:00:00.25+02:00 ")) == "2025-01-15 10:00:00.250000"
    assert utc(utc_micros("2025-01-15T12:00:00Z")) == "2025-01-15 12:00:00.000000"
    with pytest.raises(ValueError):
        utc_micros("0001-01-01T00:00:00+10:00")
