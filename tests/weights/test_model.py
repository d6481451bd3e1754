"""Networks as the server knows them: without weights, with them, and with damaged ones."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from eightcut_inference.devices import Device
from eightcut_inference.embedders.base import EmbedSession, NotReadyError
from eightcut_inference.networks.architecture import families
from eightcut_inference.networks.model import NetworkModel, network_models
from eightcut_inference.networks.zoo import SPECS
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_inference.weights.importing import import_weights
from eightcut_scoring.windows import WindowGrid

from tests.weights.small import HUBERT, as_pickle, save_hubert

GRID = WindowGrid()


def bring(folder: WeightsFolder, path: Path) -> None:
    import_weights(folder, HUBERT, path, lambda *_: None)


def why_not(model: NetworkModel) -> str:
    with pytest.raises(NotReadyError) as caught:
        model.card()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_zoo_is_whole() -> None:
    dims = {
        "HUBERT_BASE": 768,
        "HUBERT_LARGE": 1024,
        "HUBERT_XLARGE": 1280,
        "WAV2VEC2_BASE": 768,
        "WAV2VEC2_LARGE": 1024,
        "WAV2VEC2_LARGE_LV60K": 1024,
        "AST": 768,
        "EAT": 768,
        "EAT_LARGE": 1024,
        "BEATS": 768,
        "HUBERT_BASE_ML": 3072,
        "HUBERT_LARGE_ML": 4096,
        "HUBERT_XLARGE_ML": 5120,
        "WAV2VEC2_BASE_ML": 3072,
        "AST_ML": 3072,
    }
    assert {spec.id: spec.dim for spec in SPECS} == dims
    by_id = {spec.id: spec for spec in SPECS}
    assert by_id["HUBERT_XLARGE_ML"].layers == (12, 24, 36, 48)
    assert by_id["AST_ML"].weights == "AST"
    for spec in SPECS:
        assert spec.family in families()
        assert spec.published.repo.count("/") == 1
        assert spec.published.licence in ("Apache-2.0", "MIT", "BSD-3-Clause")
        assert re.fullmatch("([0-9a-f]{40})?", spec.published.revision)
        assert re.fullmatch("([0-9a-f]{64})?", spec.published.sha256)
        assert spec.flops > 7e10


def test_networks_are_listed_without_torch(tmp_path: Path) -> None:
    program = """
import json, sys
from pathlib import Path
from eightcut_inference.embedders.registry import default_registry
registry = default_registry(Path(sys.argv[1]))
outlines = [model.outline().fields() for model in registry.models()]
reasons = []
for model in registry.models():
    try:
        model.card()
    except Exception as error:
        reasons.append(str(error))
slow = [name for name in ("torch", "transformers", "huggingface_hub", "safetensors") if name in sys.modules]
print(json.dumps([outlines, reasons, slow]))
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True, timeout=100)
    outlines, reasons, slow = json.loads(done.stdout)
    assert slow == []
    assert len(outlines) == 16
    assert len(reasons) == 15
    assert "The weights of HUBERT_BASE_ML are not here: `8cut models pull HUBERT_BASE_ML` brings them." in reasons
    beats = next(outline for outline in outlines if outline["id"] == "BEATS")
    assert (beats["repo"], beats["file"], beats["licence"]) == (
        "lpepino/beats_ckpts",
        "BEATs_iter3_plus_AS2M.pt",
        "MIT",
    )


@pytest.mark.usefixtures("quick")
def test_a_running_service_sees_new_weights(saved: Path, folder: WeightsFolder, tmp_path: Path) -> None:
    model = NetworkModel(HUBERT, WeightsFolder(folder.root))
    assert "8cut models pull HUBERT_LARGE" in why_not(model)
    bring(folder, saved)
    first = model.card()
    assert first == NetworkModel(HUBERT, folder).card()
    assert (first.sha256, first.revision) == (folder.find("HUBERT_LARGE").manifest.sha256, HUBERT.published.revision)
    assert first.options["dtype"] == "float32"
    assert first.preprocessing != model.outline().preprocessing
    # The same weights by another way are the same embedder; other weights are another one.
    bring(folder, as_pickle(saved, tmp_path / "pickle"))
    assert model.card().key() == first.key()
    bring(folder, save_hubert(tmp_path / "other", seed=1))
    assert model.card().key() != first.key()


@pytest.mark.usefixtures("quick")
def test_the_weights_that_were_brought_are_those_that_embed(saved: Path, folder: WeightsFolder, tmp_path: Path) -> None:
    bring(folder, saved)
    model = NetworkModel(HUBERT, folder)
    samples = np.random.default_rng(0).normal(0, 0.1, 16_000 * 10).astype(np.float32)

    def embed() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        session = EmbedSession(model, GRID)
        return np.concatenate([session.push(samples), session.finish()])

    rows = embed()
    assert rows.shape == (3, 32)
    assert np.isfinite(rows).all()
    assert len({row.tobytes() for row in rows}) == 3
    bring(folder, save_hubert(tmp_path / "other", seed=1))
    assert np.abs(embed() - rows).max() > 0.01


@pytest.mark.usefixtures("quick")
def test_damage_is_told_before_it_is_used(saved: Path, folder: WeightsFolder) -> None:
    bring(folder, saved)
    model = NetworkModel(HUBERT, folder)
    file = folder.find("HUBERT_LARGE").model
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    model.card()  # the size is right, and listing does not hash gigabytes
    with pytest.raises(NotReadyError, match="damaged"):
        model.load(Device())
    file.write_bytes(data[:-4])
    assert "not whole" in why_not(model)
    manifest = file.with_name("manifest.json")
    file.write_bytes(data)
    manifest.write_text(manifest.read_text().replace('"hubert"', '"wav2vec2"'))
    assert "another network (wav2vec2)" in why_not(model)


@pytest.mark.usefixtures("quick")
def test_missing_software_is_told(saved: Path, folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(folder, saved)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else real(name))
    assert "torch, which is not installed" in why_not(NetworkModel(HUBERT, folder))
    assert "eightcut-inference[networks]" in why_not(NetworkModel(HUBERT, folder))


@pytest.mark.usefixtures("quick")
def test_arithmetic_is_part_of_the_card(saved: Path, folder: WeightsFolder) -> None:
    bring(folder, saved)
    keys = {NetworkModel(HUBERT, folder, dtype).card().key() for dtype in ("float32", "bfloat16")}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [({"NONSENSE": {"frames": "800"}}, "NONSENSE"), ({"HUBERT_BASE": {"nonsense": "1"}}, "nonsense")],
)
def test_options_that_are_none_are_refused_at_the_start(
    tmp_path: Path, options: Mapping[str, Mapping[str, str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        network_models(tmp_path, "float32", options)


def test_windows_of_another_rate_are_refused(folder: WeightsFolder) -> None:
    with pytest.raises(ValueError, match="16000 Hz, not of 8000 Hz"):
        NetworkModel(HUBERT, folder).prepare(WindowGrid(sample_rate=8_000))
