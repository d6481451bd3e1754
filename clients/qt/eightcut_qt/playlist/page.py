"""A tab: its files, its list, where its clips are exported to."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from eightcut_qt.playlist.knowledge import Knowledge
from eightcut_qt.playlist.model import PlaylistModel
from eightcut_qt.playlist.saved import SavedTab
from eightcut_qt.playlist.view import PlaylistView


class PlaylistPage(QWidget):
    """One page of the playlist.

    Attributes:
        model: Its files.
        view: The list.
        export_folder: Where clips of its files go; empty: not chosen yet.
    """

    def __init__(self, knowledge: Knowledge, saved: SavedTab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.export_folder = saved.export_folder
        self.model = PlaylistModel(knowledge.facts, knowledge.is_hidden, self)
        self.model.set_files(saved.files)
        self.view = PlaylistView(self.model)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
