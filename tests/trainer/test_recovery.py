"""Real processes that die in the middle of a run, and are started again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from eightcut.store.v1.training_run_pb2 import TrainingEvent, TrainingRun
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_runtime.testing import serve_in_thread

from tests.trainer import fake_inference
from tests.trainer.conftest import spec
from tests.trainer.fake_inference import FakeInference, digest, make_track
from tests.trainer.fake_store import FINAL, RUNNING, SUCCEEDED
from tests.trainer.store_client import StoreMarks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals and Unix sockets"),
]


class Process:
    """A service in a process of its own, on a Unix socket that stays the same over restarts."""

    def __init__(self, name: str, socket: Path, *options: str) -> None:
        self.address = f"unix:{socket}"
        self._command = [sys.executable, "-m", f"eightcut_{name}", "--listen", self.address, "--ready-file", "-"]
        self._command += ["--log-level", "warning", *options]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self._command[2]} did not start"
        assert json.loads(line)["address"] == self.address

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL."""
        self._end("kill")

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end("terminate")

    def _end(self, how: str) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        getattr(process, how)()
        code = process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
        return code


class House:
    """A Store and Trainers as processes, Inference in the test."""

    def __init__(self, stack: ExitStack, data_dir: Path) -> None:
        self._stack = stack
        self._sockets = Path(tempfile.mkdtemp(prefix="8c"))
        stack.callback(shutil.rmtree, self._sockets, ignore_errors=True)
        self._data_dir = data_dir
        self.inference = FakeInference()
        self._inference = stack.enter_context(serve_in_thread(fake_inference.spec_of(self.inference)))
        stack.callback(self.inference.gate.set)
        self.store = self._process("store", "store.sock", f"--data-dir={data_dir}")
        self.marks = StoreMarks(self._channel(self.store))

    def _channel(self, process: Process) -> grpc.Channel:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 200)]
        return self._stack.enter_context(grpc.insecure_channel(process.address, options))

    def _process(self, name: str, socket: str, *options: str) -> Process:
        process = Process(name, self._sockets / socket, *options)
        process.start()
        self._stack.callback(process.kill)
        return process

    def trainer(self, socket: str = "trainer.sock") -> Trainer:
        peers = [f"--store={self.store.address}", f"--inference={self._inference.address}"]
        process = self._process("trainer", socket, f"--data-dir={self._data_dir}", *peers)
        return Trainer(process, TrainerServiceStub(self._channel(process)))

    def media(self, name: str, *starts: float, windows: int = 300, dim: int = 16) -> None:
        media = digest(name)
        seed = len(self.inference.tracks)
        self.inference.tracks[media] = make_track(windows, list(starts), seed=seed, dim=dim)
        self.marks.register(media, windows + 7)
        self.marks.clip(media, *starts)


class Trainer:
    """A Trainer and its methods."""

    def __init__(self, process: Process, stub: TrainerServiceStub) -> None:
        self.process = process
        self.stub = stub

    def start_run(self) -> TrainingRun:
        return self.stub.StartTraining(api.StartTrainingRequest(spec=spec()), timeout=30, wait_for_ready=True).run

    def get(self, run_id: str) -> TrainingRun:
        request = api.GetTrainingRequest(run_id=run_id)
        return self.stub.GetTraining(request, timeout=30, wait_for_ready=True).run

    def events(self, run_id: str, after_seq: int = 0) -> Iterator[TrainingEvent]:
        request = api.WatchTrainingRequest(run_id=run_id, after_seq=after_seq)
        for answer in self.stub.WatchTraining(request, timeout=90, wait_for_ready=True):
            yield answer.event

    def last_event(self, run_id: str) -> TrainingEvent:
        """Watches to the end as a client does: again after the last event, whenever a service is away."""
        last = TrainingEvent()
        while last.state not in FINAL:
            try:
                for event in self.events(run_id, last.seq):
                    assert event.seq == last.seq + 1
                    last = event
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(0.1)
        return last


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(stack, tmp_path)


def children(pid: int) -> set[int]:
    """Processes whose parent this is."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(status.parent.name))
    return found


def test_a_killed_trainer_goes_on_with_its_run(house: House) -> None:
    """Killed while it reads, then while it fits: event numbers go on, and one classifier comes out."""
    for name in "abcd":
        house.media(name, *range(100, 1300, 100), windows=1500, dim=320)
    house.inference.gate.clear()
    trainer = house.trainer()
    run = trainer.start_run()
    assert house.inference.reading.wait(30)
    seen = []
    for event in trainer.events(run.id):
        seen.append(event.seq)
        if event.state == RUNNING:
            break
    trainer.process.kill()

    house.inference.gate.set()
    trainer.process.start()
    for event in trainer.events(run.id, seen[-1]):
        seen.append(event.seq)
        if event.progress.stage == "cross-validate":
            break
    workers = children(trainer.process.pid)
    trainer.process.kill()
    if Path("/proc/self/stat").exists():
        assert workers, "the fit runs in a process of its own"

    trainer.process.start()
    for event in trainer.events(run.id, seen[-1]):
        seen.append(event.seq)
    assert event.state == SUCCEEDED
    assert seen == list(range(1, len(seen) + 1))
    notes = [event.note for event in trainer.events(run.id) if event.HasField("note")]
    assert sum("was started again" in note for note in notes) == 2
    (made,) = house.marks.classifiers()
    assert trainer.get(run.id).classifier_id == made.id
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_stopped_trainer_leaves_its_run_to_the_next(house: House) -> None:
    house.media("a", 50.0, 150.0)
    house.inference.gate.clear()
    trainer = house.trainer()
    run = trainer.start_run()
    assert house.inference.reading.wait(30)
    assert trainer.process.terminate() == 0
    house.inference.gate.set()
    trainer.process.start()
    first, *_, last = trainer.events(run.id)
    assert (first.seq, last.state) == (1, SUCCEEDED)
    assert len(house.marks.classifiers()) == 1


def test_two_trainers_on_one_folder_never_run_one_run_both(house: House) -> None:
    """The second one shows it all the same, and takes it over when the first one dies."""
    house.media("a", 50.0, 150.0)
    house.inference.gate.clear()
    first = house.trainer()
    run = first.start_run()
    assert house.inference.reading.wait(30)
    second = house.trainer("second.sock")
    stream = second.events(run.id)
    assert [next(stream).seq for _ in range(2)] == [1, 2]
    assert second.start_run().id == run.id
    assert len(house.inference.reads) == 1
    first.process.kill()
    house.inference.gate.set()
    *_, last = stream
    assert last.state == SUCCEEDED
    assert len(house.inference.reads) == 2
    assert len(house.marks.classifiers()) == 1


def test_a_killed_store_is_waited_for(house: House) -> None:
    house.media("a", 50.0, 150.0)
    house.inference.gate.clear()
    trainer = house.trainer()
    run = trainer.start_run()
    assert house.inference.reading.wait(30)
    house.store.kill()
    house.inference.gate.set()
    with pytest.raises(grpc.RpcError) as caught:
        trainer.stub.GetTraining(api.GetTrainingRequest(run_id=run.id), timeout=30)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    house.store.start()
    assert trainer.last_event(run.id).state == SUCCEEDED
    assert len(house.marks.classifiers()) == 1
