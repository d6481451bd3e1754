"""Seconds and moments, between people and the wire."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

SAMPLE_RATE = 16_000
"""Of uploaded audio, Hz."""


def to_duration(seconds: float) -> Duration:
    """Return the duration on the wire, rounded to the Store's microseconds.

    Raises:
        ValueError: Not a finite number, or outside what a Duration holds.
    """
    if not abs(seconds) <= 315_576_000_000:  # also false for NaN
        raise ValueError(f"{seconds} is not a time in seconds")
    duration = Duration()
    duration.FromMicroseconds(round(seconds * 1_000_000))
    return duration


def to_seconds(duration: Duration) -> float:
    """Return the seconds of a duration, exact to the microsecond."""
    return duration.ToMicroseconds() / 1_000_000


def to_datetime(timestamp: Timestamp) -> datetime:
    """Return the moment in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)
