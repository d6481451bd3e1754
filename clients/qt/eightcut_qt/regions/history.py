"""What is on an undo stack, and putting it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from PyQt6.QtGui import QUndoStack

from eightcut_qt.regions.commands import Step, StepCommand


@dataclass(frozen=True, slots=True)
class History:
    """The steps of an undo stack.

    Attributes:
        steps: The oldest first.
        done: How many of them are done; the others were undone.
    """

    steps: tuple[Step, ...] = ()
    done: int = 0

    @property
    def done_steps(self) -> frozenset[Step]:
        """Those that are done."""
        return frozenset(self.steps[: self.done])

    @classmethod
    def of(cls, stack: QUndoStack) -> History:
        """Return what is on a stack of `StepCommand`."""
        commands = (cast("StepCommand", stack.command(place)) for place in range(stack.count()))
        return cls(tuple(command.step for command in commands), stack.index())

    def without(self, unfit: Callable[[Step], bool]) -> History:
        """Return what is left when some steps are forgotten."""
        kept = [(place, step) for place, step in enumerate(self.steps) if not unfit(step)]
        return History(tuple(step for _, step in kept), sum(place < self.done for place, _ in kept))

    def put_on(self, stack: QUndoStack, run: Callable[[Step, bool], None]) -> None:
        """Make it what is on a stack; ``run`` is called for every step and must do nothing meanwhile."""
        stack.clear()
        for step in self.steps:
            stack.push(StepCommand(step, run))
        stack.setIndex(self.done)
