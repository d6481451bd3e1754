"""Colours: of the window's widgets (Qt's own palettes) and of what we draw ourselves."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PyQt6.QtCore import QObject, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QWidget

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
        self._mode = ""
        application.setStyle(_Style("Fusion"))
        self._system_palette = application.palette()
        hints = application.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._system_changed)
        self.set_mode(mode)

    @property
    def mode(self) -> str:
        """``system``, ``light`` or ``dark``."""
        return self._mode

    @property
    def colors(self) -> Colors:
        """What to draw with now."""
        if self._mode == "system":
            return DARK if _is_dark(self._application.palette()) else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def set_mode(self, mode: str) -> None:
        """Change the look; everything that watches `changed` draws itself again."""
        mode = mode if mode in ("light", "dark") else "system"
        if mode == self._mode:
            return
        self._mode = mode
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        hints = self._application.styleHints()
        if hints is not None:  # For window frames and native dialogs; not every platform hears it.
            hints.setColorScheme(schemes.get(mode, Qt.ColorScheme.Unknown))
        self._application.setPalette(self._system_palette if mode == "system" else palette(self.colors))
        self.changed.emit()

    def _system_changed(self) -> None:
        if self._mode == "system":
            self.changed.emit()


class _Style(QProxyStyle):
    """Qt's Fusion, without what cannot be seen on a dark ground.

    It draws the outlines of empty boxes darker than the window, and its icons are dark.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._icons: dict[QStyle.StandardPixmap, QIcon] = {}

    def standardIcon(
        self, which: QStyle.StandardPixmap, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> QIcon:
        """See QStyle."""
        if which in _BUTTON_ICONS:
            return QIcon()
        if which not in _TITLE_ICONS:
            return super().standardIcon(which, option, widget)
        if which not in self._icons:
            self._icons[which] = _title_icon(cross=which != QStyle.StandardPixmap.SP_TitleBarNormalButton)
        return self._icons[which]

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """See QStyle."""
        super().drawPrimitive(element, option, painter, widget)
        if element in _BOXES and option is not None and painter is not None:
            outline = option.palette.color(QPalette.ColorRole.Text)
            outline.setAlphaF(0.55 if option.state & QStyle.StateFlag.State_Enabled else 0.25)
            painter.save()
            painter.setPen(outline)
            if element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawEllipse(QRectF(option.rect).adjusted(1, 1, -1, -1))
            else:
                painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.restore()


_BOXES = (
    QStyle.PrimitiveElement.PE_IndicatorCheckBox,
    QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
    QStyle.PrimitiveElement.PE_IndicatorRadioButton,
)
_TITLE_ICONS = (
    QStyle.StandardPixmap.SP_TitleBarCloseButton,
    QStyle.StandardPixmap.SP_DockWidgetCloseButton,
    QStyle.StandardPixmap.SP_TitleBarNormalButton,
)
_BUTTON_ICONS = (
    QStyle.StandardPixmap.SP_DialogOkButton,
    QStyle.StandardPixmap.SP_DialogCancelButton,
    QStyle.StandardPixmap.SP_DialogCloseButton,
)
_GREY = "#808890"  # Seen on a light ground as on a dark one: docks keep their icons when the theme changes.


def _title_icon(*, cross: bool) -> QIcon:
    """Return an icon that closes a panel, or lets it float."""
    icon = QIcon()
    for side in (10, 16, 20, 32, 48):
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(_GREY), side / 9))
        near, far = side * 0.22, side * 0.78
        if cross:
            painter.drawLine(QPointF(near, near), QPointF(far, far))
            painter.drawLine(QPointF(near, far), QPointF(far, near))
        else:
            painter.drawRect(QRectF(near, near + 0.16 * side, 0.42 * side, 0.42 * side))
            corner = [QPointF(near + 0.16 * side, near), QPointF(far, near), QPointF(far, far - 0.16 * side)]
            painter.drawPolyline(QPolygonF(corner))
        painter.end()
        icon.addPixmap(pixmap)
    return icon


def palette(colors: Colors) -> QPalette:
    """Return the palette of widgets that goes with colours of ours."""
    made = QPalette(QColor(colors.raised), QColor(colors.raised))
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    plain = {
        role.WindowText: colors.text,
        role.Base: colors.background,
        role.AlternateBase: colors.raised,
        role.Text: colors.text,
        role.ButtonText: colors.text,
        role.ToolTipBase: colors.raised,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.muted,
        role.BrightText: colors.error,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.Accent: colors.accent,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.background,
    }
    for which, value in plain.items():
        made.setColor(which, QColor(value))
    faint = QColor(colors.muted)
    faint.setAlphaF(0.7)
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(group.Disabled, which, faint)
    made.setColor(group.Disabled, role.Highlight, QColor(colors.line))
    return made


def _is_dark(shown: QPalette) -> bool:
    return shown.window().color().lightness() < shown.windowText().color().lightness()


def color(text: str, alpha: float = 1.0) -> QColor:
    """Return a colour of `Colors` for Qt, with an opacity of 0 to 1."""
    made = QColor(text)
    made.setAlphaF(alpha)
    return made
