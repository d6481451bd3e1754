"""Times as people write and read them."""

from __future__ import annotations

import pytest
from eightcut_cli.failures import UsageMistake
from eightcut_cli.times import clock, iso, parse_seconds
from google.protobuf.timestamp_pb2 import Timestamp


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("83.4", 83.4), (" 7 ", 7), ("1:23.4", 83.4), ("01:02:03.5", 3723.5), ("90:00", 5400), ("1e2", 100)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_seconds(text) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "nan", "inf", "1:60", "1:-2", ":5", "1:2:3:4", "1.5:00", "٣:00", "1e300", "1:nan"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageMistake):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (83.44, "1:23.4"), (59.96, "1:00.0"), (3599.97, "1:00:00.0"), (36061.5, "10:01:01.5")],
)
def test_times_are_shown(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_moments_are_iso_8601_with_microseconds() -> None:
    assert iso(Timestamp(seconds=1776609000, nanos=1_000)) == "2026-04-19T14:30:00.000001Z"
    assert iso(Timestamp(seconds=1776609000)) == "2026-04-19T14:30:00.000000Z"
