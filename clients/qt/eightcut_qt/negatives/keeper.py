"""The hard negatives of the profile: read, deleted and made again, each shown before the Store has answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from eightcut_client.errors import NotFoundError, UnavailableError
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand, QUndoStack

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.gateway import NegativeFilter, NewNegative
from eightcut_qt.negatives.model import NegativesModel, Place, Row, place_of, rows_of
from eightcut_qt.negatives.words import hard_negatives

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import Gateway

_Read = dict[Place, Row]


class NegativesKeeper(QObject):
    """Keeps a `NegativesModel` true while it is `active`, and changes what it shows.

    Attributes:
        model: What is shown.
        undo: Deletions, which can be undone until another profile is worked in. What is made again has its place and
            its source model, but the Store gives it a new id and creation time.
    """

    loaded = pyqtSignal()
    """What is shown is what the Store has."""
    failed = pyqtSignal(str)
    """One sentence: it could not be read; what was shown stays."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = NegativesModel(self)
        self.undo = QUndoStack(self)
        self._context = context
        self._active = False
        self._stale = True
        self._pending = 0
        self._reading: Task[_Read] | None = None
        self._checking: Task[_Read | None] | None = None
        context.bus.changed.connect(self._on_change)

    def set_active(self, active: bool) -> None:
        """Say whether anybody looks; if not, nothing is read."""
        self._active = active
        if active and self._stale:
            self.refresh()

    def refresh(self) -> None:
        """Read what there is, once what was done is done."""
        self._stale = True
        if not self._active or self._pending:
            return
        self._stale = False
        self._stop_reading()
        gateway = self._context.gateway
        self._reading = self._context.tasks.run(
            lambda _task: _read(gateway), done=self._show, failed=self._refused, owner=self
        )

    def delete(self, negatives: Sequence[NegativeRecord]) -> None:
        """Delete some, as one step that can be undone."""
        if negatives:
            self.undo.push(_Delete(self, negatives))

    def check(self, done: Callable[[], None]) -> None:
        """Count on the server what the filter matches now; if it is not what is shown, read first. Then call back."""
        if self._checking is not None:
            self._checking.stop()
        gateway, wanted, shown = self._context.gateway, self.model.filter, len(self.model.shown)

        def work(_task: Task[_Read | None]) -> _Read | None:
            return None if gateway.negatives.clear(wanted, only_count=True) == shown else _read(gateway)

        def checked(found: _Read | None) -> None:
            if found is not None and not self._pending:
                self.model.set_all(found)
            done()

        self._checking = self._context.tasks.run(work, done=checked, owner=self)

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self.undo.clear()
            self.model.set_all({})
        if change.source is not self and change.concerns(Topic.NEGATIVES | Topic.MEDIA):
            self.refresh()

    def _show(self, found: _Read) -> None:
        self.model.set_all(found)
        self.loaded.emit()

    def _refused(self, error: BaseException) -> None:
        self._stale = True
        self.failed.emit(sentence_of(error))
        if not isinstance(error, UnavailableError):
            self._context.notices.error(error)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None

    def take_away(self, step: _Delete) -> None:
        """Used by steps: delete what they are about."""
        self.model.remove(step.places)
        gateway = self._context.gateway

        def work() -> Outcome[None]:
            _delete(gateway, step.negatives)
            return Outcome(None, Change(Topic.NEGATIVES, step.media, source=self))

        self._run(work, "The hard negatives could not be deleted", lambda: self.model.put_back(step.rows))

    def bring_back(self, step: _Delete) -> None:
        """Used by steps: make again what they deleted."""
        self.model.put_back(step.rows)
        gateway = self._context.gateway

        def work() -> Outcome[None]:
            new = [NewNegative(old.media, old.start, old.source_model) for old in step.negatives]
            step.negatives = gateway.negatives.create(new)  # Only ever touched here, in the one thread of edits.
            return Outcome(None, Change(Topic.NEGATIVES, step.media, source=self))

        self._run(work, "The hard negatives could not be made again", lambda: self.model.remove(step.places))

    def _run(self, work: Callable[[], Outcome[None]], failure: str, put_right: Callable[[], None]) -> None:
        self._pending += 1
        self._stop_reading()  # What it found is older than what is shown now.

        def done(_value: None) -> None:
            self._ended()

        def failed(error: BaseException) -> None:
            self._context.notices.error(f"{failure}: {sentence_of(error)}")
            put_right()
            self.undo.clear()  # Its steps no longer fit what there is.
            self._ended()

        self._context.operations.run(work, done=done, failed=failed, owner=self)

    def _ended(self) -> None:
        self._pending -= 1
        self.refresh()


class _Delete(QUndoCommand):
    """A deletion.

    Attributes:
        rows: As they were shown.
        negatives: As the Store knows them now; after an undo they have new ids.
    """

    def __init__(self, keeper: NegativesKeeper, negatives: Sequence[NegativeRecord]) -> None:
        super().__init__(f"Delete {hard_negatives(len(negatives))}")
        self.places: list[Place] = [place_of(negative) for negative in negatives]
        self.rows: list[Row] = keeper.model.rows_at(self.places)
        self.media = frozenset(negative.media for negative in negatives)
        self.negatives = list(negatives)
        self._keeper = keeper

    def redo(self) -> None:
        """See QUndoCommand."""
        self._keeper.take_away(self)

    def undo(self) -> None:
        """See QUndoCommand."""
        self._keeper.bring_back(self)


def _read(gateway: Gateway) -> _Read:
    found = gateway.negatives.list(NegativeFilter())
    media = gateway.media.get_many(negative.media for negative in found)
    return rows_of(found, {digest: record.filename for digest, record in media.items()})


def _delete(gateway: Gateway, negatives: Sequence[NegativeRecord]) -> None:
    """Delete those that are still there: another window may have deleted some."""
    ids = [negative.id for negative in negatives]
    try:
        gateway.negatives.delete(ids)
    except NotFoundError:
        there = {negative.id for negative in gateway.negatives.list()}
        left = [id_ for id_ in ids if id_ in there]
        if left:
            gateway.negatives.delete(left)
