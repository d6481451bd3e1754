"""Durations and moments: integer microseconds here, google.protobuf on the wire."""

from __future__ import annotations

from eightcut_runtime import InvalidArgument
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

_MICROS = 1_000_000
# google.protobuf.Duration: 10,000 years.
_LARGEST_SECONDS = 315_576_000_000
_NANOS = 1_000_000_000


def to_micros(value: Duration, field: str) -> int:
    """Returns microseconds, rounded to the nearest.

    Raises:
        InvalidArgument: It is no valid duration.
    """
    mixed = value.seconds * value.nanos < 0
    if abs(value.seconds) > _LARGEST_SECONDS or abs(value.nanos) >= _NANOS or mixed:
        raise InvalidArgument(f"{field}: is not a valid duration.", field=field)
    return value.seconds * _MICROS + (value.nanos + 500) // 1000


def duration(micros: int) -> Duration:
    """Returns a duration of so many microseconds, not negative."""
    seconds, rest = divmod(micros, _MICROS)
    return Duration(seconds=seconds, nanos=rest * 1000)


def maybe_duration(micros: int | None) -> Duration | None:
    """Returns a duration, None for None."""
    return None if micros is None else duration(micros)


def timestamp(micros: int) -> Timestamp:
    """Returns the moment so many microseconds after 1970 in UTC."""
    seconds, rest = divmod(micros, _MICROS)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def maybe_timestamp(micros: int | None) -> Timestamp | None:
    """Returns a moment, None for None."""
    return None if micros is None else timestamp(micros)
