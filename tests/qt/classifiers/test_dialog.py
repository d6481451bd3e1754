"""The dialog of classifier versions on a real Store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_client.errors import UnavailableError
from eightcut_client.register import register_file
from eightcut_qt.classifiers import install
from eightcut_qt.classifiers.dialog import ClassifiersDialog
from eightcut_qt.classifiers.model import ClassifiersModel, Column
from eightcut_qt.classifiers.rescan import Rescan
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import Gateway, NewClip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.classifiers.versions import Queue, Versions
from tests.qt.world import FixedServices, Heard
from tests.support.media import noise, write_media

Open = Callable[[], ClassifiersDialog]


@pytest.fixture
def version(services: Connection, profile: str) -> Versions:
    return Versions(services, profile)


@pytest.fixture
def scans(context: Context) -> Queue:
    queue = Queue()
    context.scans = queue  # type: ignore[assignment]
    return queue


@pytest.fixture
def dialog(context: Context, gateway: Gateway, qtbot: QtBot) -> Iterator[Open]:
    window = QWidget()
    qtbot.addWidget(window)

    def show() -> ClassifiersDialog:
        made = ClassifiersDialog(context, window)
        made.present()
        qtbot.waitUntil(lambda: list(made.model.all) == gateway.classifiers.list())
        return made

    yield show
    window.close()


def column(dialog: ClassifiersDialog, number: int) -> list[str]:
    return [dialog.model.index(row, number).data() for row in range(dialog.model.rowCount())]


def choose(dialog: ClassifiersDialog, id_: str) -> None:
    row = dialog.model.row_of(id_)
    assert row is not None
    dialog.table.selectRow(row)


def test_it_is_a_correct_model(version: Versions, gateway: Gateway, qtmodeltester: ModelTester) -> None:
    version()
    version(name="door")
    model = ClassifiersModel()
    model.set_all(gateway.classifiers.list())
    qtmodeltester.check(model)
    model.sort(Column.VERSION, Qt.SortOrder.DescendingOrder)
    model.set_model("LOGMEL")
    qtmodeltester.check(model)


@pytest.mark.parametrize("number", list(Column))
def test_every_column_sorts(version: Versions, gateway: Gateway, number: Column) -> None:
    ids = {version(0.5).id, version(None).id, version(0.9, name="door").id}
    model = ClassifiersModel()
    model.set_all(gateway.classifiers.list())
    for order in Qt.SortOrder:
        model.sort(number, order)
        assert {model.record(row).id for row in range(3)} == ids


def test_it_shows_all_versions_by_model(version: Versions, dialog: Open) -> None:
    version(0.5)
    version(0.75)
    version(None, name="door")
    found = dialog()
    assert column(found, Column.MODEL) == ["LOGMEL", "LOGMEL", "LOGMEL_door"]
    assert column(found, Column.VERSION) == ["2", "1", "1"]
    assert column(found, Column.ACTIVE) == ["✓ in use", "", "✓ in use"]
    assert column(found, Column.AVERAGE_PRECISION) == ["0.75", "0.50", "-"]
    found.models.setCurrentIndex(found.models.findData("LOGMEL_door"))
    found.models.activated.emit(found.models.currentIndex())
    assert column(found, Column.MODEL) == ["LOGMEL_door"]


def test_details_compare_with_the_version_in_use(version: Versions, dialog: Open) -> None:
    old = version(0.5, notes=("Few clips.",))
    version(0.75)
    found = dialog()
    choose(found, old.id)
    comparison = found.details.comparison
    assert comparison.headerData(1, Qt.Orientation.Horizontal) == "In use: version 2"
    assert comparison.index(0, 2).data() == "▼ -0.25 worse"
    assert "• Few clips." in found.details.remarks.text()


def test_another_version_is_used(version: Versions, dialog: Open, gateway: Gateway, qtbot: QtBot, scans: Queue) -> None:
    old = version(0.5)
    new = version(0.75, activate=False)
    found = dialog()
    choose(found, new.id)
    found.use_button.click()
    assert found.model.active("LOGMEL") == found.model.record(0)  # shown before the Store has answered
    assert column(found, Column.ACTIVE) == ["✓ in use", ""]
    qtbot.waitUntil(lambda: [one.active for one in gateway.classifiers.list()] == [True, False])
    assert old.id != new.id
    assert not found.use_button.isEnabled()
    assert scans.added == []


def test_going_back_and_scanning_the_open_file_again(
    version: Versions, dialog: Open, context: Context, qtbot: QtBot, scans: Queue
) -> None:
    old = version(0.9)
    version(0.5)
    path = Path("/videos/a.mp4").absolute()
    context.state.set_media(OpenMedia(path))
    found = dialog()
    assert found.back_button.text() == "&Go Back to Version 1"
    found.rescan.choose(Rescan.OPEN_FILE)
    with qtbot.waitSignal(context.bus.changed):
        found.back_button.click()
    qtbot.waitUntil(lambda: bool(scans.added))
    assert scans.added == [([path], "LOGMEL", old.id, True)]
    active = context.gateway.classifiers.active("LOGMEL")
    assert active is not None
    assert active.id == old.id
    assert not found.back_button.isEnabled()


@pytest.fixture
def here_and_gone(services: Connection, gateway: Gateway, tmp_path: Path) -> Path:
    """A file of the profile that is on this machine; another one is no more."""
    here, gone = (write_media(tmp_path / f"{seed}.wav", noise(10, 16_000, seed=seed), 16_000) for seed in (1, 2))
    digests = [register_file(services, path).digest for path in (here, gone)]
    gateway.clips.create([NewClip(digest, 0.0, 8.0, "door") for digest in digests])
    gone.unlink()
    return here


def test_scanning_all_files_again(
    version: Versions, dialog: Open, here_and_gone: Path, scans: Queue, qtbot: QtBot
) -> None:
    old = version()
    version()
    found = dialog()
    found.rescan.choose(Rescan.ALL)
    found.back_button.click()
    qtbot.waitUntil(lambda: bool(scans.added))
    assert scans.added == [([here_and_gone], "LOGMEL", old.id, True)]


@pytest.mark.usefixtures("here_and_gone", "scans")
def test_files_that_are_gone_are_told_of(version: Versions, dialog: Open, heard: Heard, qtbot: QtBot) -> None:
    version()
    version()
    found = dialog()
    found.rescan.choose(Rescan.ALL)
    found.back_button.click()
    qtbot.waitUntil(lambda: bool(heard.errors()))
    assert heard.errors() == ["1 file was not found on this machine, and cannot be scanned again."]


def test_a_version_that_is_not_in_use_is_deleted_after_a_question(
    version: Versions, dialog: Open, gateway: Gateway, qtbot: QtBot
) -> None:
    old = version()
    kept = version()
    found = dialog()
    choose(found, old.id)
    found.table.setFocus()
    qtbot.keyClick(found.table, Qt.Key.Key_Delete)
    (question,) = [one for one in found.findChildren(QMessageBox) if one.isVisible()]
    assert question.text() == "Delete version 1 of LOGMEL?"
    next(button for button in question.buttons() if button.text() == "&Delete").click()
    assert column(found, Column.VERSION) == ["2"]
    qtbot.waitUntil(lambda: [one.id for one in gateway.classifiers.list()] == [kept.id])


def test_the_version_in_use_cannot_be_deleted(version: Versions, dialog: Open) -> None:
    found_version = version()
    found = dialog()
    choose(found, found_version.id)
    assert not found.delete_button.isEnabled()
    found.delete()
    assert found.findChildren(QMessageBox) == []


def test_without_services_it_is_put_back(
    version: Versions, dialog: Open, link: FixedServices, heard: Heard, qtbot: QtBot
) -> None:
    version()
    version()
    found = dialog()
    link.error = UnavailableError("Cannot reach the Store.")
    found.back_button.click()
    assert column(found, Column.ACTIVE) == ["", "✓ in use"]
    qtbot.waitUntil(lambda: bool(heard.errors()))
    assert heard.errors() == ["Version 1 could not be used: Cannot reach the Store."]
    assert column(found, Column.ACTIVE) == ["✓ in use", ""]


def test_it_follows_what_others_change(version: Versions, dialog: Open, context: Context, qtbot: QtBot) -> None:
    first = version()
    found = dialog()
    choose(found, first.id)
    version()
    context.bus.publish(Change(Topic.CLASSIFIERS))
    qtbot.waitUntil(lambda: column(found, Column.VERSION) == ["2", "1"])
    selected = found.selected()
    assert selected is not None
    assert selected.id == first.id


def test_without_versions_it_says_what_to_do(dialog: Open) -> None:
    found = dialog()
    found.refresh()
    assert found.details.title.text() == "Choose a version to see what it was made from."
    assert not found.use_button.isEnabled()
    assert not found.back_button.isEnabled()


def test_the_action_opens_one_dialog(context: Context, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    install(context, window)
    for _ in range(2):
        context.actions.action("classifiers.open").trigger()
    (found,) = window.findChildren(ClassifiersDialog)
    assert found.isVisible()
    qtbot.waitUntil(lambda: "Nothing is trained yet" in found.status.text())
    found.close()
