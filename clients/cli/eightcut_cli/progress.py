"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere. On stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator

from eightcut_client.progress import Progress, Stage

from eightcut_cli.failures import one_line, report
from eightcut_cli.times import clock

LINE_INTERVAL = 10.0
"""Seconds between plain lines, and before the first one of a file: what is quick is not talked about."""

Show = Callable[[str, Progress], None]
"""Called with what is being worked on, and how far it is."""


@contextlib.contextmanager
def shown() -> Iterator[Show]:
    """Shows progress while the block runs."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar() as show:
            yield show
    else:
        yield Lines()


def words(progress: Progress) -> str:
    """How far it is: "34 %, 210x real time, 0:12.0 left"."""
    parts = [f"{progress.fraction:.0%}"]
    if progress.stage is Stage.HASHING:
        parts.append("reading the file")
    if progress.speed is not None:
        parts.append(f"{progress.speed:,.0f}x real time")
    if progress.eta is not None:
        parts.append(f"{clock(progress.eta)} left")
    return ", ".join(parts)


class Lines:
    """Plain lines, not too many."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._title = ""
        self._last = 0.0

    def __call__(self, title: str, progress: Progress) -> None:
        """Shows how far it is, if it is time for that."""
        now = self._now()
        if title != self._title:
            self._title, self._last = title, now
        elif now - self._last >= LINE_INTERVAL and progress.fraction < 1:
            self._last = now
            report(f"{title}: {words(progress)}")


@contextlib.contextmanager
def _bar() -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[words]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, words="")

        def show(title: str, progress: Progress) -> None:
            bar.update(
                task, description=Text(one_line(title)).plain, completed=progress.fraction, words=words(progress)
            )

        yield show
