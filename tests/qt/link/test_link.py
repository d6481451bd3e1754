"""The link: finds the services, notices when they go and come, and never leaves any behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.connection import Connection
from eightcut_client.errors import EightcutError, ServicesError, UnavailableError
from eightcut_qt.core.bus import Topic
from eightcut_qt.core.settings import ConnectionSettings
from eightcut_qt.core.tasks import Lane
from eightcut_qt.link import given as given_module
from eightcut_qt.link import link as link_module
from eightcut_qt.link.given import Given
from eightcut_qt.link.link import Link
from eightcut_qt.link.profiles import create_profile, list_profiles
from eightcut_qt.link.states import Kind, ServiceState, Status, judge
from pytestqt.qtbot import QtBot

from tests.loop.product import alive
from tests.qt.link.conftest import Box, Linked


def use(linked: Linked, box: Box) -> Link:
    linked.link.use(ConnectionSettings(server=box.address))
    return linked.link


def test_it_is_online_when_all_answer_and_says_so_once(qtbot: QtBot, linked: Linked, box: Box) -> None:
    link = use(linked, box)
    assert link.state.kind is Kind.CONNECTING
    linked.wait(qtbot, Kind.ONLINE)
    qtbot.waitUntil(lambda: bool(linked.changes))
    assert all(change.topics is Topic.CONNECTION for change in linked.changes)
    assert {state.status for state in link.state.services.values()} == {Status.SERVING}
    assert {state.version for state in link.state.services.values()} == {"0.1.0"}
    assert link.state.sentence == f"Connected to {box.address}."
    assert link.state.mode == "remote"


@pytest.mark.slow
def test_a_frozen_server_is_noticed_and_so_is_its_return(qtbot: QtBot, linked: Linked, box: Box) -> None:
    link = use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    box.signal(signal.SIGSTOP)
    linked.wait(qtbot, Kind.OFFLINE, 10)
    assert "did not answer in time" in link.state.sentence
    with pytest.raises(UnavailableError, match="keeps trying|in time"):
        link.connection()
    linked.changes.clear()
    box.signal(signal.SIGCONT)
    linked.wait(qtbot, Kind.ONLINE)
    qtbot.waitUntil(lambda: any(change.topics is Topic.CONNECTION for change in linked.changes))


@pytest.mark.slow
def test_a_frozen_service_does_not_delay_the_watch_over_the_others(
    qtbot: QtBot, linked: Linked, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_qt.link.watcher.ANSWER", 2.0)
    link = use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    box.signal(signal.SIGSTOP, "inference")
    box.services["trainer"].kill()
    qtbot.waitUntil(lambda: link.state.services["trainer"].status is Status.UNREACHABLE, timeout=3000)
    assert link.state.services["inference"].status is Status.SERVING  # Not known yet: its answer is awaited.
    linked.wait(qtbot, Kind.DEGRADED)
    assert link.connection().mode == "remote"
    qtbot.waitUntil(lambda: link.state.services["inference"].status is Status.UNREACHABLE, timeout=10_000)
    assert link.state.sentence.startswith("The Inference service and the Trainer do not answer: scanning")


def test_a_dead_server_is_noticed_before_the_next_question(
    qtbot: QtBot, linked: Linked, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_qt.link.watcher.EVERY", 60.0)
    link = use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    qtbot.wait(50)  # The streams are open.
    for service in box.services.values():
        service.kill()
    linked.wait(qtbot, Kind.OFFLINE, 5)
    assert "Cannot reach the Store" in link.state.sentence
    for service in box.services.values():
        service.start()
    linked.wait(qtbot, Kind.ONLINE)


def test_without_the_store_nothing_is_begun(qtbot: QtBot, linked: Linked, box: Box) -> None:
    link = use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    box.services["store"].kill()
    linked.wait(qtbot, Kind.DEGRADED)
    assert link.state.sentence.startswith("The Store does not answer: nothing can be read or saved")
    with pytest.raises(UnavailableError):
        link.connection()


def test_a_server_that_is_not_there_at_first_is_waited_for(qtbot: QtBot, linked: Linked, box: Box) -> None:
    for service in box.services.values():
        service.kill()
    use(linked, box)
    linked.wait(qtbot, Kind.OFFLINE)
    for service in box.services.values():
        service.start()
    linked.wait(qtbot, Kind.ONLINE)


def test_changing_the_server_ends_own_services(
    qtbot: QtBot, linked: Linked, box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    real = given_module.find

    def found(settings: ConnectionSettings, given: Given) -> tuple[Connection, str]:
        connection, address = real(settings, given)
        made.append(connection)
        return connection, address

    monkeypatch.setattr(link_module, "find", found)
    linked.link.start()
    linked.wait(qtbot, Kind.ONLINE, 30)
    assert linked.link.state.sentence == "Own services run on this machine."
    pids = [made[0]._backend.pid(name) for name in ("store", "inference", "trainer")]
    assert all(alive(pid) for pid in pids)
    os.kill(pids[2], signal.SIGKILL)
    qtbot.waitUntil(lambda: made[0]._backend.pid("trainer") not in (None, pids[2]), timeout=10_000)
    linked.wait(qtbot, Kind.ONLINE, 10)
    pids[2] = made[0]._backend.pid("trainer")
    use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    qtbot.waitUntil(lambda: not any(alive(pid) for pid in pids), timeout=15_000)


def test_choosing_again_while_own_services_start_leaves_none(qtbot: QtBot, linked: Linked, box: Box) -> None:
    linked.link.start()
    use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    assert linked.link.connection().mode == "remote"


def test_services_that_are_not_installed_are_told_of(
    qtbot: QtBot, linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_client.child._MODULES", {"store": "eightcut_not_there"})
    linked.link.start()
    linked.wait(qtbot, Kind.OFFLINE)
    assert "not installed" in linked.link.state.sentence
    assert "Connection" in linked.link.state.sentence


def test_a_configuration_that_makes_no_sense_is_told_of_and_read_again(
    qtbot: QtBot, linked: Linked, box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("serer = 1")
    monkeypatch.setenv("EIGHTCUT_CONFIG", str(file))
    linked.link.use(ConnectionSettings())
    linked.wait(qtbot, Kind.OFFLINE)
    assert "'serer'" in linked.link.state.sentence
    file.write_text(f'server = "{box.address}"')
    linked.wait(qtbot, Kind.ONLINE)


def test_a_call_waits_for_services_that_are_just_being_found(
    qtbot: QtBot, linked: Linked, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    real = given_module.find

    def slow(settings: ConnectionSettings, given: Given) -> tuple[Connection, str]:
        assert go.wait(10)
        return real(settings, given)

    monkeypatch.setattr(link_module, "find", slow)
    use(linked, box)
    names: list[list[str]] = []
    linked.tasks.run(lambda _task: list_profiles(linked.link), done=names.append, lane=Lane.READ)
    go.set()
    qtbot.waitUntil(lambda: bool(names))
    assert "default" in names[0]


def test_profiles_are_made_chosen_and_kept(qtbot: QtBot, linked: Linked, box: Box) -> None:
    link = use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    name = f"mine {time.time_ns()}"
    assert create_profile(link, name) == name
    assert name in list_profiles(link)
    linked.changes.clear()
    with qtbot.waitSignal(link.profile_changed) as signalled:
        link.set_profile(name)
    assert signalled.args == [name]
    assert link.profile == name
    assert Topic.PROFILE in [change.topics for change in linked.changes]
    assert Link(linked.tasks, linked.bus, linked.settings).profile == name


def test_the_command_line_names_the_profile(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGHTCUT_PROFILE", "environment")

    def profile(given: Given) -> str:
        return Link(linked.tasks, linked.bus, linked.settings, given).profile

    assert profile(Given()) == "environment"
    linked.settings.update("connection", profile="settings")
    assert profile(Given()) == "settings"
    assert profile(Given(profile="line")) == "line"


def test_closing_is_prompt_with_a_frozen_server(qtbot: QtBot, linked: Linked, box: Box) -> None:
    use(linked, box)
    linked.wait(qtbot, Kind.ONLINE)
    box.signal(signal.SIGSTOP)
    qtbot.wait(2100)  # Now each watcher waits for an answer.
    linked.link.stop_watching()
    linked.tasks.close()
    assert linked.tasks._threads == []


SERVING = ServiceState(Status.SERVING, "0.1.0", "It answers.")
AWAY = ServiceState(Status.UNREACHABLE, sentence="Cannot reach it.")


@pytest.mark.parametrize(
    ("store", "inference", "trainer", "kind"),
    [
        (SERVING, SERVING, SERVING, Kind.ONLINE),
        (SERVING, AWAY, SERVING, Kind.DEGRADED),
        (SERVING, None, SERVING, Kind.CONNECTING),
        (AWAY, None, None, Kind.CONNECTING),
        (AWAY, AWAY, AWAY, Kind.OFFLINE),
        (SERVING, SERVING, ServiceState(Status.REFUSED, sentence="No."), Kind.REFUSED),
        (ServiceState(Status.OTHER_API, sentence="Old."), SERVING, SERVING, Kind.REFUSED),
        (SERVING, SERVING, ServiceState(Status.NOT_SERVING, sentence="Soon."), Kind.DEGRADED),
    ],
)
def test_states_of_services_together(
    store: ServiceState, inference: ServiceState | None, trainer: ServiceState, kind: Kind
) -> None:
    states = {"store": store, "inference": inference, "trainer": trainer}
    judged = judge({name: state for name, state in states.items() if state is not None}, "gpu:1", "remote")
    assert judged.kind is kind
    assert judged.title
    assert judged.sentence.endswith((".", "…"))


def test_nothing_is_known_before_anything_is_chosen(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_FIND", 0.01)
    with pytest.raises(EightcutError):
        linked.link.connection()
    assert issubclass(ServicesError, EightcutError)
