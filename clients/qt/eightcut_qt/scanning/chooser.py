"""With which classifier files are scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from eightcut_qt.core.bus import Change, Topic

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClassifierRecord
    from eightcut_qt.core.tasks import Task

NOTHING_TRAINED = "No classifier is trained yet: mark some clips, then train one (Ctrl+T)."


class ModelChooser(QWidget):
    """The active version of each model, as a list to choose from; the choice is kept in the settings."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._task: Task[list[ClassifierRecord]] | None = None
        self._known = False
        self._found: list[ClassifierRecord] = []
        self._label = QLabel("Scan &with")
        self._box = QComboBox()
        self._box.setAccessibleName("Classifier to scan with")
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(18)
        self._box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._label.setBuddy(self._box)
        self._none = QLabel(NOTHING_TRAINED)
        self._none.setWordWrap(True)
        self._none.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        row.addWidget(self._box, 1)
        row.addWidget(self._none, 1)
        self._box.activated.connect(self._choose)
        context.bus.changed.connect(self._heard)
        self._fetch()

    @property
    def current(self) -> ClassifierRecord | None:
        """What is chosen."""
        row = self._box.currentIndex()
        return self._found[row] if 0 <= row < len(self._found) else None

    @property
    def known(self) -> bool:
        """Whether the services have said which there are."""
        return self._known

    def _heard(self, change: Change) -> None:
        if change.concerns(Topic.CLASSIFIERS):
            if change.topics & Topic.PROFILE:
                self._known = False
            self._fetch()

    def _fetch(self) -> None:
        if self._task is not None:
            self._task.stop()

        def active(_task: Task[list[ClassifierRecord]]) -> list[ClassifierRecord]:
            return [found for found in self._context.gateway.classifiers.list() if found.active]

        self._task = self._context.tasks.run(active, done=self._show, failed=lambda _error: None, owner=self)

    def _show(self, found: list[ClassifierRecord]) -> None:
        self._known = True
        before = self.current
        self._found = found
        self._box.clear()
        for classifier in found:
            self._box.addItem(f"{classifier.model} v{classifier.version}, threshold {classifier.threshold:.2f}")
        models = [classifier.model for classifier in found]
        wanted = before.model if before is not None else self._context.settings.value.scan.model
        self._box.setCurrentIndex(models.index(wanted) if wanted in models else min(0, len(models) - 1))
        for widget in (self._label, self._box):
            widget.setVisible(bool(found))
        self._none.setVisible(not found)

    def _choose(self, _row: int) -> None:
        if self.current is not None:
            self._context.settings.update("scan", model=self.current.model)
