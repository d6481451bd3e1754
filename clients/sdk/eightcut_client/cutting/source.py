"""What is known about the file that clips are cut from."""

from __future__ import annotations

import contextlib
import json
import os
import site
import subprocess
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from eightcut_client.cancellation import Cancellation
from eightcut_client.cutting.clocks import Clock
from eightcut_client.cutting.ffmpeg import NO_CONSOLE
from eightcut_client.media.errors import ERRORS_BY_NAME, DecoderCrashedError, MediaError, display_name
from eightcut_client.media.files import FileStamp, absolute
from eightcut_client.media.wire import Request

_CHILD = "eightcut_client.cutting.source_child"
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120.0
_SLOWEST = 1_000_000  # Bytes a second of a disk.
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """The video track to cut.

    Attributes:
        index: Of the track in the file.
        width: As shown, that is, turned as the file says; in pixels of the file.
        height: In pixels of the file.
        shape: Width of a pixel by its height.
        rate: Frames a second, a fraction.
        full_range: Black is 0 and white 255, as in JPEG, where video has 16 and 235.
        first: No track of the file begins before it.
        interlaced: Its pictures are two fields each, of different moments.
        agrees: Its clock jumps where that of the sound does; looked at only where timestamps come twice.
    """

    index: int
    width: int
    height: int
    shape: float
    rate: str
    full_range: bool = False
    first: bool = True
    interlaced: bool = False
    agrees: bool = True

    @property
    def frame_rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.rate)


@dataclass(frozen=True, slots=True)
class Sound:
    """The audio track to cut.

    Attributes:
        index: Of the track in the file.
        rate: Hz.
        channels: How many.
        layout: FFmpeg's name.
        first: No track of the file begins before it.
    """

    index: int
    rate: int
    channels: int
    layout: str
    first: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A file that clips are cut from.

    Attributes:
        container: FFmpeg's name.
        zero: Media time 0 as a timestamp of the file, seconds.
        restarts: The format's clock may jump (broadcasts).
        clocks: At least one; more where it does jump.
        picture: None where there is no moving picture.
        sound: Its audio.
    """

    container: str
    zero: float
    restarts: bool
    clocks: tuple[Clock, ...]
    picture: Picture | None
    sound: Sound


_known: OrderedDict[tuple[str, FileStamp], Source] = OrderedDict()
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def look_at(path: Path, expect: FileStamp | None = None, cancel: Cancellation | None = None) -> Source:
    """Return what is known about a file; looked at once for each state of it.

    A file whose clock may jump is read from beginning to end, at the speed of its disk.

    Raises:
        CancelledError: ``cancel`` was used.
        MediaError: It cannot be read, is no media, has no sound, or is not in the state ``expect``.
    """
    name = absolute(path)
    stamp = expect or FileStamp.of(name)
    with _guard:
        lock = _locks.setdefault(name, threading.Lock())
    # Workers that begin with the same file wait for the first of them.
    with lock:
        with _guard:
            found = _known.get((name, stamp))
        if found is None:
            found = _ask(name, stamp, cancel)
            with _guard:
                _known[name, stamp] = found
                while len(_known) > _KEPT:
                    _locks.pop(_known.popitem(last=False)[0][0], None)
        return found


def _ask(name: str, stamp: FileStamp, cancel: Cancellation | None) -> Source:
    request = Request(
        path=name, probe=True, sample_rate=16_000, channels=1, start_sample=0, chunk_samples=1, expect=stamp
    )
    seconds = _SECONDS + stamp.size / _SLOWEST
    with subprocess.Popen(
        [sys.executable, "-P", "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        creationflags=NO_CONSOLE,
    ) as child:
        try:
            with cancel.calling(child.kill) if cancel is not None else contextlib.nullcontext():
                told, _ = child.communicate(request.to_bytes(), seconds)
        except subprocess.TimeoutExpired as error:
            raise MediaError(f"{display_name(name)} could not be looked at within {seconds:.0f} s.") from error
        finally:
            child.kill()
    if cancel is not None:
        cancel.check()
    try:
        answer: dict[str, Any] = json.loads(told)
    except ValueError as error:
        status = child.returncode
        raise DecoderCrashedError(f"The decoder broke down on {display_name(name)} (exit status {status}).") from error
    if "error" in answer:
        raise ERRORS_BY_NAME.get(answer["error"], MediaError)(answer["message"])
    picture, sound = answer.pop("picture"), Sound(**answer.pop("sound"))
    clocks = tuple(Clock(**clock) for clock in answer.pop("clocks"))
    return Source(**answer, clocks=clocks, picture=None if picture is None else Picture(**picture), sound=sound)


def _environment() -> dict[str, str]:
    """Return the child's; it finds this package also in a source tree that is not installed."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    installed = {Path(folder).resolve() for folder in (*site.getsitepackages(), site.getusersitepackages())}
    if _PACKAGE_ROOT not in installed:
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), before)))
    return environment
