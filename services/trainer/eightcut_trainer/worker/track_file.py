"""The vectors of a media in a file, which the process that trains maps into its memory."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt


class TrackWriter:
    """Writes a ``.npy`` file of float32 ``[rows, dim]``, a few rows at a time.

    By ordinary writes: a full disk is then an error, and not the end of the process, as it is where a mapped file is
    written to.

    Args:
        path: The file.
        rows: How many rows there will be.
        dim: Their length.
    """

    def __init__(self, path: Path, rows: int, dim: int) -> None:
        self._file = path.open("wb")
        header = {"descr": "<f4", "fortran_order": False, "shape": (rows, dim)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, rows: npt.NDArray[np.float32]) -> None:
        """Writes the next rows.

        Raises:
            OSError: The disk is full.
        """
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").data)

    def __enter__(self) -> Self:
        """Returns the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file."""
        self._file.close()


def open_track(path: Path) -> npt.NDArray[np.float32]:
    """Maps such a file, read-only.

    Raises:
        ValueError: It is no such file, or is cut off.
    """
    mapped: npt.NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped
