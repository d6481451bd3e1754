"""What a server says of its embedders and tracks, and how it gives vectors out."""

from __future__ import annotations

from pathlib import Path

import grpc
import numpy as np
import pytest
from eightcut.inference.v1 import embedder_pb2, inference_service_pb2, inference_service_pb2_grpc, track_pb2
from eightcut_inference.tracks import TrackCache, TrackKey
from eightcut_scoring.windows import WindowGrid

from tests.inference.clients import MEDIA, noise, reason
from tests.inference.fakes import Probe, expected_vectors
from tests.inference.test_embed import embed, get_track, read_track

Stub = inference_service_pb2_grpc.InferenceServiceStub
PCM = noise(40, seed=9)


def make(channel: grpc.Channel, media: str = MEDIA) -> None:
    stream = embed(channel, media)
    stream.accepted()
    stream.upload(PCM)
    stream.finish()


def test_embedders_are_listed_by_id_with_their_cards_and_the_limits(channel: grpc.Channel, probe: Probe) -> None:
    response = Stub(channel).ListEmbedders(inference_service_pb2.ListEmbeddersRequest(), timeout=30)
    assert [embedder.card.id for embedder in response.embedders] == ["LOGMEL", "PROBE"]
    assert all(embedder.ready and not embedder.reason for embedder in response.embedders)
    listed = response.embedders[1]
    assert (listed.card.card_hash, listed.card.dim) == (probe.card().key(), 4)
    assert (listed.device, listed.dtype) == ("cpu", "float32")
    limits = response.limits
    assert (limits.preferred_chunk_bytes, limits.max_chunk_bytes) == (262_144, 917_504)
    assert limits.max_media_seconds > 10 * 3600
    assert limits.max_concurrent_streams > 1


def test_an_embedder_that_is_not_ready_says_why_and_is_ready_as_soon_as_it_can_be(
    channel: grpc.Channel, probe: Probe
) -> None:
    def listed() -> embedder_pb2.Embedder:
        response = Stub(channel).ListEmbedders(inference_service_pb2.ListEmbeddersRequest(), timeout=30)
        return response.embedders[1]

    probe.missing = "The weights of PROBE are not here: `8cut models pull PROBE` brings them."
    assert (listed().ready, listed().reason, listed().card.dim) == (False, probe.missing, 4)
    error = embed(channel).error()
    assert reason(error) == (grpc.StatusCode.FAILED_PRECONDITION, "EMBEDDER_NOT_READY")
    assert error.details() == probe.missing
    probe.missing = ""
    assert listed().ready
    assert embed(channel).accepted().audio_wanted
    # Looking at tracks and embedders loads nothing.
    get_track(channel)
    assert probe.loads == []


def test_tracks_of_many_media_come_in_the_order_asked_for(channel: grpc.Channel) -> None:
    make(channel)
    request = inference_service_pb2.BatchGetTracksRequest(media=["cd" * 32, MEDIA, "ef" * 32], embedder="PROBE")
    tracks = Stub(channel).BatchGetTracks(request, timeout=30).tracks
    assert [track.media for track in tracks] == list(request.media)
    absent, complete = track_pb2.TRACK_STATE_ABSENT, track_pb2.TRACK_STATE_COMPLETE
    assert [track.state for track in tracks] == [absent, complete, absent]
    assert tracks[1] == get_track(channel)
    assert [track.window_count for track in tracks] == [0, 33, 0]


def test_any_part_of_a_track_can_be_read(channel: grpc.Channel) -> None:
    make(channel)
    expected = expected_vectors(PCM)
    np.testing.assert_array_equal(read_track(channel, first_window=7), expected[7:])
    np.testing.assert_array_equal(read_track(channel, first_window=7, window_count=3), expected[7:10])
    np.testing.assert_array_equal(read_track(channel, first_window=30, window_count=99), expected[30:])
    assert read_track(channel, first_window=33).shape == (0, 4)
    with pytest.raises(grpc.RpcError) as raised:
        read_track(channel, first_window=34)
    assert raised.value.code() is grpc.StatusCode.OUT_OF_RANGE


def test_a_track_that_is_not_there_cannot_be_read(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        read_track(channel)
    assert reason(raised.value) == (grpc.StatusCode.FAILED_PRECONDITION, "TRACK_MISSING")


def test_vectors_travel_in_messages_of_256_kib(channel: grpc.Channel, probe: Probe, tmp_path: Path) -> None:
    key = TrackKey(MEDIA, probe.card(), WindowGrid())
    cache = TrackCache(tmp_path / "data" / "tracks")
    rows = np.arange(80_000, dtype=np.float32).reshape(20_000, 4)
    writer = cache.claim(key)
    assert writer is not None
    writer.append(rows)
    cache.complete(key, writer, 1)
    writer.close()
    request = inference_service_pb2.ReadTrackRequest(media=MEDIA, embedder="PROBE")
    chunks = [part.chunk for part in list(Stub(channel).ReadTrack(request, timeout=30))[1:]]
    assert [chunk.first_window for chunk in chunks] == [0, 16_384]
    assert [len(chunk.vectors) for chunk in chunks] == [262_144, (20_000 - 16_384) * 16]
    np.testing.assert_array_equal(read_track(channel), rows)


def test_a_damaged_track_is_data_loss_and_can_be_embedded_again(channel: grpc.Channel, tmp_path: Path) -> None:
    make(channel)
    (path,) = (tmp_path / "data" / "tracks").rglob("*.track")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(grpc.RpcError) as raised:
        read_track(channel)
    assert reason(raised.value) == (grpc.StatusCode.DATA_LOSS, "CORRUPT")
    assert get_track(channel).state == track_pb2.TRACK_STATE_ABSENT
    make(channel)
    np.testing.assert_array_equal(read_track(channel), expected_vectors(PCM))


def test_embed_makes_a_damaged_track_again_without_being_told(channel: grpc.Channel, tmp_path: Path) -> None:
    make(channel)
    (path,) = (tmp_path / "data" / "tracks").rglob("*.track")
    path.write_bytes(path.read_bytes()[:-1])
    stream = embed(channel)
    assert stream.accepted().audio_wanted
    stream.upload(PCM)
    stream.finish()
    np.testing.assert_array_equal(read_track(channel), expected_vectors(PCM))
