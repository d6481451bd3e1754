"""HuBERT and Wav2Vec2 as the import and the loader see them: names, shapes, settings, refusals."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eightcut_inference.networks.architecture import ArchitectureError, architecture
from eightcut_inference.networks.spec import NetworkSpec, quartiles
from eightcut_scoring.windows import WindowGrid

from tests.networks.wave_networks import STABLE, torch, transformers

# Read here, since the fixture of all tests takes our variables out of the environment.
_TRANSFORMERS_4 = os.environ.get("EIGHTCUT_TRANSFORMERS_4", "")


def sizes(width: int, depth: int, heads: int, **more: Any) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
        "feat_extract_norm": "group",
        "conv_bias": False,
        "do_stable_layer_norm": False,
        **more,
    }


# Family, settings, tensors, parameters without the mask's embedding (one vector of the width).
FULL_SIZES = {
    "HUBERT_BASE": ("hubert", sizes(768, 12, 12), 210, 94_370_944),
    "HUBERT_LARGE": ("hubert", sizes(1024, 24, 16, **STABLE), 421, 315_437_696),
    "HUBERT_XLARGE": ("hubert", sizes(1280, 48, 16, **STABLE), 805, 962_496_128),
    "WAV2VEC2_BASE": ("wav2vec2", sizes(768, 12, 12), 210, 94_370_944),
    "WAV2VEC2_LARGE": ("wav2vec2", sizes(1024, 24, 16), 402, 315_427_968),
    "WAV2VEC2_LARGE_LV60K": ("wav2vec2", sizes(1024, 24, 16, **STABLE), 421, 315_437_696),
}


def spec_of(name: str) -> NetworkSpec:
    family, settings, _, _ = FULL_SIZES[name]
    return NetworkSpec(name, name, family, settings["hidden_size"], (settings["num_hidden_layers"],), settings)


@pytest.mark.parametrize("name", FULL_SIZES)
def test_full_sizes_have_the_published_tensors(name: str) -> None:
    family, settings, tensors, parameters = FULL_SIZES[name]
    spec = spec_of(name)
    found = architecture(family)
    shapes = found.expected(found.read_config(None, spec))
    assert len(shapes) == tensors
    assert sum(math.prod(shape) for shape in shapes.values()) == parameters
    width = settings["hidden_size"]
    assert shapes["encoder.pos_conv_embed.conv.weight_g"] == (1, 1, 128)
    assert shapes["encoder.pos_conv_embed.conv.weight_v"] == (width, width // 16, 128)
    assert shapes["feature_extractor.conv_layers.0.conv.weight"] == (512, 1, 10)
    assert shapes["feature_extractor.conv_layers.6.conv.weight"] == (512, 512, 2)
    assert shapes[f"encoder.layers.{settings['num_hidden_layers'] - 1}.attention.q_proj.weight"] == (width, width)
    assert ("feature_extractor.conv_layers.6.conv.bias" in shapes) is settings["conv_bias"]
    assert ("feature_extractor.conv_layers.6.layer_norm.weight" in shapes) is settings["conv_bias"]


def test_names_of_checkpoints() -> None:
    found = architecture("wav2vec2")
    position = "encoder.pos_conv_embed.conv"
    assert found.canonical_name("wav2vec2.encoder.layers.0.layer_norm.bias") == "encoder.layers.0.layer_norm.bias"
    for prefix in ("", "wav2vec2."):
        assert found.canonical_name(f"{prefix}{position}.weight_g") == f"{position}.weight_g"
        assert found.canonical_name(f"{prefix}{position}.parametrizations.weight.original0") == f"{position}.weight_g"
        assert found.canonical_name(f"{prefix}{position}.parametrizations.weight.original1") == f"{position}.weight_v"
        assert found.canonical_name(f"{prefix}masked_spec_embed") is None
    for name in ("lm_head.weight", "quantizer.codevectors", "quantizer.weight_proj.bias", "project_hid.weight"):
        assert found.canonical_name(name) is None
    assert found.canonical_name("project_q.bias") is None
    # What is not known stays, and is refused as surplus; another family's prefix too.
    assert found.canonical_name("adapter.proj.weight") == "adapter.proj.weight"
    assert found.canonical_name("hubert.encoder.layer_norm.bias") == "hubert.encoder.layer_norm.bias"


@pytest.mark.parametrize("model", ["HubertForCTC", "Wav2Vec2ForPreTraining", "Wav2Vec2ForCTC"])
def test_models_with_heads_hold_exactly_what_is_expected(model: str) -> None:
    """The keys of a checkpoint with a head, as transformers saves it, map onto ours one to one."""
    family = "hubert" if model.startswith("Hubert") else "wav2vec2"
    config = getattr(transformers, model.partition("For")[0] + "Config")(num_hidden_layers=1)
    with torch.device("meta"):
        published = getattr(transformers, model)(config).state_dict()
    found = architecture(family)
    spec = dataclasses.replace(spec_of("HUBERT_BASE"), family=family, layers=(1,), settings={"num_hidden_layers": 1})
    ours = {found.canonical_name(name): tuple(tensor.shape) for name, tensor in published.items()}
    ours.pop(None)
    assert ours == dict(found.expected(found.read_config(config.to_dict(), spec)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_type": "wav2vec2"}, "family hubert"),
        ({"hidden_act": "relu"}, "hidden_act = 'relu'"),
        ({"conv_pos_batch_norm": True}, "conv_pos_batch_norm"),
        ({"hidden_size": 1024}, "hidden_size = 768"),
        ({"feat_extract_norm": "batch"}, "feat_extract_norm"),
        ({"conv_stride": [5, 2, 2, 2, 2, 2, 1]}, "every 160"),
        ({"conv_stride": [5, 2]}, "different number"),
        ({"conv_stride": "5"}, "whole numbers"),
        ({"num_hidden_layers": 6}, "num_hidden_layers = 12"),
    ],
)
def test_another_networks_config_is_refused(change: dict[str, Any], sentence: str) -> None:
    spec = spec_of("HUBERT_BASE")
    with pytest.raises(ArchitectureError, match=sentence):
        architecture("hubert").read_config({"model_type": "hubert", **spec.settings, **change}, spec)


def test_a_spec_that_asks_for_more_blocks_than_there_are_is_refused() -> None:
    spec = dataclasses.replace(spec_of("HUBERT_BASE"), layers=quartiles(24))
    with pytest.raises(ArchitectureError, match="needs 24 blocks"):
        architecture("hubert").read_config(None, spec)


def test_a_bias_of_zeros_counts_as_none_and_decides_the_card() -> None:
    found = architecture("hubert")
    config = found.read_config(None, spec_of("HUBERT_LARGE"))
    name = "feature_extractor.conv_layers.3.conv.bias"
    without = found.facts({name: torch.zeros(4), "encoder.x.conv.bias": torch.ones(4)}, config)
    some = found.facts({name: torch.tensor([0, 0, 1e-9])}, config)
    assert without == {"conv_bias": "none", "norm": "layer"}
    assert some == {"conv_bias": "some", "norm": "layer"}
    assert "times 32" in found.preprocessing(without, {})
    assert "unit variance" in found.preprocessing(some, {})
    assert "unit variance" in found.preprocessing({"conv_bias": "none", "norm": "group"}, {})


def test_options_and_grids() -> None:
    found = architecture("wav2vec2")
    facts = {"conv_bias": "none", "norm": "group"}
    assert found.options(facts, {}) == {}
    with pytest.raises(ValueError, match="'frames'"):
        found.options(facts, {"frames": "800"})
    for grid in (WindowGrid(), WindowGrid(0.025, 0.0005), WindowGrid(60.0, 60.0)):
        found.check_grid(grid, {})
    for grid in (WindowGrid(0.024, 0.01), WindowGrid(61.0, 1.0)):
        with pytest.raises(ValueError, match=r"windows of 0\.025 to 60 s"):
            found.check_grid(grid, {})
    with pytest.raises(ValueError, match="16000 Hz"):
        found.check_grid(WindowGrid(8.0, 1.0, 8_000), {})


def test_missing_weights_are_not_taken_for_a_network() -> None:
    found = architecture("hubert")
    small = sizes(48, 1, 4, conv_dim=[16] * 7, num_conv_pos_embedding_groups=4)
    spec = NetworkSpec("SMALL", "SMALL", "hubert", 48, (1,), small)
    config = found.read_config(None, spec)
    tensors = {name: torch.ones(shape) for name, shape in found.expected(config).items()}
    del tensors["encoder.layers.0.attention.k_proj.bias"]
    with pytest.raises(ArchitectureError, match="lack"):
        found.build(
            spec,
            config,
            {"conv_bias": "none", "norm": "group"},
            {},
            tensors,
            device=torch.device("cpu"),
            dtype=torch.float32,
        )


def test_the_other_major_of_transformers_agrees() -> None:
    """The tests of the encoder, with transformers 4 in the place of 5."""
    if not _TRANSFORMERS_4:
        pytest.skip("EIGHTCUT_TRANSFORMERS_4 names no folder with transformers 4")
    tests = str(Path(__file__).with_name("test_wave_encoder.py"))
    environment = {**os.environ, "PYTHONPATH": _TRANSFORMERS_4}
    chosen = "transformers_at_every_block or shared_frames_equal or compiled"
    run = (
        "import sys, pytest, transformers; assert transformers.__version__[:2] == '4.'; "
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", run, "-q", "-p", "no:cacheprovider", tests, "-k", chosen]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
