"""Sentences for the person, from wherever they come to wherever they are shown."""

from __future__ import annotations

from enum import Enum, auto

from PyQt6.QtCore import QObject, pyqtSignal


class Level(Enum):
    """How much a sentence wants to be seen."""

    INFO = auto()
    """Passes by."""
    WARNING = auto()
    """Stays until it is dismissed; the window is not blocked."""
    ERROR = auto()
    """As a warning, in the colour of errors."""


class Notices(QObject):
    """Anybody in the UI thread may say something; the shell shows it."""

    said = pyqtSignal(object, str)
    """`Level`, one sentence."""
    going_on = pyqtSignal(str, str)
    """Key, and a few words of what goes on; empty: it is over."""

    def info(self, sentence: str) -> None:
        """Say something that passes by."""
        self.said.emit(Level.INFO, sentence)

    def doing(self, key: str, words: str) -> None:
        """Say what goes on, for as long as it does: no words, and it is over."""
        self.going_on.emit(key, words)

    def warning(self, sentence: str) -> None:
        """Say something that stays until it is dismissed."""
        self.said.emit(Level.WARNING, sentence)

    def error(self, error: BaseException | str) -> None:
        """Tell what went wrong.

        The sentence of an `EightcutError` or `MediaError` is shown; any other exception is a mistake of ours, whose
        text goes to the log only.
        """
        self.said.emit(Level.ERROR, error if isinstance(error, str) else sentence_of(error))


def sentence_of(error: BaseException) -> str:
    """Return what the person is told of an exception."""
    from eightcut_client.errors import EightcutError
    from eightcut_client.media import MediaError

    if isinstance(error, EightcutError | MediaError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}."
    return "Something unexpected went wrong; the log says what."
