"""What is brought in from elsewhere: the old program's library, files of its media, labels of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QDialog, QWidget

    from eightcut_qt.core.context import Context


def install(context: Context, window: QWidget) -> None:
    """Let the actions open the dialogs, which are made when they are first wanted and kept."""
    made: dict[str, QDialog] = {}

    def library() -> None:
        from eightcut_qt.importing.library_dialog import LibraryDialog

        show(made.setdefault("library", made.get("library") or LibraryDialog(context, window)))

    def locate() -> None:
        from eightcut_qt.importing.locate_dialog import LocateDialog

        show(made.setdefault("locate", made.get("locate") or LocateDialog(context, window)))

    def labels() -> None:
        from eightcut_qt.importing.labels_dialog import LabelsDialog

        show(made.setdefault("labels", made.get("labels") or LabelsDialog(context, window)))

    def show(dialog: QDialog) -> None:
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    from eightcut_qt.importing.noticing import Noticing

    Noticing(context, window)
    context.actions.bind("importing.library", library)
    context.actions.bind("importing.locate", locate)
    context.actions.bind("importing.labels", labels)
