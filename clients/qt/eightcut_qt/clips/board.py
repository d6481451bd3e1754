"""The clips of the file that is open: shown and edited by the clips panel and by the timeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from eightcut_client.register import LocalMedia
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoStack

from eightcut_qt.clips.marking import MAX_DURATION, place, plan, sub_folder
from eightcut_qt.clips.session import ClipSession
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.folders import folder_problem
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.state import OpenMedia

_KEPT_SESSIONS = 16  # Files whose undo stacks are kept.


class ClipBoard(QObject):
    """The clips of the open file. Each method that changes something is one step that can be undone, shown at once.

    The ids of its records stay the same whatever happens to the clips; only the board knows them.
    """

    changed = pyqtSignal()
    """Other clips, or another file."""
    undo_changed = pyqtSignal()
    """What can be undone is different."""
    labelled = pyqtSignal(object)
    """See `ClipSession.labelled`; of any file."""
    refused = pyqtSignal(str)
    """Something was not done because of this folder name (it may be empty)."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.before_delete: Callable[[Collection[str]], bool] | None = None
        """Called before clips are deleted, wherever the person wants it; True: it sees to these clips."""
        self._context = context
        self._sessions: dict[Path, ClipSession] = {}
        self._current: ClipSession | None = None
        context.state.media_changed.connect(self._media_changed)
        context.bus.changed.connect(self._bus_changed)
        self._media_changed(context.state.media)

    @property
    def clips(self) -> tuple[ClipRecord, ...]:
        """The clips by start; none while no file is open."""
        return () if self._current is None else self._current.clips

    @property
    def undo(self) -> QUndoStack | None:
        """Of the open file."""
        return None if self._current is None else self._current.undo

    @property
    def busy(self) -> bool:
        """Whether the Store has yet to be told of something, of any file."""
        return any(session.busy for session in self._sessions.values())

    def get(self, id_: str) -> ClipRecord | None:
        """Return a clip, None when it is gone."""
        return None if self._current is None else self._current.get(id_)

    def store_id(self, id_: str) -> str:
        """Return the Store's id of a clip; empty while it has none."""
        return "" if self._current is None else self._current.store_id(id_)

    def when_saved(
        self,
        ids: Sequence[str],
        use: Callable[[LocalMedia, list[ClipRecord]], None],
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Call something with the file and clips as the Store has them (see `ClipSession.when_saved`)."""
        if self._current is not None:
            self._current.when_saved(ids, use, otherwise)

    def mark(self, start: float, *, folder: str | None = None, single: bool = False) -> list[str]:
        """Mark clips as the settings say, from a start (seconds) on; returns the ids of the new ones.

        What keeps a clip from being marked is said.

        Args:
            start: Of the first.
            folder: Another folder than the settings'.
            single: Only one, whatever the settings' count: that is how many files it is cut to.
        """
        settings = self._context.settings.value.clips
        if single:
            settings = replace(settings, count=1)
        wanted = (settings.folder if folder is None else folder).strip()
        media = self._context.state.media
        problem = "Open a file first." if media is None or self._current is None else folder_problem(wanted)
        if problem or media is None or self._current is None:
            self._context.notices.info(problem)
            self.refused.emit(wanted)
            return []
        planned = plan(settings, wanted, start, media.duration, self.clips)
        if planned.sentence:
            self._context.notices.info(planned.sentence)
        return self._current.mark(planned.clips)

    def mark_sub_profile(self, start: float, number: int, *, single: bool = False) -> list[str]:
        """Mark as `mark`, into the folder of a sub-profile (1 to 9)."""
        settings = self._context.settings.value.clips
        folder = sub_folder(settings, number)
        if folder is None:
            self._context.notices.info(f"There is no sub-profile {number}; add it in the Clips panel.")
            return []
        if problem := folder_problem(settings.folder):
            self._context.notices.info(problem)
            self.refused.emit("")
            return []
        return self.mark(start, folder=folder, single=single)

    def move(self, id_: str, start: float) -> None:
        """Let a clip start elsewhere, seconds."""
        if (clip := self.get(id_)) is not None:
            self._set_bounds("Move a clip", clip, start, clip.duration)

    def resize(self, id_: str, start: float, duration: float) -> None:
        """Give a clip other bounds, seconds."""
        if (clip := self.get(id_)) is not None:
            self._set_bounds("Resize a clip", clip, start, duration)

    def edit(
        self,
        ids: Iterable[str],
        *,
        folder: str | None = None,
        label: str | None = None,
        category: str | None = None,
    ) -> None:
        """Give clips another folder, label or category."""
        if folder is not None and (problem := folder_problem(folder)):
            self._refuse(problem)
            return
        changed = [
            replace(
                clip,
                folder=clip.folder if folder is None else folder.strip(),
                label=clip.label if label is None else label.strip(),
                category=clip.category if category is None else category.strip(),
            )
            for id_ in ids
            if (clip := self.get(id_)) is not None
        ]
        self._put("Edit a clip", changed)

    def delete(self, ids: Collection[str]) -> None:
        """Delete clips, unless `before_delete` sees to it."""
        if self.before_delete is not None and self.before_delete(ids):
            return
        if self._current is not None:
            self._current.delete(ids)

    def after(self, time: float, *, backwards: bool = False) -> ClipRecord | None:
        """Return the next clip that starts after (or before) a time, the first (or last) when there is none."""
        clips = self.clips
        if not clips:
            return None
        if backwards:
            return next((clip for clip in reversed(clips) if clip.start < time - 0.001), clips[-1])
        return next((clip for clip in clips if clip.start > time + 0.001), clips[0])

    def _set_bounds(self, text: str, clip: ClipRecord, start: float, duration: float) -> None:
        media = self._context.state.media
        problem = ""
        if media is not None and media.duration is not None and start >= media.duration:
            problem = "A clip has to start before the end of the file."
        elif not 0.001 <= duration <= MAX_DURATION:
            problem = "A clip is longer than nothing and at most an hour long."
        if problem:
            self._refuse(problem)
            return
        self._put(text, [replace(clip, start=round(max(start, 0.0), 6), duration=round(duration, 6))])

    def _refuse(self, sentence: str) -> None:
        self._context.notices.info(sentence)
        self.changed.emit()  # Whoever shows the change already takes it back.

    def _put(self, text: str, changed: list[ClipRecord]) -> None:
        if self._current is None:
            return
        own = {clip.id for clip in changed}
        taken = {place(clip) for clip in self.clips if clip.id not in own}
        if any(place(clip) in taken for clip in changed) or len({place(clip) for clip in changed}) < len(changed):
            self._refuse("The same clip is there already.")
            return
        self._current.change(text, changed)

    def _media_changed(self, media: OpenMedia | None) -> None:
        old, self._current = self._current, None
        if media is not None:
            self._current = self._session(media)
        if old is self._current:
            return
        if old is not None:
            old.changed.disconnect(self.changed)
            old.undo.indexChanged.disconnect(self.undo_changed)
        if self._current is not None:
            self._current.changed.connect(self.changed)
            self._current.undo.indexChanged.connect(self.undo_changed)
        active = self._context.undo.activeStack()
        if old is not None and active is old.undo:
            self._context.undo.setActiveStack(None if self._current is None else self._current.undo)
        self.changed.emit()
        self.undo_changed.emit()

    def _session(self, media: OpenMedia) -> ClipSession:
        session = self._sessions.pop(media.path, None)
        if session is not None and session.digest and media.digest and session.digest != media.digest:
            self._drop(session)  # Another file has its name now.
            session = None
        if session is None:
            session = ClipSession(self._context, media, self)
            session.labelled.connect(self.labelled)
            self._context.undo.addStack(session.undo)
        else:
            session.set_media(media)
        self._sessions[media.path] = session  # The latest last.
        idle = [path for path, old in self._sessions.items() if not old.busy and old is not session]
        for path in idle[: max(len(self._sessions) - _KEPT_SESSIONS, 0)]:
            if self._sessions[path] is not self._current:
                self._drop(self._sessions.pop(path))
        return session

    def _drop(self, session: ClipSession) -> None:
        self._context.undo.removeStack(session.undo)
        session.deleteLater()

    def _bus_changed(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._start_anew()
            return
        for path, session in list(self._sessions.items()):
            if change.source is session or not change.concerns(Topic.CLIPS, session.digest):
                continue
            if session is self._current:
                session.load()
            elif not session.busy:
                self._drop(self._sessions.pop(path))

    def _start_anew(self) -> None:
        """Forget everything: another profile has other clips."""
        sessions, self._sessions = self._sessions, {}
        self._media_changed(None)
        for session in sessions.values():
            self._drop(session)
        self._media_changed(self._context.state.media)
