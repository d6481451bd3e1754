"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere. On stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from eightcut_client.progress import Progress, Stage

from eightcut_cli.failures import one_line, report
from eightcut_cli.times import clock

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

LINE_INTERVAL = 10.0
"""Seconds between plain lines, and before the first one of a file: what is quick is not talked about."""


class Board(Protocol):
    """Shows what is being worked on. May be used from several threads."""

    def expect(self, files: int) -> None:
        """Says how many there will be in all."""

    def __call__(self, title: str, progress: Progress) -> None:
        """Shows how far one of them is."""

    def done(self, title: str) -> None:
        """One of them is no longer worked on."""

    def forget(self, title: str) -> None:
        """As `done`, for what is none of those that were expected."""

    def note(self, text: str) -> None:
        """Says something in between."""


@contextlib.contextmanager
def shown() -> Iterator[Board]:
    """Shows progress while the block runs."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bars() as board:
            yield board
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
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._files = 1
        self._done = 0
        self._told = now()

    def expect(self, files: int) -> None:
        """Says how many there will be in all."""
        self._files = files

    def __call__(self, title: str, progress: Progress) -> None:
        """Shows how far one is, if it is time for that."""
        with self._lock:
            now = self._now()
            if now - self._last.setdefault(title, now) >= LINE_INTERVAL and progress.fraction < 1:
                self._last[title] = self._told = now
                report(f"{title}: {words(progress)}")

    def forget(self, title: str) -> None:
        """Something is no longer worked on."""
        with self._lock:
            self._last.pop(title, None)

    def done(self, title: str) -> None:
        """One is no longer worked on; many that are quick are told of together."""
        self.forget(title)
        with self._lock:
            now = self._now()
            self._done += 1
            if self._done < self._files and now - self._told >= LINE_INTERVAL:
                self._told = now
                report(f"{self._done:,} of {self._files:,} files done")

    def note(self, text: str) -> None:
        """Says something in between."""
        with self._lock:
            report(text)


class _Bars:
    """A bar for each that is being worked on, and one for all of them."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._now: dict[str, Progress] = {}
        self._total: TaskID | None = None
        self._files = 1
        self._done = 0

    def expect(self, files: int) -> None:
        with self._lock:
            self._files = files
            if files > 1 and self._total is None:
                self._total = self._bars.add_task("total", total=1.0, words="")

    def __call__(self, title: str, progress: Progress) -> None:
        with self._lock:
            if title not in self._tasks:
                self._tasks[title] = self._bars.add_task(one_line(title), total=1.0, words="")
            self._now[title] = progress
            self._bars.update(self._tasks[title], completed=progress.fraction, words=words(progress))
            self._show_total()

    def forget(self, title: str) -> None:
        with self._lock:
            self._now.pop(title, None)
            if title in self._tasks:
                self._bars.remove_task(self._tasks.pop(title))

    def done(self, title: str) -> None:
        self.forget(title)
        with self._lock:
            self._done += 1
            self._show_total()

    def note(self, text: str) -> None:
        with self._lock:
            report(text)

    def _show_total(self) -> None:
        if self._total is None:
            return
        running = sum(p.fraction for p in self._now.values() if p.stage is not Stage.HASHING)
        speed = sum(p.speed or 0.0 for p in self._now.values())
        text = f"{self._done:,} of {self._files:,} files" + (f", {speed:,.0f}x real time" if speed else "")
        self._bars.update(self._total, completed=(self._done + running) / self._files, words=text)


@contextlib.contextmanager
def _bars() -> Iterator[Board]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)
