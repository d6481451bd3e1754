"""Names of files, folders and models may look like markup: here they are shown as they are."""

from __future__ import annotations

from html import escape

from PyQt6.QtCore import Qt


def tip(text: str) -> str:
    """Return what a tooltip has to be given to show a text as it is."""
    if Qt.mightBeRichText(text):  # type: ignore[attr-defined]  # PyQt's stubs
        return f"<p style='white-space: pre-wrap'>{escape(text)}</p>"
    return text
