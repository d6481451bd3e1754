"""The application: makes the shared objects and the window, runs them, and ends them in order."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6 import sip
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QUndoGroup
from PyQt6.QtWidgets import QApplication

from eightcut_qt import __version__
from eightcut_qt.core import paths
from eightcut_qt.core.actions import ActionError, Actions
from eightcut_qt.core.bus import Bus
from eightcut_qt.core.collector import Collector
from eightcut_qt.core.context import Context
from eightcut_qt.core.keys import PanelKeys
from eightcut_qt.core.notices import Notices
from eightcut_qt.core.operations import Operations
from eightcut_qt.core.settings import SettingsStore
from eightcut_qt.core.state import ViewState
from eightcut_qt.core.tasks import Lane, Tasks
from eightcut_qt.core.theme import Theme
from eightcut_qt.gateway import Gateway
from eightcut_qt.link.given import Given
from eightcut_qt.link.link import Link
from eightcut_qt.shell.crash import CrashLog, hook_exceptions, start_log, stop_log

if TYPE_CHECKING:
    from eightcut_qt.shell.panels import Panels
    from eightcut_qt.shell.window import MainWindow

_PATIENCE = 2.0  # Seconds after which calls that hold up the end are cut off.

# Seconds until a thread that computes lets another one run. Measured with three such threads: the window's ticks of
# 1 ms came after 2.4 ms (median; p95 12 ms), with Python's own 5 ms after 11 ms (58 ms).
_TURN = 0.001

_log = logging.getLogger(__name__)


def build_context(
    application: QApplication, *, settings_file: Path | None = None, given: Given | None = None
) -> Context:
    """Make the shared objects; nothing is connected yet.

    Args:
        application: Qt's.
        settings_file: Default: that of the person.
        given: What the command line said of the services.

    Raises:
        ActionError: Two actions of ours have the same key.
    """
    from eightcut_qt.exporting.queue import ExportQueue
    from eightcut_qt.playback.navigator import Navigator
    from eightcut_qt.playback.player import Player
    from eightcut_qt.playback.quiet import hush_ffmpeg
    from eightcut_qt.regions.documents import ScanDocuments
    from eightcut_qt.scanning.queue import ScanQueue

    settings = SettingsStore(settings_file or paths.settings_file())
    notices = Notices()
    tasks = Tasks(lambda error: _tell(notices, error))
    bus = Bus()
    actions = _actions(settings, notices)
    link = Link(tasks, bus, settings, given)
    context = Context(
        settings=settings,
        theme=Theme(application, settings.value.appearance.theme),
        notices=notices,
        tasks=tasks,
        bus=bus,
        operations=Operations(tasks, bus, gateway := Gateway(link)),
        state=ViewState(),
        actions=actions,
        keys=PanelKeys(actions, application),
        link=link,
        gateway=gateway,
        undo=QUndoGroup(),
        # Those that follow are given the context itself.
        documents=None,  # type: ignore[arg-type]
        player=None,  # type: ignore[arg-type]
        navigator=None,  # type: ignore[arg-type]
        scans=None,  # type: ignore[arg-type]
        exports=None,  # type: ignore[arg-type]
    )
    context.documents = ScanDocuments(context)
    context.player = Player(context)
    hush_ffmpeg()
    context.navigator = Navigator(context)
    context.scans = ScanQueue(context)
    context.exports = ExportQueue(context)
    return context


def build_panels(context: Context) -> Panels:
    """Make the panels that the window is filled with."""
    from eightcut_qt.clips.panel import ClipsPanel
    from eightcut_qt.exporting.overlay import CropOverlay
    from eightcut_qt.playback.panel import PlaybackPanel
    from eightcut_qt.playlist.panel import PlaylistPanel
    from eightcut_qt.results.panel import ResultsPanel
    from eightcut_qt.review.panel import ReviewPanel
    from eightcut_qt.scanning.panel import ScanPanel
    from eightcut_qt.shell.panels import Panels
    from eightcut_qt.timeline.panel import TimelinePanel

    playlist, clips = PlaylistPanel(context), ClipsPanel(context)
    timeline, scan = TimelinePanel(context), ScanPanel(context)
    playback = PlaybackPanel(context)
    overlay = CropOverlay(context, clips.commands.keys, playback.view)
    playback.view.set_overlay(overlay.guide)
    playlist.export_folder_changed.connect(context.exports.set_folder)
    results = ResultsPanel(context)
    results.crop_keys = lambda: clips.commands.keys.keys
    timeline.set_clips(clips.board)
    scan.set_files(playlist.paths_to_scan)
    return Panels(
        playlist=playlist,
        clips=clips,
        playback=playback,
        timeline=timeline,
        results=results,
        review=ReviewPanel(context),
        scan=scan,
        add_paths=playlist.add_paths,
    )


def build_window(context: Context, *, settings_folder: Path | None = None) -> MainWindow:
    """Make the main window with all panels and dialogs; it is not shown yet."""
    from eightcut_qt import classifiers, importing, negatives, training
    from eightcut_qt.shell.dialogs import Dialogs
    from eightcut_qt.shell.window import MainWindow

    window = MainWindow(context, build_panels(context))
    window.dialogs = Dialogs(context, window, settings_folder or paths.settings_file().parent)
    for part in (training, negatives, classifiers, importing):
        part.install(context, window)
    return window


def end(context: Context, window: MainWindow | None = None) -> None:
    """End everything in order: what is kept is written, threads and own services stop, widgets go last."""
    if window is not None:
        if window.isVisible():  # It was not closed by the person.
            window.keep_layout()
        window.hide()
    context.settings.close()
    context.player.close()
    # Calls to a frozen server would hold up the threads: after a while their connection is closed under them.
    cut = threading.Timer(_PATIENCE, context.link.cut)
    cut.daemon = True
    context.link.stop_watching()
    cut.start()
    context.tasks.close()
    cut.cancel()
    context.link.close()
    context.keys.deleteLater()
    if window is not None:
        sip.delete(window)


def run(argv: Sequence[str] | None = None) -> int:
    """Show the window until it is closed.

    Args:
        argv: What stands after the command's name; absent: that of the process.

    Returns:
        Exit code: 0 closed, 1 the window cannot be shown, 2 wrong usage.
    """
    options = _parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    if problem := _no_display():
        return _fail(problem)
    QApplication.setApplicationName("8-cut")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("8cut")
    application = QApplication(["8cut"])
    Collector(application)
    sys.setswitchinterval(_TURN)
    log = start_log(paths.state_folder())
    crash = CrashLog(paths.state_folder())
    try:
        context = build_context(application, given=_given(options))
        files = [file.absolute() for file in options.files]
        return _show(application, context, crash, files)
    except ActionError as error:
        return _fail(f"The window cannot be shown: two actions contradict each other. {error}")
    except Exception:  # noqa: BLE001  told on the terminal and in the log
        _log.exception("the window cannot be shown")
        where = f"; what is known of it is in {log}" if log is not None else ""
        return _fail(f"The window cannot be shown, through a mistake of 8-cut{where}.")
    finally:
        crash.close()
        stop_log()


def _show(application: QApplication, context: Context, crash: CrashLog, files: list[Path]) -> int:
    from eightcut_qt.shell.signals import Signals
    from eightcut_qt.shell.warm_up import load_the_rest

    hook_exceptions(lambda error: context.tasks.post(lambda: _tell(context.notices, error)))
    try:
        window = build_window(context)
    except BaseException:
        end(context)
        raise
    signals = Signals(lambda: application.exit(0))  # Without asking, other than quit().
    window.show()

    def begin() -> None:
        """Do what the window need not wait for."""
        context.link.start()
        if context.settings.problem:
            context.notices.warning(context.settings.problem)
        if crash.last is not None:
            context.notices.warning(f"8-cut ended unexpectedly last time. What is known of it is in {crash.last}.")
        if files:
            window.take(files)
        window.dialogs.show_news()
        context.tasks.run(load_the_rest, lane=Lane.LONG)
        gc.freeze()  # What is there for good need not be looked at by every collection.
        _log.info("the window is shown")

    QTimer.singleShot(0, begin)
    try:
        return application.exec()
    finally:
        signals.close()
        end(context, window)


def _actions(settings: SettingsStore, notices: Notices) -> Actions:
    """Make the actions with the person's own keys, or without these when they contradict ours (of a newer version)."""
    from eightcut_qt.action_table import all_specs

    try:
        return Actions(all_specs(), settings.value.keys)
    except ActionError as error:
        if not settings.value.keys:
            raise
        sentence = f"Your own keys are not used: {error} Choose others in the settings."
        QTimer.singleShot(0, lambda: notices.warning(sentence))
        return Actions(all_specs())


def _tell(notices: Notices, error: BaseException) -> None:
    _log.error("told to the person: %s", error, exc_info=error)
    notices.error(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("8cut-desktop", description="Hear, see and correct what 8-cut found.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="video, sound or folder to open")
    parser.add_argument("--server", help="services elsewhere, such as host:port")
    parser.add_argument("--token", help="token of these services")
    parser.add_argument("--token-file", type=Path, help="the same, read from a file")
    parser.add_argument("--ca", type=Path, help="certificate authority of these services (PEM)")
    parser.add_argument("--data-dir", type=Path, help="folder of services of our own")
    parser.add_argument("--profile", help="set of clips, negatives, scans and classifiers")
    parser.add_argument("--version", action="version", version=f"8cut-desktop {__version__}")
    return parser


def _given(options: argparse.Namespace) -> Given:
    return Given(options.server, options.token, options.token_file, options.ca, options.data_dir, options.profile)


def _no_display() -> str:
    """Say why no window can be shown here, empty when one can."""
    if sys.platform in {"win32", "darwin"} or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): start it in a desktop session."


def _fail(sentence: str) -> int:
    if sys.stderr is None:  # Without a terminal, as on Windows.
        _log.error("%s", sentence)
    else:
        sys.stderr.write(f"8cut: {sentence}\n")
    return 1
