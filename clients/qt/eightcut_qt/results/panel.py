"""The results panel: which version is shown, its regions, and what can be done with them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMenu, QMessageBox, QSplitter, QToolButton, QVBoxLayout, QWidget

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.core.theme import color
from eightcut_qt.results import words
from eightcut_qt.results.actions import PANEL
from eightcut_qt.results.comparison import ComparisonPane
from eightcut_qt.results.difference_model import Difference
from eightcut_qt.results.editing import Editing
from eightcut_qt.results.export import Exporter
from eightcut_qt.results.exported import Exported
from eightcut_qt.results.filters import FilterBar
from eightcut_qt.results.region_model import RegionModel, Shown
from eightcut_qt.results.region_table import RegionTable
from eightcut_qt.results.version_bar import VersionBar
from eightcut_qt.results.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eightcut_client.cutting.options import CropKeyframe
    from PyQt6.QtCore import QPoint

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.state import OpenMedia
    from eightcut_qt.regions.documents import ScanDocument
    from eightcut_qt.results.clip_dialog import ClipExportDialog


class ResultsPanel(QWidget):
    """Shows the versions of the open file; decides which one is `ViewState.document`.

    Attributes:
        crop_keys: Returns where the crop of the open file lies over time, for clips that are exported.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.crop_keys: Callable[[], Sequence[CropKeyframe]] = tuple
        self._document: ScanDocument | None = None
        self._problem = ""
        self._model_of: dict[str, str] = {}  # Which tab was last shown, by media.
        self._version_of: dict[str, str] = {}  # Which version was chosen, by model of this media.
        self._threshold_of: dict[str, float] = {}  # By version.
        self.versions = Versions(context, self)
        self.exported = Exported(context, self)
        self.bar = VersionBar()
        self.filters = FilterBar()
        self.model = RegionModel(self)
        self.table = RegionTable(self.model)
        self.message = QLabel()
        self.summary = QLabel()
        self.comparison = ComparisonPane(context)
        self._editing = Editing(context, self.table)
        self._exporter = Exporter(context, self)
        self._clips_dialog: ClipExportDialog | None = None
        self._build()
        self._connect()
        context.keys.watch(self, PANEL)
        self._color()
        self._on_media(context.state.media)
        self._on_versions()

    def _connect(self) -> None:
        context, state = self._context, self._context.state
        context.actions.bind("results.export", self._export)
        context.actions.bind("results.export_clips", self._export_clips)
        context.actions.bind_toggle("results.compare", self._on_compare)
        self.comparison.setVisible(context.actions.action("results.compare").isChecked())
        self.versions.changed.connect(self._on_versions)
        self.exported.changed.connect(self._on_content)
        self.versions.arrived.connect(self._on_arrived)
        self.bar.model_chosen.connect(self._on_model)
        self.bar.version_chosen.connect(self._on_version)
        self.bar.pin.triggered.connect(self._on_pin)
        self.bar.delete.triggered.connect(self._on_delete)
        self.filters.threshold_chosen.connect(state.set_threshold)
        self.filters.shown_chosen.connect(self._on_shown)
        self.model.resize_wanted.connect(self._editing.resize, Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]  # PyQt's stubs
        self.table.selected.connect(state.set_selection)
        self.table.reached.connect(self._on_reached)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.comparison.reached.connect(self._on_difference)
        state.media_changed.connect(self._on_media)
        state.document_changed.connect(self._on_document)
        state.threshold_changed.connect(self._on_threshold)
        state.selection_changed.connect(self.table.select)
        context.bus.changed.connect(self._on_change)
        context.theme.changed.connect(self._color)

    # Which version

    def _on_media(self, media: OpenMedia | None) -> None:
        digest = "" if media is None else media.digest
        if digest != self.versions.media:
            self._version_of.clear()
            self.exported.set_media(digest)
            self.versions.set_media(digest)
        else:
            self._show_message()

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._model_of.clear()
            self._version_of.clear()
            self._threshold_of.clear()

    def _on_versions(self) -> None:
        """Show what is there, the version that was shown if it still is."""
        models = self.versions.models
        model = self._model_of.get(self.versions.media, "")
        if model not in models and models:
            model = max(models, key=lambda name: (models[name][0].created is not None, models[name][0].sequence))
        self._show(self._scan_of(model) if model else None)

    def _on_arrived(self, scan: ScanRecord) -> None:
        self._version_of.pop(scan.model, None)
        self._on_model(scan.model)

    def _on_model(self, model: str) -> None:
        self._model_of[self.versions.media] = model
        self._show(self._scan_of(model))

    def _on_version(self, id_: str) -> None:
        for scan in self.versions.all():
            if scan.id == id_:
                self._version_of[scan.model] = id_
                self._show(scan)

    def _scan_of(self, model: str) -> ScanRecord | None:
        versions = self.versions.models.get(model)
        if not versions:
            return None
        wanted = self._version_of.get(model)
        return next((scan for scan in versions if scan.id == wanted), versions[0])

    def _show(self, scan: ScanRecord | None) -> None:
        document = None if scan is None else self._context.documents.get(scan)
        self._context.state.set_document(document)
        self._show_versions()
        self._show_message()

    def _on_document(self, document: ScanDocument | None) -> None:
        old, self._document = self._document, document
        self._problem = ""
        if old is not None:
            self._threshold_of[old.scan.id] = self._context.state.threshold
            old.loaded.disconnect(self._on_content)
            old.load_failed.disconnect(self._on_load_failed)
            old.regions_changed.disconnect(self._on_content)
            old.negatives_changed.disconnect(self._on_content)
        if document is not None:
            document.loaded.connect(self._on_content)
            document.load_failed.connect(self._on_load_failed)
            document.regions_changed.connect(self._on_content)
            document.negatives_changed.connect(self._on_content)
            scan = document.scan
            self._context.state.set_threshold(self._threshold_of.get(scan.id, scan.threshold))
        self._on_content()

    def _on_content(self) -> None:
        document = self._document
        if document is None:
            self.model.set_regions(())
        else:
            exported = self.exported.ids(document.regions)
            self.model.set_regions(document.regions, document.negative_regions, exported)
        self._show_versions()
        self._show_message()

    def _on_load_failed(self, sentence: str) -> None:
        self._problem = sentence
        self._show_message()

    def _on_pin(self, pinned: bool) -> None:
        scan = self._scan
        if scan is not None:
            self.versions.set_pinned(scan, pinned=pinned)

    def _on_delete(self) -> None:
        scan = self._scan
        if scan is None:
            return
        what = words.version_label(scan, *self._counts(scan))
        box = QMessageBox(QMessageBox.Icon.Question, "Delete Version", f"Delete {scan.model}, {what}?", parent=self)
        box.setInformativeText("Its regions and scores are lost, and this cannot be undone.")
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(lambda _result: self.versions.delete(scan) if box.clickedButton() is delete else None)
        box.finished.connect(box.deleteLater)
        box.open()

    def _counts(self, scan: ScanRecord) -> tuple[int, float | None]:
        """Return how many regions a version has and the best score, with the edits so far."""
        document = self._context.documents.find(scan.id)
        if document is None or not document.is_loaded:
            return scan.region_count, scan.best_score
        return len(document.regions), document.best_score

    @property
    def _scan(self) -> ScanRecord | None:
        """The version that is shown, as it was last read."""
        document = self._document
        if document is None:
            return None
        return next((scan for scan in self.versions.all() if scan.id == document.scan.id), document.scan)

    def _show_versions(self) -> None:
        models, shown_scan = self.versions.models, self._scan
        current = "" if shown_scan is None else shown_scan.model
        labels = []
        for model in models:
            scan = self._scan_of(model)
            if scan is not None:
                labels.append((model, words.tab_label(scan, models[model], self._counts(scan)[0])))
        self.bar.set_models(labels, current)
        shown = models.get(current, ())
        self.bar.set_versions(
            [(scan.id, words.version_label(scan, *self._counts(scan))) for scan in shown],
            "" if shown_scan is None else shown_scan.id,
        )
        if shown_scan is None:
            self.comparison.set_scan(None, ())
            return
        self.bar.set_version(named=shown_scan.created is not None, pinned=shown_scan.pinned)
        others = [other for other in self.versions.all() if other.id != shown_scan.id]
        others.sort(key=lambda other: other.model != current)  # Of the same model first, the newest first.
        self.comparison.set_scan(shown_scan, [(other, words.short_label(other, models)) for other in others])

    # Its regions

    def _on_threshold(self, threshold: float) -> None:
        self.filters.set_threshold(threshold)
        self.model.set_threshold(threshold)
        self._show_summary()

    def _on_shown(self, shown: Shown) -> None:
        self.model.set_shown(shown)
        self._show_summary()

    def _on_reached(self, id_: str) -> None:
        region = None if self._document is None else self._document.region(id_)
        if region is not None:
            self._context.player.seek(region.start)

    def _on_difference(self, difference: Difference) -> None:
        self._context.player.seek(difference.region.start)
        after = None if difference.after is None or self._document is None else difference.after
        region = None if after is None or self._document is None else self._document.region(after.id)
        self._context.state.set_selection(() if region is None else (region.id,))

    def _on_compare(self, on: bool) -> None:
        self.comparison.setVisible(on)
        self.comparison.set_on(on)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        ids = ("play", "disable", "negative", "merge", "delete", "export_clips")
        menu.addActions([self._context.actions.action(f"results.{id_}") for id_ in ids])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        viewport = self.table.viewport()
        if viewport is not None:
            menu.popup(viewport.mapToGlobal(place))

    def _export(self) -> None:
        regions = self.model.export()
        if self._document is None or not regions:
            self._context.notices.info("There is nothing to export: no enabled region is shown.")
        else:
            self._exporter.ask(self._document, regions)

    def _export_clips(self) -> None:
        if self._document is None:
            return
        if self._clips_dialog is None:
            from eightcut_qt.results.clip_dialog import ClipExportDialog

            self._clips_dialog = ClipExportDialog(
                self._context, self.exported, self.model.export, self, crop_keys=self.crop_keys
            )
        self._clips_dialog.present()

    def _show_summary(self) -> None:
        known = self._document is not None and self._document.is_loaded
        counts = (self.model.rowCount(), self.model.total, *self.model.switched_on())
        self.summary.setText(words.summary(*counts) if known else "")

    def _show_message(self) -> None:
        """Show the table, or say why there is none."""
        document, media = self._document, self._context.state.media
        text = ""
        if media is None:
            text = "Open a file to see what was found in it."
        elif document is None and self.versions.is_loaded:
            key = self._key("scanning.scan")
            text = "This file has not been scanned yet" + (f": press {key}." if key else ".")
        elif document is None:
            text = self.versions.problem
        elif not document.is_loaded:
            text = self._problem
        elif not document.regions:
            text = "This version found nothing." if not document.undo.count() else "No regions are left."
        self.message.setText(text)
        self.message.setVisible(not document or bool(text))
        self.bar.setVisible(document is not None)
        for widget in (self.table, self.filters, self._bottom):
            widget.setVisible(document is not None and not text)
        for id_ in ("results.export", "results.export_clips"):
            self._context.actions.action(id_).setEnabled(document is not None)
        self._context.actions.action("results.compare").setEnabled(document is not None)
        self.comparison.setVisible(document is not None and self._context.actions.action("results.compare").isChecked())
        self._show_summary()

    def _key(self, id_: str) -> str:
        try:
            return next(iter(self._context.actions.keys(id_)), "")
        except KeyError:
            return ""

    def _color(self) -> None:
        self.model.set_muted(color(self._context.theme.colors.muted))

    def _build(self) -> None:
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.summary.setAccessibleName("Summary")
        self.summary.setWordWrap(True)
        self._bottom = QWidget()
        buttons = QHBoxLayout()
        for id_ in ("results.compare", "results.export", "results.export_clips"):
            button = QToolButton()
            button.setDefaultAction(self._context.actions.action(id_))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons.addWidget(button)
        buttons.addStretch(1)
        bottom = QVBoxLayout(self._bottom)
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.addWidget(self.summary)
        bottom.addLayout(buttons)
        above = QWidget()
        inner = QVBoxLayout(above)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.filters)
        inner.addWidget(self.message, 1)
        inner.addWidget(self.table, 1)
        inner.addWidget(self._bottom)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(above)
        splitter.addWidget(self.comparison)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([300, 200])
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.addWidget(splitter, 1)
        order = (self.bar, self.filters, self.table, self._bottom, self.comparison)
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)
