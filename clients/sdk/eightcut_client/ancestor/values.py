"""Values of the old library: SQLite takes any type in any column, so each is looked at."""

from __future__ import annotations

import math
from typing import NamedTuple

MAX_SECONDS = 10 * 366 * 86_400
"""Beyond any media."""


class Undecodable(NamedTuple):
    """A text that is no UTF-8."""

    raw: bytes


class CellError(ValueError):
    """A value cannot be understood; ``str()`` says why, to stand after the name of its column."""


def decode(raw: bytes) -> str | Undecodable:
    """Return the text; the ``text_factory`` of the connection."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Undecodable(raw)


def text(value: object, default: str = "", *, limit: int) -> str:
    """Return a text.

    Raises:
        CellError: It is none, or longer than ``limit``.
    """
    if value is None:
        return default
    if isinstance(value, bytes):
        value = decode(value)
    if isinstance(value, Undecodable):
        raise CellError("is no valid text")
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise CellError("is no text")
    if len(value) > limit:
        raise CellError(f"is longer than {limit:,} characters")
    if "\x00" in value:
        raise CellError("holds a NUL character")
    return value


def number(value: object, default: float | None = None) -> float:
    """Return a finite number; also one that stands there as text.

    Raises:
        CellError: It is none.
    """
    if value is None:
        if default is None:
            raise CellError("is missing")
        return default
    if isinstance(value, str | bytes):
        try:
            value = float(value)
        except ValueError:
            raise CellError("is no number") from None
    if not isinstance(value, int | float):
        raise CellError("is no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise CellError("is no finite number")
    return found + 0.0  # never -0.0, which SQLite does not keep


def micros(value: object, default: float | None = None) -> int:
    """Return a time as whole microseconds.

    Raises:
        CellError: It is none, negative, or longer than any media.
    """
    seconds = value if type(value) is float else number(value, default)
    if not 0 <= seconds <= MAX_SECONDS:  # also false for NaN and infinity
        raise CellError("is negative" if seconds < 0 else "is longer than any media")
    return round(seconds * 1_000_000)


def whole(value: object, default: int, most: int) -> int:
    """Return a whole number from 0 on.

    Raises:
        CellError: It is none, or more than ``most``.
    """
    found = number(value, default)
    if found != int(found):
        raise CellError("is no whole number")
    if not 0 <= found <= most:
        raise CellError(f"is not between 0 and {most:,}")
    return int(found)


def switch(value: object) -> bool:
    """Return whether it is on; NULL is off.

    Raises:
        CellError: It is neither on nor off.
    """
    found = number(value, 0)
    if found not in {0, 1}:
        raise CellError("is neither 0 nor 1")
    return bool(found)
