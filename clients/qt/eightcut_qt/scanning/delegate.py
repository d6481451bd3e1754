"""Paints how far a file is, behind its state."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QObject, QRectF, Qt
from PyQt6.QtGui import QPainter, QPalette
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from eightcut_qt.core.theme import Theme, color
from eightcut_qt.scanning.items import ScanState
from eightcut_qt.scanning.table import PROGRESS_ROLE, STATE_ROLE


class ProgressDelegate(QStyledItemDelegate):
    """Draws the cell as usual, with a bar under the text while the file is worked on."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """See QStyledItemDelegate."""
        if painter is None:
            return
        share = index.data(PROGRESS_ROLE)
        if share is not None and not option.state & QStyle.StateFlag.State_Selected:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            room = QRectF(option.rect).adjusted(2, 2, -2, -2)
            painter.setBrush(color(self._theme.colors.line, 0.6))
            painter.drawRoundedRect(room, 3, 3)
            painter.setBrush(color(self._theme.colors.accent, 0.35))
            painter.drawRoundedRect(QRectF(room.left(), room.top(), room.width() * share, room.height()), 3, 3)
            painter.restore()
        super().paint(painter, option, index)

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """See QStyledItemDelegate."""
        super().initStyleOption(option, index)
        if option is None:
            return
        colors = self._theme.colors
        shown = {
            ScanState.FAILED: colors.error,
            ScanState.DONE: colors.good,
            ScanState.WAITING: colors.muted,
            ScanState.SKIPPED: colors.muted,
            ScanState.STOPPED: colors.warning,
        }.get(index.data(STATE_ROLE))
        if shown is not None:
            option.palette.setColor(QPalette.ColorRole.Text, color(shown))
