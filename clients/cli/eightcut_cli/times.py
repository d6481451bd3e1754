"""Times as people and scripts write and read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eightcut_cli.failures import UsageMistake

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

# Ten years: beyond any media, and within what the API's durations hold.
_LONGEST = 10 * 365.25 * 86_400


def parse_seconds(given: str | float) -> float:
    """Reads a time: seconds ("83.4") or clock time ("1:23.4", "1:02:03"). A number (an option's default) is taken too.

    Returns:
        Seconds, finite and at least 0.

    Raises:
        UsageMistake: It is no such time.
    """
    text = str(given)
    value = _number(text)
    if value is None:
        raise UsageMistake(f"“{text}” is no time: write seconds (83.4) or minutes and seconds (1:23.4).")
    if not math.isfinite(value) or value < 0:
        raise UsageMistake(f"“{text}” is no time: it must be a number of seconds that is not negative.")
    if value > _LONGEST:
        raise UsageMistake(f"“{text}” is longer than any media.")
    return value


def _number(text: str) -> float | None:
    *larger, last = text.strip().split(":")
    if len(larger) > 2 or not all(part.isdigit() and part.isascii() for part in larger):
        return None
    try:
        value = float(last)
    except ValueError:
        return None
    if larger and not 0 <= value < 60:
        return None
    return value + sum(int(part) * 60.0**power for power, part in enumerate(reversed(larger), start=1))


def clock(seconds: float) -> str:
    """A time for reading: "1:23.4", "1:02:03.0"."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"


def iso(moment: Timestamp) -> str:
    """A moment in ISO 8601, UTC, with microseconds."""
    return f"{_utc(moment):%Y-%m-%dT%H:%M:%S.%f}Z"


def local(moment: Timestamp) -> str:
    """A moment for reading, in the local time zone: "2026-04-19 14:30"."""
    return f"{_utc(moment).astimezone():%Y-%m-%d %H:%M}"


def _utc(moment: Timestamp) -> datetime:
    return moment.ToDatetime(tzinfo=UTC)
