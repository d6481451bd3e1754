"""Rows of an old library as the Store takes them in, and the lines that their content is compared by.

Times are whole microseconds; ``key`` is the source key as hex; ``line`` the line of the row as it came (see
eightcut.store.v1.TableSum).
"""

from __future__ import annotations

import hashlib
import json
from enum import IntEnum
from typing import Any, NamedTuple

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Table(IntEnum):
    """Numbers of eightcut.store.v1.ImportedTable."""

    PROCESSED = 1
    SCAN_RESULTS = 2
    HARD_NEGATIVES = 3
    HIDDEN_FILES = 4

    @property
    def title(self) -> str:
        """The table's name in the old database."""
        return self.name.lower()


SCANS = 0
"""The ``kind`` under which scans, which are groups of rows, are remembered."""


class MediaRow(NamedTuple):
    """Media; ``digest`` is that of name and place where the file was not found, and ``text`` stands for it in lines."""

    digest: str
    unlocated: bool
    text: str
    filename: str
    path_hint: str
    size_bytes: int
    duration_us: int


class ClipRow(NamedTuple):
    """A file and the clip that it belongs to; ``settings`` are columns of `ClipFile`."""

    key: str
    line: str
    profile: str
    media: int
    start_us: int
    folder: str
    label: str
    category: str
    origin: int
    export_folder: str
    path: str
    sub_index: int
    settings: dict[str, Any]
    create_us: int


class ScanRow(NamedTuple):
    """A scan; ``create_us`` is -1 where it is not known."""

    number: int
    key: str
    profile: str
    media: int
    model: str
    create_us: int


class RegionRow(NamedTuple):
    """A region of the scan with this number."""

    key: str
    line: str
    scan: int
    start_us: int
    end_us: int
    original_start_us: int
    original_end_us: int
    score: float
    disabled: bool


class NegativeRow(NamedTuple):
    """A hard negative."""

    key: str
    line: str
    profile: str
    media: int
    start_us: int
    source_model: str


class HiddenRow(NamedTuple):
    """Media that a profile hides."""

    key: str
    line: str
    profile: str
    media: int


def stand_in(filename: str, path_hint: str) -> str:
    """Returns the digest of media whose file was not found: of name and place."""
    content = f"8-cut unlocated media\n{filename}\n{path_hint}"
    return hashlib.sha256(content.encode()).hexdigest()


def media_text(digest: str, unlocated: bool, filename: str, path_hint: str) -> str:
    """Returns what stands for media in a line."""
    return f"{filename}\0{path_hint}" if unlocated else digest


def line_of(*values: str | float) -> str:
    """Returns the line of a row: see eightcut.store.v1.TableSum for the values of each table."""
    return _encode(values)
