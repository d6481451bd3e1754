"""Which name the next clip's files will get, and whether they belong where they go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Task
from eightcut_qt.exporting.choices import file_name, next_path, suffix_of, target_folder

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_SOON = 150  # Milliseconds: what changes together is looked up once.


@dataclass(frozen=True, slots=True)
class Next:
    """What is known of the next clip.

    Attributes:
        words: "vid_003 · m5", or why there is no number.
        details: Where its first file comes to lie.
        warnings: What speaks against it, one sentence each.
    """

    words: str
    details: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """For what the number is looked up."""

    target: Path
    folder: str
    name: str
    suffix: str
    digest: str
    profile: str


class NextNumber(QObject):
    """Looks it up again when another file is loaded, and when something was exported or chosen."""

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._shown = Next("")
        self._asked: _Question | None = None
        self._task: Task[Next] | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self._look)
        context.bus.changed.connect(self._heard)
        context.settings.changed.connect(self._settings_changed)
        context.state.media_changed.connect(self._look_anew)
        context.exports.folder_changed.connect(self._look_anew)
        context.exports.changed.connect(self._soon.start)  # Numbers are reserved when cutting begins.
        self._look()

    @property
    def shown(self) -> Next:
        """What is known now."""
        return self._shown

    def _heard(self, change: Change) -> None:
        media = self._context.state.media
        if change.concerns(Topic.CLIP_FILES | Topic.CLIPS, "" if media is None else media.digest):
            self._soon.start()

    def _settings_changed(self, section: str) -> None:
        if section in ("export", "clips"):
            self._soon.start()

    def _look_anew(self) -> None:
        """Forget a number that is another file's."""
        media = self._context.state.media
        asked = self._asked
        if asked is not None and (media is None or media.digest != asked.digest):
            self._show(Next(""))
        self._soon.start()

    def _look(self) -> None:
        if self._task is not None:
            self._task.stop()
            self._task = None
        context = self._context
        settings, media, chosen = context.settings.value, context.state.media, context.exports.folder
        if chosen is None:
            sentence = "Clips are marked and not cut: choose an export folder under Cutting."
            self._show(Next("marked only, no export folder", sentence))
            return
        folder = settings.clips.folder.strip()
        if not folder or media is None or not media.registered:
            self._show(Next("" if folder else "give the clips a folder first"))
            return
        target = target_folder(chosen, folder, by_folder=settings.export.by_folder)
        suffix = suffix_of(settings.export.format)
        name = file_name(settings.export, folder)
        question = _Question(target, folder, name, suffix, media.digest, context.gateway.profile)
        if question != self._asked:
            self._show(Next("…", str(target)))
        self._asked = question
        self._task = context.tasks.run(
            lambda _task: _find(context, question),
            done=self._show,
            failed=partial(self._failed, question),
            owner=self,
        )

    def _failed(self, question: _Question, error: BaseException) -> None:
        # The link says that the services are away; anything else is about the folder.
        sentence = sentence_of(error)
        self._show(Next("not known", str(question.target), (sentence,) if sentence == str(error) else ()))

    def _show(self, found: Next) -> None:
        if found != self._shown:
            self._shown = found
            self.changed.emit()


def _find(context: Context, question: _Question) -> Next:
    from eightcut_client.exports import folder_warnings, peek_numbers

    connection = context.gateway.connection()
    found = peek_numbers(connection, question.target, question.digest)
    path = next_path(question.target, question.name, video=found.video, number=found.marked, suffix=question.suffix)
    warnings = folder_warnings(connection, question.profile, question.target, [question.folder], question.digest)
    return Next(f"vid_{found.video:03d} · m{found.marked}", str(path), tuple(warnings))
