"""The clips of one file as they are shown: what the person does is there at once, the Store follows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter

from eightcut_client.errors import ConflictError, NotFoundError
from eightcut_client.register import LocalMedia
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand, QUndoStack

from eightcut_qt.clips.keeping import ClipKeeper, Edit, Kept
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.core.tasks import Lane, Task

_new_handles = itertools.count(1)


class ClipSession(QObject):
    """One file's clips, with their undo stack. The ids of its records are handles of its own, which stay.

    Attributes:
        undo: What was done to them.
    """

    changed = pyqtSignal()
    labelled = pyqtSignal(object)
    """Labels that the Store has now, by its ids of clips that had others."""

    def __init__(self, context: Context, media: OpenMedia, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self._context = context
        self._digest = media.digest
        self._keeper = ClipKeeper(context.gateway, media)
        self._shown: dict[str, ClipRecord] = {}
        self._by_start: tuple[ClipRecord, ...] | None = None
        self._pending = 0
        self._edits = 0
        self._stale = False
        self._loading: Task[list[ClipRecord]] | None = None
        if self._digest:
            self.load()

    @property
    def clips(self) -> tuple[ClipRecord, ...]:
        """The clips by start."""
        if self._by_start is None:
            self._by_start = tuple(sorted(self._shown.values(), key=attrgetter("start", "folder", "id")))
        return self._by_start

    @property
    def digest(self) -> str:
        """Of the file; empty until it is known."""
        return self._digest

    @property
    def busy(self) -> bool:
        """Whether the Store has yet to be told of something."""
        return self._pending > 0

    def get(self, id_: str) -> ClipRecord | None:
        """Return a clip."""
        return self._shown.get(id_)

    def store_id(self, handle: str) -> str:
        """Return the Store's id of a clip; empty while it has none."""
        found = self._keeper.records([handle])
        return found[0].id if found else ""

    def when_saved(
        self,
        handles: Sequence[str],
        use: Callable[[LocalMedia, list[ClipRecord]], None],
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Call something with clips as the Store has them, once it has what was done so far.

        Args:
            handles: Of the clips; those that the Store does not have are left out.
            use: Called with the file and the clips.
            otherwise: Called after the person was told that the file cannot be read.
        """
        keeper, notices = self._keeper, self._context.notices

        def saved(found: tuple[LocalMedia, list[ClipRecord]]) -> None:
            use(*found)

        def failed(error: BaseException) -> None:
            notices.error(error)
            if otherwise is not None:
                otherwise()

        self._context.tasks.run(
            lambda _task: (keeper.local(), keeper.records(handles)),
            done=saved,
            failed=failed,
            lane=Lane.EDIT,
            owner=self,
        )

    def set_media(self, media: OpenMedia) -> None:
        """Learn more of the same file."""
        self._keeper.media = media
        if media.digest and not self._digest:
            self._digest = media.digest
            self.load()

    def load(self) -> None:
        """Read what the Store has, once nothing is under way."""
        if not self._digest:
            return
        self._stale = True
        if self._pending:
            return
        if self._loading is not None:
            self._loading.stop()
        edits, digest = self._edits, self._digest
        self._loading = self._context.tasks.run(
            lambda _task: self._context.gateway.clips.list(media=digest),
            done=partial(self._loaded, edits),
            failed=self._not_loaded,
            owner=self,
        )

    def mark(self, clips: Iterable[ClipRecord]) -> list[str]:
        """Add clips; returns their ids."""
        added = {f"new-{next(_new_handles)}": clip for clip in clips}
        edits = {handle: (None, replace(clip, id=handle, media=self._digest)) for handle, clip in added.items()}
        self._push("Mark a clip" if len(edits) == 1 else f"Mark {len(edits)} clips", edits)
        return list(edits)

    def change(self, text: str, changed: Iterable[ClipRecord]) -> None:
        """Show clips otherwise; those that are as they were are left."""
        edits = {clip.id: (self._shown.get(clip.id), clip) for clip in changed}
        self._push(text, {id_: edit for id_, edit in edits.items() if edit[0] not in (None, edit[1])})

    def delete(self, ids: Iterable[str]) -> None:
        """Take clips away."""
        edits: dict[str, Edit] = {id_: (self._shown[id_], None) for id_ in ids if id_ in self._shown}
        self._push("Delete a clip" if len(edits) == 1 else f"Delete {len(edits)} clips", edits)

    def apply(self, edits: Mapping[str, Edit], step: _Step) -> None:
        """Show edits and let the Store follow; used by the undo stack.

        Clips that are not there any more (deleted with their files, or by somebody else) do not come back by it.
        """
        edits = {handle: edit for handle, edit in edits.items() if edit[0] is None or handle in self._shown}
        if not edits:
            self._context.notices.info("Nothing was changed: these clips were deleted.")
            return
        self._show({handle: after for handle, (_, after) in edits.items()})
        self._pending += 1
        self._edits += 1
        self.changed.emit()
        self._context.operations.run(
            lambda: self._keeper.save(edits, self),
            done=partial(self._saved, step, edits),
            failed=partial(self._refused, step, edits),
            owner=self,
        )

    def _push(self, text: str, edits: Mapping[str, Edit]) -> None:
        if edits:
            self.undo.push(_Step(text, self, edits))
            self._context.undo.setActiveStack(self.undo)

    def _show(self, wanted: Mapping[str, ClipRecord | None]) -> None:
        self._by_start = None
        for handle, clip in wanted.items():
            if clip is None:
                self._shown.pop(handle, None)
            else:
                self._shown[handle] = clip

    def _saved(self, step: _Step, edits: Mapping[str, Edit], kept: Kept) -> None:
        self._pending -= 1
        self._digest = self._digest or kept.digest
        renamed = [handle for handle, (old, new) in edits.items() if old and new and old.label != new.label]
        if renamed:
            self.labelled.emit({clip.id: clip.label for clip in self._keeper.records(renamed)})
        if kept.skipped:  # Somebody else has just marked the same.
            self._show(dict.fromkeys(kept.skipped))
            step.drop()
            self._context.notices.info("Somebody else has marked the same clip already.")
            self._stale = True
            self.changed.emit()
        self._load_when_idle()

    def _refused(self, step: _Step, edits: Mapping[str, Edit], error: BaseException) -> None:
        self._pending -= 1
        self._show({handle: before for handle, (before, after) in edits.items() if self._shown.get(handle) == after})
        step.drop()
        if isinstance(error, ConflictError | NotFoundError | KeyError):
            self._context.notices.warning("The clips were changed elsewhere; they are shown as they are now.")
        else:
            self._context.notices.error(f"The clips are as they were: the change was not saved. {sentence_of(error)}")
        self._stale = True
        self.changed.emit()
        self._load_when_idle()

    def _load_when_idle(self) -> None:
        if self._stale and not self._pending:
            self.load()

    def _loaded(self, edits: int, found: list[ClipRecord]) -> None:
        self._loading = None
        if self._pending or edits != self._edits:
            self._load_when_idle()  # It is older than what is shown.
            return
        self._stale = False
        handles = self._keeper.handle_of()
        records = {handles.get(clip.id, clip.id): clip for clip in found}
        self._keeper.know(records)
        shown = {handle: clip if clip.id == handle else replace(clip, id=handle) for handle, clip in records.items()}
        if shown != self._shown:
            self._shown, self._by_start = shown, None
            self.changed.emit()

    def _not_loaded(self, _error: BaseException) -> None:
        self._loading = None  # What is shown stays; the link tells, and the bus says when the services are back.


class _Step(QUndoCommand):
    """Edits that are done and undone together."""

    def __init__(self, text: str, session: ClipSession, edits: Mapping[str, Edit]) -> None:
        super().__init__(text)
        self._session = session
        self._edits = edits
        self._failed = False

    def redo(self) -> None:
        """See QUndoCommand."""
        if not self._failed:
            self._session.apply(self._edits, self)

    def undo(self) -> None:
        """See QUndoCommand."""
        if not self._failed:
            self._session.apply({handle: (after, before) for handle, (before, after) in self._edits.items()}, self)

    def drop(self) -> None:
        """Take it out of the stack: the Store did not follow."""
        self._failed = True
        self.setObsolete(True)
        stack = self._session.undo
        if stack.index() and stack.command(stack.index() - 1) is self:
            stack.undo()
        elif stack.index() < stack.count() and stack.command(stack.index()) is self:
            stack.redo()
