"""The form: what to train. It takes plain data and tells when the person changes something."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.training.choice import TrainChoice, name_mistake
from eightcut_qt.training.folders_model import FoldersModel, folder_text

if TYPE_CHECKING:
    from eightcut_qt.core.records import FolderRecord
    from eightcut_qt.gateway import EmbedderRecord

_AUTOMATIC = "Automatic only"
_LONGEST_MARGIN = 3600.0


class TrainForm(QWidget):
    """Shows and takes a `TrainChoice`.

    Attributes:
        manage: The button beside the hard negatives.
        filled: The folders and the embedders are known.
    """

    changed = pyqtSignal()
    """The person has changed something."""

    @property
    def filled(self) -> bool:
        """See the class."""
        return self._folders_known and self.embedder.count() > 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self._folders_known = False
        self._embedder = ""
        self.folders = FoldersModel(self)
        self.positive = QListView()
        self.no_folders = _remark("There are no folders with clips yet: mark some clips first.")
        self.negative = QComboBox()
        self.embedder = QComboBox()
        self.embedder_remark = _remark("")
        self.name = QLineEdit()
        self.name_remark = _remark("")
        self.margin = QDoubleSpinBox()
        self.video_folder = QLineEdit()
        self.browse = QPushButton("C&hoose…")
        self.exports = QCheckBox("Include &scan-exported clips")
        self.hard_negatives = QCheckBox("&Use hard negatives in training")
        self.manage = QPushButton("Mana&ge…")
        self._set_up()
        self._lay_out()
        self._connect()

    def choice(self) -> TrainChoice:
        """Return what is chosen."""
        return TrainChoice(
            positive_folders=self.folders.checked(),
            negative_folder=self.negative.currentData() or "",
            embedder=self._embedder,
            name=self.name.text(),
            margin=self.margin.value(),
            video_folder=self.video_folder.text().strip(),
            include_scan_exports=self.exports.isChecked(),
            use_hard_negatives=self.hard_negatives.isChecked(),
        )

    def set_choice(self, choice: TrainChoice) -> None:
        """Show a choice; tells nobody."""
        self._filling = True
        self.folders.set_checked(choice.positive_folders)
        self._fill_negative(choice.negative_folder)
        self._embedder = choice.embedder
        self.name.setText(choice.name)
        self.margin.setValue(choice.margin)
        self.video_folder.setText(choice.video_folder)
        self.exports.setChecked(choice.include_scan_exports)
        self.hard_negatives.setChecked(choice.use_hard_negatives)
        self._filling = False
        self._show_remarks()

    def set_folders(self, folders: Iterable[FolderRecord]) -> None:
        """Offer these folders; those for no training are left out. What is checked stays so."""
        offered = [folder for folder in folders if not folder.disabled and folder.clips]
        self._filling = True
        self.folders.set_folders(offered, with_exports=self.exports.isChecked())
        self._fill_negative(self.negative.currentData() or "")
        self._filling = False
        self._folders_known = True
        self.no_folders.setVisible(not offered)

    def set_embedders(self, embedders: Sequence[EmbedderRecord]) -> None:
        """Offer these; one that is not ready is shown with the reason, and cannot be chosen."""
        ready = [embedder.id for embedder in embedders if embedder.ready]
        if self._embedder not in ready:
            self._embedder = ready[0] if ready else ""
        self._filling = True
        self.embedder.clear()
        items = cast("QStandardItemModel", self.embedder.model())
        for row, embedder in enumerate(embedders):
            text = embedder.id if embedder.ready else f"{embedder.id}: not ready. {embedder.reason}"
            self.embedder.addItem(text, embedder.id)
            self.embedder.setItemData(row, embedder.reason or embedder.device, Qt.ItemDataRole.ToolTipRole)
            item = items.item(row)
            if not embedder.ready and item is not None:
                item.setFlags(item.flags() & ~(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable))
        self.embedder.setCurrentIndex(self.embedder.findData(self._embedder))
        self._filling = False
        self.embedder_remark.setText("" if ready else "No embedder is ready on this server.")
        self.embedder_remark.setVisible(not ready)

    def _set_up(self) -> None:
        self.positive.setModel(self.folders)
        self.positive.setAccessibleName("Folders of the sound")
        self.positive.setUniformItemSizes(True)
        self.positive.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.positive.setMinimumHeight(self.fontMetrics().height() * 6)
        for box in (self.negative, self.embedder):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(18)
        view = self.embedder.view()
        if view is not None:
            view.setTextElideMode(Qt.TextElideMode.ElideRight)
            view.setMinimumWidth(self.fontMetrics().horizontalAdvance("x") * 70)
        self.name.setPlaceholderText("None needed")
        self.name.setMaxLength(80)
        self.margin.setRange(0.0, _LONGEST_MARGIN)
        self.margin.setDecimals(1)
        self.margin.setSuffix(" s")
        self.margin.setToolTip("Windows farther than this from every clip are automatic negatives.")
        self.video_folder.setPlaceholderText("Where to look for missing files")
        self.video_folder.setClearButtonEnabled(True)
        self.browse.setToolTip("Choose the video folder.")
        self.exports.setToolTip("Otherwise a classifier would learn from its own mistakes.")
        self.hard_negatives.setToolTip("They stay where they are, used or not.")
        self.manage.setAccessibleName("Manage hard negatives")
        for button in (self.browse, self.manage):
            button.setAutoDefault(False)
        self._fill_negative("")
        self.embedder_remark.hide()
        self.no_folders.hide()

    def _lay_out(self) -> None:
        title = QLabel("&Folders of the sound:")
        title.setBuddy(self.positive)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Negative folder:", self.negative)
        form.addRow("&Embedder:", self.embedder)
        form.addRow(self.embedder_remark)
        form.addRow("Na&me:", _above(self.name, self.name_remark))
        form.addRow("Ma&rgin:", self.margin)
        form.addRow("&Video folder:", _beside(self.video_folder, self.browse))
        for field in (self.name, self.video_folder):
            label = form.labelForField(cast("QWidget", field.parentWidget()))
            cast("QLabel", label).setBuddy(field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(title)
        column.addWidget(self.positive, 1)
        column.addWidget(self.no_folders)
        column.addWidget(self.exports)
        column.addLayout(form)
        column.addWidget(_beside(self.hard_negatives, self.manage))
        self._order_tabs()

    def _order_tabs(self) -> None:
        order = (
            self.positive,
            self.exports,
            self.negative,
            self.embedder,
            self.name,
            self.margin,
            self.video_folder,
            self.browse,
            self.hard_negatives,
            self.manage,
        )
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.folders.checked_changed.connect(self._tell)
        self.negative.currentIndexChanged.connect(self._tell)
        self.embedder.currentIndexChanged.connect(self._choose_embedder)
        self.name.textChanged.connect(self._tell)
        self.margin.valueChanged.connect(self._tell)
        self.video_folder.textChanged.connect(self._tell)
        self.exports.toggled.connect(self._tell)
        self.hard_negatives.toggled.connect(self._tell)
        self.browse.clicked.connect(self._browse)

    def _tell(self) -> None:
        if not self._filling:
            self._show_remarks()
            self.changed.emit()

    def _choose_embedder(self) -> None:
        if not self._filling:
            self._embedder = self.embedder.currentData() or ""
            self._tell()

    def _show_remarks(self) -> None:
        wrong = name_mistake(self.name.text())
        model = self.choice().model
        self.name_remark.setText(wrong or (f"The model will be called {model}." if model else ""))

    def _fill_negative(self, chosen: str) -> None:
        """Offer "automatic only" first. A chosen folder that is gone stays: the preview says what is wrong."""
        filling, self._filling = self._filling, True
        self.negative.clear()
        self.negative.addItem(_AUTOMATIC, "")
        for folder in self.folders.folders:
            self.negative.addItem(folder_text(folder, with_exports=self.exports.isChecked()), folder.name)
        if chosen and self.negative.findData(chosen) < 0:
            self.negative.addItem(f"{chosen}: no clips", chosen)
        self.negative.setCurrentIndex(max(self.negative.findData(chosen), 0))
        self._filling = filling

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Choose the Video Folder", self.video_folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.video_folder.setText)
        dialog.open()


def _remark(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def _beside(wide: QWidget, narrow: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(wide, 1)
    row.addWidget(narrow)
    return both


def _above(upper: QWidget, lower: QWidget) -> QWidget:
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(upper)
    column.addWidget(lower)
    return both
