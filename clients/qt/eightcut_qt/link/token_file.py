"""The token that the person typed: in a file of its own that only they can read, never in the settings."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "desktop-token"


def write_token(folder: Path, token: str) -> Path:
    """Write the token whole or not at all and return the file, which only its owner can read.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / NAME
    unfinished = folder / f".{NAME}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(token + "\n")
    unfinished.replace(file)
    return file


def remove_token(folder: Path) -> None:
    """Forget the token."""
    (folder / NAME).unlink(missing_ok=True)
