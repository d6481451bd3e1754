"""Versions of classifiers: how good each is, which is used, and going back to an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from eightcut_qt.classifiers.dialog import ClassifiersDialog
    from eightcut_qt.core.context import Context


def install(context: Context, window: QWidget) -> None:
    """Let the action open the dialog, which is made when it is first wanted and kept."""
    made: list[ClassifiersDialog] = []

    def show() -> None:
        if not made:
            from eightcut_qt.classifiers.dialog import ClassifiersDialog

            made.append(ClassifiersDialog(context, window))
        made[0].present()

    context.actions.bind("classifiers.open", show)
