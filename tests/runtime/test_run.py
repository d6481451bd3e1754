"""The real program: start, ready, signals, drain, exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.runtime.sample_service import SERVICE
from tests.runtime.test_work import alive

PROGRAM = ("-m", "tests.runtime.sample_service")
ROOT = Path(__file__).resolve().parents[2]
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Process] = []

    def begin(*options: str, listen: str = "127.0.0.1:0", token: str = "") -> Process:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), EIGHTCUT_TOKEN=token)
        command = [sys.executable, *PROGRAM, "--listen", listen, "--ready-file", "-", *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=ROOT)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate(timeout=30)


def ready(process: Process) -> dict:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return json.loads(line)


def finish(process: Process) -> tuple[int, list[dict]]:
    """Returns the exit code and the log."""
    _, log = process.communicate(timeout=30)
    return process.returncode, [json.loads(line) for line in log.splitlines()]


def test_ready_line_and_clean_stop(start: Start) -> None:
    process = start()
    line = ready(process)
    assert line["pid"] == process.pid
    assert (line["name"], line["version"]) == ("sample", "1.2.3")
    with grpc.insecure_channel(line["address"]) as channel:
        assert channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10) == b"<x>"
    process.send_signal(signal.SIGTERM)
    code, log = finish(process)
    assert code == 0
    messages = [entry["message"] for entry in log]
    assert messages[-2:] == ["closed the sample", "stopped"]
    assert {entry["service"] for entry in log} == {"sample"}


def test_ready_file(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    process = start("--ready-file", str(file), "--exit-with-parent")
    while not file.exists():
        assert process.poll() is None
    assert json.loads(file.read_text())["pid"] == process.pid
    process.stdin.close()
    process.stdin = None
    assert finish(process)[0] == 0


def test_sigterm_drains(start: Start) -> None:
    """An open unary call finishes, a stream gets its time, a watcher sees NOT_SERVING, new calls fail."""
    process = start("--grace", "30")
    address = ready(process)["address"]
    with grpc.insecure_channel(address) as channel, ThreadPoolExecutor() as pool:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        assert next(watch).status == SERVING
        down = channel.unary_stream("/test.Sample/Down")
        polite, slow = down(b"until-stopping"), down(b"slow 20")
        assert (next(polite), next(slow)) == (b"first", b"first")
        unary = pool.submit(channel.unary_unary("/test.Sample/Unary"), b"sleep 0.7", timeout=30)
        # The call is on the server when one that was sent after it on the same connection is answered.
        assert channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10) == b"<x>"
        process.send_signal(signal.SIGTERM)
        assert [state.status for state in watch] == [NOT_SERVING]
        assert list(polite) == [b"bye"]
        with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as late:
            with pytest.raises(grpc.RpcError) as caught:
                late.unary_unary("/test.Sample/Unary")(b"x", timeout=10)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert unary.result(30) == b"<sleep 0.7>"
        assert list(slow) == [b"more"] * 20
    assert finish(process)[0] == 0


def test_what_does_not_end_is_cut_after_the_grace(start: Start) -> None:
    process = start("--grace", "0.2")
    with grpc.insecure_channel(ready(process)["address"]) as channel:
        stream = channel.unary_stream("/test.Sample/Down")(b"slow 100000")
        next(stream)
        process.send_signal(signal.SIGINT)
        with pytest.raises(grpc.RpcError):
            list(stream)
    code, log = finish(process)
    assert code == 0
    assert log[-1]["message"] == "stopped"


def test_a_second_signal_stops_at_once(start: Start) -> None:
    process = start("--grace", "3000")
    with grpc.insecure_channel(ready(process)["address"]) as channel:
        stream = channel.unary_stream("/test.Sample/Down")(b"slow 100000")
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (next(stream), next(watch).status) == (b"first", SERVING)
        process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        process.send_signal(signal.SIGTERM)
        code, log = finish(process)
        stream.cancel()
    assert code == 128 + signal.SIGTERM
    assert "closed the sample" in [entry["message"] for entry in log]


def test_while_starting_health_answers_and_calls_are_unavailable(start: Start, socket_path: Path) -> None:
    process = start("--startup-seconds", "3000", listen=f"unix:{socket_path}")
    with grpc.insecure_channel(f"unix:{socket_path}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        state = stub.Check(health_pb2.HealthCheckRequest(), timeout=30, wait_for_ready=True)
        assert state.status == NOT_SERVING
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert caught.value.details() == "The sample service is starting."
    process.send_signal(signal.SIGTERM)
    assert finish(process)[0] == 0
    assert not socket_path.exists()


def test_exit_with_parent(start: Start) -> None:
    """The parent of the service is killed without a chance to say anything."""
    parent_code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
        "time.sleep(3000)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    service = [sys.executable, *PROGRAM, "--listen", "127.0.0.1:0", "--ready-file", "-", "--exit-with-parent"]
    command = [sys.executable, "-c", parent_code, *service]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=ROOT
    ) as parent:
        line = ready(parent)
        assert line["pid"] != parent.pid
        parent.kill()
        # The service holds the other ends of the parent's pipes: they end when it does.
        log = parent.stderr.read()
    assert json.loads(log.splitlines()[-1])["message"] == "stopped"


def test_without_the_option_the_end_of_stdin_means_nothing(start: Start) -> None:
    process = start()
    address = ready(process)["address"]
    process.stdin.close()
    process.stdin = None
    with grpc.insecure_channel(address) as channel:
        assert channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10) == b"<x>"
    assert process.poll() is None


@pytest.mark.parametrize(
    ("options", "listen", "sentence"),
    [
        (["--refuse"], "127.0.0.1:0", "eightcut-sample: The database was made by a newer version."),
        ([], "0.0.0.0:0", "eightcut-sample: Refusing to listen on 0.0.0.0:0, which other machines can reach"),
        (["--token-file", "/nonexistent/token"], "127.0.0.1:0", "eightcut-sample: Cannot read /nonexistent/token"),
        (["--ready-file", "/nonexistent/ready"], "127.0.0.1:0", "eightcut-sample: Cannot write the ready file"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_1(
    start: Start, options: list[str], listen: str, sentence: str
) -> None:
    process = start(*options, "--log-level", "error", listen=listen)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1


def test_a_busy_port_is_one_sentence_and_exit_code_1(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = start(listen=f"127.0.0.1:{port}")
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors == f"eightcut-sample: Cannot listen on 127.0.0.1:{port}: address already in use.\n"


def test_wrong_usage_is_exit_code_2(start: Start) -> None:
    process = start(listen="nonsense")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "'nonsense' is not an address" in errors


def test_the_token_of_the_environment_is_asked_for_and_never_logged(start: Start) -> None:
    token = "a-token-that-nobody-may-see"
    process = start("--log-level", "debug", token=token)
    with grpc.insecure_channel(ready(process)["address"]) as channel:
        unary = channel.unary_unary("/test.Sample/Unary")
        with pytest.raises(grpc.RpcError) as caught:
            unary(b"x", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert unary(b"x", timeout=10, metadata=[("authorization", f"Bearer {token}")]) == b"<x>"
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert token not in log


def test_a_token_with_spaces_is_refused(start: Start) -> None:
    process = start(token="two words")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("eightcut-sample: The token in EIGHTCUT_TOKEN must be")
    assert "two words" not in errors


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_process_does_not_outlive_its_service(start: Start, tmp_path: Path, end: int) -> None:
    process = start("--grace", "0.1")
    with grpc.insecure_channel(ready(process)["address"]) as channel:
        call = channel.unary_unary("/test.Sample/Unary").future(b"spawn %s" % bytes(tmp_path))
        while not (workers := [int(file.name) for file in tmp_path.iterdir()]):
            assert not call.done()
        process.send_signal(end)
        # Service and worker hold the same stderr: it ends with the last of them.
        process.communicate(timeout=30)
        assert call.exception(30) is not None
    assert len(workers) == 1
    # Its files are closed a moment before the kernel takes it away.
    for _ in range(300):
        if not alive(workers[0]):
            break
        time.sleep(0.1)
    assert not alive(workers[0])
