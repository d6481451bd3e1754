"""How clips are made into files: the fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eightcut_client.cutting.options import AUDIO_FORMATS, CROP_RATIOS, ENCODERS, FORMATS
from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from eightcut_qt.core.elided_label import ElidedLabel
from eightcut_qt.core.settings import ExportSettings
from eightcut_qt.core.theme import Colors
from eightcut_qt.exporting.choices import MOST_WORKERS
from eightcut_qt.exporting.key_strip import KeyStrip

_FORMATS = {
    "mp4": "MP4 (H.264, PCM sound)",
    "webp": "WebP images + WAV",
    "wav": "WAV (sound only)",
    "flac": "FLAC (sound only)",
    "mp3": "MP3 (sound only)",
    "m4a": "M4A (sound only)",
    "ogg": "Ogg Vorbis (sound only)",
    "opus": "Opus (sound only)",
}
_ENCODERS = {
    "software": "Software",
    "auto": "Hardware where it works",
    "nvenc": "NVENC",
    "vaapi": "VAAPI",
    "qsv": "Quick Sync",
    "amf": "AMF",
    "videotoolbox": "VideoToolbox",
}
_STEPS = 1000


class ExportForm(QWidget):
    """Export folder, names, format and crop; knows the settings' values, not where they are kept.

    Attributes:
        strip: Keyframes of the crop.
        key_buttons: Where buttons for keyframes belong.
    """

    edited = pyqtSignal(object)
    """`ExportSettings`, after the person changed something."""
    choose_wanted = pyqtSignal()
    """The person wants to choose an export folder."""
    center_moved = pyqtSignal(float)
    """Of the crop, 0 to 1: at the playhead where there are keyframes."""

    def __init__(self, values: ExportSettings, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self.folder = ElidedLabel("Export folder of this playlist tab", leave_out=Qt.TextElideMode.ElideMiddle)
        self.choose = QToolButton()
        self.choose.setText("Choose…")
        self.choose.setAccessibleName("Choose the export folder")
        self.choose.setToolTip("Choose where the clips of the files in this playlist tab go.")
        self.by_folder = _check("A folder for each class", "Clips of each folder go to an export folder of their own.")
        self.when_marking = _check("Cut when marking", "Cut a clip to files as soon as it is marked.")
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name.setPlaceholderText("as the folder")
        self.name.setAccessibleName("How the names of files begin")
        self.format = _choice("Format of files", FORMATS, _FORMATS)
        self.encoder = _choice("Video encoder", ENCODERS, _ENCODERS)
        self.short_side = QSpinBox()
        self.short_side.setRange(0, 4320)
        self.short_side.setSingleStep(16)
        self.short_side.setSuffix(" px")
        self.short_side.setSpecialValueText("as in the source")
        self.short_side.setAccessibleName("Shorter side of the picture in pixels")
        self.short_side.setKeyboardTracking(False)
        self.crop = _choice("Crop", ("", *CROP_RATIOS), {"": "Whole picture"})
        self.center = QSlider(Qt.Orientation.Horizontal)
        self.center.setRange(0, _STEPS)
        self.center.setPageStep(_STEPS // 10)
        self.center.setSingleStep(_STEPS // 100)
        self.center.setAccessibleName("Centre of the crop")
        self.center.setToolTip("Where the crop lies; it can be dragged in the picture, too.")
        self.strip = KeyStrip(colors)
        self.key_buttons = QHBoxLayout()
        self.portrait = _check("Random 9:16", "About a third of the files, chosen at random, are cropped.")
        self.square = _check("Random 1:1", "About a third of the files, chosen at random, are cropped.")
        self.ltx2 = _check("For LTX-2", "25 frames a second, 8 n + 1 frames, sides that are multiples of 32.")
        self.workers = QSpinBox()
        self.workers.setRange(1, MOST_WORKERS)
        self.workers.setAccessibleName("How many files are cut at the same time")
        self._lay_out()
        self.show_values(values)
        self._connect()

    def show_values(self, values: ExportSettings) -> None:
        """Show the values as they are now; a field that shows its value already is left."""
        self._values = values
        for box, on in self._checks(values):
            with QSignalBlocker(box):
                box.setChecked(on)
        for combo, value in ((self.format, values.format), (self.encoder, values.encoder), (self.crop, values.crop)):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(max(combo.findData(value), 0))
        for number, wanted in ((self.short_side, values.short_side), (self.workers, values.workers)):
            with QSignalBlocker(number):
                number.setValue(wanted)
        if self.name.text().strip() != values.name:
            with QSignalBlocker(self.name):
                self.name.setText(values.name)
        self._allow()

    def show_center(self, center: float) -> None:
        """Show where the crop lies at the playhead."""
        if not self.center.isSliderDown():
            with QSignalBlocker(self.center):
                self.center.setValue(round(center * _STEPS))

    def _checks(self, values: ExportSettings) -> Sequence[tuple[QCheckBox, bool]]:
        return (
            (self.by_folder, values.by_folder),
            (self.when_marking, values.cut_when_marking),
            (self.portrait, values.random_portrait),
            (self.square, values.random_square),
            (self.ltx2, values.ltx2),
        )

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.when_marking)
        to = QLabel("E&xport to")
        to.setBuddy(self.choose)
        form.addRow(to, _line((self.folder, 1), (self.choose, 0)))
        form.addRow("", self.by_folder)
        form.addRow("N&ame", self.name)
        form.addRow("For&mat", self.format)
        form.addRow("Enco&der", self.encoder)
        short, at_once = QLabel("Short s&ide"), QLabel("At o&nce")
        short.setBuddy(self.short_side)
        at_once.setBuddy(self.workers)
        form.addRow(short, _line((self.short_side, 2), (at_once, 0), (self.workers, 1)))
        crop = QLabel("Cr&op")
        crop.setBuddy(self.crop)
        form.addRow(crop, _line((self.crop, 1), (self.center, 1)))
        keys = QLabel("&Keyframes")
        keys.setBuddy(self.strip)
        self.key_buttons.insertWidget(0, self.strip, 1)
        form.addRow(keys, self.key_buttons)
        form.addRow("", _line((self.portrait, 1), (self.square, 1)))
        form.addRow("", self.ltx2)

    def _connect(self) -> None:
        self.choose.clicked.connect(self.choose_wanted)
        for box, _on in self._checks(self._values):
            box.toggled.connect(self._tell)
        for combo in (self.format, self.encoder, self.crop):
            combo.currentIndexChanged.connect(self._tell)
        for number in (self.short_side, self.workers):
            number.valueChanged.connect(self._tell)
        self.name.textChanged.connect(self._tell)
        self.center.valueChanged.connect(self._move)

    def _move(self, value: int) -> None:
        self.center_moved.emit(value / _STEPS)

    def _allow(self) -> None:
        """Enable what has a meaning for the format."""
        pictures = self.format.currentData() not in AUDIO_FORMATS
        for widget in (self.short_side, self.crop, self.portrait, self.square, self.ltx2):
            widget.setEnabled(pictures)
        self.encoder.setEnabled(self.format.currentData() == "mp4")
        cropped = pictures and any((self.crop.currentData(), self.portrait.isChecked(), self.square.isChecked()))
        self.center.setEnabled(cropped)
        self.strip.setEnabled(cropped)

    def _tell(self) -> None:
        self._allow()
        short = self.short_side.value()
        self._values = replace(
            self._values,
            cut_when_marking=self.when_marking.isChecked(),
            by_folder=self.by_folder.isChecked(),
            name=self.name.text().strip(),
            format=self.format.currentData(),
            encoder=self.encoder.currentData(),
            short_side=short if short >= 16 else 0,
            crop=self.crop.currentData(),
            random_portrait=self.portrait.isChecked(),
            random_square=self.square.isChecked(),
            ltx2=self.ltx2.isChecked(),
            workers=self.workers.value(),
        )
        self.edited.emit(self._values)


def _check(text: str, tip: str) -> QCheckBox:
    made = QCheckBox(text)
    made.setToolTip(tip)
    return made


def _choice(name: str, values: Sequence[str], texts: dict[str, str]) -> QComboBox:
    made = QComboBox()
    for value in values:
        made.addItem(texts.get(value, value), value)
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(8)
    return made


def _line(*widgets: tuple[QWidget, int]) -> QHBoxLayout:
    line = QHBoxLayout()
    for widget, stretch in widgets:
        line.addWidget(widget, stretch)
    return line
