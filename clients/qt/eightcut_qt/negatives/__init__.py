"""Hard negatives: the places where a classifier was wrong, looked through, heard and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from eightcut_qt.core.context import Context
    from eightcut_qt.negatives.dialog import NegativesDialog


def install(context: Context, window: QWidget) -> None:
    """Let the action open the dialog, which is made when it is first wanted and kept."""
    made: list[NegativesDialog] = []

    def show() -> None:
        if not made:
            from eightcut_qt.negatives.dialog import NegativesDialog

            made.append(NegativesDialog(context, window))
        made[0].present()

    context.actions.bind("negatives.open", show)
