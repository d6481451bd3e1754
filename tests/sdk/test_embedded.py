"""Services as children: started when needed, noticed when they die, gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from eightcut_client import Config, Connection, EightcutError, scan_file
from eightcut_client.child import ChildService, require_installed
from eightcut_client.embedded import EmbeddedServices
from eightcut_client.errors import ServicesError
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.private_folder import PrivateFolder
from eightcut_client.progress import Progress, Stage
from eightcut_client.upload import UploadPolicy

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.sdk.stand_in"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and Unix sockets")


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children are stand-ins: these tests are about processes."""
    names = ("store", "inference", "trainer")
    monkeypatch.setattr("eightcut_client.child._MODULES", dict.fromkeys(names, MODULE))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of our own: what is left in it was left behind."""
    with tempfile.TemporaryDirectory(prefix="t8-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def backend(conn: Connection) -> EmbeddedServices:
    found = conn._backend
    assert isinstance(found, EmbeddedServices)
    return found


def pids(conn: Connection) -> list[int]:
    return [pid for name in ("store", "inference", "trainer") if (pid := backend(conn).pid(name)) is not None]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def test_only_what_is_needed_is_started_and_nothing_is_left(tmp_path: Path, temp: Path) -> None:
    with Connection.embedded(tmp_path / "data") as conn:
        assert list(temp.iterdir()) == []
        assert conn.health("store") == "serving"
        assert len(pids(conn)) == 1
        assert conn.health("trainer") == "serving"
        children = pids(conn)
        assert len(set(children)) == 3
        assert conn.server_info("inference").name == "store"
        (folder,) = temp.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert all(gone(pid) for pid in children)
    assert list(temp.iterdir()) == []
    assert (tmp_path / "data" / "logs" / "inference.log").read_text()
    with pytest.raises(EightcutError, match="closed"):
        conn.health("store")


def test_inference_is_told_how_to_run_networks(tmp_path: Path) -> None:
    config = Config(inference=InferenceOptions("cpu", max_batch=4, weights_dir=tmp_path / "w"))
    with Connection.resolve(data_dir=tmp_path, config=config) as conn:
        assert conn.health("inference") == "serving"
    told = json.loads((tmp_path / "networks.json").read_text())
    assert told == {"device": "cpu", "max_batch": "4", "weights_dir": str(tmp_path / "w")}


def test_nothing_is_left_when_the_block_raises(tmp_path: Path, temp: Path) -> None:
    children: list[int] = []

    def fail() -> None:
        with Connection.embedded(tmp_path / "data") as conn:
            conn.start()
            children.extend(pids(conn))
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fail()
    assert len(children) == 3
    assert all(gone(pid) for pid in children)
    assert list(temp.iterdir()) == []


def test_the_token_of_the_environment_is_not_the_childrens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGHTCUT_TOKEN", "for-another-server")
    with Connection.embedded(tmp_path / "data") as conn:
        assert conn.server_info("store").version


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "refuse-to-start").touch()
    with (
        Connection.embedded(tmp_path) as conn,
        pytest.raises(ServicesError, match=r"^The Store could not start: The stand-in does not want to start\.$"),
    ):
        conn.health("store")


def test_a_child_that_is_killed_is_started_again_with_the_next_call(tmp_path: Path) -> None:
    with Connection.embedded(tmp_path / "data") as conn:
        first = conn.server_info("store").start_time.ToNanoseconds()
        (pid,) = pids(conn)
        os.kill(pid, signal.SIGKILL)
        backend(conn)._children["store"]._process.wait()  # type: ignore[union-attr]
        assert conn.server_info("store").start_time.ToNanoseconds() > first


@posix_only
def test_a_scan_survives_the_death_of_its_services(tmp_path: Path, recording: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "pause").write_text("0.05")
    batches: list[tuple[int, Any, bool]] = []
    killed: list[int] = []
    with Connection.embedded(data) as conn:

        def kill(progress: Progress) -> None:
            if progress.stage is not Stage.HASHING and progress.done > 15 and not killed:
                killed.extend(pids(conn))
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)

        scan = scan_file(
            conn,
            recording,
            model="LOGMEL",
            policy=UploadPolicy(chunk_samples=32_000),
            on_progress=kill,
            on_scores=lambda *batch: batches.append(batch),
        )
        assert set(pids(conn)).isdisjoint(killed)
    assert len(killed) == 2
    assert scan.window_count == 53
    assert [first + k for first, scores, _ in batches for k in range(len(scores))] == list(range(53))


PROGRAM = """
import sys, threading, time
from pathlib import Path
import eightcut_client.child as child
from eightcut_client import Connection, scan_file
child._MODULES = dict.fromkeys(("store", "inference", "trainer"), "tests.sdk.stand_in")
with Connection.embedded(Path(sys.argv[1])) as conn:
    conn.start()
    print(*[conn._backend.pid(name) for name in ("store", "inference", "trainer")], flush=True)
    if len(sys.argv) > 2:
        scan_file(conn, sys.argv[2], model="LOGMEL")
    time.sleep(60)
"""


@pytest.fixture
def program(tmp_path: Path, temp: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], list[int]]]]:
    """Starts a program that uses embedded services, in a session of its own as a terminal would."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], list[int]]:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temp), "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdout is not None
        return process, [int(pid) for pid in process.stdout.readline().split()]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_and_leaves_nothing(program: Any, temp: Path, number: int) -> None:
    process, children = program()
    assert len(children) == 3
    os.killpg(process.pid, number)  # As Ctrl+C does: the whole foreground group.
    process.wait(20)
    assert all(gone(pid) for pid in children)
    assert list(temp.iterdir()) == []


@posix_only
def test_children_end_with_a_parent_that_was_killed_and_the_next_one_cleans_up(program: Any, temp: Path) -> None:
    process, children = program()
    process.kill()
    process.wait()
    eventually(lambda: all(gone(pid) for pid in children))
    assert len(list(temp.iterdir())) == 1
    folder = PrivateFolder()
    assert list(temp.iterdir()) == [folder.path]
    folder.remove()


@posix_only
def test_ctrl_c_during_a_scan_leaves_no_decoder(program: Any, temp: Path, tmp_path: Path, recording: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pause").write_text("0.5")
    process, children = program(str(recording))
    received = tmp_path / "data" / "received"
    eventually(lambda: any(file.stat().st_size > 0 for file in received.glob("*.pcm")))
    os.killpg(process.pid, signal.SIGINT)
    process.wait(20)
    assert all(gone(pid) for pid in children)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert list(temp.iterdir()) == []


def test_a_private_folder_in_use_is_left_alone(temp: Path) -> None:
    first = PrivateFolder()
    second = PrivateFolder()
    assert {first.path, second.path} == set(temp.iterdir())
    first.remove()
    second.remove()
    assert list(temp.iterdir()) == []


def test_several_starts_at_once_start_each_service_once(tmp_path: Path) -> None:
    with Connection.embedded(tmp_path / "data") as conn:
        threads = [threading.Thread(target=conn.start, args=("trainer",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(pids(conn))) == 3


def test_without_the_services_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eightcut_client.child._MODULES", {"store": "eightcut_not_there"})
    with pytest.raises(ServicesError, match=r'--server.*pip install "eightcut-cli\[services\]"'):
        require_installed()
    with pytest.raises(ServicesError):
        Connection.embedded(Path("unused"))


def test_modules_of_the_current_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "grpc.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    with Connection.embedded(tmp_path / "data") as conn:
        assert conn.health("store") == "serving"


def test_a_long_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "store.log"
    log.write_bytes(b"x" * 5_000_000)
    child = ChildService("store", f"unix:{tmp_path}/s", ["--data-dir", str(tmp_path)], log)
    child.spawn()
    try:
        child.wait_ready()
    finally:
        child.stop()
    assert (tmp_path / "store.log.1").stat().st_size == 5_000_000
    assert 0 < log.stat().st_size < 100_000


def test_a_disk_too_full_for_the_last_words_of_a_service_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_client.child._MODULES", {"store": "this"})  # a module that ends and logs nothing
    child = ChildService("store", "127.0.0.1:0", [], tmp_path / "logs" / "store.log")
    child.spawn()
    with pytest.raises(ServicesError, match=r"^The Store ended as it started \(exit status 0\); see "):
        child.wait_ready()
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=0))
    child.spawn()
    with pytest.raises(ServicesError, match=r"^The Store could not start: the disk of .*logs is full\.$"):
        child.wait_ready()
    child.stop()
