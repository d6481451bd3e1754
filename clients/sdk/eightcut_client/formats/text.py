"""Text of files that other programs wrote, in whatever encoding, and the numbers in it."""

from __future__ import annotations

import codecs
import math
import re
from pathlib import Path

from eightcut_client.formats.entries import LabelError
from eightcut_client.media.errors import display_name

_LARGEST = 64 * 1024 * 1024
# The longer marks first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Ten years: beyond any media, and within what the API's durations hold.
_LONGEST = 10 * 365.25 * 86_400
_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def read_text(path: Path) -> tuple[str, str]:
    """Read a file of text.

    Returns:
        The text, and a note where its encoding had to be guessed, else "".

    Raises:
        LabelError: It cannot be read, or is no text.
    """
    name = display_name(path)
    try:
        if path.exists() and not path.is_file():
            raise LabelError(f"{name} is no file.")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        strerror = error.strerror if isinstance(error, OSError) else None
        raise LabelError(f"{name} cannot be read: {(strerror or 'unreadable').lower()}.") from None
    if len(data) > _LARGEST:
        raise LabelError(f"{name} is larger than {_LARGEST // 2**20} MB: this is no list of labels.")
    text, note = _decode(data, name)
    if "\0" in text:
        raise LabelError(f"{name} is no text file.")
    return text, note


def _decode(data: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), ""
            except UnicodeDecodeError:
                raise LabelError(f"{name} is damaged: its text is not the {encoding.upper()} that it says.") from None
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return data.decode("latin-1"), f"{name} is not UTF-8 text; it was read as Latin-1."


def lines_of(text: str) -> list[str]:
    """Return the lines; only line feeds and carriage returns end one, not all that Unicode calls a line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def seconds(text: str, what: str) -> float:
    """Read a time: seconds (with a decimal point or comma), or a clock time ("1:23.4", "1:02:03").

    Args:
        text: The time.
        what: Where it stands, for the sentence: "line 7, column start".

    Raises:
        LabelError: It is none, or one that no media has.
    """
    *larger, last = text.strip().replace(",", ".").split(":")
    valid = len(larger) <= 2 and all(re.fullmatch(r"\d{1,9}", part, re.ASCII) for part in larger)
    if not valid or _NUMBER.fullmatch(last) is None or (larger and not 0 <= float(last) < 60):
        raise LabelError(f"{what}: “{_short(text)}” is no time in seconds.")
    return checked(float(last) + sum(int(part) * 60.0**n for n, part in enumerate(reversed(larger), start=1)), what)


def checked(value: float, what: str) -> float:
    """Return a time in seconds that media can have.

    Raises:
        LabelError: It is not.
    """
    if math.isnan(value) or value > _LONGEST:
        raise LabelError(f"{what}: a time is longer than any media.")
    if value < 0:
        raise LabelError(f"{what}: a time lies before the beginning.")
    return value


def number(text: str) -> float | None:
    """Return a number, None where the text is none."""
    text = text.strip().replace(",", ".")
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def in_order(start: float, end: float, what: str) -> None:
    """Check that a label does not end before it starts.

    Raises:
        LabelError: It does.
    """
    if end < start:
        raise LabelError(f"{what}: it ends at {end:g} s, before it starts at {start:g} s.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
