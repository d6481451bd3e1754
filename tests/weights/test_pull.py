"""Weights from a hub: a small one on this machine, and the hub's own client library."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_inference.weights.pull import pull

from tests.weights.hub import Hub
from tests.weights.small import HUBERT, REPO, REVISION, as_pickle

PICKLE = "pytorch_model.bin"


@pytest.fixture(scope="session")
def published(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network as a repository holds it."""
    return as_pickle(saved, tmp_path_factory.mktemp("published"))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)


def changed(**values: str) -> NetworkSpec:
    return replace(HUBERT, published=replace(HUBERT.published, **values))


def silent(*_: object) -> None:
    return


def test_pull_fetches_checks_and_imports(
    hub: Hub, published: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish(published)
    hub.files["README.md"] = b"not fetched"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.delenv("HF_HUB_DISABLE_IMPLICIT_TOKEN")
    seen: list[tuple[str, int, int]] = []
    notes: list[str] = []
    imported = pull(folder, HUBERT, lambda *event: seen.append(event), notes.append)
    assert imported.changed
    assert folder.find("HUBERT_LARGE").manifest == imported.manifest
    source = imported.manifest.source
    digest = hashlib.sha256(hub.files[PICKLE]).hexdigest()
    assert (source.repo, source.revision, source.files) == (REPO, REVISION, {PICKLE: digest})
    assert [name for name, _ in hub.asked] == [PICKLE, "config.json"]
    assert notes == []
    total = len(hub.files[PICKLE]) + len(hub.files["config.json"])
    download = [(done, of) for stage, done, of in seen if stage == "download"]
    assert len(download) > 10
    assert download == sorted(download)
    assert download[-1] == (total, total)
    assert not (folder.root / ".downloads/HUBERT_LARGE").exists()
    assert set(hub.tokens) == {"Bearer hf_secret"}

    # What is here is not asked for again, also without a network; what is damaged is brought anew.
    hub.status = 500
    assert not pull(folder, HUBERT, silent, silent).changed
    hub.status = 200
    model = folder.find("HUBERT_LARGE").model
    good = model.read_bytes()
    model.write_bytes(bytes(len(good)))
    assert pull(folder, HUBERT, silent, silent).changed
    assert model.read_bytes() == good


@pytest.mark.usefixtures("quick")
def test_an_interrupted_pull_goes_on_where_it_stopped(hub: Hub, published: Path, folder: WeightsFolder) -> None:
    hub.publish(published)

    def interrupt(stage: str, done: int, total: int) -> None:
        assert stage == "download"
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(folder, HUBERT, interrupt, silent)
    (part,) = folder.root.glob(".downloads/HUBERT_LARGE/*/*.part")
    size = part.stat().st_size
    assert size > len(hub.files[PICKLE]) // 3
    imported = pull(folder, HUBERT, silent, silent)
    assert hub.asked == [(PICKLE, None), (PICKLE, f"bytes={size}-"), ("config.json", None)]
    assert imported.manifest.source.files[PICKLE] == hashlib.sha256(hub.files[PICKLE]).hexdigest()


@pytest.mark.usefixtures("quick")
def test_a_lost_connection_is_taken_up_again(
    hub: Hub, published: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", silent)
    hub.publish(published)
    hub.cut_after = 50_000
    assert pull(folder, HUBERT, silent, silent).changed
    (_, first), (_, second), _ = hub.asked
    assert first is None
    assert second is not None
    assert second != "bytes=0-"


@pytest.mark.parametrize("known_by", ["us", "the hub"])
def test_a_file_that_is_not_the_published_one_is_refused(
    hub: Hub, published: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch, known_by: str
) -> None:
    hub.publish(published)
    spec = HUBERT
    if known_by == "us":
        spec = changed(sha256="0" * 64)
    else:
        target = folder.root / ".downloads/HUBERT_LARGE" / REVISION
        target.mkdir(parents=True)
        (target / PICKLE).write_bytes(b"\x80" + bytes(len(hub.files[PICKLE]) - 1))
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin from someone/small is not the published file: its SHA"):
        pull(folder, spec, silent, silent)
    assert not list(folder.root.glob(".downloads/HUBERT_LARGE/*/*"))
    assert not (folder.root / "HUBERT_LARGE").exists()


@pytest.mark.usefixtures("quick")
def test_without_a_pinned_revision_the_newest_is_taken_and_told(
    hub: Hub, published: Path, folder: WeightsFolder
) -> None:
    hub.publish(published)
    notes: list[str] = []
    imported = pull(folder, changed(revision=""), silent, notes.append)
    assert notes == [f"No revision of {REPO} is pinned: its newest, {REVISION}, is taken."]
    assert imported.manifest.source.revision == REVISION


def test_other_answers_of_the_hub_are_sentences(hub: Hub, published: Path, folder: WeightsFolder) -> None:
    hub.publish(published)
    cases = [
        (changed(repo="someone/else"), 200, "has no repository someone/else, or wants HF_TOKEN"),
        (changed(revision="f" * 40), 200, "another revision of someone/small"),
        (HUBERT, 403, "refused to give someone/small (HTTP 403)"),
    ]
    for spec, status, words in cases:
        hub.status = status
        with pytest.raises(WeightsError) as caught:
            pull(folder, spec, silent, silent)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    hub.status, hub.files = 200, {"config.json": b"{}"}
    with pytest.raises(WeightsError, match="holds no weights at"):
        pull(folder, HUBERT, silent, silent)


def test_no_network_is_a_sentence_that_says_what_helps(folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match="The hub cannot be reached.*8cut models import HUBERT_LARGE PATH"):
        pull(folder, HUBERT, silent, silent)


def test_too_small_a_disk_is_told_before_anything_is_fetched(
    hub: Hub, published: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish(published)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(WeightsError, match="GB are needed"):
        pull(folder, HUBERT, silent, silent)
    assert hub.asked == []
