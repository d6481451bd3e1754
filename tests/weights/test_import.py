"""Weights that somebody brought: through the real converter, in each layout of files that repositories have."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from eightcut_inference.networks.architecture import ArchitectureError
from eightcut_inference.weights.convert import Request, convert
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_inference.weights.importing import Imported, import_weights
from eightcut_inference.weights.sources import look_at
from eightcut_inference.weights.tensors import read_tensors
from safetensors.torch import load_file, save_file

from tests.weights.small import HUBERT, as_pickle, save_hubert

Tensors = dict[str, torch.Tensor]


def silent(_stage: str, _done: int, _total: int) -> None:
    return


def bring(folder: WeightsFolder, path: Path) -> Imported:
    return import_weights(folder, HUBERT, path, silent)


def convert_here(path: Path, target: Path) -> dict[str, Any]:
    """The converter's work in this process: torch takes seconds to start."""
    brought = look_at(path, HUBERT)
    return convert(Request(HUBERT, brought.files, brought.kinds, brought.config, target))


def test_every_layout_gives_the_same_file(saved: Path, folder: WeightsFolder, tmp_path: Path, names: list[str]) -> None:
    seen = []
    imported = import_weights(folder, HUBERT, saved, lambda *event: seen.append(event))
    manifest = imported.manifest
    assert imported.changed
    assert {stage for stage, _, _ in seen} == {"check", "convert"}
    assert (
        seen[-1][1] == seen[-1][2] == manifest.bytes == (folder.root / "HUBERT_LARGE/model.safetensors").stat().st_size
    )
    assert manifest.source.repo == ""
    assert list(manifest.source.files) == ["model.safetensors"]
    ours = load_file(folder.root / "HUBERT_LARGE/model.safetensors")
    assert sorted(ours) == names
    assert len(ours) == manifest.tensors
    theirs = {name: tensor for name, tensor in load_file(saved / "model.safetensors").items() if name in ours}
    assert len(theirs) > 30
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())

    layouts = {
        "zip": as_pickle(saved, tmp_path / "zip"),
        "legacy": as_pickle(saved, tmp_path / "legacy", legacy=True),
        "shards": save_hubert(tmp_path / "shards", shard="40KB"),
        "file": saved / "model.safetensors",
    }
    assert len(list(layouts["shards"].glob("*.safetensors"))) > 2
    for name, path in layouts.items():
        result = convert_here(path, tmp_path / f"{name}.out")
        assert (name, result["sha256"]) == (name, manifest.sha256)
        assert (result["config"], result["facts"]) == (manifest.config, manifest.facts)


@pytest.mark.usefixtures("quick")
def test_doing_it_again_changes_nothing_and_other_weights_replace_these(
    saved: Path, folder: WeightsFolder, tmp_path: Path
) -> None:
    bring(folder, saved)
    before = folder.find("HUBERT_LARGE")
    assert not bring(folder, as_pickle(saved, tmp_path / "again")).changed
    assert folder.find("HUBERT_LARGE") == before
    other = bring(folder, save_hubert(tmp_path / "other", seed=1))
    assert other.changed
    assert folder.find("HUBERT_LARGE").manifest == other.manifest
    assert other.manifest.sha256 != before.manifest.sha256
    assert sorted(file.name for file in folder.root.iterdir()) == [".lock-HUBERT_LARGE", "HUBERT_LARGE"]


def test_safetensors_are_preferred_to_a_pickle(saved: Path, tmp_path: Path) -> None:
    both = as_pickle(saved, tmp_path / "both")
    shutil.copy(saved / "model.safetensors", both)
    assert [file.name for file in look_at(both, HUBERT).files] == ["model.safetensors"]
    # The hub's cache is made of links.
    (tmp_path / "links").mkdir()
    (tmp_path / "links/model.safetensors").symlink_to(both / "model.safetensors")
    assert look_at(tmp_path / "links", HUBERT).kinds == ("safetensors",)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_become_float32(saved: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = {name: tensor.to(dtype) for name, tensor in load_file(saved / "model.safetensors").items()}
    save_file(tensors, tmp_path / "half.safetensors")
    convert_here(tmp_path / "half.safetensors", tmp_path / "out")
    ours = read_tensors(tmp_path / "out")
    common = [name for name in ours if name in tensors]
    assert len(common) > 30
    assert all(torch.equal(ours[name], tensors[name].to(torch.float32)) for name in common)


def changed(change: Callable[[Tensors], None]) -> Callable[[Path, Path], Path]:
    def make(saved: Path, tmp_path: Path) -> Path:
        tensors = load_file(saved / "model.safetensors")
        change(tensors)
        save_file(tensors, tmp_path / "changed.safetensors")
        return tmp_path / "changed.safetensors"

    return make


NORM = "encoder.layers.1.layer_norm.weight"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (changed(lambda t: t.pop(NORM)), ["HUBERT_LARGE", "missing", NORM]),
        (changed(lambda t: t.update(extra=torch.zeros(1))), ["surplus", "extra"]),
        (changed(lambda t: t.update({NORM: torch.zeros(33)})), [NORM, "[33]", "[32]"]),
        (changed(lambda t: t.update({NORM: torch.zeros(32, dtype=torch.int32)})), [NORM, "I32"]),
        (changed(lambda t: t[NORM].__setitem__(3, np.nan)), [NORM, "not finite"]),
        (changed(lambda t: t.update({NORM: torch.full((32,), 1e39, dtype=torch.float64)})), [NORM, "not finite"]),
        (changed(lambda t: t.update({f"hubert.{NORM}": t[NORM].clone()})), [NORM, "another name"]),
    ],
)
def test_other_tensors_are_refused(
    saved: Path, tmp_path: Path, make: Callable[[Path, Path], Path], words: list[str]
) -> None:
    with pytest.raises(WeightsError) as caught:
        convert_here(make(saved, tmp_path), tmp_path / "out")
    for word in words:
        assert word in str(caught.value)


def test_another_architecture_is_refused(saved: Path, tmp_path: Path) -> None:
    other = shutil.copytree(saved, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(ArchitectureError, match="HUBERT_LARGE.*num_hidden_layers"):
        convert_here(other, tmp_path / "out")
    (other / "config.json").write_text(json.dumps({**config, "model_type": "wav2vec2"}))
    with pytest.raises(ArchitectureError, match="wav2vec2"):
        convert_here(other, tmp_path / "out")


class Evil:
    """Runs a program when it is unpickled by something that allows that."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.marker}",))


def save_evil(kind: str, file: Path, marker: Path) -> None:
    evil = {"weight": torch.zeros(3), "evil": Evil(marker)}
    if kind == "plain":
        file.write_bytes(pickle.dumps(evil))
    elif kind == "nested":
        torch.save({"model": {"weight": torch.zeros(3), "more": [{"evil": Evil(marker)}]}}, file)
    else:
        torch.save(evil, file, _use_new_zipfile_serialization=kind == "zip")


@pytest.mark.parametrize("kind", ["zip", "nested", "legacy", "plain"])
def test_code_in_a_pickle_is_refused_and_never_run(tmp_path: Path, kind: str) -> None:
    marker, file = tmp_path / "marker", tmp_path / "evil.pt"
    save_evil(kind, file, marker)
    with pytest.raises(WeightsError, match="more than tensors.*refused"):
        convert_here(file, tmp_path / "out")
    assert not marker.exists()
    # The file is as evil as it looks: opened as pickles used to be, it runs its program.
    if kind in ("zip", "legacy"):
        torch.load(file, weights_only=False)
        assert marker.exists()


def test_a_malicious_file_does_nothing_to_the_folder_either(folder: WeightsFolder, tmp_path: Path) -> None:
    save_evil("zip", tmp_path / "evil.pt", tmp_path / "marker")
    with pytest.raises(WeightsError, match=r"evil\.pt holds more than tensors \(.*system\), perhaps code"):
        bring(folder, tmp_path / "evil.pt")
    assert not (tmp_path / "marker").exists()
    assert [file.name for file in folder.root.iterdir()] == [".lock-HUBERT_LARGE"]


def compressed(saved: Path, tmp_path: Path) -> Path:
    """A zip bomb in the form of a checkpoint."""
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", pickle.dumps({}))
        archive.writestr("bomb/data/0", bytes(50_000_000))
    assert (tmp_path / "bomb.pt").stat().st_size < 100_000
    return tmp_path / "bomb.pt"


def huge(saved: Path, tmp_path: Path) -> Path:
    with (tmp_path / "huge.pt").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200_000_000_000)
    return tmp_path / "huge.pt"


def cut(name: str) -> Callable[[Path, Path], Path]:
    def make(saved: Path, tmp_path: Path) -> Path:
        source = as_pickle(saved, tmp_path / "whole") if name.endswith(".bin") else saved
        (tmp_path / name).write_bytes((source / name).read_bytes()[:-1000])
        return tmp_path / name

    return make


def pickled(value: object) -> Callable[[Path, Path], Path]:
    def make(saved: Path, tmp_path: Path) -> Path:
        torch.save(value, tmp_path / "value.pt")
        return tmp_path / "value.pt"

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (compressed, ["bomb.pt", "compressed"]),
        (huge, ["huge.pt", "far more"]),
        (cut("model.safetensors"), ["model.safetensors", "damaged"]),
        (cut("pytorch_model.bin"), ["pytorch_model.bin", "damaged"]),
        (pickled([torch.zeros(2)]), ["list"]),
        (pickled({"epoch": 3, "w": torch.zeros(2)}), ["'epoch'", "no tensor"]),
        (pickled({"w": torch.zeros(2).to_sparse()}), ["'w'", "no plain tensor"]),
        (pickled({NORM: torch.zeros(1).expand(10**12)}), ["HUBERT_LARGE"]),
    ],
)
def test_hostile_and_damaged_files_are_refused(
    saved: Path, tmp_path: Path, make: Callable[[Path, Path], Path], words: list[str]
) -> None:
    with pytest.raises(WeightsError) as caught:
        convert_here(make(saved, tmp_path), tmp_path / "out")
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def written(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(tmp_path: Path) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path

    return make


def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "weights.bin")
    return tmp_path / "weights.bin"


def dangling(tmp_path: Path) -> Path:
    (tmp_path / "weights.bin").symlink_to("elsewhere.bin")
    return tmp_path / "weights.bin"


def several(tmp_path: Path) -> Path:
    for name in ("one.pt", "two.pt"):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    return tmp_path


def index(name: object) -> Callable[[Path], Path]:
    return written("model.safetensors.index.json", json.dumps({"weight_map": {"w": name}}).encode())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda tmp_path: tmp_path / "none.pt", ["none.pt is not there"]),
        (lambda tmp_path: tmp_path, ["holds no weights"]),
        (written("a.bin", b""), ["a.bin is empty"]),
        (written("a.bin", b"hello, I am a text"), ["a.bin is no file of weights"]),
        (written("a.bin", b"version https://git-lfs.github.com/spec/v1\n"), ["pointer of Git LFS"]),
        (pipe, ["no regular file"]),
        (dangling, ["link to elsewhere.bin"]),
        (several, ["several files", "one.pt, two.pt"]),
        (index("../../secret.safetensors"), ["'../../secret.safetensors'", "no file beside it"]),
        (index("absent.safetensors"), ["absent.safetensors", "not there"]),
        (index(3), ["no file beside it"]),
        (written("model.safetensors.index.json", b"{"), ["not valid JSON"]),
        (written("model.safetensors.index.json", b"[" * 100_000), ["not valid JSON"]),
        (written("model.safetensors.index.json", b"[]"), ["not a JSON object"]),
    ],
)
def test_what_holds_no_weights_is_told(tmp_path: Path, make: Callable[[Path], Path], words: list[str]) -> None:
    with pytest.raises(WeightsError) as caught:
        look_at(make(tmp_path), HUBERT)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_converter_that_breaks_down_is_told(
    saved: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eightcut_inference.weights.importing.CONVERTER", "eightcut_inference.weights.nothing")
    with pytest.raises(WeightsError, match=r"converter broke down on .*model\.safetensors.*No module named"):
        bring(folder, saved)
    assert not list(folder.root.glob("HUBERT*"))


@pytest.mark.usefixtures("quick")
def test_a_full_disk_leaves_nothing_behind(saved: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: WeightsFolder, _new: Path, _manifest: object) -> None:
        raise OSError(28, "No space left on device", "there")

    monkeypatch.setattr(WeightsFolder, "install", full)
    with pytest.raises(WeightsError, match="there: no space left on device"):
        bring(folder, saved)
    assert [file.name for file in folder.root.iterdir()] == [".lock-HUBERT_LARGE"]


def test_the_spec_reaches_the_converter_whole() -> None:
    from dataclasses import asdict

    line = json.dumps({"spec": asdict(HUBERT), "files": ["a"], "kinds": ["zip"], "config": None, "target": "t"})
    assert Request.from_json(line).spec == replace(HUBERT, settings=dict(HUBERT.settings))
