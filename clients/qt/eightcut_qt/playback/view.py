"""The picture, as large as fits."""

from __future__ import annotations

from typing import Protocol

from PyQt6.QtCore import QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QImage, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from eightcut_qt.core.theme import Colors, color


class Overlay(Protocol):
    """Something painted over the picture, which may take the mouse."""

    def paint(self, painter: QPainter, picture: QRectF) -> None:
        """Paint it over the area of the picture."""

    def press(self, picture: QRectF, point: QPointF) -> bool:
        """Take the mouse; False: the click is not for it."""

    def move(self, picture: QRectF, point: QPointF) -> None:
        """Follow the mouse that it took."""

    def release(self) -> None:
        """Let go of it."""


class VideoView(QWidget):
    """Shows an image with its proportions kept, or words where there is none.

    It paints images itself: so screenshots show the picture, and nothing lies over other widgets. Measured: 2 ms of
    the UI thread to paint a frame of 1080p; see `pictures` for how it becomes an image.
    """

    clicked = pyqtSignal()

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._image: QImage | None = None
        self._title = self._text = ""
        self._overlay: Overlay | None = None
        self._taken = False  # The overlay has the mouse.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Video")

    def set_colors(self, colors: Colors) -> None:
        """Use another look."""
        self._colors = colors
        self.update()

    def set_picture(self, image: QImage | None) -> None:
        """Show an image, or the words when it is None."""
        self._image = image
        self.update()

    def set_words(self, title: str, text: str = "") -> None:
        """Say what is shown where there is no image."""
        if (title, text) != (self._title, self._text):
            self._title, self._text = title, text
            self.setAccessibleDescription(" ".join(filter(None, (title, text))))
            self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Paint something over the picture; call `update` when it looks different."""
        self._overlay = overlay
        self.update()

    def picture_area(self) -> QRectF:
        """Return where the image is painted."""
        area = QRectF(self.rect())
        if self._image is None or self._image.isNull():
            return area
        size = self._image.deviceIndependentSize()
        size.scale(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painted = QRectF(0, 0, size.width(), size.height())
        painted.moveCenter(area.center())
        return painted

    def sizeHint(self) -> QSize:
        """See QWidget."""
        line = self.fontMetrics().height()
        return QSize(line * 32, line * 18)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        line = self.fontMetrics().height()
        return QSize(line * 10, line * 5)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            over = self._overlay if self._image is not None else None
            self._taken = over is not None and over.press(self.picture_area(), event.position())
            if not self._taken:
                self.clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is not None and self._taken and self._overlay is not None:
            self._overlay.move(self.picture_area(), event.position())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._taken:
            self._taken = False
            if self._overlay is not None:
                self._overlay.release()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), color(self._colors.background))
        if self._image is not None and not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture_area(), self._image)
            if self._overlay is not None:
                self._overlay.paint(painter, self.picture_area())
        else:
            self._paint_words(painter)
        if self.hasFocus():
            painter.setPen(color(self._colors.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        line = self.fontMetrics().height()
        area = self.rect().adjusted(line, line, -line, -line)
        middle = area.center().y()
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        large = QFont(self.font())
        large.setPointSizeF(self.font().pointSizeF() * 1.3)
        painter.setFont(large)
        painter.setPen(color(self._colors.text))
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(QRect(area.left(), middle - line * 2, area.width(), line * 2), flags, title)
        painter.setFont(self.font())
        painter.setPen(color(self._colors.muted))
        painter.drawText(QRect(area.left(), middle, area.width(), line * 4), flags, self._text)
