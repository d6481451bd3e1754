"""Which devices a server finds, what it says when they are not there, and what it shows of them."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from typing import Any

import grpc
import pytest
from eightcut.inference.v1 import device_pb2
from eightcut_inference.devices import detection
from eightcut_inference.devices.detection import DeviceChoiceError, DeviceSettings, find_devices
from eightcut_inference.devices.nvml import Gpus
from eightcut_inference.devices.software import Software, find_software
from eightcut_inference.ending import EXIT_CODE
from eightcut_inference.server import make_spec
from eightcut_runtime import StartError
from eightcut_runtime.testing import serve_in_thread
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.inference.clients import info, noise, reason
from tests.inference.fakes import Probe, Serve, registry_with
from tests.inference.test_embed import device_status, embed

CUDA_BUILD = Software("2.13.0+cu130", "13.0", "5.23.0")
H200 = Gpus("580.1", ["NVIDIA H200", "NVIDIA H200"])


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes this machine look like another one."""

    def make(gpus: Gpus, software: Software, *, usable: int = 0, capability: int = 9, problem: str = "") -> None:
        cuda = detection.Cuda(["NVIDIA H200"] * usable, [1 << 37] * usable, [capability] * usable, problem)
        monkeypatch.setattr(detection, "find_gpus", lambda: gpus)
        monkeypatch.setattr(detection, "find_software", lambda: software)
        monkeypatch.setattr(detection, "find_cuda", lambda _software: cuda)
        monkeypatch.setattr(detection.platform, "system", lambda: "Linux")

    return make


def names(device: str = "auto") -> list[str]:
    return [found.name for found in find_devices(DeviceSettings(device=device)).devices]


def test_a_machine_without_a_gpu_has_the_processor_and_needs_no_torch_to_know() -> None:
    code = (
        "import sys; from eightcut_inference.devices.detection import *; from eightcut_inference import server\n"
        "found = find_devices(DeviceSettings(device='cpu'))\n"
        "print(found.devices[0].name, found.devices[0].dtype, 'torch' in sys.modules)"
    )
    path = {"PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=path)
    assert found.stdout.split() == ["cpu", "float32", "False"]


def test_versions_are_read_without_importing_anything() -> None:
    torch = pytest.importorskip("torch")
    software = find_software()
    assert software.torch == torch.__version__
    assert software.cuda == (torch.version.cuda or "")


def test_all_gpus_are_taken_in_bfloat16(box: Any) -> None:
    box(H200, CUDA_BUILD, usable=2)
    found = find_devices(DeviceSettings())
    assert [device.name for device in found.devices] == ["cuda:0", "cuda:1"]
    assert {device.dtype for device in found.devices} == {"bfloat16"}
    assert [facts.memory for facts in found.facts] == [1 << 37] * 2
    assert found.advice == ""
    assert names("cuda:1") == ["cuda:1"]
    assert names("cuda") == ["cuda:0", "cuda:1"]
    assert find_devices(DeviceSettings(dtype="float32")).devices[0].dtype == "float32"
    assert find_devices(DeviceSettings(device="cpu")).advice == ""


def test_old_gpus_work_in_float32(box: Any) -> None:
    box(H200, CUDA_BUILD, usable=1, capability=7)
    assert find_devices(DeviceSettings()).devices[0].dtype == "float32"


def test_a_mac_has_mps(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    box(Gpus(), Software("2.13.0"))
    monkeypatch.setattr(detection.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(detection.platform, "machine", lambda: "arm64")
    assert names() == ["mps"]


@pytest.mark.parametrize(
    ("software", "problem", "advice"),
    [
        (Software("2.13.0+cpu"), "", "PyTorch 2.13.0+cpu was built without CUDA"),
        (Software(), "", "PyTorch is not installed"),
        (CUDA_BUILD, "the driver is too old.", "cannot use it: the driver is too old."),
        (CUDA_BUILD, "", "cannot use it: it finds no usable device."),
    ],
)
def test_a_gpu_that_cannot_be_used_is_told_of(box: Any, software: Software, problem: str, advice: str) -> None:
    box(H200, software, problem=problem)
    found = find_devices(DeviceSettings())
    assert [device.name for device in found.devices] == ["cpu"]
    assert advice in found.advice
    assert found.advice.startswith("There is a GPU (NVIDIA H200), but ")
    with pytest.raises(DeviceChoiceError):
        find_devices(DeviceSettings(device="cuda:0"))


@pytest.mark.parametrize(
    ("device", "usable", "message"),
    [
        ("cuda:3", 1, "cuda:3 is not there: this machine has cuda:0."),
        ("cuda:1,cuda:2", 1, "cuda:1, cuda:2 are not there: this machine has cuda:0."),
        ("mps", 1, "mps is not there: it needs a Mac with Apple silicon."),
        ("gpu", 1, "A device is auto, cpu, mps, cuda, or a list such as cuda:0,cuda:1, not 'gpu'."),
        ("cuda:0,cpu", 1, "A device is auto, cpu, mps, cuda, or a list such as cuda:0,cuda:1, not 'cuda:0,cpu'."),
    ],
)
def test_devices_that_are_not_there_are_named(box: Any, device: str, usable: int, message: str) -> None:
    box(H200, CUDA_BUILD, usable=usable)
    with pytest.raises(DeviceChoiceError) as raised:
        find_devices(DeviceSettings(device=device))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "mps"], "mps is not there"),
        (["--metrics-listen", "unix:/m"], "takes HOST:PORT"),
        (["--embedder-option", "EAT.frames"], "ID.NAME=VALUE"),
        (["--embedder-option", "NOBODY.frames=1"], "NOBODY"),
    ],
)
def test_wrong_options_keep_the_server_from_starting(tmp_path: Any, options: Sequence[str], message: str) -> None:
    argv = ["--data-dir", str(tmp_path), "--store", f"unix:{tmp_path}/nobody.sock", *options]
    with pytest.raises(StartError, match=message), serve_in_thread(make_spec(), argv):
        pass


def test_the_status_shows_devices_and_software(channel: grpc.Channel) -> None:
    before = device_status(channel)
    (device,) = before.devices
    assert (device.name, device.dtype, device.state) == ("cpu", "float32", device_pb2.DEVICE_STATE_OK)
    assert (device.windows_done, list(device.embedders)) == (0, [])
    assert device.memory_bytes > device.memory_used_bytes > 1 << 20
    assert before.platform.torch_version == find_software().torch
    stream = embed(channel)
    stream.accepted()
    stream.upload(noise(12))
    stream.finish()
    (device,) = device_status(channel).devices
    assert (device.windows_done, device.windows_waiting, list(device.embedders)) == (5, 0, ["PROBE"])
    assert device.batch_windows >= 1
    assert device.windows_per_second > 0
    assert 0 < device.utilisation <= 1
    assert {stage.stage for stage in device.stages} == {"wait", "compute"}


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_metrics_are_read_over_http(serve: Serve) -> None:
    address = free_address()
    running = serve("--metrics-listen", address)
    with running.channel() as channel:
        stream = embed(channel)
        stream.accepted()
        stream.upload(noise(12))
        stream.finish()
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as response:
        lines = response.read().decode().splitlines()
    assert 'eightcut_windows_total{device="cpu",embedder="PROBE"} 5.0' in lines
    assert 'eightcut_device_up{device="cpu"} 1.0' in lines
    assert 'eightcut_device_queue_windows{device="cpu"} 0.0' in lines
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(values['eightcut_stage_seconds_total{device="cpu",stage="compute"}']) > 0
    assert 0 < float(values['eightcut_device_utilisation{device="cpu"}']) <= 1
    assert float(values['eightcut_device_windows_per_second{device="cpu"}']) > 0


def test_a_port_for_metrics_that_is_taken_keeps_the_server_from_starting(serve: Serve) -> None:
    running = serve()
    with pytest.raises(StartError, match="in use"):
        serve("--metrics-listen", running.address)


def test_a_server_without_devices_says_so_and_ends_itself(tmp_path: Any) -> None:
    left: list[int] = []
    probe = Probe()
    spec = make_spec(registry_with(probe), leave=left.append)
    argv = ["--data-dir", str(tmp_path), "--store", f"unix:{tmp_path}/nobody.sock", "--device", "cpu"]
    with serve_in_thread(spec, argv) as running, running.channel() as channel:
        stream = embed(channel, seconds=30)
        stream.accepted()
        stream.audio(noise(10))
        while not probe.embedded:
            stream.until("progress")
        probe.lost = True
        stream.upload(noise(30), 10 * 16_000)
        error = stream.error()
        assert reason(error) == (grpc.StatusCode.UNAVAILABLE, "DEVICE_LOST")
        assert info(error).metadata["device"] == "cpu"
        health = health_pb2_grpc.HealthStub(channel)
        status = health.Check(health_pb2.HealthCheckRequest(), timeout=30).status
        assert status == health_pb2.HealthCheckResponse.NOT_SERVING
        again = embed(channel, seconds=30)
        # What was embedded is kept.
        assert again.accepted().windows_cached == 3
        again.upload(noise(30), 3 * 16_000)
        assert reason(again.error()) == (grpc.StatusCode.UNAVAILABLE, "DEVICE_LOST")
        # LOGMEL needs no device.
        other = embed(channel, embedder="LOGMEL")
        other.accepted()
        other.upload(noise(9))
        assert other.finish().window_count == 2
        assert device_status(channel).devices[0].state == device_pb2.DEVICE_STATE_LOST
        while not left:
            device_status(channel)
    assert left == [EXIT_CODE]
