"""The pages of the import: what would come, and what came."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from eightcut_qt.importing.findings import FindingsTabs
from eightcut_qt.importing.report import LibraryReport, LibraryResult
from eightcut_qt.importing.text_table import TextTable
from eightcut_qt.importing.words import count_of, report_sentence, result_sentence

_REPORT = ("", "In the old library", "New", "Imported before", "Changed here", "Joined", "Damaged")
_RESULT = ("", "In the old library", "Here", "Left or joined", "Contents", "SHA-256 of both")


class ReportPage(QWidget):
    """What an import would do.

    Attributes:
        skip_damaged: Whether rows that cannot be understood are left out; hidden where there are none.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = _text()
        self.table = TextTable("What would be imported")
        self.findings = FindingsTabs()
        self.skip_damaged = QCheckBox()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sentence)
        layout.addWidget(self.table)
        layout.addWidget(self.findings, 1)
        layout.addWidget(self.skip_damaged)

    def show_report(self, report: LibraryReport) -> None:
        """Show another report."""
        self.sentence.setText(report_sentence(report))
        rows = [
            (line.name, *_numbers(line.rows, line.new, line.known, line.changed, line.merged, line.damaged))
            for line in report.tables
        ]
        self.table.show_rows(_REPORT, rows, range(1, len(_REPORT)), wide=0)
        _fit(self.table, len(rows))
        self.findings.show_findings(report.findings)
        what = count_of(report.damaged, "row that cannot", "rows that cannot")
        self.skip_damaged.setText(f"&Leave out {what} be understood, and import the others")
        self.skip_damaged.setVisible(report.damaged > 0)


class ResultPage(QWidget):
    """What an import did."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = _text()
        self.table = TextTable("The old library compared with what is here")
        self.remark = _text()
        self.findings = FindingsTabs()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sentence)
        layout.addWidget(self.table)
        layout.addWidget(self.remark)
        layout.addWidget(self.findings, 1)
        layout.addStretch()

    def show_result(self, result: LibraryResult) -> None:
        """Show another result."""
        self.sentence.setText(result_sentence(result))
        rows = [
            (
                line.name,
                *_numbers(line.sent, line.found, line.apart),
                "the same" if line.equal else "different",
                line.found_hash[:16] if line.equal else f"{line.sent_hash[:16]} ≠ {line.found_hash[:16]}",
            )
            for line in result.tables
        ]
        self.table.show_rows(_RESULT, rows, range(1, 4))
        _fit(self.table, len(rows))
        said = []
        if result.profiles:
            said.append(f"New {'profile' if len(result.profiles) == 1 else 'profiles'}: {', '.join(result.profiles)}.")
        if result.left_out:
            what = count_of(result.left_out, "row that cannot", "rows that cannot")
            said.append(f"{what} be understood {'was' if result.left_out == 1 else 'were'} left out.")
        if result.missing_media:
            one = result.missing_media == 1
            which = count_of(result.missing_media, "media file was", "media files were")
            where = "it when you know where it lies" if one else "them when you know where they lie"
            said.append(f"{which} not found: Locate Media in the File menu finds {where}.")
        self.remark.setText(" ".join(said))
        self.remark.setVisible(bool(said))
        self.findings.show_findings(result.findings)


def _numbers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in numbers)


def _text() -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _fit(table: TextTable, rows: int) -> None:
    """Make a table as high as its rows."""
    header, lines = table.horizontalHeader(), table.verticalHeader()
    if header is not None and lines is not None:
        height = header.sizeHint().height() + rows * lines.defaultSectionSize() + 2 * table.frameWidth()
        table.setFixedHeight(height + table.fontMetrics().height() // 2)
