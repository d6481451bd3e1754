"""The form's two pages."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QSizePolicy, QTabWidget, QVBoxLayout, QWidget


class FormTabs(QTabWidget):
    """As high as the page that is shown, so that the table below gets the rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName("Marking and cutting")
        self.currentChanged.connect(self.updateGeometry)

    def add(self, page: QWidget, title: str) -> None:
        """Add a page."""
        holder = QWidget()
        layout = QVBoxLayout(holder)
        margin = self.fontMetrics().height() // 3
        layout.setContentsMargins(0, margin, 0, 0)
        layout.addWidget(page)
        self.addTab(holder, title)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return self._with_page(super().sizeHint(), QWidget.sizeHint)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return self._with_page(super().minimumSizeHint(), QWidget.minimumSizeHint)

    def _with_page(self, size: QSize, hint: Callable[[QWidget], QSize]) -> QSize:
        page, bar = self.currentWidget(), self.tabBar()
        if page is None or bar is None:
            return size
        return QSize(size.width(), hint(page).height() + bar.sizeHint().height())
