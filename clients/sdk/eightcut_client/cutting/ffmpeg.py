"""Finding an ffmpeg that can do what cutting needs: the system's, or the one that a package brings."""

from __future__ import annotations

import functools
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.cutting.errors import FfmpegMissingError
from eightcut_client.media.errors import display_name

OVERRIDE = "EIGHTCUT_FFMPEG"
"""Environment variable that names the program to use."""

NEEDED = frozenset({"libx264", "libwebp", "pcm_s16le", "flac", "libmp3lame", "aac", "libvorbis", "libopus"})
"""Encoders, one for each format."""

# A program without a console, such as the desktop client, would open one for each child on Windows.
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_SECONDS = 20.0
_ENCODER = re.compile(r"^ [VAS][A-Z.]{5} (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """A program that was tried.

    Attributes:
        path: Of the program.
        version: Its own word, such as ``5.1.9-0+deb12u1``.
        encoders: Names of those that were built in; a hardware encoder among them need not work.
        pcm_in_mp4: It can write MP4 with PCM sound; those before 6.1 cannot.
    """

    path: Path
    version: str
    encoders: frozenset[str]
    pcm_in_mp4: bool = True

    @property
    def complete(self) -> bool:
        """Whether it can write all formats."""
        return self.pcm_in_mp4 and self.encoders >= NEEDED

    def require(self, encoder: str, *, pcm_in_mp4: bool = False) -> None:
        """Check that it can write something.

        Raises:
            FfmpegMissingError: It cannot.
        """
        if encoder not in self.encoders or (pcm_in_mp4 and not self.pcm_in_mp4):
            what = "MP4 with PCM sound" if encoder in self.encoders else encoder
            raise FfmpegMissingError(
                f"ffmpeg {self.version} ({self.path}) cannot write {what}; "
                "install a newer one, or the package imageio-ffmpeg."
            )


def find_ffmpeg() -> Ffmpeg:
    """Return the ffmpeg to use; each program is tried once in a process, and again when it was replaced.

    That is the one that the environment variable EIGHTCUT_FFMPEG names, else the system's if it can write all
    formats, else that of the package imageio-ffmpeg, else whatever there is.

    Raises:
        FfmpegMissingError: There is none, or the one in EIGHTCUT_FFMPEG does not run.
    """
    override = os.environ.get(OVERRIDE)
    if override:
        found = _try(shutil.which(override) or override)
        if found is None:
            raise FfmpegMissingError(f"{OVERRIDE} names {display_name(override)}, which does not run as ffmpeg.")
        return found
    usable: list[Ffmpeg] = []
    for path in _candidates():
        found = _try(path)
        if found is not None:
            if found.complete:
                return found
            usable.append(found)
    if not usable:
        raise FfmpegMissingError(
            "There is no ffmpeg on this machine; install it, or the package imageio-ffmpeg that brings one."
        )
    return max(usable, key=lambda found: (found.pcm_in_mp4, len(found.encoders & NEEDED)))


def _candidates() -> Iterator[str]:
    on_path = shutil.which("ffmpeg")
    if on_path is not None:
        yield on_path
    try:
        package = importlib.import_module("imageio_ffmpeg")
        yield str(package.get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError):
        # RuntimeError: the package is there, without a program for this platform.
        return


def _try(path: str) -> Ffmpeg | None:
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return _probe(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=16)
def _probe(path: str, mtime_ns: int, size: int) -> Ffmpeg | None:
    """Ask the program at ``path``; the other parameters are of the cache."""
    del mtime_ns, size
    said = _output(path, "-version")
    version = re.match(r"ffmpeg version (\S+)", said)
    if version is None:
        return None
    encoders = frozenset(_ENCODER.findall(_output(path, "-hide_banner", "-encoders")))
    return Ffmpeg(Path(path), version[1], encoders, pcm_in_mp4=_writes_pcm_in_mp4(path))


def _writes_pcm_in_mp4(path: str) -> bool:
    sound = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=0.1", "-c:a", "pcm_s16le")
    target = ("-f", "mp4", "-movflags", "+empty_moov", "-y", "pipe:1")
    return _run(path, "-v", "error", "-nostdin", *sound, *target) is not None


def _output(path: str, *arguments: str) -> str:
    return (_run(path, *arguments) or b"").decode("utf-8", "replace")


def _run(path: str, *arguments: str) -> bytes | None:
    """Return what the program writes, None where it fails."""
    try:
        done = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            creationflags=NO_CONSOLE,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
