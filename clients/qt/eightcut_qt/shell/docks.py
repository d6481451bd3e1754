"""The docks: where they are at first, how their places are kept, and how the focus goes round them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from PyQt6.QtCore import QByteArray, Qt
from PyQt6.QtWidgets import QAbstractItemView, QApplication, QDockWidget, QMainWindow, QSplitter, QWidget

from eightcut_qt.core.settings import SettingsStore
from eightcut_qt.shell.panels import Panels

_LAYOUT = 1  # Raised when docks come or go: older layouts are then left aside.

_log = logging.getLogger(__name__)


class Docks:
    """The docks of a window.

    Attributes:
        all: In the order in which the focus goes round them.
    """

    def __init__(self, window: QMainWindow, panels: Panels, splitter: QSplitter) -> None:
        """Put the panels into docks.

        Args:
            window: Theirs.
            panels: All panels.
            splitter: Of the centre; its place is kept with theirs.
        """
        self._window = window
        self._splitter = splitter
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        window.setCorner(Qt.Corner.BottomLeftCorner, left)
        window.setCorner(Qt.Corner.BottomRightCorner, right)
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self._places = [
            (self._make("playlist", "Playlist", panels.playlist), left),
            (self._make("clips", "Clips", panels.clips), left),
            (self._make("results", "Results", panels.results), right),
            (self._make("review", "Review", panels.review), right),
            (self._make("scan", "Scan", panels.scan), right),
        ]
        self.all: Sequence[QDockWidget] = [dock for dock, _ in self._places]
        self.reset()

    def reset(self) -> None:
        """Put all of them where they are at first."""
        playlist, clips, results, review, scan = self.all
        for dock, area in self._places:
            dock.setFloating(False)
            self._window.addDockWidget(area, dock)
            dock.show()
        self._window.tabifyDockWidget(playlist, clips)
        self._window.tabifyDockWidget(results, review)
        self._window.tabifyDockWidget(review, scan)
        playlist.raise_()
        results.raise_()
        width = self._window.fontMetrics().averageCharWidth()
        self._window.resizeDocks([playlist, results], [46 * width, 66 * width], Qt.Orientation.Horizontal)

    def save(self, settings: SettingsStore) -> None:
        """Keep the window's size and the docks' places."""
        settings.update(
            "appearance",
            geometry=_text(self._window.saveGeometry()),
            layout=f"{_text(self._window.saveState(_LAYOUT))}.{_text(self._splitter.saveState())}",
        )

    def restore(self, settings: SettingsStore) -> None:
        """Bring back what was kept; what makes no sense is left."""
        appearance = settings.value.appearance
        if appearance.geometry and not self._window.restoreGeometry(_bytes(appearance.geometry)):
            _log.warning("the window's kept size makes no sense")
        docks, _, splitter = appearance.layout.partition(".")
        if docks and not self._window.restoreState(_bytes(docks), _LAYOUT):
            _log.warning("the panels' kept places make no sense")
        if splitter and not self._splitter.restoreState(_bytes(splitter)):
            _log.warning("the centre's kept division makes no sense")

    def _make(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setWidget(panel)
        dock.setAccessibleName(title)
        return dock


def _text(value: QByteArray) -> str:
    return bytes(value.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))


def focus_beside(panels: Sequence[QWidget], step: int) -> QWidget | None:
    """Move the focus to the next (1) or previous (-1) of the panels that are not closed; returns it.

    A panel in a dock that lies behind another one is brought to the front; one in which nothing takes the focus now
    is left out.
    """
    there = [panel for panel in panels if not _closed(panel)]
    if not there:
        return None
    focused = QApplication.focusWidget()
    here = next((i for i, panel in enumerate(there) if focused is not None and _within(focused, panel)), None)
    start = (-1 if step > 0 else 0) if here is None else here
    for distance in range(1, len(there) + 1):
        panel = there[(start + step * distance) % len(there)]
        target = _first_focusable(panel)
        if target is not None:
            dock = _dock_of(panel)
            if dock is not None:
                dock.show()
                dock.raise_()
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return panel
    return None


def _within(widget: QWidget, panel: QWidget) -> bool:
    return widget is panel or panel.isAncestorOf(widget)


def _dock_of(panel: QWidget) -> QDockWidget | None:
    place: QWidget | None = panel
    while place is not None and not isinstance(place, QDockWidget):
        place = place.parentWidget()
    return place


def _closed(panel: QWidget) -> bool:
    dock = _dock_of(panel)
    if dock is None:
        return not panel.isVisible()
    toggle = dock.toggleViewAction()
    return toggle is not None and not toggle.isChecked()


def _first_focusable(panel: QWidget) -> QWidget | None:
    """Return the widget of a panel that takes the focus: where it was last, else its table, else the first one.

    In a table the panel's keys work; in the text field above it they would be typed.
    """
    last = panel.focusWidget()
    if last is not None and last is not panel and _takes_focus(last, panel):
        return last
    if _takes_focus(panel, panel):
        return panel
    first = None
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        if panel.isAncestorOf(widget) and _takes_focus(widget, panel):
            if isinstance(widget, QAbstractItemView):
                return widget
            first = widget if first is None else first
        widget = widget.nextInFocusChain()
    return first


def _takes_focus(widget: QWidget, panel: QWidget) -> bool:
    takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(takes.value) and widget.isEnabled() and widget.isVisibleTo(panel)
