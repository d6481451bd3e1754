"""The time of day, as it is kept."""

from __future__ import annotations

import time


def now_us() -> int:
    """Returns microseconds since 1970 in UTC. Never used for an order."""
    return time.time_ns() // 1000
