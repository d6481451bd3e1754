"""What every part of the window is given: made once in `eightcut_qt.app`, and in tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtGui import QUndoGroup

    from eightcut_qt.core.actions import Actions
    from eightcut_qt.core.bus import Bus
    from eightcut_qt.core.keys import PanelKeys
    from eightcut_qt.core.notices import Notices
    from eightcut_qt.core.operations import Operations
    from eightcut_qt.core.settings import SettingsStore
    from eightcut_qt.core.state import ViewState
    from eightcut_qt.core.tasks import Tasks
    from eightcut_qt.core.theme import Theme
    from eightcut_qt.exporting.queue import ExportQueue
    from eightcut_qt.gateway import Gateway
    from eightcut_qt.link.link import Link
    from eightcut_qt.playback.navigator import Navigator
    from eightcut_qt.playback.player import Player
    from eightcut_qt.regions.documents import ScanDocuments
    from eightcut_qt.scanning.queue import ScanQueue


@dataclass(slots=True)
class Context:
    """The shared objects. They live in the UI thread; `gateway` and `link.connection` are for tasks only.

    Attributes:
        settings: What the person has set.
        theme: Colours.
        notices: Where to tell the person something.
        tasks: Threads.
        bus: Who changed what.
        operations: Mutations, in order.
        state: What is shown.
        actions: Menus and keys.
        keys: Keys of panels.
        link: The services, and whether they answer.
        gateway: Calls of the services with records.
        documents: Versions that are open, with their edits.
        undo: Undo stacks; that of the shown version is the active one.
        player: Plays the file that is shown.
        navigator: Brings a place in any media before the person.
        scans: Files that are being scanned, or wait for it.
        exports: Clips that are being cut to files, or wait for it.
    """

    settings: SettingsStore
    theme: Theme
    notices: Notices
    tasks: Tasks
    bus: Bus
    operations: Operations
    state: ViewState
    actions: Actions
    keys: PanelKeys
    link: Link
    gateway: Gateway
    undo: QUndoGroup
    documents: ScanDocuments
    player: Player
    navigator: Navigator
    scans: ScanQueue
    exports: ExportQueue
