"""Text in the format of another program, as a command's result."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from enum import StrEnum
from pathlib import Path

import typer

from eightcut_cli.failures import CommandError
from eightcut_cli.output import Output, plural


class Format(StrEnum):
    """File formats of labels, written and read."""

    CSV = "csv"
    JSON = "json"
    AUDACITY = "audacity"
    RAVEN = "raven"
    LOSSLESSCUT = "losslesscut"
    WEBVTT = "webvtt"
    SRT = "srt"
    EDL = "edl"


#: Of commands that read or write lists of cuts. The names are those of eightcut_client.formats.timecode.
FPS = typer.Option("--fps", metavar="RATE", help="For edl: 25, 29.97, 29.97df (drop-frame), 23.976, 24, 30, 50, …")


def emit_text(out: Output, text: str, *, format_: str, output: Path | None, count: int, noun: str) -> None:
    """Writes the text to a file, or prints it."""
    if output is not None:
        write_whole(output, text)
        out.emit(
            {"format": format_, "output": str(output), f"{noun}s": count},
            lambda: out.line(f"wrote {plural(count, noun)} to {output}"),
        )
    elif out.as_json:
        out.emit({"format": format_, "text": text}, lambda: None)
    else:
        sys.stdout.write(text)


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all; what was there before stays until then.

    Raises:
        CommandError: It cannot be written.
    """
    try:
        _write_whole(path, text)
    except OSError as error:
        # By the name that the person gave, not by that of the unfinished file.
        raise CommandError(f"{path} cannot be written: {(error.strerror or 'unwritable').lower()}.") from error


def _write_whole(path: Path, text: str) -> None:
    data = text.encode("utf-8")
    if path.exists() and not path.is_file():
        # A pipe or a device, such as /dev/stdout.
        path.write_bytes(data)
        return
    path = path.resolve()  # A link stays a link.
    unfinished = path.with_name(f".8cut-{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
