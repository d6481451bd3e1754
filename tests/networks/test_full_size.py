"""Every network at its published size, on the meta device: nothing is computed, but every shape must fit."""

from __future__ import annotations

import pytest
from eightcut_inference.networks.architecture import DeviceStrip, architecture
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import SPECS
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")

META = torch.device("meta")
GRID = WindowGrid()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_windows_become_vectors_of_the_published_length(spec: NetworkSpec) -> None:
    family = architecture(spec.family)
    config = family.read_config(None, spec)
    tensors = {name: torch.empty(shape, device=META) for name, shape in family.expected(config).items()}
    facts = {"norm": config.get("feat_extract_norm", ""), "conv_bias": "none"}
    encoder = family.build(spec, config, facts, family.options(facts, {}), tensors, device=META, dtype=torch.bfloat16)
    strips = []
    for windows in (3, 1):
        samples = torch.zeros((windows - 1) * GRID.hop_samples + GRID.window_samples)
        strips.append(DeviceStrip(samples.to(META), windows, GRID, samples))
    with torch.inference_mode():
        vectors = encoder.encode(strips)
    assert (tuple(vectors.shape), vectors.dtype) == ((4, spec.dim), torch.float32)
