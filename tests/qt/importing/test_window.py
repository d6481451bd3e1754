"""What the window says of an old library."""

from __future__ import annotations

from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_qt import importing
from eightcut_qt.core.actions import Actions
from eightcut_qt.core.context import Context
from eightcut_qt.gateway.imports import Step
from eightcut_qt.importing.labels_dialog import LabelsDialog
from eightcut_qt.importing.library_dialog import LibraryDialog
from eightcut_qt.importing.locate_dialog import LocateDialog
from eightcut_qt.importing.offer import LibraryOffer
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.qt.importing.conftest import make_library, open_film
from tests.qt.world import Heard


def offer(qtbot: QtBot, context: Context) -> tuple[QWidget, LibraryOffer]:
    window = QWidget()
    qtbot.addWidget(window)
    made = LibraryOffer(context, window)
    window.show()
    return window, made


def test_a_library_in_the_home_folder_is_offered_until_it_is_imported(
    qtbot: QtBot, context: Context, home: Path
) -> None:
    (home / ".8cut.db").touch()
    _window, made = offer(qtbot, context)
    qtbot.waitUntil(made.isVisible)
    asked: list[None] = []
    action = context.actions.bind("importing.library", lambda: asked.append(None))
    assert action.text() == made.import_button.text()
    made.import_button.click()
    assert asked == [None]
    context.settings.update("importing", imported=True)
    assert not made.isVisible()


def test_an_offer_that_is_declined_does_not_come_again(qtbot: QtBot, context: Context, home: Path) -> None:
    (home / ".8cut.db").touch()
    _window, made = offer(qtbot, context)
    qtbot.waitUntil(made.isVisible)
    made.no_button.click()
    assert not made.isVisible()
    _window, other = offer(qtbot, context)
    qtbot.waitUntil(lambda: other._there)
    assert not other.isVisible()


def test_without_a_library_nothing_is_offered(qtbot: QtBot, context: Context) -> None:
    _window, made = offer(qtbot, context)
    ended: list[None] = []
    context.tasks.run(lambda _task: None, done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert not made.isVisible()


def test_the_actions_open_the_dialogs_which_are_kept(qtbot: QtBot, context: Context) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    importing.install(context, window)
    actions: Actions = context.actions
    for id_, kind in (
        ("importing.library", LibraryDialog),
        ("importing.locate", LocateDialog),
        ("importing.labels", LabelsDialog),
    ):
        actions.action(id_).trigger()
        (made,) = window.findChildren(kind)
        assert made.isVisible()
        assert not made.isModal()
        made.close()
        actions.action(id_).trigger()
        assert window.findChildren(kind) == [made]
        assert made.isVisible()


def test_a_file_under_whose_name_clips_wait_is_noticed(
    qtbot: QtBot, context: Context, tmp_path: Path, films: list[Path], heard: Heard
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    importing.install(context, window)
    film = films[0].rename(films[0].with_name(f"{tmp_path.parent.name}-{tmp_path.name}.wav"))
    library = make_library(tmp_path / "old.db", context.gateway.profile, [film])
    moved = film.rename(tmp_path / film.name)
    calls, cancel = context.gateway.imports, Cancellation()

    def ignore(_step: Step) -> None:
        return

    calls.bring(calls.read(library, [], tell=ignore, cancel=cancel), tell=ignore, cancel=cancel)
    open_film(context, films[1])
    media = open_film(context, moved)
    qtbot.waitUntil(lambda: bool(heard))
    assert len(heard) == 1
    assert heard[0][1].startswith(f"Clips of the old library wait for a file named {film.name}: Locate Media in the ")
    context.state.set_media(None)
    context.state.set_media(media)
    ended: list[None] = []
    context.tasks.run(lambda _task: None, done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert len(heard) == 1
