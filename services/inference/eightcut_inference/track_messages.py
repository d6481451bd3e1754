"""Tracks as the API describes them."""

from __future__ import annotations

from eightcut.inference.v1 import track_pb2

from eightcut_inference.grids import to_message
from eightcut_inference.tracks import TrackKey
from eightcut_inference.tracks.key import DTYPE


def track_message(
    key: TrackKey, *, complete: bool = False, window_count: int = 0, sample_count: int = 0
) -> track_pb2.Track:
    """The description of a track of which ``window_count`` windows are cached."""
    if complete:
        state = track_pb2.TRACK_STATE_COMPLETE
    else:
        state = track_pb2.TRACK_STATE_PARTIAL if window_count else track_pb2.TRACK_STATE_ABSENT
    return track_pb2.Track(
        media=key.media,
        embedder=key.card.id,
        card_hash=key.card_hash,
        grid=to_message(key.grid),
        state=state,
        window_count=window_count,
        dim=key.dim,
        dtype=DTYPE,
        sample_count=sample_count,
    )
