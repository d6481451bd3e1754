"""Which version is shown: a tab for each model, and a selector where a model has several versions."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSignalBlocker, QSize, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QTabBar, QToolButton, QVBoxLayout, QWidget


class _Tabs(QTabBar):
    """Tabs with room below the text: Fusion cuts off the underscores of model names."""

    def tabSizeHint(self, index: int) -> QSize:
        size = super().tabSizeHint(index)
        return QSize(size.width(), size.height() + self.fontMetrics().descent() * 2)


class VersionBar(QWidget):
    """Tabs, the selector, and the menu of the shown version."""

    model_chosen = pyqtSignal(str)
    version_chosen = pyqtSignal(str)
    """id."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = _Tabs()
        self.tabs.setAccessibleName("Models")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.selector = QComboBox()
        self.selector.setAccessibleName("Version")
        self.selector.setToolTip("Which version of the results is shown.")
        self.menu = QMenu(self)
        self.pin = QAction("Keep This Version for Good", self)
        self.pin.setCheckable(True)
        self.pin.setToolTip("It is not removed when newer versions come.")
        self.delete = QAction("Delete This Version…", self)
        self.menu.addActions([self.pin, self.delete])
        self.button = QToolButton()
        self.button.setText("Version")
        self.button.setToolTip("Keep or delete the version that is shown.")
        self.button.setMenu(self.menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setAutoRaise(True)
        top = QHBoxLayout()
        top.addWidget(self.tabs, 1)
        top.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.selector)
        self.tabs.currentChanged.connect(self._on_tab)
        self.selector.activated.connect(lambda row: self.version_chosen.emit(self.selector.itemData(row)))

    def set_models(self, labels: Sequence[tuple[str, str]], current: str) -> None:
        """Show tabs; nothing is emitted.

        Args:
            labels: Models with what their tabs say.
            current: The model that is shown.
        """
        with QSignalBlocker(self.tabs):
            while self.tabs.count() > len(labels):
                self.tabs.removeTab(self.tabs.count() - 1)
            for place, (model, text) in enumerate(labels):
                label = text.replace("&", "&&")
                if place == self.tabs.count():
                    self.tabs.addTab(label)
                self.tabs.setTabText(place, label)
                self.tabs.setTabData(place, model)
                if model == current:
                    self.tabs.setCurrentIndex(place)

    def set_versions(self, labels: Sequence[tuple[str, str]], current: str) -> None:
        """Show versions; nothing is emitted.

        Args:
            labels: Ids with what is said of them, the newest first.
            current: The id of the one that is shown.
        """
        same = [self.selector.itemData(row) for row in range(self.selector.count())] == [id_ for id_, _ in labels]
        with QSignalBlocker(self.selector):
            if not same:
                self.selector.clear()
            for row, (id_, label) in enumerate(labels):
                if same:
                    self.selector.setItemText(row, label)
                else:
                    self.selector.addItem(label, id_)
            self.selector.setCurrentIndex(self.selector.findData(current))
        self.selector.setVisible(len(labels) > 1)

    def set_version(self, *, named: bool, pinned: bool) -> None:
        """Show what can be done with the shown version: only named ones can be kept."""
        self.pin.setEnabled(named)
        with QSignalBlocker(self.pin):
            self.pin.setChecked(pinned)

    def _on_tab(self, place: int) -> None:
        if place >= 0:
            self.model_chosen.emit(self.tabs.tabData(place))
