"""Scanning again after another version of a classifier is used."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, cast

from eightcut_client.train import find_missing
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QComboBox, QWidget

from eightcut_qt.core.tasks import Lane

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClassifierRecord
    from eightcut_qt.gateway import Gateway


class Rescan(Enum):
    """What is scanned again."""

    NOTHING = auto()
    OPEN_FILE = auto()
    ALL = auto()


_TEXTS = {
    Rescan.NOTHING: "Scan nothing again",
    Rescan.OPEN_FILE: "Scan the open file again",
    Rescan.ALL: "Scan all files again",
}


class RescanChoice(QComboBox):
    """Lets the person choose what is scanned again with the version that is used from now on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What to scan again")
        for rescan, text in _TEXTS.items():
            self.addItem(text, rescan)

    @property
    def chosen(self) -> Rescan:
        """What is chosen."""
        return cast("Rescan", self.currentData())

    def choose(self, rescan: Rescan) -> None:
        """Choose for the person."""
        self.setCurrentIndex(self.findData(rescan))


def rescan_with(context: Context, classifier: ClassifierRecord, rescan: Rescan, owner: QObject) -> None:
    """Put what is wanted into the queue of scans; call it in the UI thread."""
    if rescan is Rescan.OPEN_FILE:
        media = context.state.media
        if media is None:
            context.notices.info("No file is open, so nothing is scanned again.")
        else:
            _add(context, classifier, [media.path])
    elif rescan is Rescan.ALL:
        gateway = context.gateway

        def found(result: tuple[list[Path], int]) -> None:
            paths, absent = result
            if absent:
                which = "1 file was" if absent == 1 else f"{absent:,} files were"
                context.notices.warning(f"{which} not found on this machine, and cannot be scanned again.")
            _add(context, classifier, paths)

        context.tasks.run(lambda task: _known_files(gateway, task.cancel), done=found, lane=Lane.LONG, owner=owner)


def _add(context: Context, classifier: ClassifierRecord, paths: list[Path]) -> None:
    if paths:
        context.scans.add(paths, model=classifier.model, classifier_id=classifier.id, rescan=True)


def _known_files(gateway: Gateway, cancel: Cancellation) -> tuple[list[Path], int]:
    """Return the files of the profile's media that are on this machine, and how many are not; hidden ones stay out."""
    hidden = gateway.media.hidden()
    wanted = [media.digest for media in gateway.media.list() if media.digest not in hidden]
    found = find_missing(gateway.connection(), wanted, cancel=cancel)
    paths = [media.path for media in found if media.path is not None]
    return paths, len(found) - len(paths)
