"""`8cut models`: weights come, are seen by services that run, and a command that is interrupted goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_cli.weights_progress import Lines
from eightcut_client.weights import WeightsProgress

from tests.cli.conftest import Cli
from tests.conftest import ROOT
from tests.weights.hub import Hub
from tests.weights.small import REPO, REVISION, as_pickle, save_hubert


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random small HuBERT as transformers saves it."""
    return save_hubert(tmp_path_factory.mktemp("hubert"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """HUBERT_LARGE is a small network."""
    monkeypatch.setattr("eightcut_client.weights._MODULE", "tests.weights.small")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.mark.usefixtures("small")
@pytest.mark.slow
def test_pull_and_import_bring_weights(local: Cli, hub: Hub, saved: Path, tmp_path: Path) -> None:
    hub.publish(as_pickle(saved, tmp_path / "published"))
    at = ("--data-dir", tmp_path / "data")
    pulled = local("models", "pull", "HUBERT_LARGE", "--json", *at).json
    assert {name: pulled[name] for name in ("id", "ready", "pulled")} == {
        "id": "HUBERT_LARGE",
        "ready": True,
        "pulled": True,
    }
    assert (pulled["weights"]["repo"], pulled["weights"]["revision"]) == (REPO, REVISION)
    model = tmp_path / "data/weights/HUBERT_LARGE/model.safetensors"
    assert model.stat().st_size == pulled["weights"]["bytes"]
    assert "had these weights already" in local("models", "pull", "HUBERT_LARGE", *at).out

    elsewhere = tmp_path / "elsewhere"
    done = local("models", "import", "HUBERT_LARGE", saved, *at, "--weights-dir", elsewhere)
    assert (done.code, done.err) == (0, "")
    assert "HUBERT_LARGE has its weights now" in done.out
    assert (elsewhere / "HUBERT_LARGE/model.safetensors").read_bytes() == model.read_bytes()
    (saved.parent / "text.bin").write_text("no weights")
    local("models", "import", "HUBERT_LARGE", saved.parent / "text.bin", *at).failed_with("text.bin", "no file of")


def test_list_shows_what_brings_weights_and_a_running_service_sees_them(local: Cli, served: Path) -> None:
    def listed() -> dict[str, object]:
        embedders = local("models", "list", "--json", "--data-dir", served).json["embedders"]
        found: dict[str, object] = next(embedder for embedder in embedders if embedder["id"] == "BEATS")
        assert next(each for each in embedders if each["id"] == "LOGMEL")["weights"] is None
        return found

    beats = listed()
    assert beats["ready"] is False
    assert beats["reason"] == "The weights of BEATS are not here: `8cut models pull BEATS` brings them."
    assert beats["licence"] == "MIT"
    assert beats["weights"] == {
        "repo": "lpepino/beats_ckpts",
        "revision": "5b53b0404df452a3a607d7e67687227730e5bad1",
        "bytes": None,
    }
    folder = served / "weights/BEATS"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    # It looks at the files each time it is asked.
    assert "manifest" in str(listed()["reason"])
    lines = local("models", "list", "--data-dir", served).out.splitlines()
    assert next(line for line in lines if "ready" in line).startswith("LOGMEL")


def test_weights_are_brought_in_where_the_services_are(local: Cli, tmp_path: Path) -> None:
    for arguments in (["pull", "EAT"], ["import", "EAT", tmp_path]):
        local("models", *arguments, "--server", "localhost:9").failed_with(
            f"run 8cut models {arguments[0]} EAT", "on the machine of the services"
        )
    local("models", "pull", "--data-dir", tmp_path, "--", "--help").failed_with("no embedder --help", "LOGMEL")


def test_without_the_services_the_package_is_named(local: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eightcut_client.weights._PACKAGE", "eightcut_nothing")
    local("models", "pull", "EAT", "--data-dir", tmp_path).failed_with("not installed here", "eightcut-cli[")
    monkeypatch.undo()
    monkeypatch.setattr("eightcut_client.weights._MODULE", "eightcut_nothing")
    local("models", "pull", "EAT", "--data-dir", tmp_path).failed_with("broke down", "eightcut_nothing")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_pull_leaves_no_process_and_what_it_has(hub: Hub, tmp_path: Path, how: signal.Signals) -> None:
    hub.files = {"model.safetensors": bytes(30_000_000)}
    hub.repo = "MIT/ast-finetuned-audioset-10-10-0.4593"
    hub.revision = "f826b80d28226b62986cc218e5cec390b1096902"
    hub.stall = threading.Event()
    with subprocess.Popen(
        [sys.executable, "-m", "eightcut_cli", "models", "pull", "AST", "--data-dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not any(part.stat().st_size for part in tmp_path.glob("weights/.downloads/AST/*/*.part")):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, how)
        out, err = process.communicate(timeout=30)
    assert out == b""
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert err.decode() == "8cut: interrupted; the same command again continues where it stopped.\n"
    deadline = time.monotonic() + 30
    while others(str(tmp_path)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (part,) = tmp_path.glob("weights/.downloads/AST/*/*.part")
    assert 0 < part.stat().st_size < 30_000_000


def others(word: str) -> list[str]:
    """Processes, other than this one, that have a word in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in line and process.name != str(os.getpid()):
            found.append(process.name)
    return found


def test_plain_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    lines = Lines("EAT", lambda: now)
    for second in range(30):
        now = float(second)
        lines(WeightsProgress("download", second * 10_000_000, 300_000_000))
    lines(WeightsProgress("convert", 5, 5))
    assert capsys.readouterr().err.splitlines() == [
        "8cut: EAT: downloading, 33% (100 of 300 MB)",
        "8cut: EAT: downloading, 67% (200 of 300 MB)",
    ]
