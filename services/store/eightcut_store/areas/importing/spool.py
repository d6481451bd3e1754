"""Rows kept outside of memory between their arrival and the transaction."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

Row = TypeVar("Row", bound="tuple[Any, ...]")

_IN_MEMORY = 1024 * 1024


class Spool(Generic[Row]):
    """Rows of one type in the order in which they came; beyond a mebibyte they lie in a temporary file.

    Args:
        row: Their type, a NamedTuple of what JSON can hold.
    """

    def __init__(self, row: type[Row]) -> None:
        self._row = row
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self.rows = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Adds the rows of one message."""
        if rows:
            self._file.write(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self.rows += len(rows)

    def chunks(self) -> Iterator[list[Row]]:
        """Yields the rows, those of one message at a time."""
        make: Any = self._row._make  # type: ignore[attr-defined] # all row types are NamedTuples
        self._file.seek(0)
        for line in self._file:
            yield [make(values) for values in json.loads(line)]

    def close(self) -> None:
        """Forgets the rows."""
        self._file.close()
