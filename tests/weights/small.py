"""Small networks of the published kinds, and the zoo with them, also as a process: ``-m tests.weights.small``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from eightcut_inference.networks import zoo
from eightcut_inference.networks.spec import NetworkSpec, Published
from eightcut_inference.weights import __main__ as weights_main

REPO = "someone/small"
REVISION = "0123456789abcdef0123456789abcdef01234567"
HUBERT = replace(
    next(spec for spec in zoo.SPECS if spec.id == "HUBERT_LARGE"),
    width=32,
    layers=(2,),
    settings={
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "conv_dim": [16] * 7,
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2],
        "conv_bias": True,
        "feat_extract_norm": "layer",
        "do_stable_layer_norm": True,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4,
    },
    published=Published(repo=REPO, file="pytorch_model.bin", licence="Apache-2.0", revision=REVISION),
)


def save_hubert(folder: Path, *, seed: int = 0, shard: str = "1GB") -> Path:
    """A random network as transformers saves it: safetensors and config.json."""
    import torch
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(seed)
    model = HubertModel(HubertConfig(**HUBERT.settings, vocab_size=32))
    model.save_pretrained(folder, max_shard_size=shard)
    return folder


def as_pickle(saved: Path, folder: Path, *, legacy: bool = False) -> Path:
    """The same network as most repositories hold it: pytorch_model.bin and config.json."""
    import torch
    from safetensors.torch import load_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(saved / "model.safetensors")
    torch.save(tensors, folder / "pytorch_model.bin", _use_new_zipfile_serialization=not legacy)
    (folder / "config.json").write_bytes((saved / "config.json").read_bytes())
    return folder


def specs() -> tuple[NetworkSpec, ...]:
    """The zoo with a small network in it."""
    return tuple(HUBERT if spec.id == HUBERT.id else spec for spec in zoo.SPECS)


def main() -> int:
    """``python -m eightcut_inference.weights``, with the small zoo."""
    weights_main.SPECS = zoo.SPECS = specs()
    return weights_main.main()


if __name__ == "__main__":
    sys.exit(main())
