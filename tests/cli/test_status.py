"""`8cut status`, `8cut serve` and `8cut models`."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut.inference.v1.device_pb2 import DEVICE_STATE_LOST, DEVICE_STATE_OK, Device, Platform, StageTime
from eightcut.inference.v1.inference_service_pb2 import GetDeviceStatusResponse
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.times import to_duration
from eightcut_runtime.testing import serve_in_thread

from tests.cli.conftest import Cli, recording, serving
from tests.sdk.stand_in import Behaviour, stand_in
from tests.support.certificates import make_certificate


def test_status_of_services_that_serve(local: Cli, served: Path) -> None:
    status = local("status", "--json", "--data-dir", served).json
    assert [service["name"] for service in status["services"]] == ["store", "inference", "trainer"]
    assert all(service["status"] == "serving" and service["version"] for service in status["services"])
    assert all(service["address"].startswith("unix:") for service in status["services"])
    logmel = next(embedder for embedder in status["embedders"] if embedder["id"] == "LOGMEL")
    assert logmel["ready"] is True
    assert logmel["dim"] > 0
    assert logmel.keys() >= {"id", "dim", "ready", "device", "reason"}
    assert status["mode"] == "served"
    assert "LOGMEL" in local("status", "--data-dir", served).out


def test_status_tells_devices_and_what_brings_embedders(local: Cli, served: Path) -> None:
    status = local("status", "--json", "--data-dir", served).json
    device = status["devices"][0]
    assert (device["name"], device["state"], device["dtype"]) == ("cpu", "ok", "float32")
    assert device["memory_bytes"] > 0
    assert device["windows_done"] >= 0
    assert status["platform"]["torch_version"]
    shown = local("status", "--data-dir", served).out
    assert f"PyTorch {status['platform']['torch_version']}" in shown
    lines = shown.splitlines()
    ready = [number for number, line in enumerate(lines) if " ready " in line and " not ready " not in line]
    absent = [number for number, line in enumerate(lines) if " not ready " in line]
    assert len(ready) + len(absent) == len(status["embedders"])
    assert max(ready) < min(absent)
    assert lines[absent[0]].split()[-4:] == ["8cut", "models", "pull", lines[absent[0]].split()[0]]


@pytest.fixture
def stand_in_at(tmp_path: Path) -> Iterator[tuple[Behaviour, str]]:
    """A stand-in for all three services, and its address."""
    behaviour = Behaviour()
    with serve_in_thread(stand_in(behaviour, tmp_path), listen=f"unix:{tmp_path}/s") as running:
        yield behaviour, f"store={running.address},inference={running.address},trainer={running.address}"


def test_status_of_a_busy_gpu(local: Cli, stand_in_at: tuple[Behaviour, str]) -> None:
    behaviour, server = stand_in_at
    stages = [StageTime(stage="compute", time=to_duration(3.25)), StageTime(stage="copy", time=to_duration(0.5))]
    behaviour.devices = GetDeviceStatusResponse(
        devices=[
            Device(
                name="cuda:0",
                model="NVIDIA H200",
                dtype="bfloat16",
                state=DEVICE_STATE_OK,
                memory_bytes=140 << 30,
                memory_used_bytes=3 << 30,
                embedders=["EAT"],
                windows_done=12345,
                windows_per_second=3400.5,
                windows_waiting=128,
                batch_windows=63.5,
                utilisation=0.975,
                stages=stages,
            ),
            Device(name="cuda:1", model="NVIDIA H200", state=DEVICE_STATE_LOST),
        ],
        platform=Platform(torch_version="2.13.0+cu130", cuda_version="13.0", advice="One GPU is lost."),
    )
    document = local("status", "--json", "--server", server).json
    assert [device["state"] for device in document["devices"]] == ["ok", "lost"]
    assert document["devices"][0]["stages"] == {"compute": 3.25, "copy": 0.5}
    assert document["platform"]["cuda_version"] == "13.0"
    lines = local("status", "--server", server).out.splitlines()
    row = next(line for line in lines if line.startswith("cuda:0"))
    words = "cuda:0 NVIDIA H200 bfloat16 ok 3.0 of 140.0 GiB 12,345 3,400.5 128 63.5 98%"
    assert row.split() == words.split()
    assert "time on cuda:0: compute 3.2 s, copy 0.5 s" in lines
    assert not any("time on cuda:1" in line for line in lines)
    assert "PyTorch 2.13.0+cu130, CUDA 13.0" in lines
    assert "One GPU is lost." in lines


def test_status_of_an_older_server(local: Cli, stand_in_at: tuple[Behaviour, str]) -> None:
    document = local("status", "--json", "--server", stand_in_at[1]).json
    assert (document["devices"], document["platform"]) == ([], None)
    assert "8cut models pull EAT" in local("status", "--server", stand_in_at[1]).out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--device", "gpu"], ["--device", "“gpu” names no device", "cuda:0,cuda:1"]),
        (["--dtype", "float16"], ["--dtype", "float32, bfloat16"]),
        (["--compile", "yes"], ["--compile", "reduce-overhead"]),
        (["--max-batch", "0"], ["--max-batch"]),
        (["--embedder-option", "EAT=3"], ["ID.NAME=VALUE"]),
    ],
)
def test_serve_refuses_what_makes_no_sense(local: Cli, tmp_path: Path, options: list[str], words: list[str]) -> None:
    local("serve", "--data-dir", tmp_path, *options).failed_with(*words, code=2)


def test_serve_hands_on_how_networks_run(local: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text('device = "cuda"\nmax_batch = 16\nweights_dir = "w"\n')
    monkeypatch.setenv("EIGHTCUT_CONFIG", str(config))
    chosen: list[InferenceOptions] = []
    monkeypatch.setattr("eightcut_client.serve.serve", lambda _dir, settings, **_: chosen.append(settings.inference))
    options = ["--device", "cpu", "--embedder-option", "EAT.frames=800", "--metrics-listen", "localhost:9"]
    assert local("serve", *options).code == 0
    assert chosen == [InferenceOptions("cpu", None, None, 16, ("EAT.frames=800",), tmp_path / "w", "localhost:9")]


def test_status_of_services_that_are_not_there(local: Cli, tmp_path: Path) -> None:
    done = local("status", "--json", "--server", f"unix:{tmp_path}")
    done.failed_with("store", "inference", "trainer")
    assert done.out.count("unreachable") == 3


def test_a_second_serve_on_the_data_folder_is_refused(local: Cli, served: Path) -> None:
    local("serve", "--data-dir", served).failed_with("Another 8cut serve", str(served))


def test_serve_refuses_an_address_that_others_can_reach_without_token(local: Cli, tmp_path: Path) -> None:
    local("serve", "--data-dir", tmp_path, "--listen", "0.0.0.0:47500").failed_with("token")


def test_serve_never_overlooks_a_token(local: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGHTCUT_TOKEN", "a-secret-of-some-length")
    local("serve", "--data-dir", tmp_path / "data").failed_with("--token-file", code=2)
    monkeypatch.delenv("EIGHTCUT_TOKEN")
    token = tmp_path / "token"
    token.write_text("a-secret-of-some-length\n")
    monkeypatch.setenv("EIGHTCUT_TOKEN_FILE", str(token))
    sockets = Path(tempfile.mkdtemp(prefix="8cut-test-"))  # a socket's path must be short
    with serving(tmp_path / "data", "--listen", f"unix:{sockets}"):
        monkeypatch.delenv("EIGHTCUT_TOKEN_FILE")
        local("folders", "--server", f"unix:{sockets}").failed_with("token")
    shutil.rmtree(sockets)


def test_serve_with_a_certificate_of_its_own_is_found_and_scans(local: Cli, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    token = tmp_path / "token"
    token.write_text("a-secret-of-some-length\n")
    file = tmp_path / "train.wav"
    recording(file, [15.0, 40.0], duration=90.0, seed=5)
    tls = ("--tls-cert", str(certificate.cert), "--tls-key", str(certificate.key), "--token-file", str(token))
    with serving(tmp_path / "data", "--listen", f"localhost:{three_free_ports()}", *tls):
        at = ("--json", "--data-dir", tmp_path / "data")
        assert local("status", *at).json["mode"] == "served"
        assert local("clips", "add", file, "--start", "14", "--folder", "beep", *at).code == 0
        # Training takes the Trainer to Inference and to the Store, scanning takes Inference to the Store.
        assert local("train", "--folder", "beep", "--model", "LOGMEL", *at).code == 0
        assert len(local("scan", file, "--model", "LOGMEL", *at).json["scans"]) == 1


def test_serve_refuses_a_certificate_with_which_its_services_cannot_talk(local: Cli, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "gpu-box.example")
    token = tmp_path / "token"
    token.write_text("a-secret-of-some-length\n")
    tls = ("--tls-cert", certificate.cert, "--tls-key", certificate.key, "--token-file", token)
    done = local("serve", "--data-dir", tmp_path / "data", "--listen", f"localhost:{three_free_ports()}", *tls)
    done.failed_with("cannot reach each other", "valid for the name localhost")


def test_status_tells_where_the_data_lie(local: Cli, served: Path) -> None:
    assert f"data folder: {served} (8cut serve)" in local("status", "--data-dir", served).out


def three_free_ports() -> int:
    """The first of three ports in a row that are free (as good as certainly still, a moment later)."""
    while True:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for offset in (1, 2):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port + offset))
            return port


def test_models_are_listed(local: Cli, served: Path) -> None:
    embedders = local("models", "list", "--json", "--data-dir", served).json["embedders"]
    assert "LOGMEL" in [embedder["id"] for embedder in embedders]
    assert "LOGMEL" in local("models", "list", "--data-dir", served).out


@pytest.mark.parametrize("arguments", [["pull", "NONSENSE"], ["import", "NONSENSE", "x.bin"]])
def test_an_unknown_embedder_is_named_with_those_there_are(local: Cli, served: Path, arguments: list[str]) -> None:
    local("models", *arguments, "--data-dir", served).failed_with("NONSENSE", "LOGMEL")


def test_logmel_needs_no_weights(local: Cli, served: Path) -> None:
    assert "needs no weights" in local("models", "pull", "LOGMEL", "--data-dir", served).out
    assert local("models", "pull", "LOGMEL", "--json", "--data-dir", served).json["ready"] is True
    local("models", "import", "LOGMEL", "x.bin", "--data-dir", served).failed_with("needs no weights")


def test_services_elsewhere_want_their_token(local: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = Path(tempfile.mkdtemp(prefix="8cut-test-"))  # a socket's path must be short
    token = tmp_path / "token"
    token.write_text("a-secret-of-some-length\n")
    with serving(tmp_path / "data", "--listen", f"unix:{sockets}", "--token-file", str(token)):
        at = ("folders", "--json", "--server", f"unix:{sockets}")
        local(*at).failed_with("token")
        local(*at, "--token", "another-secret-than-that").failed_with("token")
        assert local(*at, "--token", "a-secret-of-some-length").json == {"folders": []}
        assert local(*at, "--token-file", token).json == {"folders": []}
        local(*at, "--token-file", tmp_path / "none").failed_with("none")
        monkeypatch.setenv("EIGHTCUT_TOKEN_FILE", str(token))
        monkeypatch.setenv("EIGHTCUT_SERVER", f"unix:{sockets}")
        assert local("folders", "--json").json == {"folders": []}
        assert local("status", "--json").json["mode"] == "remote"
        # Commands on the data folder find services and token by themselves.
        assert local("status", "--json", "--data-dir", tmp_path / "data").json["mode"] == "served"
    shutil.rmtree(sockets)
