"""One run of ffmpeg: its progress, its words, its end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias, cast

from eightcut_client.cancellation import Cancellation
from eightcut_client.cutting.errors import FfmpegMissingError
from eightcut_client.cutting.guard import guarded, new_session

OnValue: TypeAlias = Callable[[str, str], None]
"""Told name and value of one figure of the progress."""

_LONGEST_LINE = 4096
_LINES = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        status: Exit status; 0 is success, negative a signal.
        words: The last lines that it wrote, without those of progress.
    """

    status: int
    words: tuple[str, ...]


def run_ffmpeg(
    command: Sequence[str],
    *,
    cancel: Cancellation | None = None,
    on_value: OnValue | None = None,
) -> Ended:
    """Run it to its end.

    Args:
        command: From `command_for`; progress goes to its standard output.
        cancel: Kills it at once.
        on_value: Told names and values of the progress.

    Raises:
        CancelledError: ``cancel`` was used; the process has ended.
        FfmpegMissingError: It cannot be started.
    """
    try:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **new_session(),
        )
    except (OSError, ValueError) as error:
        raise FfmpegMissingError(f"ffmpeg ({command[0]}) could not be started; is it still there?") from error
    words: deque[str] = deque(maxlen=_LINES)
    with _killed_at_exit(process), guarded(process.pid):
        stop = cancel.calling(lambda: kill(process)) if cancel is not None else contextlib.nullcontext()
        with stop:
            for line in _lines(cast(BinaryIO, process.stdout)):
                name, equals, value = line.partition("=")
                if equals and name.replace("_", "").isalnum():
                    if on_value is not None:
                        on_value(name, value.strip())
                elif line:
                    words.append(line)
            status = process.wait()
    if cancel is not None:
        cancel.check()
    return Ended(status, tuple(words))


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it and what it may have started, at once."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _killed_at_exit(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        kill(process)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _lines(output: BinaryIO) -> Iterator[str]:
    while line := output.readline(_LONGEST_LINE):
        yield line.decode("utf-8", "replace").strip()
