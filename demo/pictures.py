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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from eightcut_qt import app
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.forward import bring_forward
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind
from eightcut_qt.playlist.panel import PlaylistPanel
from PyQt6.QtCore import QEventLoop, Qt, QTimer
from PyQt6.QtWidgets import QApplication, QWidget

from demo.old_library import make_old_library

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.shell.window import MainWindow

PartT = TypeVar("PartT", bound=QWidget)

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


def part(window: MainWindow, kind: type[PartT]) -> PartT:
    """Finds a panel or a dialog."""
    found = window.findChild(kind)
    assert found is not None
    return found


def open_file(context: Context, path: Path) -> None:
    """Opens a file and waits for its results."""
    context.navigator.open(path)
    wait(lambda: (media := context.state.media) is not None and media.path == path and media.registered)
    wait(lambda: (document := context.state.document) is not None and document.is_loaded)
    wait(lambda: context.state.document is not None and context.state.document.scores is not None)
    live(2500)  # The waveform.


def is_at(context: Context, seconds: float) -> bool:
    """Whether the playhead is there."""
    return abs(context.state.position - seconds) < 0.1


def cut(context: Context, window: MainWindow, folder: Path) -> None:
    """Marks and cuts three clips of the open file."""
    playlist, clips = part(window, PlaylistPanel), part(window, ClipsPanel)
    playlist.set_export_folder(playlist.pages()[0], str(folder))
    context.settings.update("clips", count=3, spread=2.0, duration=4.0)
    for at in (37.0, 96.0, 158.0):
        context.state.set_cursor(at)
        context.actions.action("clips.mark").trigger()
    bring_forward(clips)
    wait(lambda: not clips.board.busy and not context.exports.working)


def show_crop(context: Context, window: MainWindow) -> None:
    """Takes a picture of a crop that moves with the blue box."""
    clips = part(window, ClipsPanel)
    context.settings.update("export", crop="1:1", short_side=512)
    clips.tabs.setCurrentIndex(1)
    for at, center in ((150.0, 0.1), (159.6, 0.95), (170.0, 0.4)):
        context.player.seek(at)
        wait(partial(is_at, context, at))
        context.actions.action("exporting.key_add").trigger()
        clips.commands.keys.set_center(center)
    context.player.seek(159.6)
    keep(window, "cutting-dark")
    context.settings.update("export", crop="")
    clips.tabs.setCurrentIndex(0)


def show_import(context: Context, window: MainWindow, folder: Path) -> None:
    """Takes a picture of what an old library would bring."""
    from eightcut_qt.importing.library_dialog import LibraryDialog

    folder.mkdir()
    library = make_old_library(folder, [DEMO / "street.mp4", DEMO / "garden.mp4"])
    context.actions.action("importing.library").trigger()
    dialog = part(window, LibraryDialog)
    dialog.choose.path.setText(str(library))
    dialog.read()
    wait(lambda: not dialog.busy)
    keep(dialog, "import-light")
    dialog.reject()


def show(context: Context, window: MainWindow, folder: Path) -> None:
    """Goes through the window and takes the pictures."""
    context.link.start()
    wait(lambda: context.link.state.kind is Kind.ONLINE)
    context.settings.update("clips", folder="door_knock", label="three or more knocks", category="Human")
    window.panels.add_paths([DEMO / name for name in ("kitchen.mp4", "street.mp4", "garden.mp4")])
    open_file(context, DEMO / "street.mp4")
    document = context.state.document
    assert document is not None
    cut(context, window, folder / "clips" / "door_knock")
    best = max(document.regions, key=lambda region: region.score)
    context.state.set_selection((best.id,))
    context.player.seek(best.start + 0.6)
    keep(window, "window-light")
    show_import(context, window, folder / "old")

    context.actions.action("results.compare").trigger()
    wait(lambda: context.state.comparison is not None and context.state.comparison.scores is not None)
    for _ in range(3):
        context.actions.action("timeline.zoom_in").trigger()
    keep(window, "compare-light")
    context.actions.action("results.compare").trigger()
    context.actions.action("timeline.zoom_all").trigger()

    context.theme.set_mode("dark")
    show_crop(context, window)
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
    with tempfile.TemporaryDirectory(prefix="8cut-") as folder:
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
            show(context, window, Path(folder))
        finally:
            app.end(context, window)


if __name__ == "__main__":
    main()
