"""Keeps FFmpeg, which Qt plays media with, from printing what it thinks of each file."""

from __future__ import annotations

import ctypes
from pathlib import Path

from PyQt6.QtCore import QLibraryInfo

_AV_LOG_ERROR = 16  # libavutil/log.h


def hush_ffmpeg() -> None:
    """Let it print errors only. Qt has no setting for it: its own copy of libavutil is asked, where it is found."""
    place = QLibraryInfo.LibraryPath
    for folder in (QLibraryInfo.path(place.LibrariesPath), QLibraryInfo.path(place.BinariesPath)):
        for library in Path(folder).glob("*avutil*"):
            try:
                ctypes.CDLL(str(library)).av_log_set_level(_AV_LOG_ERROR)
            except (OSError, AttributeError):
                continue
