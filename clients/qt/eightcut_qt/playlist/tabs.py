"""Tabs that can be named in place."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QLineEdit, QTabBar, QTabWidget, QWidget


class PlaylistTabs(QTabWidget):
    """A tab widget whose tabs can be moved, closed, and named by a double-click."""

    renamed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Playlists")
        self.bar = _NamedBar(self)
        self.setTabBar(self.bar)
        self.setMovable(True)
        self.setTabsClosable(True)
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.bar.renamed.connect(self.renamed)

    def rename_current(self) -> None:
        """Let the person type another name for the current tab."""
        self.bar.rename(self.currentIndex())


class _NamedBar(QTabBar):
    """Shows a text field over the tab that gets another name."""

    renamed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Playlist tabs")
        self._page: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.setAccessibleName("Name of the tab")
        self.field.setMaxLength(100)
        self.field.hide()
        self.field.installEventFilter(self)
        self.field.editingFinished.connect(self._finish)

    def rename(self, index: int) -> None:
        """Begin."""
        if index < 0:
            return
        place = self.tabRect(index)
        place.setWidth(max(place.width(), self.fontMetrics().averageCharWidth() * 16))
        self._page = self._tabs().widget(index)
        self.field.setText(self.tabText(index).replace("&&", "&"))
        self.field.setGeometry(place)
        self.field.show()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is not None and (index := self.tabAt(event.position().toPoint())) >= 0:
            self.rename(index)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See QObject: Esc leaves the name as it was."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            self._page = None
            self._finish()
            return True
        return super().eventFilter(watched, event)

    def _finish(self) -> None:
        page, self._page = self._page, None
        if self.field.isHidden():
            return
        self.field.hide()
        name = self.field.text().strip()
        index = -1 if page is None else self._tabs().indexOf(page)
        if index >= 0 and name:
            self.setTabText(index, name.replace("&", "&&"))
            self.renamed.emit()
        if page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tabs(self) -> QTabWidget:
        parent = self.parentWidget()
        assert isinstance(parent, QTabWidget)
        return parent
