"""How the Trainer finds its peers, and the lock that keeps two of them apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_client.errors import from_rpc_error
from eightcut_runtime import StartError
from eightcut_runtime.addresses import parse_address
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.testing import serve_in_thread
from eightcut_trainer.runs.lock import RunLock
from eightcut_trainer.runs.training import remove_leftovers
from eightcut_trainer.service import SPEC

from tests.trainer import fake_inference, fake_store
from tests.trainer.conftest import example, spec
from tests.trainer.fake_inference import FakeInference, digest, make_track
from tests.trainer.fake_store import SUCCEEDED, FakeStore

TOKEN = "a-token-for-the-peers"


def test_a_training_between_services_that_ask_for_a_token(tmp_path: Path) -> None:
    store, inference = FakeStore(), FakeInference()
    media = digest("a")
    inference.tracks[media] = make_track(200, [40.0, 120.0], seed=1)
    inference.interruptions = 1
    store.examples = [example(media, 40.0), example(media, 120.0)]
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    options = ServeOptions(listen=parse_address("127.0.0.1:0"), token=TOKEN)
    with (
        serve_in_thread(fake_store.spec_of(store), options=options) as one,
        serve_in_thread(fake_inference.spec_of(inference), options=options) as other,
    ):
        peers = [f"--data-dir={tmp_path}", f"--store={one.address}", f"--inference={other.address}"]
        with (
            serve_in_thread(SPEC, [*peers, f"--peer-token-file={file}"]) as trainer,
            trainer.channel() as channel,
        ):
            stub = TrainerServiceStub(channel)
            run = stub.StartTraining(api.StartTrainingRequest(spec=spec())).run
            *_, last = stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60)
            assert last.event.state == SUCCEEDED
        with serve_in_thread(SPEC, peers) as trainer, trainer.channel() as channel:
            with pytest.raises(grpc.RpcError) as caught:
                TrainerServiceStub(channel).PreviewTraining(api.PreviewTrainingRequest(spec=spec()))
            assert from_rpc_error(caught.value).reason == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--store=nonsense", "--inference=127.0.0.1:1"], "'nonsense' is no server address"),
        (["--store=127.0.0.1:1", "--inference=127.0.0.1:1", "--peer-token-file=/nonexistent"], "Cannot read the token"),
        (["--store=127.0.0.1:1", "--inference=127.0.0.1:1", "--peer-ca=/nonexistent"], "The certificate authority"),
        (["--store=127.0.0.1:1", "--inference=127.0.0.1:1", "--data-dir=/proc/none"], "Cannot use the data folder"),
    ],
)
def test_a_wrong_option_is_one_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    with (
        pytest.raises(StartError, match=f"^{sentence}.*[.]$"),
        serve_in_thread(SPEC, [f"--data-dir={tmp_path}", *options]),
    ):
        pass


def test_the_trainer_starts_before_its_peers_and_says_who_is_away(tmp_path: Path) -> None:
    peers = ["--store=127.0.0.1:1", "--inference=127.0.0.1:1"]
    with serve_in_thread(SPEC, [f"--data-dir={tmp_path}", *peers]) as trainer, trainer.channel() as channel:
        with pytest.raises(grpc.RpcError) as caught:
            TrainerServiceStub(channel).ListTrainings(api.ListTrainingsRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "7.lock"
    with RunLock(path) as one, RunLock(path) as other:
        assert one.acquire()
        assert not other.acquire()
        one.release()
        assert not path.exists()
        assert other.acquire()
    assert not path.exists()


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "7.lock"
    code = (
        "import sys, time, pathlib\n"
        "from eightcut_trainer.runs.lock import RunLock\n"
        "assert RunLock(pathlib.Path(sys.argv[1])).acquire()\n"
        "print('held', flush=True)\n"
        "time.sleep(3000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with RunLock(path) as lock:
            assert not lock.acquire()
        holder.kill()
    with RunLock(path) as lock:
        assert lock.acquire()


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / f"{name}.work").mkdir()
        (tmp_path / f"{name}.work" / "0.npy").write_bytes(b"vectors")
    with RunLock(tmp_path / "2.lock") as living:
        assert living.acquire()
        remove_leftovers(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["2.lock", "2.work"]
