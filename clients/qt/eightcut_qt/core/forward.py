"""Panels may lie behind others: what the person is sent to comes to the front."""

from __future__ import annotations

from PyQt6.QtWidgets import QDockWidget, QWidget


def bring_forward(widget: QWidget) -> None:
    """Bring the dock that holds a widget to the front, if one does."""
    place: QWidget | None = widget
    while place is not None and not isinstance(place, QDockWidget):
        place = place.parentWidget()
    if place is not None:
        place.show()
        place.raise_()
