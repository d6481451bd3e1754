"""How far the queue is, and how long it still takes."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST_DONE = 0.05  # Files: with less there is nothing to reckon with.


@dataclass(frozen=True, slots=True)
class Totals:
    """The queue since it was last idle.

    Attributes:
        files: How many it has to do.
        finished: How many of them are over, in whatever way.
        failed: How many of those could not be scanned.
        running: How many are being worked on.
        fraction: How much of everything is done, 0 to 1.
        left: Seconds left; None: not known.
    """

    files: int = 0
    finished: int = 0
    failed: int = 0
    running: int = 0
    fraction: float = 0.0
    left: float | None = None

    def sentence(self) -> str:
        """Return it for the person, such as ``3 of 40 files, about 12 min left``."""
        if not self.files:
            return ""
        text = f"{self.finished} of {self.files} {'file' if self.files == 1 else 'files'}"
        if self.failed:
            text += f", {self.failed} failed"
        return text if self.left is None else f"{text}, {about(self.left)} left"


def time_left(*, waiting: int, shares: list[float], finished: int, spent: float) -> float | None:
    """Return about how many seconds a queue still takes, None when it has done too little to tell.

    What is left, in files, times the seconds that a file has taken on average (those that needed no scan count as
    they were), divided by how many are worked on at once.

    Args:
        waiting: Files not begun.
        shares: Of each file that is being worked on, how much is done, 0 to 1.
        finished: Files that are over.
        spent: Seconds spent on all files so far, those of files at the same time added up.
    """
    done = finished + sum(shares)
    if done < _LEAST_DONE or not shares:
        return None
    remaining = waiting + len(shares) - sum(shares)
    return remaining * (spent / done) / min(len(shares), waiting + len(shares))


def about(seconds: float) -> str:
    """Return a rough length of time in words: ``less than a minute``, ``about 12 min``, ``about 1 h 20 min``."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"about {minutes} min"
    hours, minutes = divmod(5 * round(minutes / 5), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
