"""Services that answer and do not work with the window as it is: another token, an older API."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from eightcut.common.v1.server_info_service_pb2 import GetServerInfoResponse
from eightcut_client.connection import Connection
from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_qt.gateway import Gateway
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind
from eightcut_qt.shell.connection_dialog import ConnectionDialog
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.loop.product import Service
from tests.qt.loop.conftest import Person, seated
from tests.qt.regions.world import register, save, show_media
from tests.support.media import noise, write_media

OLD_TOKEN = "the-token-of-yesterday-is-this"
NEW_TOKEN = "the-token-of-the-next-day-is-this"


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder with a short name: the paths of sockets have a limit."""
    folder = Path(tempfile.mkdtemp(prefix="8q"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def in_the_bar(person: Person) -> str:
    """What the bar above the centre says of the services."""
    (notice,) = (notice for notice in person.window.notice_bar.notices if notice.key == "link")
    assert notice.action is person.context.actions.action("shell.connection")
    return notice.sentence


def mark(person: Person, folder: Path) -> None:
    """Opens a file, marks a clip, and hears that it cannot be saved."""
    path = write_media(folder / "street.wav", noise(20.0, 16_000), 16_000)
    person.context.navigator.open(path)
    person.wait(lambda: (media := person.context.state.media) and media.digest)
    person.context.settings.update("clips", folder="door")
    person.press(Qt.Key.Key_E, at=person.window.panels.timeline)
    person.wait(person.heard.errors)
    person.wait(lambda: not person.window.panels.clips.board.clips)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_token_that_expired_is_asked_for(
    qapp: QApplication, qtbot: QtBot, *, services: Connection, sockets: Path, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(OLD_TOKEN)
    store = Service("store", sockets, tmp_path)
    store._command += ["--token-file", str(tmp_path / "token")]
    store.start()
    others = ",".join(f"{name}={services.address(name)}" for name in ("inference", "trainer"))
    given = Given(server=f"store=unix:{sockets}/store.sock,{others}", token=OLD_TOKEN)
    try:
        with seated(qapp, qtbot, given, tmp_path / "settings") as person:
            context, status = person.context, person.window.status
            store.kill()
            (tmp_path / "token").write_text(NEW_TOKEN)
            store.start()
            person.wait(lambda: context.link.state.kind is Kind.REFUSED)
            assert status.link.text() == "Refused"
            assert in_the_bar(person).startswith("The Store refuses the token: it is missing, wrong or expired.")
            # What one tries says the same, and does not wait.
            mark(person, tmp_path)
            assert "The Store refuses the token" in person.heard.errors()[0]
            person.wait(lambda: "refuses the token" in person.window.panels.results.message.text())
            person.picture("token-refused")
            # The button beside the sentence leads to where the token is given.
            person.do("shell.connection")
            dialog = person.dialog(ConnectionDialog)
            assert isinstance(dialog, ConnectionDialog)
            assert dialog.address.text() == given.server
            assert dialog.answers["store"].text().startswith("✖ The Store refuses the token")
            dialog.token.setText(NEW_TOKEN)
            dialog.accept()
            person.wait(lambda: context.link.state.kind is Kind.ONLINE)
            assert status.link.text() == "Connected"
            assert not [notice for notice in person.window.notice_bar.notices if notice.key == "link"]
            assert context.gateway.clips.list() == []
    finally:
        store.kill()


Answer = Callable[[grpc.ServicerContext], bytes]


class _Relay(grpc.GenericRpcHandler):
    """Hands every call on to a real service, but for those that are answered here."""

    def __init__(self, channel: grpc.Channel, own: Mapping[str, Answer]) -> None:
        self._channel = channel
        self._own = own

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        method = details.method
        own = self._own.get(method.rpartition("/")[2])

        def answer(_requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterable[bytes]:
            assert own is not None
            yield own(context)

        def hand_on(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterable[bytes]:
            call = self._channel.stream_stream(method)(requests, timeout=context.time_remaining())
            context.add_callback(call.cancel)
            try:
                yield from call
            except grpc.RpcError:
                context.set_trailing_metadata(call.trailing_metadata())
                context.abort(call.code(), call.details())

        return grpc.stream_stream_rpc_method_handler(hand_on if own is None else answer)


@contextmanager
def older(services: Connection, sockets: Path, **own: Answer) -> Iterator[str]:
    """The services as an older version of them: some calls are answered otherwise. Gives the server's address."""
    channels, servers = [], []
    for name in SERVICE_NAMES:
        channel = grpc.insecure_channel(services.address(name))
        server = grpc.server(ThreadPoolExecutor(24), handlers=[_Relay(channel, own)])
        server.add_insecure_port(f"unix:{sockets}/{name}.sock")
        server.start()
        channels.append(channel)
        servers.append(server)
    try:
        yield f"unix:{sockets}"
    finally:
        for server in servers:
            server.stop(None).wait()
        for channel in channels:
            channel.close()


def unknown(context: grpc.ServicerContext) -> bytes:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
    return b""


def test_a_server_of_an_older_api_is_refused_with_what_to_do(
    qapp: QApplication, qtbot: QtBot, *, services: Connection, profile: str, sockets: Path, tmp_path: Path
) -> None:
    info = GetServerInfoResponse(name="store", version="0.0.9", api_version="v0").SerializeToString()
    sentence = "The Store is of an older version (0.0.9) of 8-cut: install the services anew."
    with older(services, sockets, GetServerInfo=lambda _context: info) as server:
        given = Given(server=server, profile=profile)
        with seated(qapp, qtbot, given, tmp_path / "settings", kind=Kind.REFUSED) as person:
            assert person.window.status.link.text() == "Another version"
            person.wait(lambda: in_the_bar(person) == sentence)
            mark(person, tmp_path)
            assert sentence in person.heard.errors()[0]


def test_a_call_that_an_older_server_does_not_know_is_put_back(
    qapp: QApplication, qtbot: QtBot, *, services: Connection, gateway: Gateway, sockets: Path, tmp_path: Path
) -> None:
    digest = register(gateway)
    scan = save(gateway, digest)
    with older(services, sockets, BatchSetRegionsDeleted=unknown) as server:
        given = Given(server=server, profile=gateway.profile)
        with seated(qapp, qtbot, given, tmp_path / "settings") as person:
            context, table = person.context, person.window.panels.results.table
            show_media(context, digest)
            person.wait(lambda: (document := context.state.document) is not None and document.is_loaded)
            document = context.state.document
            assert document is not None
            first, second, *_ = document.regions
            context.state.set_selection((first.id,))
            person.press(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier, at=table)
            assert document.region(first.id) is None
            person.wait(person.heard.errors)
            (said,) = person.heard.errors()
            assert said.startswith("The change could not be saved: The Store at ")
            assert "does not know this call; it may be of another version." in said
            assert document.region(first.id) == first
            assert not document.undo.canUndo()
            # Everything else works.
            context.state.set_selection((second.id,))
            person.press(Qt.Key.Key_Delete, at=table)
            person.wait(lambda: [one.id for one in gateway.scans.regions(scan.id) if one.disabled] == [second.id])
            assert len(person.heard.errors()) == 1
            assert context.link.state.kind is Kind.ONLINE
