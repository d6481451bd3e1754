"""The scan panel and its table."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest
from eightcut_client.connection import Connection
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.scanning.chooser import NOTHING_TRAINED
from eightcut_qt.scanning.items import ScanState
from eightcut_qt.scanning.panel import ScanPanel
from eightcut_qt.scanning.table import Column, ScanTable, explained
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.scanning.conftest import Gate
from tests.qt.scanning.material import train_again
from tests.qt.world import FixedServices, Heard

WAIT = 20_000


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> ScanPanel:
    made = ScanPanel(context)
    qtbot.addWidget(made)
    made.resize(760, 420)
    made.show()
    qtbot.waitUntil(lambda: made._chooser.known)
    return made


def finish(qtbot: QtBot, context: Context) -> None:
    qtbot.waitUntil(lambda: not context.scans.busy, timeout=WAIT)


def test_the_active_version_is_offered_and_a_newer_one_takes_its_place(
    qtbot: QtBot, context: Context, panel: ScanPanel, services: Connection
) -> None:
    box = panel._chooser._box
    assert [box.itemText(row)[:9] for row in range(box.count())] == ["LOGMEL v1"]
    assert "threshold 0." in box.itemText(0)
    train_again(services, context.gateway.profile)
    context.bus.publish(Change(Topic.CLASSIFIERS))
    qtbot.waitUntil(lambda: box.itemText(0).startswith("LOGMEL v2"))


def test_this_file_and_all_files(
    qtbot: QtBot, context: Context, panel: ScanPanel, *, files: list[Path], heard: Heard
) -> None:
    one, everything = context.actions.action("scanning.scan"), context.actions.action("scanning.scan_all")
    assert not everything.isEnabled()
    one.trigger()
    assert [sentence for _, sentence in heard] == ["Open a file first (Ctrl+O)."]
    context.state.set_media(OpenMedia(files[0]))
    panel.set_files(lambda: files)
    one.trigger()
    finish(qtbot, context)
    everything.trigger()
    finish(qtbot, context)
    assert [item.state for item in context.scans.items] == [ScanState.SKIPPED, ScanState.DONE, ScanState.DONE]
    qtbot.waitUntil(lambda: panel._line.text() == "3 of 3 files.")
    panel._rescan.setChecked(True)
    one.trigger()
    finish(qtbot, context)
    assert context.scans.items[0].state is ScanState.DONE


def test_without_a_classifier_it_says_what_to_do(
    qtbot: QtBot, context: Context, panel: ScanPanel, link: FixedServices, heard: Heard
) -> None:
    link.profile = f"{link.profile}-empty"
    link.connection().profiles.CreateProfile(CreateProfileRequest(profile=link.profile))
    context.bus.publish(Change(Topic.PROFILE))
    qtbot.waitUntil(lambda: panel._chooser.known)
    assert panel._chooser._none.isVisible()
    context.state.set_media(OpenMedia(Path("a.wav")))
    context.actions.action("scanning.scan").trigger()
    assert [sentence for _, sentence in heard] == [NOTHING_TRAINED]
    assert not context.scans.busy


def test_a_failure_can_be_read_in_full(
    qtbot: QtBot, context: Context, panel: ScanPanel, tmp_path: Path, files: list[Path]
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no media")
    panel.set_files(lambda: [bad, files[0]])
    context.actions.action("scanning.scan_all").trigger()
    finish(qtbot, context)
    assert not panel._more.isVisible()
    panel._table.selectRow(0)
    assert panel._more.isVisible()
    assert panel._more.text() == explained(context.scans.items[0])
    panel._table.selectRow(1)
    assert not panel._more.isVisible()
    panel._clear.click()
    assert panel._model.rowCount() == 0


def test_the_table_is_a_sound_model_while_files_come_change_and_go(
    qtbot: QtBot, qtmodeltester: ModelTester, context: Context, files: list[Path], tmp_path: Path
) -> None:
    table = ScanTable(context.scans)
    qtmodeltester.check(table)
    context.scans.add([*files, tmp_path / "gone.wav"], model="LOGMEL")
    assert table.rowCount() == 4
    assert table.columnCount(table.index(0, 0)) == 0
    assert table.rowCount(table.index(0, 0)) == 0
    finish(qtbot, context)
    assert table.index(0, Column.STATE).data().startswith("Done: ")
    assert table.index(3, Column.STATE).data() == "Failed"
    assert table.index(3, Column.NOTE).data() == explained(context.scans.items[3])
    context.scans.clear_finished()
    assert table.rowCount() == 0


def test_stop_and_cancel_are_there_when_there_is_something_to_stop(
    qtbot: QtBot, context: Context, panel: ScanPanel, files: list[Path], gate: Gate
) -> None:
    actions = {name: context.actions.action(f"scanning.{name}") for name in ("stop", "resume", "cancel")}
    assert not any(action.isEnabled() for action in actions.values())
    context.settings.update("scan", jobs=1)
    context.scans.add(files, model="LOGMEL")
    qtbot.waitUntil(lambda: actions["stop"].isEnabled() and actions["cancel"].isEnabled())
    actions["stop"].trigger()
    gate.open.set()
    finish(qtbot, context)
    qtbot.waitUntil(actions["resume"].isEnabled)
    qtbot.waitUntil(lambda: panel._line.text().endswith("stopped."))
    actions["cancel"].trigger()
    qtbot.waitUntil(lambda: not actions["cancel"].isEnabled())
    assert [item.state for item in context.scans.items][1:] == [ScanState.STOPPED] * 2
