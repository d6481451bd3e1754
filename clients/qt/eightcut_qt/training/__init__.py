"""Training: what to learn from, what that would be, how far it is, and whether the result is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from eightcut_qt.core.context import Context
    from eightcut_qt.training.dialog import TrainDialog


def install(context: Context, window: QWidget) -> None:
    """Let the action open the dialog, which is made when it is first wanted and kept: a training may outlast it."""
    made: list[TrainDialog] = []

    def show() -> None:
        if not made:
            from eightcut_qt.training.dialog import TrainDialog

            made.append(TrainDialog(context, window))
        made[0].present()

    context.actions.bind("training.open", show)
