"""A training on real services: started, watched, cancelled, its result chosen or not."""

from __future__ import annotations

import pytest
from eightcut.trainer.v1.trainer_service_pb2 import StartTrainingRequest
from eightcut_client.connection import Connection
from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_client.errors import EightcutError, UnauthenticatedError, UnavailableError
from eightcut_qt.classifiers.rescan import Rescan
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import Gateway
from eightcut_qt.training.follower import Phase
from eightcut_qt.training.run import Attach
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.qt.classifiers.versions import Queue
from tests.qt.training.sounds import Sounds
from tests.qt.training.steps import TRAINING, Open, check, count, names, train
from tests.qt.world import FixedServices, Heard


@pytest.mark.usefixtures("sounds")
def test_the_first_version_is_used_at_once(
    gateway: Gateway, dialog: Open, context: Context, qtbot: QtBot, scans: Queue
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    changes: list[Change] = []
    context.bus.changed.connect(changes.append)
    going_on: list[str] = []
    context.notices.going_on.connect(lambda _key, words: going_on.append(words))
    train(found, qtbot)
    assert going_on == ["Training LOGMEL", ""]
    assert found.pages.currentWidget() is found.outcome_page
    assert found.outcome_page.title.text() == "LOGMEL version 1 is trained."
    assert "the first version of LOGMEL" in found.outcome_page.verdict.text()
    assert found.outcome_page.old.isHidden()
    assert any(change.topics & Topic.CLASSIFIERS for change in changes)
    active = gateway.classifiers.active("LOGMEL")
    assert active is not None
    assert active.version == 1
    assert not active.spec.activate
    found.outcome_page.new.click()
    assert not found.isVisible()
    assert scans.added == []


def test_a_second_version_is_used_only_when_the_person_says_so(
    sounds: Sounds, dialog: Open, context: Context, qtbot: QtBot, scans: Queue
) -> None:
    gateway = context.gateway
    context.state.set_media(OpenMedia(sounds.bare_path))
    found = dialog()
    check(found, qtbot, "door")
    train(found, qtbot)
    found.outcome_page.rescan.choose(Rescan.NOTHING)
    found.outcome_page.new.click()
    found.present()
    found.form.hard_negatives.setChecked(False)
    train(found, qtbot)
    page = found.outcome_page
    assert (page.new.text(), page.old.text()) == ("&Use the New Version 2", "&Keep the Old Version 1")
    assert [page.model.headerData(column, Qt.Orientation.Horizontal) for column in range(3)] == [
        "New: version 2",
        "In use: version 1",
        "Difference",
    ]
    active = gateway.classifiers.active("LOGMEL")
    assert active is not None
    assert active.version == 1
    assert page.rescan.chosen is Rescan.OPEN_FILE
    page.old.click()
    assert not found.isVisible()
    found.present()
    assert found.pages.currentWidget() is not page
    assert gateway.classifiers.active("LOGMEL") == active
    assert scans.added == []
    found.follower.finished.emit(page.outcome)
    page.new.click()
    qtbot.waitUntil(lambda: bool(scans.added))
    active = gateway.classifiers.active("LOGMEL")
    assert active is not None
    assert active.version == 2
    assert scans.added == [([sounds.bare_path], "LOGMEL", active.id, True)]


def test_a_training_is_cancelled_on_the_server(sounds: Sounds, gateway: Gateway, dialog: Open, qtbot: QtBot) -> None:
    found = dialog()
    check(found, qtbot, "door")
    with qtbot.waitSignal(found.follower.failed, timeout=TRAINING):
        found.train_button.click()
        found.progress.cancel.click()
    assert found.message.text() == "The training was cancelled; nothing has changed."
    assert found.pages.currentWidget() is not found.progress
    assert gateway.classifiers.list() == []
    qtbot.waitUntil(found.train_button.isEnabled)


def test_a_running_training_is_cancelled_on_the_server(
    sounds: Sounds, gateway: Gateway, dialog: Open, qtbot: QtBot
) -> None:
    found = dialog()
    check(found, qtbot, "door")

    def cancel_when_it_runs() -> None:
        if found.follower.phase is Phase.RUNNING:
            found.progress.cancel.click()

    found.follower.changed.connect(cancel_when_it_runs)
    with qtbot.waitSignal(found.follower.failed, timeout=TRAINING):
        found.train_button.click()
    assert found.message.text() == "The training was cancelled; nothing has changed."
    assert gateway.classifiers.list() == []


def test_closing_the_dialog_stops_nothing(
    sounds: Sounds, gateway: Gateway, dialog: Open, qtbot: QtBot, heard: Heard
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    with qtbot.waitSignal(found.follower.finished, timeout=TRAINING):
        found.train_button.click()
        found.close()
    said = [sentence for _level, sentence in heard]
    assert said[0] == "The training of LOGMEL goes on; Train shows how far it is."
    assert said[-1].startswith("LOGMEL version 1 is trained.")
    found.present()
    assert found.pages.currentWidget() is found.outcome_page


def test_a_training_that_runs_already_can_be_watched(
    sounds: Sounds, services: Connection, gateway: Gateway, dialog: Open, qtbot: QtBot
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    spec = found.form.choice().spec(gateway.profile)
    found.close()
    services.trainer.StartTraining(StartTrainingRequest(spec=spec))
    found.present()
    qtbot.waitUntil(lambda: not found.watch_button.isHidden())
    assert found.running.text() == "A training of LOGMEL is running on the server."
    with qtbot.waitSignal(found.follower.finished, timeout=TRAINING):
        found.watch_button.click()
    assert found.outcome_page.title.text() == "LOGMEL version 1 is trained."


@pytest.mark.usefixtures("sounds")
def test_without_services_what_is_shown_stays(
    dialog: Open, qtbot: QtBot, link: FixedServices, context: Context, heard: Heard
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    link.error = UnavailableError("Cannot reach the Trainer.")
    found.form.margin.setValue(20)
    qtbot.waitUntil(lambda: found.view.problems.text() == "⚠ Cannot reach the Trainer.")
    assert count(found, "positive") == "6"
    assert names(found) == ["door"]
    assert not found.train_button.isEnabled()
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    qtbot.waitUntil(found.train_button.isEnabled)
    assert heard.errors() == []


@pytest.mark.usefixtures("sounds")
@pytest.mark.parametrize("error", [UnavailableError("Cannot reach the Trainer."), UnauthenticatedError("No.")])
def test_while_the_trainer_is_away_it_is_waited_for(
    services: Connection, gateway: Gateway, dialog: Open, qtbot: QtBot, *, link: FixedServices, error: EightcutError
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    spec = found.form.choice().spec(gateway.profile)
    run = services.trainer.StartTraining(StartTrainingRequest(spec=spec)).run
    link.error = error
    found.follower.follow(Attach(run.id, spec))
    waiting = "Waiting for the Trainer: it cannot be reached at the moment."
    qtbot.waitUntil(lambda: found.progress.status.text() == waiting)
    link.error = None
    with qtbot.waitSignal(found.follower.finished, timeout=TRAINING):
        pass
    assert found.outcome_page.title.text() == "LOGMEL version 1 is trained."


@pytest.mark.usefixtures("sounds")
def test_another_connection_takes_over(services: Connection, dialog: Open, qtbot: QtBot, link: FixedServices) -> None:
    found = dialog()
    check(found, qtbot, "door")
    first = Connection({name: services._endpoint(name) for name in SERVICE_NAMES})
    link._connection = first

    def replace() -> None:
        if found.follower.phase is Phase.RUNNING and link.connection() is first:
            link._connection = services
            first.close()

    found.follower.changed.connect(replace)
    with qtbot.waitSignal(found.follower.finished, timeout=TRAINING):
        found.train_button.click()
    assert link.connection() is services


@pytest.mark.usefixtures("sounds")
def test_a_training_that_cannot_be_started_says_so(dialog: Open, qtbot: QtBot, link: FixedServices) -> None:
    found = dialog()
    check(found, qtbot, "door")
    link.error = UnavailableError("Cannot reach the Trainer.")
    with qtbot.waitSignal(found.follower.failed, timeout=TRAINING):
        found.train_button.click()
    assert not found.follower.busy
    assert found.message.text() == "Cannot reach the Trainer."
    assert found.message.isVisible()
