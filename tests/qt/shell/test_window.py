"""The main window: its menus, docks, notices, status bar, and how it closes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from eightcut_client.errors import AlreadyExistsError
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import Level
from eightcut_qt.core.settings import ConnectionSettings, SettingsStore
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.link.profiles import create_profile
from eightcut_qt.link.states import Kind, LinkState
from eightcut_qt.shell.actions import MENUS
from eightcut_qt.shell.notice_bar import Notice, NoticeBar
from eightcut_qt.shell.window import MainWindow
from eightcut_qt.training.follower import Phase, TrainingFollower
from PyQt6.QtCore import QMimeData, QObject, QPointF, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.qt.shell.conftest import plain_panels


def menu_titles(window: MainWindow) -> list[str]:
    bar = window.menuBar()
    assert bar is not None
    return [action.text().replace("&", "") for action in bar.actions()]


def test_every_action_with_a_menu_stands_in_it_once(window: MainWindow, shell: Context) -> None:
    assert menu_titles(window) == list(MENUS)
    bar = window.menuBar()
    assert bar is not None
    shown = [a.objectName() for entry in bar.actions() if (menu := entry.menu()) for a in menu.actions()]
    wanted = [spec.id for spec in shell.actions.specs if spec.menu]
    assert sorted(name for name in shown if "." in name and not name.startswith("dock.")) == sorted(wanted)


def test_the_centre_welcomes_until_a_file_is_open(window: MainWindow, shell: Context, tmp_path: Path) -> None:
    assert window.centre.currentWidget() is window.welcome
    assert window.windowTitle() == "8-cut"
    shell.state.set_media(OpenMedia(tmp_path / "street.mp4"))
    assert window.centre.currentWidget() is window.splitter
    assert window.windowTitle() == "street.mp4 — 8-cut"
    assert window.status._file.text() == "street.mp4"
    shell.state.set_media(None)
    assert window.centre.currentWidget() is window.welcome


def test_files_that_are_dropped_go_to_the_playlist_and_the_first_is_opened(
    qtbot: QtBot, window: MainWindow, shell: Context, added: list[Path], tmp_path: Path
) -> None:
    opened: list[Path] = []
    shell.navigator = SimpleNamespace(open=opened.append)  # type: ignore[assignment]
    (tmp_path / "a.mp4").touch()
    data = QMimeData()
    paths = [tmp_path, tmp_path / "a.mp4"]
    data.setUrls([*(QUrl.fromLocalFile(str(path)) for path in paths), QUrl("https://example.org/b.mp4")])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))
    assert added == paths
    qtbot.waitUntil(lambda: opened == [tmp_path / "a.mp4"])


def test_f6_goes_round_the_panels_and_brings_hidden_ones_to_the_front(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    panels: Any = window.panels
    panels.playlist.first.setFocus()
    seen = []
    for _ in range(5):
        window._context.actions.action("shell.next_panel").trigger()
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.isVisible()
        parent = focused.parentWidget()
        assert parent is not None
        seen.append(parent.objectName())
    assert seen == ["clips", "results", "review", "scan", "playlist"]  # The centre only welcomes.
    window._context.actions.action("shell.previous_panel").trigger()
    focused = QApplication.focusWidget()
    assert focused is panels.scan.first


def test_a_panel_in_which_nothing_takes_the_focus_is_left_out_of_the_round(window: MainWindow) -> None:
    panels: Any = window.panels
    for widget in panels.clips.findChildren(QWidget):
        widget.setEnabled(False)
    hidden = QWidget(panels.results)
    QLineEdit(hidden)
    for widget in panels.results.findChildren(QWidget):
        widget.hide()
    panels.playlist.first.setFocus()
    window._context.actions.action("shell.next_panel").trigger()
    assert QApplication.focusWidget() is panels.review.first


def test_an_empty_choice_is_a_place_of_the_focus_too(window: MainWindow) -> None:
    """In PyQt an empty QComboBox counts as false."""
    panels: Any = window.panels
    for widget in panels.clips.findChildren(QWidget):
        widget.hide()
    choice = QComboBox(panels.clips)
    choice.show()
    panels.playlist.first.setFocus()
    window._context.actions.action("shell.next_panel").trigger()
    assert QApplication.focusWidget() is choice
    window._context.actions.action("shell.next_panel").trigger()
    assert QApplication.focusWidget() is panels.results.first


def test_a_closed_panel_is_left_out_of_the_round(window: MainWindow) -> None:
    panels: Any = window.panels
    window.docks.all[1].close()
    panels.playlist.first.setFocus()
    window._context.actions.action("shell.next_panel").trigger()
    assert QApplication.focusWidget() is panels.results.first
    window._context.actions.action("shell.reset_layout").trigger()
    assert not window.docks.all[1].isHidden()


def test_the_places_of_the_panels_are_kept(
    qtbot: QtBot, window: MainWindow, shell: Context, added: list[Path], tmp_path: Path
) -> None:
    window.docks.all[4].close()
    shell.state.set_media(OpenMedia(tmp_path / "street.mp4"))
    window.splitter.setSizes([100, 300])
    window.resize(700, 640)
    window.close()
    shell.settings.save()
    again = SettingsStore(tmp_path / "desktop.json")
    assert again.value.appearance.layout
    second = MainWindow(shell, plain_panels(added))
    qtbot.addWidget(second)
    second.show()
    assert second.docks.all[4].isHidden()
    assert not second.docks.all[0].isHidden()
    assert second.size() == window.size()
    assert second.splitter.sizes() == window.splitter.sizes()


@pytest.mark.parametrize("garbage", ["%%%", "AAAA", "äöü", "A" * 5000, "AAAA.AAAA", ".%"])
def test_places_that_make_no_sense_are_left(qtbot: QtBot, shell: Context, added: list[Path], garbage: str) -> None:
    shell.settings.update("appearance", geometry=garbage, layout=garbage)
    window = MainWindow(shell, plain_panels(added))
    qtbot.addWidget(window)
    window.show()
    assert all(not dock.isHidden() for dock in window.docks.all)


def test_notices_pass_by_or_stay_until_they_are_dismissed(window: MainWindow, shell: Context) -> None:
    shell.notices.info("3 clips were marked.")
    assert window.status.currentMessage() == "3 clips were marked."
    assert not window.notice_bar.isVisible()
    shell.notices.warning("First.")
    shell.notices.error("Second.")
    shell.notices.error("Second.")
    bar = window.notice_bar
    assert bar.isVisible()
    assert bar.accessibleName() == "Error: Second."
    assert [notice.sentence for notice in bar.notices] == ["First.", "Second."]
    bar.dismiss()
    assert bar.accessibleName() == "Warning: First."
    bar.dismiss()
    assert not bar.isVisible()


def test_only_the_last_few_notices_are_kept(qtbot: QtBot, shell: Context) -> None:
    bar = NoticeBar(shell.theme)
    qtbot.addWidget(bar)
    for number in range(12):
        bar.say(Notice(Level.ERROR, f"Number {number}."))
    assert [notice.sentence for notice in bar.notices] == [f"Number {number}." for number in range(7, 12)]


def test_the_link_is_told_of_in_words_and_withdrawn_when_it_is_back(window: MainWindow, shell: Context) -> None:
    shell.link.state_changed.emit(LinkState(Kind.OFFLINE, "Not connected", "Cannot reach the Store at gpu:1."))
    assert window.status.link.text() == "Not connected"
    assert "Cannot reach" in window.status.link.accessibleDescription()
    (notice,) = window.notice_bar.notices
    assert notice.action is shell.actions.action("shell.connection")
    shell.link.state_changed.emit(LinkState(Kind.DEGRADED, "Partly connected", "The Trainer does not answer."))
    assert [notice.sentence for notice in window.notice_bar.notices] == ["The Trainer does not answer."]
    shell.link.state_changed.emit(LinkState(Kind.ONLINE, "Connected", "Connected to gpu:1."))
    assert window.notice_bar.notices == ()


def test_every_state_has_a_sign_of_its_own(window: MainWindow) -> None:
    pictures = set()
    for kind in Kind:
        window.status.link.show_state(LinkState(kind, "x", "x"))
        image = window.status.link._symbol(24).toImage()
        # Without colours: only where something is drawn.
        drawn = tuple(image.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))
        pictures.add(drawn)
    assert len(pictures) == len(Kind)


def test_profiles_are_chosen_and_made(qtbot: QtBot, window: MainWindow, linked: Context, profile: str) -> None:
    chooser = window.status.profiles
    qtbot.waitUntil(lambda: chooser.findText("default") >= 0)
    assert chooser.currentText() == profile
    chooser.setCurrentIndex(chooser.findText("default"))
    chooser.activated.emit(chooser.currentIndex())
    assert linked.link.profile == "default"
    name = f"{profile} too"
    chooser.make(f" {name} ")
    qtbot.waitUntil(lambda: linked.link.profile == name)
    qtbot.waitUntil(lambda: chooser.currentText() == name)
    with pytest.raises(AlreadyExistsError):
        create_profile(linked.link, name)
    chooser.make("default")  # It is there: it is chosen.
    qtbot.waitUntil(lambda: linked.link.profile == "default")


def test_new_profile_asks_for_a_name(qtbot: QtBot, window: MainWindow, linked: Context, profile: str) -> None:
    chooser = window.status.profiles
    chooser.activated.emit(chooser.count() - 1)
    assert chooser.currentText() == profile
    dialog: Any = chooser._dialog
    assert dialog.isVisible()
    dialog.reject()


def test_a_profile_that_is_not_there_is_told_of(qtbot: QtBot, window: MainWindow, shell: Context, server: str) -> None:
    shell.link._profile = "nowhere"
    shell.link.use(ConnectionSettings(server=server))
    qtbot.waitUntil(lambda: any("nowhere" in notice.sentence for notice in window.notice_bar.notices))
    assert window.status.profiles.currentText() == "nowhere"


class Busy(QObject):
    """A queue that is busy."""

    changed = pyqtSignal()
    busy = True

    def totals(self) -> Any:
        return SimpleNamespace(sentence=lambda: "1 of 2 files")


def test_a_running_scan_is_shown_and_asked_about(
    qtbot: QtBot, shell: Context, added: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "scans", Busy())
    window = MainWindow(shell, plain_panels(added))
    qtbot.addWidget(window)
    window.show()
    assert window.status._scan.text() == "Scanning: 1 of 2 files"
    asked: list[str] = []
    window.ask_to_close = lambda sentence: asked.append(sentence) is not None  # type: ignore[func-returns-value]
    assert not window.close()
    assert window.isVisible()
    window.ask_to_close = lambda _sentence: True
    assert window.close()
    assert len(asked) == 1
    assert asked[0].startswith("A scan is running.")


def test_a_training_is_asked_about_only_where_closing_stops_it(
    window: MainWindow, shell: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = TrainingFollower(shell, window)
    monkeypatch.setattr(training, "phase", Phase.RUNNING)
    asked: list[str] = []
    window.ask_to_close = lambda sentence: asked.append(sentence) is not None  # type: ignore[func-returns-value]
    shell.link._state = LinkState(Kind.ONLINE, "x", "x", mode="embedded")
    assert not window.close()
    assert asked[0].startswith("A training is running.")
    shell.link._state = LinkState(Kind.ONLINE, "x", "x", mode="remote")
    assert window.close()
    assert len(asked) == 1


def test_the_theme_is_chosen_in_the_menu_and_kept(window: MainWindow, shell: Context) -> None:
    shell.actions.action("shell.theme_dark").trigger()
    assert shell.theme.colors.dark
    assert shell.settings.value.appearance.theme == "dark"
    shell.actions.action("shell.theme_light").trigger()
    assert not shell.theme.colors.dark
    assert not shell.actions.action("shell.theme_dark").isChecked()
    shell.actions.action("shell.theme_system").trigger()


def test_what_goes_on_is_said_until_it_is_over(window: MainWindow, shell: Context) -> None:
    def said() -> list[str]:
        labels = window.status.findChildren(QLabel)
        return [label.text() for label in labels if label.accessibleName() == "What is going on" and label.isVisible()]

    assert said() == []
    shell.notices.doing("training", "Training LOGMEL_door")
    shell.notices.doing("other", "Something else")
    assert said() == ["Training LOGMEL_door · Something else"]
    shell.notices.doing("training", "")
    assert said() == ["Something else"]
    shell.notices.doing("other", "")
    assert said() == []
