"""Two windows on the same services and profile: neither undoes what the other did without having seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import Level
from eightcut_qt.core.records import RegionRecord, ScanRecord
from eightcut_qt.gateway import Gateway
from eightcut_qt.link.given import Given
from eightcut_qt.regions.documents import ScanDocument
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.qt.loop.conftest import CTRL, Person, seated
from tests.qt.regions.world import register, save, settled, show_media

CONFLICT = (Level.WARNING, "Somebody else changed this version; it is shown as it is now.")


@pytest.fixture
def second(person: Person, qapp: QApplication, qtbot: QtBot, server: str, tmp_path: Path) -> Iterator[Person]:
    """Somebody else."""
    given = Given(server=server, profile=person.context.gateway.profile)
    with seated(qapp, qtbot, given, tmp_path / "settings of the other") as other:
        yield other


@pytest.fixture
def scan(gateway: Gateway) -> ScanRecord:
    """A version of four regions."""
    return save(gateway, register(gateway), scores=[0.5] * 93)


def look_at(person: Person, scan: ScanRecord) -> ScanDocument:
    show_media(person.context, scan.media)
    person.wait(lambda: (document := person.context.state.document) and document.is_loaded)
    person.wait(lambda: person.context.state.document.scores is not None)
    document = person.context.state.document
    assert document is not None
    return document


def press(person: Person, region: RegionRecord, key: Qt.Key) -> None:
    """Presses a key in the table, on a region."""
    person.context.state.set_selection((region.id,))
    person.press(key, at=person.window.panels.results.table)


def disabled(gateway: Gateway, scan: ScanRecord) -> list[bool]:
    return [region.disabled for region in gateway.scans.regions(scan.id)]


def test_a_conflict_is_refused_read_again_and_said(
    qtbot: QtBot, person: Person, second: Person, gateway: Gateway, scan: ScanRecord
) -> None:
    here, there = look_at(person, scan), look_at(second, scan)
    first, other, *_ = here.regions
    press(second, other, Qt.Key.Key_Delete)
    settled(qtbot, second.context)
    here.resize(first.id, 11.0, 14.0)
    settled(qtbot, person.context)
    # The second window does not know that yet.
    press(second, first, Qt.Key.Key_Delete)
    assert there.regions[0].disabled
    second.wait(lambda: CONFLICT in second.heard)
    second.wait(lambda: there.regions == tuple(gateway.scans.regions(scan.id)))
    assert (there.regions[0].start, there.regions[0].disabled) == (11.0, False)
    assert second.window.panels.results.table.model().rowCount() == 4
    # Its undo takes back its own step, and there is nothing more to undo.
    second.press(Qt.Key.Key_Z, CTRL, at=second.window.panels.results.table)
    settled(qtbot, second.context)
    assert not there.undo.canUndo()
    assert disabled(gateway, scan) == [False] * 4
    assert gateway.scans.regions(scan.id)[0].start == 11.0
    # The first one's undo still works.
    here.undo.undo()
    settled(qtbot, person.context)
    assert gateway.scans.regions(scan.id)[0].start == first.start
    assert person.heard.errors() == []


def test_an_undo_does_not_touch_what_the_other_has_done_since(
    qtbot: QtBot, person: Person, second: Person, gateway: Gateway, scan: ScanRecord
) -> None:
    here, there = look_at(person, scan), look_at(second, scan)
    first = there.regions[0]
    press(second, first, Qt.Key.Key_Delete)
    settled(qtbot, second.context)
    person.context.bus.publish(Change(Topic.REGIONS))  # Not by coming back: the second window stays in front.
    person.wait(lambda: here.regions[0].disabled)
    here.resize(first.id, 10.5, 13.5)
    settled(qtbot, person.context)
    second.press(Qt.Key.Key_Z, CTRL, at=second.window.panels.results.table)
    second.wait(lambda: CONFLICT in second.heard)
    second.wait(lambda: there.regions == tuple(gateway.scans.regions(scan.id)))
    assert (there.regions[0].start, there.regions[0].end, there.regions[0].disabled) == (10.5, 13.5, True)
    assert not there.undo.canUndo()


def test_a_hard_negative_that_the_other_has_marked_is_not_taken_away_by_undo(
    qtbot: QtBot, person: Person, second: Person, gateway: Gateway, scan: ScanRecord
) -> None:
    here, there = look_at(person, scan), look_at(second, scan)
    region = here.regions[1]
    here.set_negative([region.id], True)
    settled(qtbot, person.context)
    press(second, region, Qt.Key.Key_N)
    second.wait(lambda: CONFLICT in second.heard)
    second.wait(lambda: there.is_negative(region.id))
    second.press(Qt.Key.Key_Z, CTRL, at=second.window.panels.results.table)
    settled(qtbot, second.context)
    assert len(gateway.negatives.list()) == 1
    assert there.is_negative(region.id)
    # Taking it away on purpose is another thing.
    press(second, region, Qt.Key.Key_N)
    settled(qtbot, second.context)
    assert gateway.negatives.list() == []


def test_a_version_that_the_other_has_deleted_is_not_shown_any_more(
    person: Person, second: Person, gateway: Gateway, scan: ScanRecord
) -> None:
    newer = save(gateway, scan.media, scores=[0.5] * 93)
    there = look_at(second, scan)
    assert there.scan.id == newer.id
    look_at(person, scan)
    person.window.panels.results.versions.delete(newer)
    person.wait(lambda: person.context.state.document.scan.id == scan.id)
    person.wait(lambda: [known.id for known in gateway.scans.versions(media=scan.media)] == [scan.id])
    press(second, there.regions[0], Qt.Key.Key_Delete)
    second.wait(lambda: CONFLICT in second.heard)
    second.wait(lambda: (document := second.context.state.document) and document.scan.id == scan.id)
    second.wait(lambda: second.context.state.document.is_loaded)
    assert second.heard.errors() == [CONFLICT[1]]
    assert disabled(gateway, scan) == [False] * 4


def test_coming_back_to_a_window_shows_what_the_other_did(
    qtbot: QtBot, person: Person, second: Person, gateway: Gateway, scan: ScanRecord
) -> None:
    here, there = look_at(person, scan), look_at(second, scan)
    person.come_back()
    press(person, here.regions[0], Qt.Key.Key_Delete)
    press(person, here.regions[1], Qt.Key.Key_N)
    settled(qtbot, person.context)
    assert not there.regions[0].disabled
    second.come_back()
    second.wait(lambda: there.regions[0].disabled and there.is_negative(there.regions[1].id))
    assert there.regions == here.regions
    # A version that was made meanwhile is listed, too.
    person.come_back()
    newer = save(gateway, scan.media, scores=[0.5] * 93)
    second.come_back()
    second.wait(lambda: [known.id for known in second.window.panels.results.versions.all()] == [newer.id, scan.id])
    assert second.heard.errors() == []
