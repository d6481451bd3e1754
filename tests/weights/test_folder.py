"""The folder of weights: what is there is whole, or said not to be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eightcut_inference.weights import folder as folder_module
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import MissingError, WeightsFolder, verify
from eightcut_inference.weights.manifest import Manifest, Source


def make(folder: WeightsFolder, data: bytes = b"tensors", weights: str = "X") -> Manifest:
    manifest = Manifest(
        weights=weights,
        family="hubert",
        config={"conv_dim": [16, 16]},
        facts={"norm": "layer"},
        source=Source("someone/x", "0" * 40, {"model.safetensors": "1" * 64}),
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        tensors=1,
        created="2026-01-02T03:04:05+00:00",
    )
    with folder.changing(weights) as new:
        (new / "model.safetensors").write_bytes(data)
        folder.install(new, manifest)
    return manifest


def test_what_was_installed_is_found_by_others(folder: WeightsFolder) -> None:
    with pytest.raises(MissingError):
        folder.find("X")
    manifest = make(folder)
    for each in (folder, WeightsFolder(folder.root)):
        found = each.find("X")
        assert found.manifest == manifest
        verify(found)
    second = make(folder, b"other tensors")
    assert folder.find("X").manifest == second
    assert folder.find("X").model.read_bytes() == b"other tensors"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("renames", range(4))
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(
    folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    old = make(folder)
    done = 0
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        nonlocal done
        if done == renames:
            raise Killed
        done += 1
        return real(self, target)

    def leave(*_: object, **__: object) -> None:
        return

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        patched.setattr(shutil, "rmtree", leave)  # the dead clean nothing up
        with pytest.raises(Killed):
            make(folder, b"new tensors")
        # A service that runs, and one that starts now.
        assert folder.find("X").manifest == old
        assert WeightsFolder(folder.root).find("X").model.read_bytes() == b"tensors"
    new = make(folder, b"new tensors")
    assert folder.find("X").manifest == new
    assert sorted(file.name for file in folder.root.iterdir()) == [".lock-X", "X"]


def test_leftovers_of_one_killed_after_the_last_rename_are_removed(
    folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        new = make(folder, b"new tensors")
    assert (folder.root / ".old-X").is_dir()
    assert folder.find("X").manifest == new
    with folder.changing("X"):
        assert not (folder.root / ".old-X").exists()
    assert folder.find("X").manifest == new


def test_two_at_once_are_told(folder: WeightsFolder) -> None:
    with folder.changing("X"), pytest.raises(WeightsError, match="Another 8cut models is bringing in the weights of X"):
        make(WeightsFolder(folder.root))


def edit(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        values = json.loads((weights / "manifest.json").read_text())
        change(values)
        (weights / "manifest.json").write_text(json.dumps(values))

    return damage


def in_place_of_manifest(weights: Path) -> None:
    (weights / "manifest.json").unlink()
    (weights / "manifest.json").mkdir()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda weights: (weights / "model.safetensors").write_bytes(b"tens"), ["not whole", "4 bytes instead of 7"]),
        (lambda weights: (weights / "manifest.json").write_text("{"), ["not valid JSON"]),
        (lambda weights: (weights / "manifest.json").write_text("[]"), ["not a JSON object"]),
        (lambda weights: (weights / "manifest.json").write_bytes(b"\xff\xfe"), ["no text"]),
        (edit(lambda values: values.update(version=2)), ["version 2", "reads version 1"]),
        (edit(lambda values: values.pop("facts")), ["lacks 'facts'"]),
        (edit(lambda values: values.update(bytes="many")), ["lacks 'bytes'"]),
        (edit(lambda values: values.update(more=1)), ["does not know"]),
        (edit(lambda values: values.update(sha256="0")), ["no SHA-256"]),
        (edit(lambda values: values.update(weights="Y")), ["weights of Y, not of X"]),
        (in_place_of_manifest, ["cannot be read: is a directory"]),
    ],
)
def test_damage_is_told_in_a_sentence(
    folder: WeightsFolder, damage: Callable[[Path], object], words: list[str]
) -> None:
    make(folder)
    damage(folder.root / "X")
    for each in (folder, WeightsFolder(folder.root)):
        with pytest.raises(WeightsError) as caught:
            each.find("X")
        assert not isinstance(caught.value, MissingError)
        for word in [str(folder.root / "X"), *words]:
            assert word in str(caught.value)


def test_half_copied_folders_are_missing(folder: WeightsFolder) -> None:
    make(folder)
    (folder.root / "X/manifest.json").unlink()
    with pytest.raises(MissingError):
        folder.find("X")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were hashed."""
    files: list[Path] = []
    real = folder_module.sha256_of

    def count(file: Path) -> str:
        files.append(file)
        return real(file)

    monkeypatch.setattr(folder_module, "sha256_of", count)
    return files


def test_a_file_is_hashed_once_as_long_as_it_stays_the_same(folder: WeightsFolder, hashed: list[Path]) -> None:
    make(folder)
    for _ in range(3):
        verify(folder.find("X"))
    assert len(hashed) == 1
    model = folder.find("X").model
    model.write_bytes(b"Tensors")
    os.utime(model, ns=(1, 1))
    with pytest.raises(WeightsError, match=r"damaged.*SHA-256.*8cut models pull X"):
        verify(folder.find("X"))
    assert len(hashed) == 2


def test_a_manifest_is_what_was_written(folder: WeightsFolder) -> None:
    manifest = make(folder)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert Manifest.from_json(replace(manifest, facts={"ä": "ß"}).to_json()).facts == {"ä": "ß"}
