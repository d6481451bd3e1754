"""What a command can fail with, and how that becomes one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """The command cannot do what was asked; the message is one sentence for the person."""


class UsageMistake(Exception):  # noqa: N818 - "error" would promise a failure of the program
    """The command was called in a way that makes no sense; the message is one sentence for the person."""


class PartlyFailedError(Exception):
    """Some of several things failed; each was reported when it happened, so there is nothing more to print."""


def one_line(text: str) -> str:
    """The text on one line, with control characters (a file name can hold them) shown as escapes."""
    flat = " ".join(text.split())
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in flat)


def report(text: str) -> None:
    """Writes one line for the person to stderr."""
    sys.stderr.write(f"8cut: {one_line(text)}\n")
    sys.stderr.flush()


def report_failure(error: BaseException) -> int:
    """Writes the one line that an exception deserves to stderr.

    Returns:
        The exit code of the command.
    """
    if os.environ.get("EIGHTCUT_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        report("interrupted; the same command again continues where it stopped.")
        return INTERRUPTED
    if isinstance(error, PartlyFailedError):
        return FAILED
    if isinstance(error, UsageMistake):
        report(str(error))
        return USAGE
    if isinstance(error, CommandError):
        report(str(error))
        return FAILED
    sentence = _sentence_of_library(error)
    if sentence is None:
        sentence = f"internal error ({type(error).__name__}); the details are in {_write_log(error)}"
    report(sentence)
    return FAILED


def _sentence_of_library(error: BaseException) -> str | None:
    """The sentence of an error that the client library explains itself; None for a bug."""
    from eightcut_client.errors import EightcutError
    from eightcut_client.media.errors import MediaError

    if isinstance(error, EightcutError) and error.reason == "PROFILE_UNKNOWN":
        return f"{str(error).rstrip('.')}: 8cut profiles list shows those there are, 8cut profiles create makes one."
    if isinstance(error, EightcutError | MediaError):
        return str(error)
    if isinstance(error, UnicodeEncodeError):
        return "a name or text that was given is not valid UTF-8."
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    return None


def _write_log(error: BaseException) -> Path:
    import platformdirs

    path = Path(platformdirs.user_log_dir("8cut", appauthor=False)) / "8cut.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            traceback.print_exception(error, file=log)
    except OSError:
        # The log cannot be written; the traceback is the only trace there is, and EIGHTCUT_DEBUG=1 shows it.
        return Path("no log, because none could be written; EIGHTCUT_DEBUG=1 shows them")
    return path
