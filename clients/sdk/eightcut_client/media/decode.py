"""Probing and decoding media files in a process of their own.

FFmpeg never runs in the client's process: a file that crashes it costs a `DecoderCrashedError`, not the
client. The process is a fresh interpreter (no fork), so it is safe beside threads and gRPC, and on Windows.
"""

from __future__ import annotations

import contextlib
import json
import os
import site
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from eightcut_client.media.errors import (
    ERRORS_BY_NAME,
    DecodeCancelledError,
    DecoderCrashedError,
    MediaError,
    display_name,
)
from eightcut_client.media.files import AnyPath, FileStamp, absolute
from eightcut_client.media.info import DecodeSummary, MediaInfo
from eightcut_client.media.wire import MAX_PAYLOAD, Kind, Request, read_message

#: 256 KiB of mono s16: the size of an upload message.
CHUNK_SAMPLES = 131_072

_CHILD = "eightcut_client.media.decoder_child"
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def probe(path: AnyPath, *, expect: FileStamp | None = None) -> MediaInfo:
    """Look at a file without decoding its audio.

    Args:
        path: A regular file of any name.
        expect: The state the file must be in, e.g. the one its digest was taken of.

    Raises:
        MediaError: One of its subclasses, with a sentence for the user.
    """
    request = Request(
        path=absolute(path),
        probe=True,
        sample_rate=16_000,
        channels=1,
        start_sample=0,
        chunk_samples=1,
        expect=expect,
    )
    with DecodedAudio(request) as decoding:
        return decoding.info


def decode(
    path: AnyPath,
    *,
    sample_rate: int = 16_000,
    channels: int = 1,
    start_sample: int = 0,
    chunk_samples: int = CHUNK_SAMPLES,
    expect: FileStamp | None = None,
    on_skip: Callable[[int], None] | None = None,
) -> DecodedAudio:
    """Decode the audio of a file to interleaved signed 16-bit little-endian PCM.

    Sample ``n`` is at media time ``n / sample_rate`` (see `eightcut_client.media.timeline`). Decoding always
    begins at the start of the file and drops what comes before ``start_sample``: that is the only way that
    is exact for every codec, and it runs at over a thousand times real time. The result is the same to the
    bit whatever ``start_sample`` and ``chunk_samples`` are. Memory does not depend on the file's length.

    Args:
        path: A regular file of any name.
        sample_rate: Of the result, 1,000 to 384,000 Hz.
        channels: Of the result, 1 or 2; mixed down as FFmpeg does.
        start_sample: First sample (per channel) wanted; may be beyond the end.
        chunk_samples: Samples (per channel) in every chunk but the last.
        expect: The state the file must be in, e.g. the one its digest was taken of.
        on_skip: Told about once a second how many samples before ``start_sample`` are done.

    Returns:
        An iterator over the chunks, to be used as a context manager. Errors in the file are raised where
        they are met: by the first access to ``info`` or by the iteration.

    Raises:
        ValueError: A parameter is out of its range.
        OSError: The decoder process could not be started.
    """
    if not 1_000 <= sample_rate <= 384_000:
        raise ValueError(f"sample_rate must be 1,000 to 384,000 Hz, not {sample_rate}")
    if channels not in (1, 2):
        raise ValueError(f"channels must be 1 or 2, not {channels}")
    if start_sample < 0:
        raise ValueError(f"start_sample must not be negative, but is {start_sample}")
    if not 1 <= chunk_samples <= MAX_PAYLOAD // (2 * channels):
        raise ValueError(f"chunk_samples is out of range: {chunk_samples}")
    request = Request(
        path=absolute(path),
        probe=False,
        sample_rate=sample_rate,
        channels=channels,
        start_sample=start_sample,
        chunk_samples=chunk_samples,
        expect=expect,
    )
    return DecodedAudio(request, on_skip=on_skip)


# A program without a console, such as the desktop client, would open one for each child on Windows.
_NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class DecodedAudio:
    """A running decoder: iterate over its chunks of PCM, inside ``with``.

    One thread iterates; any thread may call `close`.
    """

    def __init__(self, request: Request, *, on_skip: Callable[[int], None] | None = None) -> None:
        """Start the process; use `decode`."""
        self._path = request.path
        self._on_skip = on_skip
        self._info: MediaInfo | None = None
        self._summary: DecodeSummary | None = None
        self._finished = False
        self._closed = threading.Event()
        # An argument list, no shell; the file's name is not in it but in the request.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            creationflags=_NO_CONSOLE,
        )
        self._output = cast(BinaryIO, self._process.stdout)
        try:
            # A child that died at once is reported by the first read.
            with contextlib.suppress(BrokenPipeError, OSError), cast(BinaryIO, self._process.stdin) as stdin:
                stdin.write(request.to_bytes())
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> MediaInfo:
        """What the file says of itself; waits for it.

        Raises:
            MediaError: The file cannot be opened.
        """
        if self._info is None:
            kind, payload = self._next()
            if kind is not Kind.INFO:
                raise self._crash()
            self._info = MediaInfo(**json.loads(payload))
        return self._info

    @property
    def summary(self) -> DecodeSummary:
        """What was found, once the iteration has come to its end.

        Raises:
            RuntimeError: It has not.
        """
        if self._summary is None:
            raise RuntimeError("the summary is known only after the last chunk")
        return self._summary

    @property
    def total_samples(self) -> int:
        """Samples per channel of the whole file, once the iteration has come to its end.

        Raises:
            RuntimeError: It has not.
        """
        return self.summary.total_samples

    def __iter__(self) -> Iterator[bytes]:
        """Return the iterator itself: the chunks can be had once."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk.

        Raises:
            MediaError: The file is bad, has changed, the decoder crashed, or `close` was called.
        """
        if self._finished:
            raise StopIteration
        _ = self.info
        while True:
            kind, payload = self._next()
            if kind is Kind.AUDIO:
                return payload
            if kind is Kind.SKIPPED and self._on_skip is not None:
                self._on_skip(int(json.loads(payload)["samples"]))
            if kind is Kind.END:
                self._summary = DecodeSummary(**json.loads(payload))
                self._finished = True
                raise StopIteration

    def close(self) -> None:
        """Stop: kill the process and wait for its end, which is a matter of milliseconds. Idempotent."""
        self._closed.set()
        self._process.kill()
        self._process.wait()
        # The reader, perhaps in another thread, holds the buffer's lock until it sees the end of the pipe,
        # which the kill has brought about.
        self._output.close()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _next(self) -> tuple[Kind, bytes]:
        try:
            message = None if self._closed.is_set() else read_message(self._output)
        except ValueError as error:
            # Not a message; or the pipe was closed between our look and the read.
            raise self._crash() from error
        if message is None:
            raise self._crash()
        kind, payload = message
        if kind is Kind.ERROR:
            fields = json.loads(payload)
            raise ERRORS_BY_NAME.get(fields["error"], MediaError)(fields["message"])
        return kind, payload

    def _crash(self) -> MediaError:
        name = display_name(self._path)
        if self._closed.is_set():
            return DecodeCancelledError(f"Decoding {name} was cancelled.")
        self._process.kill()
        status = self._process.wait()
        return DecoderCrashedError(f"The decoder broke down on {name} (exit status {status}).")


def _environment() -> dict[str, str]:
    """Return the child's; it finds this package also in a source tree that is not installed."""
    # numpy would start a thread for every core, which nothing here uses.
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    installed = {Path(folder).resolve() for folder in (*site.getsitepackages(), site.getusersitepackages())}
    if _PACKAGE_ROOT not in installed:
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), before)))
    return environment
