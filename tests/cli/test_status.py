"""`8cut status`, `8cut serve` and `8cut models`."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, recording, serving
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
