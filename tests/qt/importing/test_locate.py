"""Media that were not where the old program had them, found later."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.register import identify_file
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.gateway.imports import Step
from eightcut_qt.importing.locate_dialog import LocateDialog
from pytestqt.qtbot import QtBot

from tests.qt.importing.conftest import make_library
from tests.qt.loop.test_everything_has_a_name import nameless


@pytest.fixture
def elsewhere(context: Context, tmp_path: Path, profile: str, films: list[Path]) -> Path:
    """A folder into which the files of an imported library were moved before it was imported."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    own = [film.rename(film.with_name(f"{tmp_path.parent.name}-{tmp_path.name}-{film.name}")) for film in films]
    library = make_library(tmp_path / "old.db", profile, own)
    for film in own:
        film.rename(folder / film.name)

    def ignore(_step: Step) -> None:
        return

    from eightcut_client.cancellation import Cancellation

    calls = context.gateway.imports
    calls.bring(calls.read(library, [], tell=ignore, cancel=Cancellation()), tell=ignore, cancel=Cancellation())
    return folder


@pytest.fixture
def dialog(qtbot: QtBot, context: Context, elsewhere: Path) -> LocateDialog:
    made = LocateDialog(context)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(own(made, elsewhere)) == 2)
    return made


def own(dialog: LocateDialog, folder: Path) -> list[str]:
    """Names of this test's media in the table: other tests leave theirs in the same Store."""
    names = [dialog.table.texts.texts(row)[0] for row in range(dialog.table.texts.rowCount())]
    return [name for name in names if folder.parent.name in name]


def test_media_are_found_in_a_folder_and_everything_belongs_to_them(
    qtbot: QtBot, context: Context, dialog: LocateDialog, elsewhere: Path
) -> None:
    changes: list[Change] = []
    context.bus.changed.connect(changes.append)
    dialog.search(elsewhere)
    assert dialog.close_button.text() == "Stop"
    qtbot.waitUntil(lambda: not dialog.busy)
    assert dialog.status.text().startswith("2 media files found")
    qtbot.waitUntil(lambda: own(dialog, elsewhere) == [])
    (film, _) = sorted(elsewhere.iterdir())
    digest = identify_file(film).digest
    assert len(context.gateway.clips.list(media=digest)) == 2
    assert [scan.model for scan in context.gateway.scans.versions(media=digest)] == ["EAT_door"]
    assert changes[-1].topics & (Topic.CLIPS | Topic.MEDIA | Topic.SCANS) == Topic.CLIPS | Topic.MEDIA | Topic.SCANS


def test_a_file_with_another_name_is_taken_for_the_selected_one(
    qtbot: QtBot, context: Context, dialog: LocateDialog, elsewhere: Path
) -> None:
    film = min(elsewhere.iterdir())
    renamed = film.rename(film.with_name("renamed.wav"))
    row = next(row for row in range(dialog.table.texts.rowCount()) if dialog.table.texts.texts(row)[0] == film.name)
    assert not dialog.file_button.isEnabled()
    dialog.table.selectRow(row)
    assert dialog.file_button.isEnabled()
    asked = dialog.ask_for_file()
    assert asked is not None
    asked.fileSelected.emit(str(renamed))
    asked.reject()
    qtbot.waitUntil(lambda: not dialog.busy and "found" in dialog.status.text())
    assert len(context.gateway.clips.list(media=identify_file(renamed).digest)) == 2


def test_a_folder_without_them_says_so(qtbot: QtBot, dialog: LocateDialog, elsewhere: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    dialog.search(empty)
    qtbot.waitUntil(lambda: dialog.status.text() == "None of them was found there.")
    assert len(own(dialog, elsewhere)) == 2


def test_a_file_that_is_no_media_is_not_taken(
    qtbot: QtBot, dialog: LocateDialog, elsewhere: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no sound")
    media = next(one for one in dialog._media if elsewhere.parent.name in one.filename)
    dialog.take(media, text)
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "notes.txt was found, but" in dialog.status.text()
    dialog.take(media, tmp_path / "none.wav")
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "none.wav" in dialog.status.text()
    assert len(own(dialog, elsewhere)) == 2


def test_a_search_can_be_stopped(qtbot: QtBot, dialog: LocateDialog, elsewhere: Path) -> None:
    dialog.search(elsewhere)
    dialog.close_button.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert dialog.isVisible()
    assert dialog.close_button.text() == "Close"


def test_the_list_follows_what_others_do(qtbot: QtBot, context: Context, dialog: LocateDialog, elsewhere: Path) -> None:
    from eightcut_client.ancestor import locate_media

    locate_media(context.gateway.connection(), [elsewhere])
    context.bus.publish(Change(Topic.MEDIA))
    qtbot.waitUntil(lambda: own(dialog, elsewhere) == [])


def test_whatever_takes_the_focus_has_a_name(dialog: LocateDialog) -> None:
    assert nameless(dialog) == []
