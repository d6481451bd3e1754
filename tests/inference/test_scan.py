"""Scan: scores and regions while audio arrives, and the scan that the Store keeps."""

from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest
from eightcut.common.v1 import region_pb2
from eightcut.inference.v1 import stream_pb2
from eightcut_runtime.testing import RunningService
from eightcut_scoring.regions import Bounds, build_regions
from eightcut_scoring.windows import WindowGrid

from tests.inference.clients import Stream, info, noise, reason, source
from tests.inference.fakes import Probe, card, expected_vectors
from tests.inference.test_embed import embed
from tests.inference.world import World, loudness_model

PCM = noise(60, seed=3)


def scan(channel: grpc.Channel, **fields: Any) -> Stream:
    config = {"source": source(seconds=60), "profile": "default", "model": "PROBE"} | fields
    return Stream(channel, stream_pb2.ScanConfig(**config))


def uploaded(channel: grpc.Channel, **fields: Any) -> tuple[Stream, Any]:
    stream = scan(channel, **fields)
    accepted = stream.accepted()
    if accepted.audio_wanted:
        stream.upload(PCM, accepted.first_sample)
    return stream, stream.finish()


def spans(regions: Any) -> list[tuple[float, float, float]]:
    return [(r.start.ToMicroseconds() / 1e6, r.end.ToMicroseconds() / 1e6, r.score) for r in regions]


@pytest.mark.parametrize("centred", [False, True])
def test_a_scan_is_scored_while_it_arrives_and_kept(scanner: grpc.Channel, world: World, centred: bool) -> None:
    model = loudness_model(card(), centred=centred)
    classifier = world.train(card(), model)
    stream, done = uploaded(scanner)
    expected = model.score(expected_vectors(PCM))
    np.testing.assert_array_equal(stream.scores(), expected)
    np.testing.assert_array_equal(world.scores(done.id), expected)
    regions = build_regions(expected, WindowGrid(), 0.5)
    assert len(regions) >= 2
    wanted = [(r.start, r.end, pytest.approx(r.score)) for r in regions]
    assert spans(e.region for e in stream.events("region") if not e.provisional) == wanted
    assert spans(world.regions(done.id)) == wanted
    assert any(e.provisional for e in stream.events("scores")) is centred
    assert (done.classifier_id, done.model, done.window_count, done.threshold) == (classifier.id, "PROBE", 53, 0.5)
    assert [kept.id for kept in world.scans()] == [done.id]


def test_the_first_score_comes_before_the_rest_of_the_audio(scanner: grpc.Channel, world: World) -> None:
    world.train(card(), loudness_model(card()))
    stream = scan(scanner)
    stream.accepted()
    stream.audio(PCM[: 8 * 16_000])
    first = stream.until("scores")
    assert (first.first_window, len(first.scores), first.provisional) == (0, 4, False)
    stream.upload(PCM, 8 * 16_000)
    stream.finish()


def test_a_rescan_of_a_cached_track_uploads_and_embeds_nothing(
    scanner: grpc.Channel, world: World, probe: Probe
) -> None:
    world.train(card(), loudness_model(card()))
    _, first = uploaded(scanner)
    before = probe.embedded
    stream = scan(scanner)
    accepted = stream.accepted()
    assert (accepted.audio_wanted, accepted.windows_cached, accepted.windows_total) == (False, 53, 53)
    second = stream.finish()
    assert probe.embedded == before
    assert second.id != first.id
    np.testing.assert_array_equal(world.scores(first.id), world.scores(second.id))


def test_threshold_and_region_options_are_the_requests(scanner: grpc.Channel, world: World) -> None:
    model = loudness_model(card())
    world.train(card(), model)
    options = region_pb2.RegionOptions(bounds=region_pb2.REGION_BOUNDS_UNION)
    options.fuse_gap.FromSeconds(3)
    _, done = uploaded(scanner, threshold=0.7, region_options=options)
    wanted = build_regions(model.score(expected_vectors(PCM)), WindowGrid(), 0.7, 3.0, Bounds.UNION)
    assert spans(world.regions(done.id)) == [(r.start, r.end, pytest.approx(r.score)) for r in wanted]
    assert (done.threshold, done.region_options.bounds) == (0.7, region_pb2.REGION_BOUNDS_UNION)


def test_a_scan_that_finds_nothing_is_a_version_too(scanner: grpc.Channel, world: World) -> None:
    world.train(card(), loudness_model(card()))
    stream, done = uploaded(scanner, threshold=1.0)
    assert stream.events("region") == []
    assert (done.region_count, done.window_count) == (0, 53)
    assert len(world.scans()) == 1


def test_scores_that_the_client_has_are_not_sent_again(scanner: grpc.Channel, world: World) -> None:
    model = loudness_model(card())
    world.train(card(), model)
    uploaded(scanner)
    stream, _ = uploaded(scanner, resume_after_window=20)
    scores = stream.scores()
    assert np.isnan(scores[:21]).all()
    np.testing.assert_array_equal(scores[21:], model.score(expected_vectors(PCM))[21:])


def test_final_scores_are_sent_whole_also_to_a_client_that_had_provisional_ones(
    scanner: grpc.Channel, world: World
) -> None:
    model = loudness_model(card(), centred=True)
    world.train(card(), model)
    uploaded(scanner)
    stream, _ = uploaded(scanner, resume_after_window=20)
    assert min(e.first_window for e in stream.events("scores") if e.provisional) == 21
    np.testing.assert_array_equal(stream.scores(), model.score(expected_vectors(PCM)))


def test_the_same_request_id_gives_the_same_scan(scanner: grpc.Channel, world: World) -> None:
    world.train(card(), loudness_model(card()))
    _, first = uploaded(scanner, request_id="one")
    _, again = uploaded(scanner, request_id="one", resume_after_window=40)
    assert first == again
    assert len(world.scans()) == 1


def test_two_scans_of_one_file_at_once_share_the_upload_and_are_both_kept(
    scanner: grpc.Channel, world: World, probe: Probe
) -> None:
    model = loudness_model(card())
    world.train(card(), model)
    streams = [scan(scanner), scan(scanner)]
    wanted = [stream.accepted().audio_wanted for stream in streams]
    assert sorted(wanted) == [False, True]
    streams[wanted.index(True)].upload(PCM)
    done = [stream.finish() for stream in streams]
    assert {scan.id for scan in done} == {scan.id for scan in world.scans()}
    assert len(done) == 2
    for stream in streams:
        np.testing.assert_array_equal(stream.scores(), model.score(expected_vectors(PCM)))
    assert probe.embedded == 53


def test_a_scan_of_an_embedded_file_needs_no_audio(scanner: grpc.Channel, world: World) -> None:
    world.train(card(), loudness_model(card()))
    stream = embed(scanner, seconds=60)
    stream.accepted()
    stream.upload(PCM)
    stream.finish()
    assert not scan(scanner).accepted().audio_wanted


def test_the_active_version_scans_unless_another_is_named(scanner: grpc.Channel, world: World) -> None:
    first = world.train(card(), loudness_model(card()))
    second = world.train(card(), loudness_model(card(), threshold=0.9))
    assert uploaded(scanner)[1].classifier_id == second.id
    _, done = uploaded(scanner, model=None, classifier_id=first.id)
    assert (done.classifier_id, done.threshold, done.classifier_version) == (first.id, 0.5, 1)
    world.activate(first.id)
    assert uploaded(scanner)[1].classifier_id == first.id


def test_what_is_unknown_is_named_before_anything_is_uploaded(scanner: grpc.Channel, world: World) -> None:
    not_found = grpc.StatusCode.NOT_FOUND
    assert reason(scan(scanner).error()) == (not_found, "MODEL_UNKNOWN")
    assert reason(scan(scanner, profile="nobody").error()) == (not_found, "PROFILE_UNKNOWN")
    assert reason(scan(scanner, model=None, classifier_id="77").error()) == (not_found, "RESOURCE_UNKNOWN")
    world.train(card(), loudness_model(card()))
    assert reason(scan(scanner, source=source("cd" * 32)).error()) == (not_found, "MEDIA_UNKNOWN")


def test_a_classifier_of_another_profile_is_unknown(scanner: grpc.Channel, world: World) -> None:
    classifier = world.train(card(), loudness_model(card()))
    error = scan(scanner, profile="other", model=None, classifier_id=classifier.id).error()
    assert reason(error) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")


def test_a_classifier_made_under_another_card_is_refused(scanner: grpc.Channel, world: World) -> None:
    other = card("PROBE", version="2")
    classifier = world.train(other, loudness_model(other))
    error = scan(scanner).error()
    assert reason(error) == (grpc.StatusCode.FAILED_PRECONDITION, "CARD_MISMATCH")
    assert dict(info(error).metadata) == {"classifier": classifier.id, "embedder": "PROBE"}


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threshold_that_is_none_is_refused(scanner: grpc.Channel, world: World, threshold: float) -> None:
    error = scan(scanner, threshold=threshold).error()
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "threshold" in error.details()


def test_a_store_that_is_away_loses_no_work(serve: Any, store: RunningService, world: World, probe: Probe) -> None:
    world.train(card(), loudness_model(card()))
    with serve("--store", store.address).channel() as channel:
        stream = scan(channel, request_id="away")
        stream.accepted()
        stream.audio(PCM)
        while len(stream.scores()) < 53:
            stream.until("scores")
        store.stop()
        stream.end(len(PCM))
        error = stream.error()
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert "Store" in error.details()
        assert scan(channel).error().code() is grpc.StatusCode.UNAVAILABLE
        assert not embed(channel).accepted().audio_wanted
    assert probe.embedded == 53


def test_a_client_that_vanishes_in_mid_scan_loses_no_work(scanner: grpc.Channel, world: World, probe: Probe) -> None:
    model = loudness_model(card())
    world.train(card(), model)
    stream = scan(scanner, request_id="r")
    stream.accepted()
    stream.audio(PCM[: 30 * 16_000])
    while len(stream.scores()) < 23:
        stream.until("scores")
    stream.cancel()
    assert world.scans() == []
    again = scan(scanner, request_id="r", resume_after_window=22)
    accepted = again.wanted()
    assert (accepted.windows_cached, accepted.first_sample) == (23, 23 * 16_000)
    again.upload(PCM, accepted.first_sample)
    done = again.finish()
    assert probe.embedded == 53
    np.testing.assert_array_equal(world.scores(done.id), model.score(expected_vectors(PCM)))
    assert np.isnan(again.scores()[:23]).all()
