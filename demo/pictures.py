"""Makes the pictures of the desktop client that the documentation shows, from the demo's own videos.

Run `make demo` first, then ``xvfb-run --server-args="-screen 0 1600x1000x24" python -m demo.pictures``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_qt import app
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind
from PyQt6.QtCore import QEventLoop, Qt, QTimer
from PyQt6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.shell.window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "build" / "demo"
PICTURES = ROOT / "docs" / "pictures"


def live(milliseconds: int) -> None:
    """Lets the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(true: Callable[[], object], seconds: float = 60) -> None:
    """Lets the window live until something is so."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit("waited in vain for the window")
        live(20)


def keep(widget: QWidget, name: str) -> None:
    """Writes a picture of a widget."""
    live(400)
    PICTURES.mkdir(exist_ok=True)
    widget.grab().save(str(PICTURES / f"{name}.png"))


def open_file(context: Context, path: Path) -> None:
    """Opens a file and waits for its results."""
    context.navigator.open(path)
    wait(lambda: (media := context.state.media) is not None and media.path == path and media.registered)
    wait(lambda: (document := context.state.document) is not None and document.is_loaded)
    wait(lambda: context.state.document is not None and context.state.document.scores is not None)
    live(2500)  # The waveform.


def show(context: Context, window: MainWindow) -> None:
    """Goes through the window and takes the pictures."""
    context.link.start()
    wait(lambda: context.link.state.kind is Kind.ONLINE)
    context.settings.update("clips", folder="door_knock", label="three or more knocks", category="Human")
    window.panels.add_paths([DEMO / name for name in ("kitchen.mp4", "street.mp4", "garden.mp4")])
    open_file(context, DEMO / "street.mp4")
    document = context.state.document
    assert document is not None
    best = max(document.regions, key=lambda region: region.score)
    context.state.set_selection((best.id,))
    context.player.seek(best.start + 0.6)
    keep(window, "window-light")

    context.actions.action("results.compare").trigger()
    wait(lambda: context.state.comparison is not None and context.state.comparison.scores is not None)
    for _ in range(3):
        context.actions.action("timeline.zoom_in").trigger()
    keep(window, "compare-light")
    context.actions.action("results.compare").trigger()
    context.actions.action("timeline.zoom_all").trigger()

    context.theme.set_mode("dark")
    context.actions.action("review.start").trigger()
    live(2500)
    context.player.pause()
    keep(window, "review-dark")
    context.actions.action("review.start").trigger()

    from eightcut_qt.training.dialog import TrainDialog

    context.actions.action("training.open").trigger()
    dialog = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, TrainDialog))
    wait(lambda: dialog.form.folders.folders)
    folders = dialog.form.folders
    folders.setData(folders.index(0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    wait(dialog.train_button.isEnabled)
    keep(dialog, "train-dark")


def main() -> None:
    """Takes all pictures, on a copy of the demo's data."""
    if not (DEMO / "data").is_dir():
        raise SystemExit("run `make demo` first")
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder  # An empty playlist, and not the person's own.
        data = Path(folder) / "data"
        shutil.copytree(DEMO / "data", data)
        context = app.build_context(
            application, settings_file=Path(folder) / "desktop.json", given=Given(data_dir=data, profile="default")
        )
        context.theme.set_mode("light")
        window = app.build_window(context, settings_folder=Path(folder))
        window.resize(1440, 900)
        window.show()
        window.activateWindow()
        try:
            show(context, window)
        finally:
            app.end(context, window)


if __name__ == "__main__":
    main()
