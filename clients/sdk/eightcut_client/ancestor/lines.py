"""The lines that an import is compared by, before and after: see eightcut.store.v1.TableSum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eightcut_client.ancestor.finding import MediaBook
from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.ancestor.rows import OldClipFile, OldHidden, OldNegative, OldRegion
from eightcut_client.ancestor.schema import HARD_NEGATIVES, HIDDEN_FILES, PROCESSED, SCAN_RESULTS

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class LineSum(NamedTuple):
    """What the rows of a table sum up to.

    Attributes:
        rows: How many different lines.
        sha256: Of them, in the order of their bytes.
    """

    rows: int
    sha256: str


def sum_up(library: OldLibrary, book: MediaBook) -> dict[str, LineSum]:
    """Return the sum of each table."""
    return {
        PROCESSED: _sum(_clip_line(row, book) for row in library.files),
        SCAN_RESULTS: _sum(_region_line(row, book) for row in library.regions),
        HARD_NEGATIVES: _sum(_negative_line(row, book) for row in library.negatives),
        HIDDEN_FILES: _sum(_hidden_line(row, book) for row in library.hidden),
    }


def _sum(lines: Iterator[list[object]]) -> LineSum:
    encoded = sorted({_encode(line).encode() for line in lines})
    return LineSum(len(encoded), _digest(encoded))


def _digest(lines: Iterable[bytes]) -> str:
    sha256 = hashlib.sha256()
    for line in lines:
        sha256.update(line)
        sha256.update(b"\n")
    return sha256.hexdigest()


def _clip_line(row: OldClipFile, book: MediaBook) -> list[object]:
    return [
        row.profile,
        book.of(row.filename, row.source_path).line_text,
        row.start_us,
        row.duration_us,
        row.folder,
        row.label,
        row.category,
        int(row.scan_export),
        row.export_folder,
        row.path,
        row.format,
        row.short_side,
        row.crop_ratio,
        row.crop_center,
        row.clip_count,
        row.spread_us,
        row.create_us,
    ]


def _region_line(row: OldRegion, book: MediaBook) -> list[object]:
    return [
        row.profile,
        book.of(row.filename).line_text,
        row.model,
        row.scanned_us,
        row.start_us,
        row.end_us,
        row.original_start_us,
        row.original_end_us,
        row.score,
        int(row.disabled),
    ]


def _negative_line(row: OldNegative, book: MediaBook) -> list[object]:
    return [row.profile, book.of(row.filename, row.source_path).line_text, row.start_us, row.source_model]


def _hidden_line(row: OldHidden, book: MediaBook) -> list[object]:
    return [row.profile, book.of(row.filename).line_text]
