"""The settings: the look, playback, scanning, clips, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.shell.key_edits import KeyEdits
from eightcut_qt.shell.keys_page import KeysPage

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))


class SettingsDialog(QDialog):
    """What is accepted is used at once and kept; cancelling leaves everything as it was."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle("Settings")
        self.keys = KeyEdits(context.actions.specs, context.settings.value.keys)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Groups of settings")
        self.tabs.addTab(self._general(), "&General")
        self.tabs.addTab(self._clips(), "&Clips")
        self.keys_page = KeysPage(self.keys, context.theme)
        self.tabs.addTab(self.keys_page, "&Keys")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs)
        layout.addWidget(self.buttons)
        height = self.fontMetrics().height()
        self.resize(40 * height, 32 * height)

    def accept(self) -> None:
        """Use and keep what is entered."""
        settings, context = self._context.settings, self._context
        theme = self.theme.currentData()
        context.theme.set_mode(theme)
        settings.update("appearance", theme=theme)
        settings.update("playback", context=self.context_seconds.value())
        settings.update("scan", jobs=self.jobs.value())
        settings.update(
            "clips",
            duration=self.duration.value(),
            count=self.count.value(),
            spread=self.spread.value(),
            folder=self.folder.text().strip(),
            sub_profiles=tuple(part.strip() for part in self.sub_profiles.text().split(",") if part.strip())[:9],
            label=self.label.text().strip(),
            category=self.category.text().strip(),
        )
        own = self.keys.own()
        context.actions.set_keys(own)
        settings.set_keys(own)
        super().accept()

    def _general(self) -> QWidget:
        value = self._context.settings.value
        self.theme = QComboBox()
        for mode, text in _THEMES:
            self.theme.addItem(text, mode)
        self.theme.setCurrentIndex(max(self.theme.findData(value.appearance.theme), 0))
        self.context_seconds = _seconds(0.0, 30.0, value.playback.context)
        self.context_seconds.setToolTip("Played before and after a region in the review.")
        self.jobs = QSpinBox()
        self.jobs.setRange(0, 32)
        self.jobs.setSpecialValueText("by the number of cores")
        self.jobs.setValue(value.scan.jobs)
        self.jobs.setToolTip("More need more memory here and on the server.")
        return _page(
            ("&Theme:", self.theme),
            ("&Played around a region:", self.context_seconds),
            ("Files scanned at &once:", self.jobs),
        )

    def _clips(self) -> QWidget:
        value = self._context.settings.value.clips
        self.duration = _seconds(0.1, 3600.0, value.duration)
        self.count = QSpinBox()
        self.count.setRange(1, 100)
        self.count.setValue(value.count)
        self.count.setToolTip("How many files a clip is cut to; without cutting, how many clips are marked at once.")
        self.spread = _seconds(0.0, 3600.0, value.spread)
        self.spread.setToolTip("How much later each of them starts than the one before.")
        self.folder = QLineEdit(value.folder)
        self.folder.setPlaceholderText("the name of the sound, such as door")
        self.sub_profiles = QLineEdit(", ".join(value.sub_profiles))
        self.sub_profiles.setPlaceholderText("such as close, far")
        self.sub_profiles.setToolTip("Endings of the folder's name on the keys 1 to 9, with commas between them.")
        self.label = QLineEdit(value.label)
        self.category = QLineEdit(value.category)
        return _page(
            ("&Duration:", self.duration),
            ("&Number:", self.count),
            ("&Spread:", self.spread),
            ("&Folder:", self.folder),
            ("Keys &1 to 9:", self.sub_profiles),
            ("&Label:", self.label),
            ("C&ategory:", self.category),
        )


def _seconds(least: float, most: float, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(least, most)
    box.setDecimals(1)
    box.setSingleStep(0.5)
    box.setSuffix(" s")
    box.setValue(value)
    return box


def _page(*rows: tuple[str, QWidget]) -> QWidget:
    page = QWidget()
    form = QFormLayout(page)
    for text, field in rows:
        label = QLabel(text)
        label.setBuddy(field)
        field.setAccessibleName(text.replace("&", "").rstrip(":"))
        form.addRow(label, field)
    return page
