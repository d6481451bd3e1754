"""Services that answer and will not work with us; a `8cut serve` that is started anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from eightcut.common.v1.server_info_service_pb2 import GetServerInfoRequest, GetServerInfoResponse
from eightcut.common.v1.server_info_service_pb2_grpc import (
    ServerInfoServiceServicer,
    add_ServerInfoServiceServicer_to_server,
)
from eightcut_qt.core.settings import ConnectionSettings
from eightcut_qt.link.given import Given
from eightcut_qt.link.link import Link
from eightcut_qt.link.states import Kind, Status
from eightcut_qt.link.token_file import remove_token, write_token
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pytestqt.qtbot import QtBot

from tests.loop.product import Service, serving
from tests.qt.link.conftest import Linked


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder with a short name: the paths of sockets have a limit."""
    folder = Path(tempfile.mkdtemp(prefix="8q"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_wrong_token_is_refused_until_it_is_right(
    qtbot: QtBot, linked: Linked, sockets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_qt.link.watcher._PROVE", 1)
    (tmp_path / "right").write_text("a-token-of-twenty-letters-or-more")
    store = Service("store", sockets, tmp_path)
    store._command += ["--token-file", str(tmp_path / "right")]
    store.start()
    server = f"store=unix:{sockets}/store.sock"
    try:
        token = write_token(tmp_path / "settings", "another-token-of-enough-letters")
        assert token.stat().st_mode & 0o777 == 0o600
        linked.link.use(ConnectionSettings(server=server, token_file=str(token)))
        linked.wait(qtbot, Kind.REFUSED)
        assert linked.link.state.sentence.startswith("The Store refuses the token")
        assert linked.link.state.services["store"].status is Status.REFUSED
        write_token(tmp_path / "settings", "a-token-of-twenty-letters-or-more")
        linked.link.use(ConnectionSettings(server=server, token_file=str(token)))
        qtbot.waitUntil(lambda: _status(linked.link, "store") is Status.SERVING)
        assert linked.link.state.kind is Kind.DEGRADED
        qtbot.waitUntil(lambda: "names no" in linked.link.state.services["trainer"].sentence)
        # It expires: the server comes back with another one.
        store.kill()
        (tmp_path / "right").write_text("the-token-of-the-next-day-is-this")
        store.start()
        qtbot.waitUntil(lambda: _status(linked.link, "store") is Status.REFUSED, timeout=10_000)
    finally:
        store.kill()
    remove_token(tmp_path / "settings")
    assert not token.exists()


def _status(link: Link, name: str) -> Status | None:
    return link.state.services[name].status if name in link.state.services else None


class _Answers(health_pb2_grpc.HealthServicer, ServerInfoServiceServicer):  # type: ignore[misc]  # grpcio has no types
    """A server of another API."""

    def Check(self, request: health_pb2.HealthCheckRequest, context: object) -> health_pb2.HealthCheckResponse:
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    def GetServerInfo(self, request: GetServerInfoRequest, context: object) -> GetServerInfoResponse:
        return GetServerInfoResponse(name="store", version="7.0.0", api_version="v2")


@contextmanager
def other_server(sockets: Path, *, knows_us: bool) -> Iterator[None]:
    server = grpc.server(ThreadPoolExecutor(4))
    if knows_us:
        health_pb2_grpc.add_HealthServicer_to_server(_Answers(), server)
        add_ServerInfoServiceServicer_to_server(_Answers(), server)
    for name in ("store", "inference", "trainer"):
        server.add_insecure_port(f"unix:{sockets}/{name}.sock")
    server.start()
    yield
    server.stop(None).wait()


@pytest.mark.parametrize(
    ("knows_us", "sentence"),
    [
        (True, "The Store is of a newer version (7.0.0) of 8-cut: install this program anew."),
        (False, "The Store is of an older version of 8-cut: install the services anew."),
    ],
)
def test_another_api_is_told_of(qtbot: QtBot, linked: Linked, sockets: Path, knows_us: bool, sentence: str) -> None:
    with other_server(sockets, knows_us=knows_us):
        linked.link.use(ConnectionSettings(server=f"unix:{sockets}"))
        qtbot.waitUntil(lambda: linked.link.state.sentence == sentence)
        assert linked.link.state.kind is Kind.REFUSED
        linked.link.stop_watching()


@pytest.mark.slow
def test_a_serve_that_is_started_anew_is_found(qtbot: QtBot, linked: Linked, tmp_path: Path) -> None:
    data = tmp_path / "data"
    link = Link(linked.tasks, linked.bus, linked.settings, Given(data_dir=data))
    kinds: list[Kind] = []
    link.state_changed.connect(lambda state: kinds.append(state.kind))
    with serving(data):
        link.start()
        qtbot.waitUntil(lambda: link.state.kind is Kind.ONLINE, timeout=10_000)
        assert link.state.mode == "served"
    qtbot.waitUntil(lambda: link.state.kind is Kind.OFFLINE, timeout=10_000)
    with serving(data):
        qtbot.waitUntil(lambda: link.state.kind is Kind.ONLINE, timeout=15_000)
        assert link.state.mode == "served"
        link.stop_watching()
    link.close()
    assert kinds[0] is Kind.CONNECTING
