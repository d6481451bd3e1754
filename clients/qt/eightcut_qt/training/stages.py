"""The stages of a training, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

BRING = "bring"
"""Our own stage before those of the Trainer."""

TITLES = {
    BRING: "Embed missing files",
    "collect": "Collect the examples",
    "read": "Read the embeddings",
    "cross-validate": "Cross-validate",
    "calibrate": "Calibrate the scores",
    "fit": "Fit the classifier",
    "register": "Register the version",
}
_ORDER = tuple(TITLES)


class StageState(Enum):
    """Where a stage stands."""

    TO_COME = auto()
    NOW = auto()
    DONE = auto()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it is shown."""

    title: str
    state: StageState
    count: str


class Stages:
    """How far a training is. A Trainer that was started again may begin anew: then later stages are to come again."""

    def __init__(self) -> None:
        self.current = -1
        self.done = 0
        self.total = 0

    def advance(self, name: str, done: int, total: int) -> None:
        """A stage, of the server's or `BRING`, has moved; unknown ones of a newer server are passed over."""
        if name in _ORDER:
            self.current, self.done, self.total = _ORDER.index(name), done, total

    def finish(self) -> None:
        """All is done."""
        self.current = len(_ORDER)

    @property
    def fraction(self) -> float | None:
        """Of the stage that is worked on, 0 to 1; None: not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    def list(self) -> list[Stage]:
        """Return all of them, as they are now."""
        return [self._at(number, name) for number, name in enumerate(_ORDER)]

    def _at(self, number: int, name: str) -> Stage:
        if number != self.current:
            state = StageState.DONE if number < self.current else StageState.TO_COME
            return Stage(TITLES[name], state, "")
        count = f"{self.done:,} of {self.total:,}" if self.total else ""
        return Stage(TITLES[name], StageState.NOW, count)
