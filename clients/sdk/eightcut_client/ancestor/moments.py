"""Moments of the old library: local times without a zone, and ISO texts in UTC."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, tzinfo

from eightcut_client.errors import InvalidError

# %Y%m%d_%H%M%S and %Y%m%d_%H%M%S_%f; strptime looks up the locale for each.
_SCANNED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})_([0-9]{2})([0-9]{2})([0-9]{2})(?:_([0-9]{1,6}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_of(name: str) -> tzinfo:
    """Return the time zone of this name, such as Europe/Paris.

    Raises:
        InvalidError: There is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(f"There is no time zone {name!r}; write one such as Europe/Paris.") from error


class LocalTimes:
    """Turns local times into moments, in the order in which they were written.

    An hour that the clocks passed twice, at the end of summer time, is told apart by that order: a time that would lie
    before its predecessor was of the second pass.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        """Take times as of this zone; None: as of the zone of this machine."""
        self._zone = zone
        self._last = -(2**62)
        self._known: dict[str, int] = {}

    def micros(self, text: str) -> int:
        """Return microseconds since 1970.

        Raises:
            ValueError: It is no time.
        """
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._read(text.strip())
            self._last = max(self._last, known)
        return known

    def _read(self, text: str) -> int:
        local = _parse(text)
        if local.tzinfo is not None:
            return _since_epoch(local)
        first, second = (_since_epoch(self._placed(local, fold)) for fold in (0, 1))
        # In a gap of the clocks the two differ, too, the other way round.
        return second if first < self._last <= second else first

    def _placed(self, local: datetime, fold: int) -> datetime:
        folded = local.replace(fold=fold)
        return folded.replace(tzinfo=self._zone) if self._zone is not None else folded.astimezone()


def utc_micros(text: str) -> int:
    """Return microseconds since 1970 of an ISO text, in UTC where it names no offset.

    Raises:
        ValueError: It is none.
    """
    moment = datetime.fromisoformat(text.strip())
    return _since_epoch(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _parse(text: str) -> datetime:
    found = _SCANNED.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    *parts, fraction = found.groups(default="0")
    year, month, day, hour, minute, second = map(int, parts)
    return datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")))  # noqa: DTZ001  it comes later


def _since_epoch(moment: datetime) -> int:
    try:
        passed = moment.astimezone(UTC) - _EPOCH
    except (OverflowError, OSError) as error:
        raise ValueError("out of range") from error
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
