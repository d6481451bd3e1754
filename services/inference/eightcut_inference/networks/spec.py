"""All networks as data. What a number means stands with `NetworkSpec`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Published:
    """Where weights are published.

    Attributes:
        repo: On the hub.
        revision: 40 hex digits, pinned; empty: not known, `models pull` takes the newest and notes which it was.
        file: The file of the weights in the repository; others are tried when it is not there.
        sha256: Of that file, where known.
        licence: An SPDX expression.
    """

    repo: str
    file: str
    licence: str
    revision: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class NetworkSpec:
    """One embedder.

    Attributes:
        id: What users type.
        weights: Id under which its weights are kept; several embedders may share them.
        family: See `architecture`.
        width: Length of a token's vector.
        layers: Blocks whose outputs are pooled, counted from 1; each is pooled and they are concatenated.
        settings: What the published config must say, as far as ids differ by it (the true sizes).
        published: Where the weights are.
        pooling: The default: mean, valid-mean or cls.
        flops: Floating-point operations for a window of 8 s, for benchmarks.
    """

    id: str
    weights: str
    family: str
    width: int
    layers: tuple[int, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    published: Published = field(default_factory=lambda: Published("", "", ""))
    pooling: str = "mean"
    flops: float = 0.0

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.width * len(self.layers)


def quartiles(depth: int) -> tuple[int, ...]:
    """The four layers of the multi-layer variants: 3, 6, 9 and 12 of 12."""
    return tuple(depth * quarter // 4 for quarter in (1, 2, 3, 4))


def multi_layer(spec: NetworkSpec) -> NetworkSpec:
    """The variant that concatenates four quartile layers; it shares the weights."""
    return replace(spec, id=f"{spec.id}_ML", layers=quartiles(spec.layers[-1]))
