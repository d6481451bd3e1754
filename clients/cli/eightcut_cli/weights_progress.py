"""Progress of weights on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator

from eightcut_client.weights import OnWeights, WeightsProgress

from eightcut_cli.failures import one_line, report
from eightcut_cli.progress import LINE_INTERVAL

_WORDS = {"download": "downloading", "check": "checking", "convert": "converting"}


@contextlib.contextmanager
def shown(title: str) -> Iterator[OnWeights]:
    """Shows progress while the block runs."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(title) as show:
            yield show
    else:
        yield Lines(title)


class Lines:
    """Plain lines, not too many.

    Args:
        title: The embedder.
        now: Seconds, monotonic.
    """

    def __init__(self, title: str, now: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._now = now
        self._last = now()

    def __call__(self, progress: WeightsProgress) -> None:
        """Shows how far it is, if it is time for that."""
        now = self._now()
        if now - self._last >= LINE_INTERVAL and progress.done < progress.total:
            self._last = now
            report(
                f"{self._title}: {_words(progress)}, {progress.fraction:.0%} ({progress.done / 1e6:,.0f} of "
                f"{progress.total / 1e6:,.0f} MB)"
            )


@contextlib.contextmanager
def _bar(title: str) -> Iterator[OnWeights]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.text import Text

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        stage = ""
        task = bar.add_task("", total=None)

        def show(progress: WeightsProgress) -> None:
            nonlocal stage
            if progress.stage != stage:
                # What an earlier run had already is no speed.
                stage = progress.stage
                text = Text(one_line(f"{title}: {_words(progress)}")).plain
                bar.reset(task, total=progress.total, completed=progress.done, description=text)
            bar.update(task, completed=progress.done)

        yield show


def _words(progress: WeightsProgress) -> str:
    return _WORDS.get(progress.stage, progress.stage)
