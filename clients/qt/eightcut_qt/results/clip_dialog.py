"""The dialog that makes regions into clips on the disk; what would come is counted as one chooses."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.errors import UnavailableError
from eightcut_client.exports.regions import RegionExport, RegionPlan, plan_regions, region_items
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from eightcut_qt.core.folders import folder_problem
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.exporting.choices import cut_options, file_name, short_target, target_folder
from eightcut_qt.results.clip_form import ClipExportChoice, ClipExportForm, Which
from eightcut_qt.results.words import plan_sentence

if TYPE_CHECKING:
    from eightcut_client.cutting.options import CropKeyframe
    from eightcut_client.register import LocalMedia

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import FolderRecord, RegionRecord
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.regions.documents import ScanDocument
    from eightcut_qt.results.exported import Exported

_SOON = 40  # Milliseconds: what is changed in one go is counted once.
_LOOK_AFTER = 300  # Milliseconds after the last letter of a folder.


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of an export folder: what is odd about it, and the number that comes next."""

    target: Path | None = None
    warnings: tuple[str, ...] = ()
    number: str = ""


class ClipExportDialog(QDialog):
    """Exports regions of the version that is shown.

    Attributes:
        form: What is chosen.
        plan: What would be made; None while it is not known.
    """

    def __init__(
        self,
        context: Context,
        exported: Exported,
        shown: Callable[[], Sequence[RegionRecord]],
        parent: QWidget | None = None,
        *,
        crop_keys: Callable[[], Sequence[CropKeyframe]] = tuple,
    ) -> None:
        """Make it.

        Args:
            context: The shared objects.
            exported: What was exported before.
            shown: Returns the enabled regions that are shown.
            parent: Qt's.
            crop_keys: Returns where the crop of the open file lies over time.
        """
        super().__init__(parent)
        self._context = context
        self._exported = exported
        self._shown = shown
        self._crop_keys = crop_keys
        self._counting: Task[RegionPlan] | None = None
        self._looking: Task[_Look] | None = None
        self._look = _Look()
        self._counted: ClipExportChoice | None = None
        self.plan: RegionPlan | None = None
        self.form = ClipExportForm(context.settings.value.region_export)
        self.count = _text("What would be exported")
        self.where = _text("Where the files go")
        self.warnings = _text("Warnings")
        self.export_button = QPushButton("E&xport")
        self.close_button = QPushButton("Cancel")
        self._count_soon = _timer(self, _SOON, self._count)
        self._look_soon = _timer(self, _LOOK_AFTER, self._look_there)
        self.setWindowTitle("Export Clips")
        self._lay_out()
        self._connect()

    def present(self) -> None:
        """Show it for the version, and the selection, as they are now."""
        if not self.isVisible():
            self._begin()
        self.show()
        self.raise_()
        self.activateWindow()

    def export(self) -> None:
        """Let the export queue cut what is planned, and close."""
        choice, media = self.form.choice(), self._local
        if self.plan is None or media is None or self._problem(choice) or not self.plan.planned:
            return
        if choice != self._counted:
            return  # What is chosen now is not counted yet, and the number is to be seen beforehand.
        from eightcut_client.exports import ExportTarget

        values, settings = choice.values, self._context.settings.value
        items = region_items(self.plan, media, folder=values.folder, label=values.label, category=values.category)
        files = replace(settings.clips, duration=values.duration, count=1, spread=values.spread)
        random = settings.export.random_portrait or settings.export.random_square
        seed = secrets.randbits(31) if random else 0
        options = cut_options(settings.export, files, keyframes=self._crop_keys(), seed=seed)
        self._context.settings.update("region_export", **asdict(values))
        self._context.exports.add(items, options, ExportTarget(self._target(choice), self._name(choice)))
        self.accept()

    @property
    def _document(self) -> ScanDocument | None:
        return self._context.state.document

    @property
    def _local(self) -> LocalMedia | None:
        media = self._context.state.media
        return None if media is None else media.local

    def _regions(self, which: Which) -> Sequence[RegionRecord]:
        document = self._document
        if document is None:
            return ()
        if which is Which.SHOWN:
            return self._shown()
        if which is Which.ALL:
            return [region for region in document.regions if not region.disabled]
        chosen = set(self._context.state.selection)
        return [region for region in document.regions if region.id in chosen]

    def _begin(self) -> None:
        chosen = self._context.exports.folder
        if chosen is not None:
            self.form.set_export_folder(str(chosen))
        if not self.form.choice().values.folder:
            self.form.set_class(self._context.settings.value.clips)
        self.form.again.setChecked(False)
        self._offer()
        several = len(self._context.state.selection) > 1
        self.form.choose(Which.SELECTED if several else Which.SHOWN)
        gateway = self._context.gateway
        self._context.tasks.run(
            lambda _task: gateway.clips.folders(include_scan_exports=True),
            done=self._show_folders,
            failed=lambda _error: None,
            owner=self,
        )
        self._changed()

    def _offer(self) -> None:
        self.form.offer({which: len(self._regions(which)) for which in Which})

    def _show_folders(self, folders: list[FolderRecord]) -> None:
        self.form.offer_folders([folder.name for folder in folders])

    def _changed(self) -> None:
        self._count_soon.start()
        self._look_soon.start()
        self._show()

    def _content_changed(self) -> None:
        if self.isVisible():
            self._offer()
            self._changed()

    def _count(self) -> None:
        if self._counting is not None:
            self._counting.stop()
        self._counting = None
        document, media, choice = self._document, self._context.state.media, self.form.choice()
        if document is None or media is None:
            self.plan = None
            self._show()
            return
        scan, values = document.scan, choice.values
        duration = media.duration or scan.window + scan.hop * max(scan.window_count - 1, 0)
        regions, exported, again = tuple(self._regions(choice.which)), self._exported.stretches, choice.again

        def count(_task: Task[RegionPlan]) -> RegionPlan:
            options = RegionExport(values.duration, values.spread, values.min_duration, values.fuse_gap)
            return plan_regions(regions, options, duration, exported, again=again)

        take = partial(self._take, choice)
        self._counting = self._context.tasks.run(count, done=take, failed=self._refused, owner=self)

    def _take(self, choice: ClipExportChoice, plan: RegionPlan) -> None:
        self._counting = None
        self.plan, self._counted = plan, choice
        self._show()

    def _refused(self, error: BaseException) -> None:
        self._counting = None
        self.plan = RegionPlan(reason=sentence_of(error))
        self._show()

    def _look_there(self) -> None:
        if self._looking is not None:
            self._looking.stop()
        self._looking = None
        choice, media, shown = self.form.choice(), self._local, self._context.state.media
        if self._problem(choice) or media is None or shown is None or not shown.registered:
            self._take_look(_Look())
            return
        gateway, folder, target = self._context.gateway, choice.values.folder, self._target(choice)

        def look(_task: Task[_Look]) -> _Look:
            from eightcut_client.exports import folder_warnings, peek_numbers

            warnings = folder_warnings(gateway.connection(), gateway.profile, target, [folder], media.digest)
            numbers = peek_numbers(gateway.connection(), target, media.digest)
            return _Look(target, tuple(warnings), f"vid_{numbers.video:03d} · a{numbers.scan_export}")

        self._looking = self._context.tasks.run(look, done=self._take_look, failed=self._not_looked, owner=self)

    def _take_look(self, look: _Look) -> None:
        self._looking = None
        self._look = look
        self._show()

    def _not_looked(self, error: BaseException) -> None:
        # The link says that the services are away; anything else is about the folder.
        sentence = sentence_of(error)
        away = isinstance(error, UnavailableError)
        self._take_look(_Look(warnings=() if away or sentence != str(error) else (sentence,)))

    def _problem(self, choice: ClipExportChoice) -> str:
        if self._local is None:
            return "The file is still being read; wait a moment."
        if problem := folder_problem(choice.values.folder):
            return problem
        if not choice.values.export_folder:
            return "Choose the export folder."
        if not Path(choice.values.export_folder).expanduser().is_absolute():
            return "Give the export folder with its whole path."
        return ""

    def _target(self, choice: ClipExportChoice) -> Path:
        chosen, settings = Path(choice.values.export_folder).expanduser(), self._context.settings.value.export
        return target_folder(chosen, choice.values.folder, by_folder=settings.by_folder)

    def _name(self, choice: ClipExportChoice) -> str:
        return file_name(self._context.settings.value.export, choice.values.folder)

    def _show(self) -> None:
        choice = self.form.choice()
        problem = self._problem(choice)
        self.count.setText("" if self.plan is None else plan_sentence(self.plan))
        self.where.setText(problem or self._where(choice))
        said = () if problem or self._look.target != self._target(choice) else self._look.warnings
        self.warnings.setText("\n".join(f"⚠ {sentence}" for sentence in said))
        self.warnings.setVisible(bool(said))
        self.export_button.setEnabled(not problem and self.plan is not None and bool(self.plan.planned))

    def _where(self, choice: ClipExportChoice) -> str:
        target, kind = self._target(choice), self._context.settings.value.export.format
        number = f", from {self._look.number} on" if self._look.number and self._look.target == target else ""
        return f"They go to {short_target(target)}{number}; format ({kind}) and crop are those of the Clips panel."

    def _connect(self) -> None:
        context = self._context
        self.form.changed.connect(self._changed)
        self.export_button.clicked.connect(self.export)
        self.close_button.clicked.connect(self.reject)
        self._exported.changed.connect(self._content_changed)
        context.state.media_changed.connect(self._content_changed)
        context.state.document_changed.connect(self._content_changed)
        context.state.threshold_changed.connect(self._content_changed)
        context.state.selection_changed.connect(self._content_changed)
        context.settings.changed.connect(self._content_changed)
        context.bus.changed.connect(self._content_changed)

    def _lay_out(self) -> None:
        for button in (self.export_button, self.close_button):
            button.setAutoDefault(False)
        self.export_button.setDefault(True)
        self.warnings.hide()
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.form)
        layout.addWidget(self.count)
        layout.addWidget(self.where)
        layout.addWidget(self.warnings)
        layout.addStretch()
        layout.addLayout(buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 84, self.sizeHint().height())


def _timer(parent: QWidget, milliseconds: int, handler: Callable[[], None]) -> QTimer:
    made = QTimer(parent)
    made.setSingleShot(True)
    made.setInterval(milliseconds)
    made.timeout.connect(handler)
    return made


def _text(name: str) -> QLabel:
    made = QLabel()
    made.setAccessibleName(name)
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made
