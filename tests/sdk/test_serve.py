"""`8cut serve` as the library runs it: found by others, alone on its folder, looking after its services."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from eightcut_client import Config, Connection
from eightcut_client.child import ChildService
from eightcut_client.discovery import ServedServices, find_served, read_services_file, write_services_file
from eightcut_client.endpoints import SERVICE_NAMES, ServiceName
from eightcut_client.errors import ConfigError, ServicesError
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.serve import ServeSettings, serve

from tests.sdk.test_embedded import MODULE, ROOT, eventually, gone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eightcut_client.child._MODULES", dict.fromkeys(SERVICE_NAMES, MODULE))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@contextmanager
def serving(data_dir: Path, settings: ServeSettings | None = None) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Serve in a thread; yields the addresses and what it says."""
    stop, ready = threading.Event(), threading.Event()
    addresses: dict[str, str] = {}
    said: list[str] = []
    errors: list[BaseException] = []

    def announced(found: Mapping[ServiceName, str]) -> None:
        addresses.update({str(name): address for name, address in found.items()})
        ready.set()

    def run() -> None:
        try:
            serve(
                data_dir,
                settings,
                on_ready=announced,
                on_event=said.append,
                stop=stop,
            )
        except BaseException as error:
            errors.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        if errors:
            raise errors[0]
        yield addresses, said
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def test_commands_on_the_folder_find_it_and_the_file_goes_with_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (addresses, said):
        file = tmp_path / "services.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(file.read_text())["addresses"] == addresses
        with Connection.resolve(data_dir=tmp_path, config=Config()) as conn:
            assert conn.mode == "served"
            assert conn.address("trainer") == addresses["trainer"]
            assert [conn.health(name) for name in SERVICE_NAMES] == ["serving"] * 3
        assert said == []
    assert not file.exists()
    assert find_served(tmp_path) is None
    assert not Path(addresses["store"].removeprefix("unix:")).parent.exists()


def test_two_on_one_folder_are_one_sentence(tmp_path: Path) -> None:
    with serving(tmp_path):
        with pytest.raises(ServicesError, match=rf"^Another 8cut serve \(process {os.getpid()}\) is running on"):
            serve(tmp_path)
        assert find_served(tmp_path) is not None
    with serving(tmp_path):
        assert find_served(tmp_path) is not None


def test_a_service_that_dies_is_started_again_at_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: dict[str, ChildService] = {}
    spawn = ChildService.spawn

    def recorded(child: ChildService) -> None:
        children[child.name] = child
        spawn(child)

    monkeypatch.setattr(ChildService, "spawn", recorded)
    with serving(tmp_path, ServeSettings(listen="127.0.0.1:0")) as (addresses, said):
        with Connection.resolve(data_dir=tmp_path, config=Config()) as conn:
            before = conn.server_info("inference").start_time.ToNanoseconds()
            os.kill(children["inference"].pid or 0, signal.SIGKILL)
            eventually(lambda: bool(said))
            eventually(lambda: conn.health("inference") == "serving")
            assert conn.server_info("inference").start_time.ToNanoseconds() > before
            assert conn.address("inference") == addresses["inference"]
        assert said == ["The Inference service ended unexpectedly; starting it again in 1 s."]
        assert len({address.rpartition(":")[2] for address in addresses.values()}) == 3


def test_a_token_and_how_networks_run_are_handed_on(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-many-characters\n")
    options = InferenceOptions("cuda:0,cuda:1", embedder_options=("EAT.frames=800",), metrics_listen="localhost:9")
    with serving(tmp_path / "data", ServeSettings(token_file=tmp_path / "token", inference=options)):
        with Connection.resolve(data_dir=tmp_path / "data", config=Config()) as conn:
            assert conn.server_info("store").version == "0.1.0"
    assert json.loads((tmp_path / "data" / "networks.json").read_text()) == {
        "device": "cuda:0,cuda:1",
        "embedder_option": ["EAT.frames=800"],
        "metrics_listen": "localhost:9",
    }


def test_a_service_that_does_not_start_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "refuse-to-start").touch()
    with pytest.raises(ServicesError, match="does not want to start"):
        serve(tmp_path)
    assert not (tmp_path / "services.json").exists()
    (tmp_path / "refuse-to-start").unlink()
    with serving(tmp_path) as (addresses, _):
        assert len(addresses) == 3


def test_an_address_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        serve(tmp_path, ServeSettings(listen="nonsense"))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"addresses": {}}', '{"addresses": {"store": 1, "inference": 2, "trainer": 3}, "pid": 1}'],
)
def test_a_stale_or_broken_file_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / "services.json").write_text(content)
    assert find_served(tmp_path) is None


def test_a_file_of_one_that_was_killed_is_ignored(tmp_path: Path) -> None:
    write_services_file(tmp_path, ServedServices({name: f"unix:{tmp_path}/{name}.sock" for name in SERVICE_NAMES}, 1))
    assert read_services_file(tmp_path) is not None
    assert find_served(tmp_path) is None
    with Connection.resolve(data_dir=tmp_path, config=Config()) as conn:
        assert conn.mode == "embedded"


PROGRAM = """
import sys
from pathlib import Path
import eightcut_client.child as child
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.serve import serve
child._MODULES = dict.fromkeys(("store", "inference", "trainer"), "tests.sdk.stand_in")
serve(Path(sys.argv[1]), on_ready=lambda found: print("ready", flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: int) -> None:
    import subprocess

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    served = read_services_file(tmp_path)
    assert served is not None
    assert served.pid == process.pid
    os.killpg(process.pid, number)
    assert process.stdout.read() == "ended\n"
    assert process.wait(20) == 0
    process.stdout.close()
    assert gone(process.pid)
    assert not (tmp_path / "services.json").exists()
    assert not Path(served.addresses["store"].removeprefix("unix:")).parent.exists()
