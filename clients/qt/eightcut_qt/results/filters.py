"""Which regions are shown: a threshold that is dragged, and a state."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from eightcut_qt.results.region_model import Shown
from eightcut_qt.results.typing_fields import NumberField

_STEPS = 1000


class FilterBar(QWidget):
    """Threshold as slider and number, and which states."""

    threshold_chosen = pyqtSignal(float)
    shown_chosen = pyqtSignal(object)
    """`Shown`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 20)
        self.slider.setSingleStep(_STEPS // 100)
        self.slider.setAccessibleName("Threshold")
        self.slider.setToolTip("Regions with a lower score are not shown and not exported.")
        self.spin = NumberField()
        self.spin.setRange(0.0, 1.0)
        self.spin.setDecimals(3)
        self.spin.setSingleStep(0.01)
        self.spin.setKeyboardTracking(False)
        self.spin.setAccessibleName("Threshold as a number")
        self.spin.setToolTip(self.slider.toolTip())
        self.states = QComboBox()
        for shown in Shown:
            self.states.addItem(shown.value, shown)
        self.states.setAccessibleName("Which regions are shown")
        self.states.setToolTip("Show only regions in this state.")
        label = QLabel("Th&reshold:")
        label.setBuddy(self.slider)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.spin)
        layout.addWidget(self.states)
        self.slider.valueChanged.connect(self._on_slider)
        self.spin.valueChanged.connect(self._on_spin)
        self.states.currentIndexChanged.connect(self._tell_shown)

    def set_threshold(self, threshold: float) -> None:
        """Show a threshold; nothing is emitted."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.slider.setValue(round(threshold * _STEPS))
            self.spin.setValue(threshold)

    def _on_slider(self, value: int) -> None:
        self.threshold_chosen.emit(value / _STEPS)

    def _on_spin(self, value: float) -> None:
        self.threshold_chosen.emit(value)

    def _tell_shown(self, _row: int) -> None:
        self.shown_chosen.emit(self.states.currentData())
