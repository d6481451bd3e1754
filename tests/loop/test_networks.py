"""A network of its true size, from a file that a person brings to the regions of a scan, all through the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_inference.networks.architecture import architecture
from eightcut_inference.networks.zoo import find_spec

from tests.cli.conftest import recording
from tests.loop.product import Product, serving

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow

SECONDS = 20.0
WINDOWS = 13
BEEPS = {"one.wav": 6.0, "two.wav": 12.0}


def publish(folder: Path, seed: int) -> Path:
    """An EAT with random weights, as its repository holds one."""
    from safetensors.torch import save_file

    spec = find_spec("EAT")
    assert spec is not None
    family = architecture(spec.family)
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in family.expected(family.read_config(None, spec)).items():
        scale = 0.02 if len(shape) == 1 else shape[-1] ** -0.5
        tensor = torch.randn(shape, generator=generator) * scale
        tensors[f"model.{name}"] = tensor + 1 if "norm" in name and name.endswith("weight") else tensor
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors")
    return folder


def test_weights_are_brought_and_used(tmp_path: Path) -> None:
    for name, beep in BEEPS.items():
        recording(tmp_path / name, [beep], duration=SECONDS, seed=int(beep))
    marks = tmp_path / "marks.csv"
    marks.write_text("file,start,duration,folder\n" + "".join(f"{n},{b - 1},4,beep\n" for n, b in BEEPS.items()))
    scanned = recording(tmp_path / "three.wav", [9.0], duration=SECONDS, seed=3)
    product = Product(tmp_path / "data", tmp_path)
    training = ("train", "--folder", "beep", "--model", "EAT", "--margin", "0.5")
    with serving(product.data, "--device", "cpu", "--embedder-option", "EAT.frames=800"):
        product.ask("clips", "import", marks)
        refused = product.run(*training)
        assert refused.code == 1
        assert "8cut models pull EAT" in refused.err

        brought = product.ask("models", "import", "EAT", publish(tmp_path / "first", 1))
        assert brought["weights"]["tensors"] == 154
        listed = {one["id"]: one for one in product.ask("models", "list")["embedders"]}
        assert (listed["EAT"]["ready"], listed["EAT_LARGE"]["ready"]) == (True, False)

        classifier = product.ask(*training)["classifier"]
        assert classifier["examples"]["positive"] > 0
        (scan,) = product.ask("scan", scanned, "--model", "EAT", "--scores")["scans"]
        assert len(scan["window_scores"]["scores"]) == WINDOWS
        (device,) = product.ask("status")["devices"]
        assert (device["name"], device["embedders"], device["windows_done"]) == ("cpu", ["EAT"], 3 * WINDOWS)
        # All is cached: nothing is embedded again.
        (again,) = product.ask("scan", scanned, "--model", "EAT", "--scores", "--rescan")["scans"]
        assert again["window_scores"] == scan["window_scores"]
        assert product.ask("status")["devices"][0]["windows_done"] == 3 * WINDOWS

        # Other weights are another embedder: what was trained before is refused, not misused.
        assert product.ask("models", "import", "EAT", publish(tmp_path / "second", 2))["imported"]
        refused = product.run("scan", scanned, "--model", "EAT", "--rescan")
        assert refused.code == 1
        assert "train it again" in refused.err
