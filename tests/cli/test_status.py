"""`8cut status`, `8cut serve` and `8cut models`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, serving


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
