"""What the window is filled with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Panels:
    """The panels; `add_paths` puts files and folders into the playlist."""

    playlist: QWidget
    clips: QWidget
    playback: QWidget
    timeline: QWidget
    results: QWidget
    review: QWidget
    scan: QWidget
    add_paths: Callable[[Sequence[Path]], object]
