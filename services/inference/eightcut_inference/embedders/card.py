"""Embedder cards: what exactly made a vector, as data; and the key of a track, which hashes all of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from eightcut_scoring.windows import WindowGrid, seconds_to_us

_ID = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REVISION = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class EmbedderCard:
    """A frozen network (or feature extractor) described as data.

    Attributes:
        id: What users type: LOGMEL, HUBERT_XLARGE.
        dim: Length of a vector.
        sample_rate: Sample rate of the audio that it takes, in Hz.
        preprocessing: What happens to the samples before the network, in words and numbers.
        pooling: How frames become one vector: mean, valid-mean, cls, statistics, max.
        licence: Licence of the weights, an SPDX expression.
        layers: Blocks whose outputs are pooled, counted from 1; empty where there are none.
        repo: Repository of the weights on the hub; empty: no weights.
        revision: Their revision, 40 hex digits; empty without weights.
        file: File of the weights in the repository.
        sha256: SHA-256 of the weights file as the service opens it; empty without weights or before they are
            imported.
        options: Whatever else changes vectors.

    Raises:
        ValueError: The id, a digest, the revision or a number has a form that cannot be right.
    """

    id: str
    dim: int
    sample_rate: int
    preprocessing: str
    pooling: str
    licence: str
    layers: tuple[int, ...] = ()
    repo: str = ""
    revision: str = ""
    file: str = ""
    sha256: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"an embedder's id is capitals, digits and underscores, not {self.id!r}")
        if self.dim < 1 or self.sample_rate < 1:
            raise ValueError(f"the card of {self.id} needs a positive length of vectors and sample rate")
        if self.revision and not _REVISION.fullmatch(self.revision):
            raise ValueError(f"the card of {self.id} needs a revision of 40 hex digits, not {self.revision!r}")
        if self.sha256 and not _DIGEST.fullmatch(self.sha256):
            raise ValueError(f"the card of {self.id} needs a SHA-256 of 64 hex digits, not {self.sha256!r}")
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def fields(self) -> dict[str, Any]:
        """Every field as JSON can hold it."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}

    def key(self) -> str:
        """SHA-256 of the whole card in canonical JSON, 64 hex digits; any change of the card changes it."""
        return _digest(self.fields())


def track_key(card: EmbedderCard, media: str, grid: WindowGrid, dtype: str = "float32") -> str:
    """Key of a track, 64 hex digits: hashes the card, the media's digest, window, hop and element type.

    Args:
        card: The embedder's card.
        media: SHA-256 of the media's bytes, 64 hex digits.
        grid: Its windows.
        dtype: Element type of the stored vectors.

    Raises:
        ValueError: The media's digest is none.
    """
    if not _DIGEST.fullmatch(media):
        raise ValueError("a media is named by the SHA-256 of its bytes, 64 hex digits in lower case")
    return _digest(
        {
            "card": card.key(),
            "dtype": dtype,
            "hop_us": seconds_to_us(grid.hop_s),
            "media": media,
            "window_us": seconds_to_us(grid.window_s),
        }
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _digest(fields: dict[str, Any]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
