"""Colours: of the window's widgets (Qt's own palettes) and of what we draw ourselves."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QApplication

Mode: TypeAlias = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Colors:
    """What we draw with, as #rrggbb; text on `background` has a contrast of at least 4.5 to 1 (WCAG 2.2, AA)."""

    dark: bool
    background: str
    raised: str
    text: str
    muted: str
    line: str
    accent: str
    waveform: str
    cursor: str
    playhead: str
    region_low: str
    """Regions at a score of 0 …"""
    region_high: str
    """… and of 1: between them it is mixed."""
    disabled: str
    ghost: str
    negative: str
    selection: str
    score: str
    comparison: str
    threshold: str
    gained: str
    lost: str
    moved: str
    good: str
    warning: str
    error: str
    folders: tuple[str, ...]
    """Clip markers: a folder keeps its colour, see `folder_color`."""

    def folder_color(self, folder: str) -> str:
        """Return the colour of a folder, the same in every run."""
        return self.folders[zlib.crc32(folder.encode()) % len(self.folders)]


LIGHT = Colors(
    dark=False,
    background="#fbfbfa",
    raised="#f0f0ee",
    text="#1d1f21",
    muted="#5f6368",
    line="#d5d5d0",
    accent="#1a5fb4",
    waveform="#5b7fa6",
    cursor="#c01c28",
    playhead="#1d1f21",
    region_low="#f0c24b",
    region_high="#2a9d4a",
    disabled="#b6b6b1",
    ghost="#c9c9c4",
    negative="#c01c28",
    selection="#1a5fb4",
    score="#7a3e9d",
    comparison="#b35900",
    threshold="#c01c28",
    gained="#17722f",
    lost="#b3261e",
    moved="#8a5a00",
    good="#17722f",
    warning="#8a5a00",
    error="#b3261e",
    folders=("#1a5fb4", "#c64600", "#26803c", "#813d9c", "#a51d2d", "#986a44", "#0d7f84", "#6d5c00"),
)

DARK = Colors(
    dark=True,
    background="#1b1d1f",
    raised="#26292c",
    text="#e8e8e5",
    muted="#a3a8ad",
    line="#3a3e42",
    accent="#78aeed",
    waveform="#6f9bc9",
    cursor="#ff7b72",
    playhead="#f4f4f0",
    region_low="#b98a1d",
    region_high="#57d07a",
    disabled="#5a5e62",
    ghost="#4a4e52",
    negative="#ff7b72",
    selection="#78aeed",
    score="#d0a3f0",
    comparison="#ffb067",
    threshold="#ff7b72",
    gained="#57d07a",
    lost="#ff8a80",
    moved="#e5b64b",
    good="#57d07a",
    warning="#e5b64b",
    error="#ff8a80",
    folders=("#78aeed", "#ffa348", "#57d07a", "#dc8add", "#ff8a80", "#cdab8f", "#5bc8cf", "#e0cf5a"),
)


class Theme(QObject):
    """The look that is in use."""

    changed = pyqtSignal()

    def __init__(self, application: QApplication, mode: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._mode: str = mode
        application.setStyle("Fusion")
        hints = application.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self.changed)
        self.set_mode(mode)

    @property
    def mode(self) -> str:
        """``system``, ``light`` or ``dark``."""
        return self._mode

    @property
    def colors(self) -> Colors:
        """What to draw with now."""
        if self._mode == "system":
            hints = self._application.styleHints()
            dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = self._mode == "dark"
        return DARK if dark else LIGHT

    def set_mode(self, mode: str) -> None:
        """Change the look; everything that watches `changed` draws itself again."""
        self._mode = mode if mode in ("light", "dark") else "system"
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        hints = self._application.styleHints()
        if hints is not None:
            hints.setColorScheme(schemes.get(self._mode, Qt.ColorScheme.Unknown))
        self.changed.emit()


def color(text: str, alpha: float = 1.0) -> QColor:
    """Return a colour of `Colors` for Qt, with an opacity of 0 to 1."""
    made = QColor(text)
    made.setAlphaF(alpha)
    return made
