"""Progress of work that does one thing after another: one bar, for what is being done now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eightcut_client.progress import Progress, Stage

if TYPE_CHECKING:
    from eightcut_client.ancestor import FindProgress

    from eightcut_cli.progress import Board

_FINE = 1000


class Steps:
    """Shows the last thing that was said."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._title = ""

    def show(self, title: str, done: int, total: int, stage: Stage = Stage.SCORING) -> None:
        """Says what is being done, and how far it is."""
        if title != self._title:
            self.finish()
            self._title = title
        self._board(title, Progress(stage, done, total))

    def find(self, progress: FindProgress) -> None:
        """Says which file is being read in a search for media."""
        if progress.name:
            number = f"[{progress.done + 1}/{progress.total}] " if progress.total > 1 else ""
            self.show(f"{number}{progress.name}", round(progress.fraction * _FINE), _FINE, Stage.HASHING)
        elif progress.seen:
            self.show(f"looking for media: {progress.seen:,} files seen", 0, 0)

    def finish(self) -> None:
        """Takes the bar away."""
        if self._title:
            self._board.forget(self._title)
        self._title = ""
