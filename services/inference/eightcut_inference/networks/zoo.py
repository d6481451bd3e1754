"""All networks that have ids. Adding one of a known family is adding data here.

A revision or a digest stands here only where several independent public sources agree on it, or the hub's own pages
show it; elsewhere it is empty, and `models pull` notes which revision it found.
"""

from __future__ import annotations

from typing import Any

from eightcut_inference.networks.spec import NetworkSpec, Published, multi_layer

RATE = 16_000
"""Sample rate of the audio that all of them take, Hz."""


def _wave(width: int, depth: int, heads: int, *, norm: str, stable: bool, bias: bool) -> dict[str, Any]:
    """What config.json says of a HuBERT or wav2vec 2.0.

    Args:
        width: Length of a token's vector.
        depth: Blocks of the transformer.
        heads: Of its attention.
        norm: Of the convolutional encoder: "group" (first layer only) or "layer" (every layer).
        stable: Layer norm comes before attention and feed-forward, not after them.
        bias: The convolutions have one.
    """
    return {
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
        "conv_dim": [512] * 7,
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2],
        "conv_bias": bias,
        "feat_extract_norm": norm,
        "do_stable_layer_norm": stable,
        "num_conv_pos_embeddings": 128,
        "num_conv_pos_embedding_groups": 16,
    }


_BASE = _wave(768, 12, 12, norm="group", stable=False, bias=False)
_LARGE = _wave(1024, 24, 16, norm="layer", stable=True, bias=True)
_XLARGE = _wave(1280, 48, 16, norm="layer", stable=True, bias=True)
_LARGE_GROUP = _wave(1024, 24, 16, norm="group", stable=False, bias=False)

_HUBERT = (
    NetworkSpec(
        id="HUBERT_BASE",
        weights="HUBERT_BASE",
        family="hubert",
        width=768,
        layers=(12,),
        settings=_BASE,
        published=Published(
            repo="facebook/hubert-base-ls960",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="dba3bb02fda4248b6e082697eee756de8fe8aa8a",
            sha256="062249fffb353eab67547a2fbc129f7c31a2f459faf641b19e8fb007cc5c48ad",
        ),
        flops=117e9,
    ),
    NetworkSpec(
        id="HUBERT_LARGE",
        weights="HUBERT_LARGE",
        family="hubert",
        width=1024,
        layers=(24,),
        settings=_LARGE,
        published=Published(
            repo="facebook/hubert-large-ll60k",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="ff022d095678a2995f3c49bab18a96a9e553f782",
        ),
        flops=303e9,
    ),
    NetworkSpec(
        id="HUBERT_XLARGE",
        weights="HUBERT_XLARGE",
        family="hubert",
        width=1280,
        layers=(48,),
        settings=_XLARGE,
        published=Published(
            repo="facebook/hubert-xlarge-ll60k",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="b0cef767123fe004883915a053f538f1737a1e47",
            sha256="6131dc27f4508595daa1a13fec4aa1f6b4a579b5d93550bae26c13a83221f8a7",
        ),
        flops=842e9,
    ),
)

_WAV2VEC2 = (
    NetworkSpec(
        id="WAV2VEC2_BASE",
        weights="WAV2VEC2_BASE",
        family="wav2vec2",
        width=768,
        layers=(12,),
        settings=_BASE,
        published=Published(
            repo="facebook/wav2vec2-base",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="0b5b8e868dd84f03fd87d01f9c4ff0f080fecfe8",
        ),
        flops=117e9,
    ),
    NetworkSpec(
        id="WAV2VEC2_LARGE",
        weights="WAV2VEC2_LARGE",
        family="wav2vec2",
        width=1024,
        layers=(24,),
        settings=_LARGE_GROUP,
        published=Published(
            repo="facebook/wav2vec2-large",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="e35e4420100297f5f23e6f4cfc6e3ae2ece7a4d3",
        ),
        flops=303e9,
    ),
    NetworkSpec(
        id="WAV2VEC2_LARGE_LV60K",
        weights="WAV2VEC2_LARGE_LV60K",
        family="wav2vec2",
        width=1024,
        layers=(24,),
        settings=_LARGE,
        published=Published(
            repo="facebook/wav2vec2-large-lv60",
            file="pytorch_model.bin",
            licence="Apache-2.0",
            revision="af3fc8a7ec274159bd4d7c6ddbd7f11e0f07b05d",
        ),
        flops=303e9,
    ),
)

_SPECTRUM = (
    NetworkSpec(
        id="AST",
        weights="AST",
        family="ast",
        width=768,
        layers=(12,),
        settings={
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "intermediate_size": 3072,
            "max_length": 1024,
            "num_mel_bins": 128,
            "patch_size": 16,
            "frequency_stride": 10,
            "time_stride": 10,
        },
        published=Published(
            repo="MIT/ast-finetuned-audioset-10-10-0.4593",
            file="model.safetensors",
            licence="BSD-3-Clause",
            revision="f826b80d28226b62986cc218e5cec390b1096902",
        ),
        flops=261e9,
    ),
    NetworkSpec(
        id="EAT",
        weights="EAT",
        family="eat",
        width=768,
        layers=(12,),
        settings={"embed_dim": 768, "depth": 12, "num_heads": 12},
        published=Published(repo="worstchan/EAT-base_epoch30_pretrain", file="model.safetensors", licence="MIT"),
        flops=97e9,
    ),
    NetworkSpec(
        id="EAT_LARGE",
        weights="EAT_LARGE",
        family="eat",
        width=1024,
        layers=(24,),
        settings={"embed_dim": 1024, "depth": 24, "num_heads": 16},
        published=Published(
            repo="worstchan/EAT-large_epoch20_pretrain",
            file="model.safetensors",
            licence="MIT",
            revision="1109aaae544915a2b82182c643c1894b1b4d9f27",
        ),
        flops=336e9,
    ),
    NetworkSpec(
        id="BEATS",
        weights="BEATS",
        family="beats",
        width=768,
        layers=(12,),
        # As the checkpoint's own "cfg" names them.
        settings={
            "embed_dim": 512,
            "encoder_embed_dim": 768,
            "encoder_ffn_embed_dim": 3072,
            "encoder_layers": 12,
            "encoder_attention_heads": 12,
            "input_patch_size": 16,
            "conv_pos": 128,
            "conv_pos_groups": 16,
            "num_buckets": 320,
            "max_distance": 800,
        },
        # The publisher's own links are dead; this copy has the digest that every other copy has.
        published=Published(
            repo="lpepino/beats_ckpts",
            file="BEATs_iter3_plus_AS2M.pt",
            licence="MIT",
            revision="5b53b0404df452a3a607d7e67687227730e5bad1",
            sha256="d43cbfad4d7b56381c061d7a24774f908d4d94c72961f6eb1d9090ff18cd8d34",
        ),
        flops=76e9,
    ),
)

_SINGLE = (*_HUBERT, *_WAV2VEC2, *_SPECTRUM)
_WITH_MULTI_LAYER = ("HUBERT_BASE", "HUBERT_LARGE", "HUBERT_XLARGE", "WAV2VEC2_BASE", "AST")

SPECS: tuple[NetworkSpec, ...] = (*_SINGLE, *(multi_layer(spec) for spec in _SINGLE if spec.id in _WITH_MULTI_LAYER))
"""All networks. Those that share weights name the same ``weights``."""


def find_spec(embedder_id: str) -> NetworkSpec | None:
    """The network with this id; None when it is none."""
    return next((spec for spec in SPECS if spec.id == embedder_id), None)
