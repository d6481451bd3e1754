"""The versions of the file that is shown, by model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from eightcut_client.errors import EightcutError, NotFoundError
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.gateway import NegativeFilter

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import Gateway

Models: TypeAlias = Mapping[str, Sequence[ScanRecord]]
"""Versions by model, the newest first."""


class Versions(QObject):
    """Keeps what is known of the versions of one media.

    Attributes:
        media: Digest; empty: none.
        models: Its versions.
        is_loaded: Whether they are known; else `models` is empty.
        problem: Why they are not known, in one sentence; empty while they are, or are being read.
    """

    changed = pyqtSignal()
    arrived = pyqtSignal(object)
    """`ScanRecord`: it was made while the others were shown; after `changed`."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.media = ""
        self.models: Models = {}
        self.is_loaded = False
        self.problem = ""
        self._context = context
        self._reading: Task[list[ScanRecord]] | None = None
        self._reading_old: Task[list[ScanRecord]] | None = None
        self._old: list[ScanRecord] = []
        context.bus.changed.connect(self._on_change)

    def set_media(self, digest: str) -> None:
        """Show another file."""
        if digest != self.media:
            self.media = digest
            self._forget()

    def all(self) -> list[ScanRecord]:
        """Return all versions of all models, the newest first."""
        found = [scan for versions in self.models.values() for scan in versions]
        return sorted(found, key=lambda scan: scan.sequence, reverse=True)

    def refresh(self) -> None:
        """Read them again."""
        self._stop()
        if not self.media:
            return
        gateway, media = self._context.gateway, self.media
        self._reading = self._context.tasks.run(
            lambda _task: _read(gateway, media), done=self._take, failed=self._failed, owner=self
        )

    def set_pinned(self, scan: ScanRecord, *, pinned: bool) -> None:
        """Keep a version for good, or no longer."""
        self._replace(scan, dataclasses.replace(scan, pinned=pinned))
        gateway, change = self._context.gateway, self._change(scan)

        def work() -> Outcome[ScanRecord]:
            return Outcome(gateway.scans.set_pinned(scan, pinned=pinned), change)

        self._context.operations.run(work, done=lambda now: self._replace(now, now), failed=self._put_back, owner=self)

    def delete(self, scan: ScanRecord) -> None:
        """Delete a version; this cannot be undone."""
        self._replace(scan, None)
        gateway, change = self._context.gateway, self._change(scan)

        def work() -> Outcome[None]:
            gateway.scans.delete(scan.id)
            return Outcome(None, change)

        self._context.operations.run(work, failed=self._put_back, owner=self)

    def _change(self, scan: ScanRecord) -> Change:
        return Change(Topic.SCANS, frozenset([scan.media]), scan.id, source=self)

    def _put_back(self, error: BaseException) -> None:
        self._context.notices.error(error)
        self.refresh()

    def _replace(self, scan: ScanRecord, new: ScanRecord | None) -> None:
        """Show a version as it is now, or (None) no longer."""
        self._stop()  # What is being read is older.
        changed = [new if one.id == scan.id else one for one in self.all()]
        self._show(one for one in changed if one is not None)

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._forget()
        elif change.source is not self and change.concerns(Topic.SCANS, self.media):
            self.refresh()

    def _forget(self) -> None:
        self._stop()
        self._old = []
        self.models, self.is_loaded, self.problem = {}, False, ""
        self.changed.emit()
        self.refresh()

    def _take(self, found: list[ScanRecord]) -> None:
        before = max((scan.sequence for scan in self.all()), default=-1)
        known = self.is_loaded
        self.is_loaded, self.problem = True, ""
        self._show([*found, *self._old])
        newest = max(found, key=lambda scan: scan.sequence, default=None)
        if known and newest is not None and newest.sequence > before:
            self.arrived.emit(newest)
        self._read_old()

    def _show(self, scans: Iterable[ScanRecord]) -> None:
        models: dict[str, list[ScanRecord]] = {}
        for scan in sorted(scans, key=lambda scan: (scan.created is not None, scan.sequence), reverse=True):
            versions = models.setdefault(scan.model, [])
            if scan.created is not None or not versions:  # Old results are shown while there is nothing newer.
                versions.append(scan)
        self.models = dict(sorted(models.items()))
        self.changed.emit()

    def _read_old(self) -> None:
        """Look for results of an old database where a model has no version; they are listed nowhere."""
        gateway, media, known = self._context.gateway, self.media, frozenset(self.models)

        def done(found: list[ScanRecord]) -> None:
            self._old = found
            if found:
                self._show([*self.all(), *found])

        self._reading_old = self._context.tasks.run(
            lambda task: _read_old(gateway, media, known, task), done=done, failed=lambda _error: None, owner=self
        )

    def _failed(self, error: BaseException) -> None:
        if not self.is_loaded:  # Else what is shown stays.
            self.problem = sentence_of(error)
            self.changed.emit()
        if not isinstance(error, EightcutError):  # That the services are away is told elsewhere.
            self._context.notices.error(error)

    def _stop(self) -> None:
        for task in (self._reading, self._reading_old):
            if task is not None:
                task.stop()


def _read(gateway: Gateway, media: str) -> list[ScanRecord]:
    try:
        return gateway.scans.versions(media=media)
    except NotFoundError:  # Not registered yet: nothing can have been found in it.
        return []


def _read_old(gateway: Gateway, media: str, known: frozenset[str], task: Task[list[ScanRecord]]) -> list[ScanRecord]:
    models = {classifier.model for classifier in gateway.classifiers.list()}
    models |= {negative.source_model for negative in gateway.negatives.list(NegativeFilter(media=media))}
    models |= {embedder.id for embedder in gateway.training.embedders()}
    found = []
    for model in sorted(models - known - {""}):
        task.cancel.check()
        scan = gateway.scans.latest(media, model)
        if scan is not None and scan.created is None:
            found.append(scan)
    return found
