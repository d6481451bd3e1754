"""The network goes away and comes back while the person works: nothing is lost, and nothing is shown that is not so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_qt.gateway import Gateway
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind
from eightcut_qt.review.items import Verdict
from eightcut_qt.review.session import Stage
from eightcut_qt.scanning.items import ScanState
from eightcut_qt.training.dialog import TrainDialog
from eightcut_qt.training.follower import Phase
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.loop.product import Product
from tests.qt.loop.conftest import CTRL, Person, seated
from tests.qt.loop.network import Network, network
from tests.qt.scanning.material import copy_of, recording, scanned, train_beeps
from tests.qt.world import FixedServices

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def trained(services: Connection, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile with a classifier LOGMEL."""
    return train_beeps(services, tmp_path_factory.mktemp("train"))


@pytest.fixture
def profile(services: Connection, trained: str) -> str:
    """A copy of it, of the test's own."""
    return copy_of(services, trained)


@pytest.fixture
def wires(services: Connection) -> Iterator[Network]:
    """What lies between the window and the services."""
    with network({name: services.address(name) for name in SERVICE_NAMES}) as made:
        yield made


@pytest.fixture
def direct(services: Connection, profile: str) -> Gateway:
    """The services as they are, whatever the network does."""
    return Gateway(FixedServices(services, profile))


@pytest.fixture
def far(qapp: QApplication, qtbot: QtBot, wires: Network, profile: str, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of a window whose services are behind the wires."""
    with seated(qapp, qtbot, Given(server=wires.server, profile=profile), tmp_path / "settings") as person:
        yield person


def title(person: Person) -> str:
    """What the status bar says of the services."""
    return person.window.status.link.text()


def told(person: Person) -> str:
    """What the bar above the centre says of the services, empty when nothing."""
    return " ".join(notice.sentence for notice in person.window.notice_bar.notices if notice.key == "link")


def lose(person: Person, wires: Network) -> None:
    """Cuts the wires and waits until the window has said so."""
    wires.cut()
    person.wait(lambda: person.context.link.state.kind is Kind.OFFLINE)
    assert title(person) == "Not connected"
    assert "Cannot reach the Store" in told(person)
    assert "8-cut keeps trying." in told(person)


def find_again(person: Person, wires: Network) -> None:
    """Mends the wires and waits until the window has said so."""
    wires.restore()
    person.wait(lambda: person.context.link.state.kind is Kind.ONLINE)
    assert title(person) == "Connected"
    assert told(person) == ""


def open_file(person: Person, path: Path) -> None:
    person.context.navigator.open(path)
    person.wait(lambda: (media := person.context.state.media) and media.path == path and media.registered)


@pytest.mark.timeout(120)
def test_a_scan_goes_on_where_the_upload_was_cut(
    far: Person, wires: Network, services: Connection, tmp_path: Path
) -> None:
    context, results = far.context, far.window.panels.results
    assert services.data_dir is not None
    server = Product(services.data_dir, tmp_path)
    before = len(server.recorded_from())
    open_file(far, recording(tmp_path / "long.wav", [20.0, 150.0, 280.0], duration=300.0, seed=77))
    upload = wires.wires["inference"]
    upload.speed = 1_500_000
    far.press(Qt.Key.Key_F5)
    far.wait(lambda: context.scans.items)
    item = context.scans.items[0]
    far.wait(lambda: item.state is ScanState.SCANNING and item.fraction > 0.3)
    embedded = round(item.fraction * 293)
    lose(far, wires)
    far.wait(lambda: item.sentence == "Waiting for the service.")
    assert item.state is ScanState.SCANNING
    assert item.fraction < 1
    upload.speed = None
    find_again(far, wires)
    far.wait(lambda: not context.scans.busy)
    assert item.state is ScanState.DONE, item.sentence
    far.wait(lambda: len(results.versions.all()) == 1)
    far.wait(lambda: (document := context.state.document) and document.is_loaded and document.scores is not None)
    document = context.state.document
    assert document is not None
    assert document.scores is not None
    assert len(document.scores) == document.scan.window_count == 293
    assert len(document.regions) == 3
    # What had been embedded before the cut was not embedded again.
    first, *later = server.recorded_from()[before:]
    assert first == 0
    assert later
    assert all(window >= embedded for window in later)
    assert far.heard.errors() == []


@pytest.mark.timeout(120)
def test_a_training_is_followed_again_after_a_cut(far: Person, wires: Network, direct: Gateway) -> None:
    far.press(Qt.Key.Key_T, CTRL)
    dialog = far.dialog(TrainDialog)
    assert isinstance(dialog, TrainDialog)
    folders = dialog.form.folders
    far.wait(lambda: [folder.name for folder in folders.folders] == ["beep"])
    folders.setData(folders.index(0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    dialog.form.margin.setValue(5)
    far.wait(dialog.train_button.isEnabled)
    cuts: list[Phase] = []

    def cut_when_it_runs() -> None:
        if dialog.follower.phase is Phase.RUNNING and not cuts:
            cuts.append(dialog.follower.phase)
            wires.cut()

    dialog.follower.changed.connect(cut_when_it_runs)
    dialog.train_button.click()
    far.wait(lambda: cuts)
    far.wait(lambda: far.context.link.state.kind is Kind.OFFLINE)
    waiting = "Waiting for the Trainer: it cannot be reached at the moment."
    far.wait(lambda: dialog.progress.status.text() == waiting)
    assert dialog.pages.currentWidget() is dialog.progress
    far.picture("training-without-network", dialog)
    # Meanwhile it ends on the server.
    far.wait(lambda: len(direct.classifiers.list()) == 2)
    find_again(far, wires)
    far.wait(lambda: dialog.pages.currentWidget() is dialog.outcome_page)
    assert dialog.outcome_page.title.text() == "LOGMEL version 2 is trained."
    assert far.heard.errors() == []
    dialog.close()


@pytest.mark.timeout(120)
def test_verdicts_that_could_not_be_saved_come_back(
    far: Person, wires: Network, direct: Gateway, tmp_path: Path
) -> None:
    path = recording(tmp_path / "review.wav", [10.0, 30.0, 50.0, 70.0], duration=90.0, seed=31)
    scan = scanned(direct, path)
    open_file(far, path)
    context, panel = far.context, far.window.panels.review
    far.wait(lambda: context.state.document is not None and context.state.document.is_loaded)
    document = context.state.document
    assert document is not None
    panel._all.setChecked(False)
    far.press(Qt.Key.Key_R, CTRL)
    session = panel.session
    far.wait(lambda: session.stage is Stage.JUDGING and not session.looking)
    total = session.queue.total
    assert total == 4
    # The first verdict is saved.
    saved = session.current
    assert saved is not None
    far.do("review.wrong")
    far.wait(lambda: [region.id for region in direct.scans.regions(scan.id) if region.disabled] == [saved.region.id])
    # The second and third are not.
    lose(far, wires)
    lost = []
    for _ in range(2):
        assert session.current is not None
        lost.append(session.current.region.id)
        far.do("review.wrong")
    far.wait(far.heard.errors)
    far.wait(lambda: not any(document.is_negative(id_) for id_ in lost))
    assert "could not be saved" in far.heard.errors()[0]
    assert [region.id for region in document.regions if region.disabled] == [saved.region.id]
    assert session.queue.counts()[Verdict.WRONG] == 1
    assert session.queue.total == total
    assert session.stage is Stage.JUDGING
    far.picture("review-without-network")
    find_again(far, wires)
    # They are asked for again.
    judged = []
    while session.current is not None:
        judged.append(session.current.region.id)
        far.do("review.wrong")
    assert sorted(judged) == sorted({region.id for region in document.regions} - {saved.region.id})
    far.wait(lambda: all(region.disabled for region in direct.scans.regions(scan.id)))
    far.wait(lambda: len(direct.negatives.list()) == 4)
    assert session.queue.counts()[Verdict.WRONG] == 4


@pytest.mark.timeout(120)
def test_a_frozen_server_leaves_the_window_usable(far: Person, wires: Network, direct: Gateway, tmp_path: Path) -> None:
    context = far.context
    open_file(far, recording(tmp_path / "frozen.wav", [10.0], duration=60.0, seed=41))
    far.wait(lambda: context.player.duration > 50)
    clips = len(direct.clips.list())
    wires.freeze()
    context.player.seek(5.0)
    context.player.play()
    far.wait(lambda: context.link.state.kind is Kind.OFFLINE, seconds=15)
    assert "did not answer in time" in told(far)
    at = context.player.position
    far.wait(lambda: context.player.position > at)
    context.player.pause()
    # A mark is shown, refused, and gone again.
    board = far.window.panels.clips.board
    context.settings.update("clips", folder="frozen")
    far.press(Qt.Key.Key_E, at=far.window.panels.timeline)
    assert [clip.folder for clip in board.clips] == ["frozen"]
    far.wait(lambda: not board.clips)
    assert far.heard.errors()[-1].startswith("The clips are as they were: the change was not saved.")
    assert len(direct.clips.list()) == clips
    find_again(far, wires)
    far.press(Qt.Key.Key_E, at=far.window.panels.timeline)
    far.wait(lambda: len(direct.clips.list()) == clips + 1)
