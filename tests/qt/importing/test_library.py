"""The old library, read, looked at, imported and compared."""

from __future__ import annotations

import gc
import hashlib
from pathlib import Path

import pytest
from eightcut.store.v1.profile_service_pb2 import DeleteProfileRequest
from eightcut_client.connection import Connection
from eightcut_client.register import identify_file
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.importing.library_dialog import LibraryDialog
from eightcut_qt.importing.text_table import TextTable
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.qt.importing.conftest import make_library
from tests.qt.loop.test_everything_has_a_name import nameless


@pytest.fixture
def dialog(qtbot: QtBot, context: Context) -> LibraryDialog:
    made = LibraryDialog(context)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def library(tmp_path: Path, profile: str, films: list[Path]) -> Path:
    """An old library in the test's profile."""
    return make_library(tmp_path / "old.db", profile, films)


def read(qtbot: QtBot, dialog: LibraryDialog, library: Path) -> None:
    dialog.choose.path.setText(str(library))
    dialog.go_button.click()
    assert dialog.pages.currentWidget() is dialog.working
    qtbot.waitUntil(lambda: not dialog.busy, timeout=15_000)


def bring(qtbot: QtBot, dialog: LibraryDialog) -> None:
    assert dialog.go_button.text() == "&Import"
    dialog.go_button.click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=15_000)
    assert dialog.pages.currentWidget() is dialog.outcome, dialog.report.sentence.text()


def rows(table: TextTable) -> list[tuple[str, ...]]:
    return [tuple(table.texts.texts(row)) for row in range(table.texts.rowCount())]


def tabs(dialog: LibraryDialog) -> list[str]:
    found = dialog.report.findings
    return [found.tabText(index) for index in range(found.count())]


def test_a_library_is_read_shown_imported_and_compared(
    qtbot: QtBot, context: Context, dialog: LibraryDialog, library: Path, films: list[Path]
) -> None:
    before, limits = hashlib.sha256(library.read_bytes()).hexdigest(), gc.get_threshold()
    changes: list[Change] = []
    context.bus.changed.connect(changes.append)
    assert nameless(dialog) == []
    read(qtbot, dialog, library)
    assert nameless(dialog) == []
    assert dialog.pages.currentWidget() is dialog.report
    assert rows(dialog.report.table) == [
        ("Clip files", "4", "4", "0", "0", "0", "0"),
        ("Scan results", "6", "6", "0", "0", "0", "0"),
        ("Hard negatives", "2", "2", "0", "0", "0", "0"),
        ("Hidden files", "1", "1", "0", "0", "0", "0"),
    ]
    assert "⚠ Clip files missing (4)" in tabs(dialog)
    assert "Folders (1)" in tabs(dialog)
    assert "Old classifiers (1)" in tabs(dialog)
    assert not dialog.report.skip_damaged.isVisible()
    assert not dialog.search_button.isVisible()  # All media were found.
    digest = identify_file(films[0]).digest
    assert context.gateway.media.get_many([digest]) == {}  # Nothing was changed yet.
    assert changes == []
    bring(qtbot, dialog)
    assert [row[:5] for row in rows(dialog.outcome.table)] == [
        ("Clip files", "4", "4", "0", "the same"),
        ("Scan results", "6", "6", "0", "the same"),
        ("Hard negatives", "2", "2", "0", "the same"),
        ("Hidden files", "1", "1", "0", "the same"),
    ]
    assert dialog.outcome.sentence.text() == (
        "13 rows were added; counts and contents of all tables are the same in both."
    )
    clips = context.gateway.clips.list(media=digest)
    assert [(clip.start, clip.folder, clip.label) for clip in clips] == [
        (0.0, "door", "a door"),
        (5.0, "door", "a door"),
    ]
    (scan,) = context.gateway.scans.versions(media=digest)
    assert (scan.model, scan.region_count) == ("EAT_door", 3)
    assert context.gateway.media.hidden() == {digest}
    assert [change.topics & Topic.CLIPS for change in changes] == [Topic.CLIPS]
    assert context.settings.value.importing.imported
    assert hashlib.sha256(library.read_bytes()).hexdigest() == before
    assert gc.get_threshold() == limits


def test_the_commands_that_train_old_classifiers_anew_can_be_copied(
    qtbot: QtBot, dialog: LibraryDialog, library: Path, profile: str
) -> None:
    (library.parent / "models").mkdir()
    (library.parent / "models" / "door_EAT.joblib").write_bytes(b"never opened")
    read(qtbot, dialog, library)
    found = dialog.report.findings
    page = found.widget(next(index for index in range(found.count()) if "Old classifiers" in found.tabText(index)))
    assert page is not None
    (button,) = page.findChildren(QPushButton)
    assert button.text() == "&Copy Command"
    button.click()
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == f"8cut train --folder door --model EAT_door --profile {profile}"


def test_a_second_import_adds_nothing(qtbot: QtBot, dialog: LibraryDialog, library: Path) -> None:
    read(qtbot, dialog, library)
    bring(qtbot, dialog)
    dialog.back_button.click()
    read(qtbot, dialog, library)
    assert dialog.report.sentence.text() == "All of this library was imported before; nothing would be added."
    assert [row[2:4] for row in rows(dialog.report.table)] == [("0", "4"), ("0", "6"), ("0", "2"), ("0", "1")]
    assert not dialog.go_button.isEnabled()


def test_a_deleted_profile_comes_back_when_the_person_says_so(
    qtbot: QtBot, services: Connection, dialog: LibraryDialog, library: Path, profile: str
) -> None:
    read(qtbot, dialog, library)
    bring(qtbot, dialog)
    services.profiles.DeleteProfile(DeleteProfileRequest(profile=profile))
    dialog.back_button.click()
    read(qtbot, dialog, library)
    assert not dialog.go_button.isEnabled()
    dialog.back_button.click()
    dialog.choose.restore.setChecked(True)
    read(qtbot, dialog, library)
    bring(qtbot, dialog)
    assert dialog.outcome.sentence.text().startswith("13 rows were added; counts and contents")


def test_damaged_rows_are_left_out_only_when_the_person_says_so(
    qtbot: QtBot, dialog: LibraryDialog, tmp_path: Path, profile: str, films: list[Path]
) -> None:
    read(qtbot, dialog, make_library(tmp_path / "old.db", profile, films, damaged=2))
    assert tabs(dialog)[0] == "⚠ Damaged rows (2)"
    assert dialog.report.skip_damaged.isVisible()
    assert not dialog.go_button.isEnabled()
    dialog.report.skip_damaged.setChecked(True)
    bring(qtbot, dialog)
    assert dialog.outcome.sentence.text().startswith("13 rows were added")
    assert dialog.outcome.remark.text().startswith("2 rows that cannot be understood were left out.")


def test_media_that_are_not_found_are_named_and_searched_for(
    qtbot: QtBot, dialog: LibraryDialog, library: Path, films: list[Path], tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    films[0].rename(moved / films[0].name)
    read(qtbot, dialog, library)
    assert "⚠ Media not found (1)" in tabs(dialog)
    assert dialog.search_button.isVisible()
    dialog.search_button.click()
    (asked,) = dialog.findChildren(QFileDialog)
    asked.fileSelected.emit(str(moved))
    asked.reject()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=15_000)
    assert "⚠ Media not found (1)" not in tabs(dialog)
    assert not dialog.search_button.isVisible()


@pytest.mark.parametrize("kind", ["nothing", "text", "folder", "odd name", "nul"])
def test_what_is_no_library_is_said_in_a_sentence(
    qtbot: QtBot, dialog: LibraryDialog, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "old.db"
    if kind == "text":
        path.write_text("This is no database. " * 100)
    elif kind == "folder":
        path.mkdir()
    elif kind == "odd name":
        path = tmp_path / 'new line \udcff "quote" old.db'
    elif kind == "nul":
        path = tmp_path / "nul\0old.db"
    read(qtbot, dialog, path)
    assert dialog.pages.currentWidget() is dialog.choose
    said = dialog.choose.problem.text()
    assert "old.db" in said
    assert said.endswith(".")
    assert "\n" not in said


def test_stopping_the_reading_changes_nothing(qtbot: QtBot, dialog: LibraryDialog, library: Path) -> None:
    dialog.choose.path.setText(str(library))
    dialog.go_button.click()
    dialog.close_button.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert dialog.pages.currentWidget() in (dialog.choose, dialog.report)  # It may have been done already.
    if dialog.pages.currentWidget() is dialog.choose:
        assert dialog.choose.problem.text() == "It was stopped; nothing was changed."
    assert dialog.isVisible()


def test_stopping_the_import_shows_what_is_true(qtbot: QtBot, dialog: LibraryDialog, library: Path) -> None:
    read(qtbot, dialog, library)
    dialog.go_button.click()
    dialog.close_button.click()
    qtbot.waitUntil(lambda: not dialog.busy and dialog.pages.currentWidget() is not dialog.working, timeout=15_000)
    if dialog.pages.currentWidget() is dialog.report:  # Else it was too late to stop it.
        assert "would be added" in dialog.report.sentence.text()


def test_it_goes_on_behind_a_closed_dialog(
    qtbot: QtBot, context: Context, dialog: LibraryDialog, library: Path, heard: list[tuple[object, str]]
) -> None:
    read(qtbot, dialog, library)
    dialog.go_button.click()
    dialog.close()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: any("The import is done: 13 rows were added." in said for _, said in heard), timeout=15_000)
    dialog.show()
    assert dialog.pages.currentWidget() is dialog.outcome


def test_the_library_of_the_old_program_is_offered(qtbot: QtBot, context: Context, home: Path) -> None:
    (home / ".8cut.db").write_bytes(b"")
    made = LibraryDialog(context)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.choose.path.text() == str(home / ".8cut.db"))
    assert made.go_button.isEnabled()
