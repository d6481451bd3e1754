"""With real weights: our vectors are those of the plain reference, window by window.

Pretrained weights cannot be fetched where the tests run. Where there are some, ``EIGHTCUT_WEIGHTS`` names the weights
folder (``<data folder>/weights``, as `8cut models pull` fills it), and every network in it is checked.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from eightcut_inference.embedders.base import EmbedSession, NotReadyError
from eightcut_inference.networks.model import NetworkModel
from eightcut_inference.networks.zoo import SPECS
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_scoring.windows import WindowGrid

pytest.importorskip("torch")

from benchmarks.embed_throughput.reference import comparable, make_reference

VARIABLE = "EIGHTCUT_WEIGHTS"
# Taken now: tests run without the variables of whoever starts them.
FOLDER = os.environ.get(VARIABLE)
WINDOWS = 3
SINGLE = [spec.id for spec in SPECS if len(spec.layers) == 1]


def recording() -> np.ndarray:
    """Ten seconds, int16: a voice-like buzz that glides, knocks, and a quiet room."""
    time = np.arange(160_000) / 16_000
    random = np.random.default_rng(8)
    buzz = sum(np.sin(2 * np.pi * k * (110 * time + 15 * np.sin(time))) / k for k in range(1, 20))
    knocks = np.zeros_like(time)
    for start in (1.0, 3.5, 6.2, 8.1):
        at = int(start * 16_000)
        knocks[at : at + 2_000] += random.normal(size=2_000) * np.exp(-np.arange(2_000) / 300)
    mixed = 0.1 * buzz * (np.sin(2 * np.pi * 0.4 * time) > 0) + 0.4 * knocks + 0.003 * random.normal(size=len(time))
    return (np.clip(mixed, -1, 1) * 32767).astype(np.int16)


def published(folder: Path, family: str, into: Path) -> Path:
    """The weights as transformers reads them."""
    config = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["config"]
    kind = {"ast": "audio-spectrogram-transformer"}.get(family, family)
    (into / "config.json").write_text(json.dumps({**config, "model_type": kind}), encoding="utf-8")
    (into / "model.safetensors").symlink_to(folder / "model.safetensors")
    return into


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("embedder", SINGLE)
def test_real_weights_give_the_vectors_of_the_reference(embedder: str, tmp_path: Path) -> None:
    if not FOLDER:
        pytest.skip(f"no real weights are at hand: {VARIABLE} names no weights folder")
    weights = Path(FOLDER).absolute()
    spec = next(spec for spec in SPECS if spec.id == embedder)
    model = NetworkModel(spec, WeightsFolder(weights), "float32")
    try:
        model.card()
    except NotReadyError as error:
        pytest.skip(str(error))
    pcm = recording()
    session = EmbedSession(model, WindowGrid())
    samples = pcm.astype(np.float32) / 32768
    found = np.concatenate([session.push(samples), session.finish()])
    reference = make_reference(spec, published(weights / spec.weights, spec.family, tmp_path), "cpu")
    wanted = comparable(reference, spec, pcm, WINDOWS)
    assert wanted is not None
    cosine = (found * wanted).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(wanted, axis=1)
    assert cosine.min() > 0.9999
    # Windows that differ have vectors that do.
    assert np.abs(found - found[0]).max() > 1e-3
