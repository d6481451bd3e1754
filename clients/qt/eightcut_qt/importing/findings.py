"""Tabs with what is to be known of an old library: one for each kind, with its number."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from eightcut_qt.importing.report import Finding
from eightcut_qt.importing.text_table import TextTable, copy


class FindingsTabs(QTabWidget):
    """Shows findings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What is to be known of the library")
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        bar = self.tabBar()
        if bar is not None:
            bar.setAccessibleName("What is to be known of the library")

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show these; those that warn come first and have a sign."""
        while self.count():
            page = self.widget(0)
            self.removeTab(0)
            if page is not None:
                page.deleteLater()
        for finding in sorted(findings, key=lambda one: not one.warns):
            sign = "⚠ " if finding.warns else ""
            self.addTab(_Page(finding), f"{sign}{finding.title} ({finding.count:,})".replace("&", "&&"))
        self.setVisible(bool(findings))


class _Page(QWidget):
    """One finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        remark = QLabel(finding.remark)
        remark.setWordWrap(True)
        remark.setTextFormat(Qt.TextFormat.PlainText)
        table = TextTable(finding.title)
        table.show_rows(finding.columns, finding.rows, wide=finding.wide)
        what = "" if finding.copies is None else f" {finding.columns[finding.copies]}"
        button = QPushButton(f"&Copy{what}")
        button.setAutoDefault(False)
        button.setToolTip("Copy the selected rows, or all of them.")
        button.clicked.connect(lambda: copy(table.selected_text(finding.copies)))
        more = QLabel()
        if finding.count > len(finding.rows):
            more.setText(f"The first {len(finding.rows):,} of {finding.count:,} are listed.")
        bottom = QHBoxLayout()
        bottom.addWidget(more, 1)
        bottom.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(remark)
        layout.addWidget(table, 1)
        layout.addLayout(bottom)
