"""Times as people read and type them: ``1:23.4``, ``1:02:03.4``, ``83.4``."""

from __future__ import annotations

import math
import re

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?|[.,]\d+)")


def format_time(seconds: float, decimals: int = 1) -> str:
    """Return a time as ``1:23.4``, with hours where there are any; rounded, never ``1:60.0``."""
    scale = 10**decimals
    sign = "-" if seconds < 0 else ""
    whole, part = divmod(round(abs(seconds) * scale), scale)
    fraction = f".{part:0{decimals}}" if decimals else ""
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{sign}{text}{fraction}"


def parse_time(text: str) -> float | None:
    """Return the seconds that a typed time means, None when it is none; 75 s and 1:15 and 0:75 are the same."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    value = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds.replace(",", "."))
    return value if math.isfinite(value) else None
