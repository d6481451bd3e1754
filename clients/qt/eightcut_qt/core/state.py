"""What the window is looking at: shared by all panels, which watch it and never each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

if TYPE_CHECKING:
    from eightcut_client.register import LocalMedia

    from eightcut_qt.regions.documents import ScanDocument


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """The file that is shown.

    Attributes:
        path: Where it is.
        local: Its identity; None until it is hashed, or when it cannot be.
        registered: The Store knows it.
        duration: Seconds; None until it is known.
    """

    path: Path
    local: LocalMedia | None = None
    registered: bool = False
    duration: float | None = None

    @property
    def digest(self) -> str:
        """SHA-256, empty until it is known."""
        return "" if self.local is None else self.local.digest


class ViewState(QObject):
    """What is shown, and where in it one is. Setting what is set already emits nothing.

    Every property has a signal that is emitted, in the UI thread, after it changed.
    """

    media_changed = pyqtSignal(object)
    """`OpenMedia` or None. Emitted again for the same file when more is known of it (its digest, say)."""
    document_changed = pyqtSignal(object)
    """`ScanDocument` or None: the version in table and timeline."""
    comparison_changed = pyqtSignal(object)
    """`ScanDocument` or None: a second version, whose score curve lies over the first one's."""
    position_changed = pyqtSignal(float)
    """Playhead, seconds."""
    cursor_changed = pyqtSignal(float)
    """Where clips are marked, seconds."""
    threshold_changed = pyqtSignal(float)
    """Regions below are not shown."""
    selection_changed = pyqtSignal(object)
    """tuple of region ids of the document."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media: OpenMedia | None = None
        self._document: ScanDocument | None = None
        self._comparison: ScanDocument | None = None
        self._position = 0.0
        self._cursor = 0.0
        self._threshold = 0.0
        self._selection: tuple[str, ...] = ()

    @property
    def media(self) -> OpenMedia | None:
        """The file that is shown."""
        return self._media

    def set_media(self, media: OpenMedia | None) -> None:
        """Show a file, or tell more of the one that is shown."""
        if media != self._media:
            self._media = media
            self.media_changed.emit(media)

    @property
    def document(self) -> ScanDocument | None:
        """The version in table and timeline."""
        return self._document

    def set_document(self, document: ScanDocument | None) -> None:
        """Show a version; the selection is of the version before, and goes."""
        if document is not self._document:
            self._document = document
            self._selection = ()
            self.document_changed.emit(document)
            self.selection_changed.emit(())

    @property
    def comparison(self) -> ScanDocument | None:
        """The second version."""
        return self._comparison

    def set_comparison(self, document: ScanDocument | None) -> None:
        """Lay a second version's score curve over the first one's."""
        if document is not self._comparison:
            self._comparison = document
            self.comparison_changed.emit(document)

    @property
    def position(self) -> float:
        """Playhead, seconds."""
        return self._position

    def set_position(self, seconds: float) -> None:
        """Move the playhead's picture; only the player calls it (others: `Player.seek`)."""
        if seconds != self._position:
            self._position = seconds
            self.position_changed.emit(seconds)

    @property
    def cursor(self) -> float:
        """Where clips are marked, seconds."""
        return self._cursor

    def set_cursor(self, seconds: float) -> None:
        """Move the cursor."""
        if seconds != self._cursor:
            self._cursor = seconds
            self.cursor_changed.emit(seconds)

    @property
    def threshold(self) -> float:
        """Score below which regions are not shown, 0 to 1."""
        return self._threshold

    def set_threshold(self, threshold: float) -> None:
        """Show regions from this score on."""
        threshold = min(max(threshold, 0.0), 1.0)
        if threshold != self._threshold:
            self._threshold = threshold
            self.threshold_changed.emit(threshold)

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected regions of the document."""
        return self._selection

    def set_selection(self, ids: tuple[str, ...]) -> None:
        """Select regions."""
        if ids != self._selection:
            self._selection = ids
            self.selection_changed.emit(ids)
