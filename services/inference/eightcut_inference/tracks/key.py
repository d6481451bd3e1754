"""What tells one track from another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eightcut_scoring.windows import WindowGrid, seconds_to_us

from eightcut_inference.embedders.card import EmbedderCard, track_key

DTYPE = "float32"
"""Element type of every vector, stored little-endian."""


@dataclass(frozen=True, eq=False)
class TrackKey:
    """Identity of a track: all that its vectors depend on.

    Attributes:
        media: SHA-256 of the media, 64 hex digits.
        card: Of the embedder.
        grid: The windows.
    """

    media: str
    card: EmbedderCard
    grid: WindowGrid

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.card.dim

    @cached_property
    def card_hash(self) -> str:
        """Hash of the whole card, 64 hex digits."""
        return self.card.key()

    @cached_property
    def name(self) -> str:
        """The key as file names carry it: a hash of card, media, window, hop and dtype, 64 hex digits."""
        return track_key(self.card, self.media, self.grid, DTYPE)

    @cached_property
    def description(self) -> dict[str, Any]:
        """What the header of a file says of its track."""
        return {
            "card_hash": self.card_hash,
            "dim": self.card.dim,
            "dtype": DTYPE,
            "embedder": self.card.id,
            "hop_us": seconds_to_us(self.grid.hop_s),
            "media": self.media,
            "window_us": seconds_to_us(self.grid.window_s),
        }
