"""Embed: the protocol of one stream, and what becomes of the track."""

from __future__ import annotations

import grpc
import numpy as np
import pytest
from eightcut.inference.v1 import inference_service_pb2, inference_service_pb2_grpc, stream_pb2, track_pb2
from eightcut_runtime.testing import RunningService

from tests.inference.clients import MEDIA, Stream, info, noise, reason, source
from tests.inference.fakes import Probe, Serve, expected_vectors


def embed(channel: grpc.Channel, media: str = MEDIA, seconds: float = 20.0, embedder: str = "PROBE") -> Stream:
    return Stream(channel, stream_pb2.EmbedConfig(source=source(media, seconds), embedder=embedder))


def read_track(channel: grpc.Channel, media: str = MEDIA, embedder: str = "PROBE", **fields: int) -> np.ndarray:
    stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
    request = inference_service_pb2.ReadTrackRequest(media=media, embedder=embedder, **fields)
    parts = list(stub.ReadTrack(request, timeout=30))
    assert parts[0].WhichOneof("part") == "header"
    data = b"".join(part.chunk.vectors for part in parts[1:])
    return np.frombuffer(data, "<f4").reshape(-1, parts[0].header.dim)


def device_status(channel: grpc.Channel) -> inference_service_pb2.GetDeviceStatusResponse:
    stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
    return stub.GetDeviceStatus(inference_service_pb2.GetDeviceStatusRequest(), timeout=30)


def get_track(channel: grpc.Channel, media: str = MEDIA, embedder: str = "PROBE") -> track_pb2.Track:
    stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
    return stub.GetTrack(inference_service_pb2.GetTrackRequest(media=media, embedder=embedder), timeout=30).track


def test_uploaded_audio_becomes_a_complete_track(channel: grpc.Channel, probe: Probe) -> None:
    pcm = noise(20.4)
    stream = embed(channel, seconds=20.4)
    accepted = stream.accepted()
    assert (accepted.audio_wanted, accepted.first_sample, accepted.windows_cached, accepted.windows_total) == (
        True,
        0,
        0,
        13,
    )
    stream.upload(pcm)
    done = stream.finish()
    assert (done.state, done.window_count, done.dim, done.sample_count) == (
        track_pb2.TRACK_STATE_COMPLETE,
        13,
        4,
        len(pcm),
    )
    assert done.card_hash == accepted.card_hash == probe.card().key()
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))
    assert get_track(channel) == done
    assert probe.threads == {"engine cpu"}


def test_a_cached_track_asks_for_no_audio(channel: grpc.Channel, probe: Probe) -> None:
    pcm = noise(12)
    first = embed(channel)
    first.accepted()
    first.upload(pcm)
    done = first.finish()
    embedded = probe.embedded
    again = embed(channel)
    accepted = again.accepted()
    assert (accepted.audio_wanted, accepted.windows_cached, accepted.windows_total) == (False, 5, 5)
    assert again.finish() == done
    assert probe.embedded == embedded == 5


def test_chunks_of_any_size_give_the_same_track(channel: grpc.Channel) -> None:
    pcm = noise(11.3)
    stream = embed(channel)
    stream.accepted()
    stream.audio(pcm, chunk=7_777)
    stream.end(len(pcm))
    stream.finish()
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def test_a_broken_upload_continues_where_it_stopped(channel: grpc.Channel, probe: Probe) -> None:
    pcm = noise(30)
    stream = embed(channel, seconds=30)
    stream.accepted()
    stream.audio(pcm[: 20 * 16_000])
    while probe.embedded < 13:
        stream.until("progress")
    stream.cancel()
    assert stream.error().code() is grpc.StatusCode.CANCELLED
    again = embed(channel, seconds=30)
    accepted = again.wanted()
    assert 1 <= accepted.windows_cached <= 13
    assert accepted.first_sample == accepted.windows_cached * 16_000
    before = probe.embedded
    again.upload(pcm, accepted.first_sample)
    assert again.finish().window_count == 23
    assert probe.embedded - before == 23 - accepted.windows_cached
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def test_half_closing_without_an_end_is_an_interruption_that_keeps_the_work(channel: grpc.Channel) -> None:
    pcm = noise(20)
    stream = embed(channel)
    stream.accepted()
    stream.audio(pcm)
    stream.half_close()
    assert reason(stream.error()) == (grpc.StatusCode.ABORTED, "ABORTED")
    track = get_track(channel)
    assert (track.state, track.window_count) == (track_pb2.TRACK_STATE_PARTIAL, 13)
    again = embed(channel)
    accepted = again.wanted()
    assert accepted.first_sample == 13 * 16_000
    again.upload(pcm, accepted.first_sample)
    assert again.finish().sample_count == len(pcm)


def test_windows_that_were_held_back_are_kept_too_when_the_audio_breaks_off(
    channel: grpc.Channel, probe: Probe
) -> None:
    probe.least = 10
    pcm = noise(24)
    stream = embed(channel)
    stream.accepted()
    # One piece of ten windows, and three that are held back.
    stream.audio(pcm[: 17 * 16_000])
    stream.audio(pcm[: 20 * 16_000], 17 * 16_000)
    stream.half_close()
    assert reason(stream.error()) == (grpc.StatusCode.ABORTED, "ABORTED")
    assert get_track(channel).window_count == 13
    again = embed(channel)
    assert again.wanted().first_sample == 13 * 16_000
    again.upload(pcm, 13 * 16_000)
    again.finish()
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def test_the_windows_of_a_client_that_has_gone_never_reach_the_device(channel: grpc.Channel, probe: Probe) -> None:
    def wait_for(windows: int) -> None:
        while device_status(channel).devices[0].windows_waiting != windows:
            continue

    probe.gate.clear()
    stays, goes = embed(channel), embed(channel, "cd" * 32)
    for stream in (stays, goes):
        stream.accepted()
    # One window, so that nothing of it waits once the device has it.
    stays.upload(noise(8))
    while not probe.entered:
        device_status(channel)
    goes.audio(noise(20))
    wait_for(13)
    goes.cancel()
    wait_for(0)
    probe.gate.set()
    assert stays.finish().window_count == 1
    assert probe.embedded == 1


def test_a_gap_is_refused_and_names_the_sample_that_is_next(channel: grpc.Channel) -> None:
    pcm = noise(20)
    stream = embed(channel)
    stream.accepted()
    stream.audio(pcm[:150_000])
    stream.send(audio=stream_pb2.AudioChunk(first_sample=150_001, data=b"\0\0"))
    error = stream.error()
    assert reason(error) == (grpc.StatusCode.FAILED_PRECONDITION, "AUDIO_GAP")
    assert info(error).metadata["expected_sample"] == "150000"


@pytest.mark.parametrize("claimed", [299_999, 320_001])
def test_an_end_that_does_not_fit_is_refused(channel: grpc.Channel, claimed: int) -> None:
    stream = embed(channel)
    stream.accepted()
    stream.audio(noise(20))
    stream.end(claimed)
    assert reason(stream.error()) == (grpc.StatusCode.FAILED_PRECONDITION, "AUDIO_GAP")


@pytest.mark.parametrize("samples", [0, 1, 8 * 16_000 - 1])
def test_media_shorter_than_a_window_is_refused_in_one_sentence(channel: grpc.Channel, samples: int) -> None:
    stream = embed(channel, seconds=0)
    stream.accepted()
    stream.upload(noise(8)[:samples])
    error = stream.error()
    assert reason(error) == (grpc.StatusCode.INVALID_ARGUMENT, "MEDIA_TOO_SHORT")
    assert "8 s" in error.details()
    # Rounded down, so that 7.9999 s is not refused as 8.000 s.
    assert info(error).metadata["duration"] == f"{samples * 1000 // 16_000 / 1000:.3f}"


def test_exactly_one_window_is_enough(channel: grpc.Channel) -> None:
    stream = embed(channel)
    stream.accepted()
    stream.upload(noise(8))
    assert stream.finish().window_count == 1


def test_half_a_sample_is_bad_audio(channel: grpc.Channel) -> None:
    stream = embed(channel)
    stream.accepted()
    stream.send(audio=stream_pb2.AudioChunk(first_sample=0, data=b"\0\0\0"))
    assert reason(stream.error()) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_AUDIO")


def test_the_first_message_must_be_the_config(channel: grpc.Channel) -> None:
    stream = Stream(channel, None)
    stream.end(1)
    assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT
    stream = Stream(channel, None)
    stream.half_close()
    assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_second_config_is_refused(channel: grpc.Channel) -> None:
    stream = embed(channel)
    stream.accepted()
    stream.send(config=stream_pb2.EmbedConfig(source=source(), embedder="PROBE"))
    assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT


def test_audio_that_was_not_asked_for_is_refused_but_an_end_is_passed_over(channel: grpc.Channel, probe: Probe) -> None:
    uploader = embed(channel)
    uploader.accepted()
    follower = embed(channel)
    assert not follower.accepted().audio_wanted
    follower.end(0)
    pcm = noise(9)
    uploader.upload(pcm)
    assert uploader.finish() == follower.finish()
    probe.gate.clear()
    other = embed(channel, "cd" * 32)
    other.accepted()
    intruder = embed(channel, "cd" * 32)
    intruder.accepted()
    intruder.audio(pcm)
    assert intruder.error().code() is grpc.StatusCode.INVALID_ARGUMENT
    probe.gate.set()
    other.upload(pcm)
    assert other.finish().window_count == 2


def test_audio_after_the_end_is_refused(channel: grpc.Channel, probe: Probe) -> None:
    probe.gate.clear()
    stream = embed(channel)
    stream.accepted()
    pcm = noise(9)
    stream.upload(pcm)
    stream.audio(pcm[:10])
    assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT
    probe.gate.set()


def test_an_unknown_embedder_is_named_with_the_known_ones(channel: grpc.Channel) -> None:
    error = embed(channel, embedder="NOBODY").error()
    assert reason(error) == (grpc.StatusCode.NOT_FOUND, "EMBEDDER_UNKNOWN")
    assert info(error).metadata["known"] == "LOGMEL,PROBE"


def test_windows_that_an_embedder_cannot_do_are_refused(channel: grpc.Channel) -> None:
    config = stream_pb2.EmbedConfig(source=source(), embedder="LOGMEL")
    config.grid.hop.FromMilliseconds(300)
    assert Stream(channel, config).error().code() is grpc.StatusCode.INVALID_ARGUMENT
    config.grid.hop.FromSeconds(9)
    error = Stream(channel, config).error()
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "hop" in error.details()


def test_another_grid_is_another_track(channel: grpc.Channel) -> None:
    pcm = noise(12)
    config = stream_pb2.EmbedConfig(source=source(), embedder="PROBE")
    config.grid.hop.FromMilliseconds(500)
    stream = Stream(channel, config)
    stream.accepted()
    stream.upload(pcm)
    done = stream.finish()
    assert (done.window_count, done.grid.window.seconds, done.grid.hop.nanos) == (9, 8, 500_000_000)
    assert get_track(channel).state == track_pb2.TRACK_STATE_ABSENT


def test_the_fault_of_an_embedder_stays_with_its_request_and_tells_nothing(channel: grpc.Channel, probe: Probe) -> None:
    bad, good = noise(9, seed=1), noise(9, seed=2)
    probe.poison = float(bad[0]) / 32768
    probe.gate.clear()
    streams = [embed(channel, digest * 32) for digest in ("aa", "bb")]
    for stream, pcm in zip(streams, (bad, good), strict=True):
        stream.accepted()
        stream.upload(pcm)
    probe.gate.set()
    error = streams[0].error()
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "poison" not in error.details()
    assert streams[1].finish().window_count == 2


def test_too_many_streams_are_told_to_come_back(serve: Serve, probe: Probe) -> None:
    running: RunningService = serve("--max-streams", "1")
    with running.channel() as channel:
        first = embed(channel)
        first.accepted()
        error = embed(channel).error()
        assert reason(error) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        first.upload(noise(9))
        first.finish()
        assert not embed(channel).accepted().audio_wanted


def test_media_beyond_the_limit_are_refused_by_their_audio_too(serve: Serve) -> None:
    with serve("--max-media-seconds", "10").channel() as channel:
        assert embed(channel, seconds=11).error().code() is grpc.StatusCode.INVALID_ARGUMENT
        stream = embed(channel, seconds=0)
        stream.accepted()
        stream.audio(noise(11))
        assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT


def test_the_server_stops_reading_when_it_cannot_keep_up(channel: grpc.Channel, probe: Probe) -> None:
    probe.gate.clear()
    stream = embed(channel, seconds=1200)
    stream.accepted()
    pcm = noise(1200)
    stream.audio(pcm)
    stream.end(len(pcm))
    received = [0, stream.until("progress").samples_received]
    while received[-1] == 0 or received[-1] != received[-2]:
        received.append(stream.until("progress").samples_received)
    # What the pipeline holds before a stuck device is a few minutes of audio.
    assert received[-1] < 10 * 60 * 16_000
    probe.gate.set()
    assert stream.finish().window_count == 1193


def test_windows_are_embedded_while_audio_still_arrives(channel: grpc.Channel) -> None:
    pcm = noise(30)
    stream = embed(channel, seconds=30)
    stream.accepted()
    stream.audio(pcm[: 9 * 16_000])
    while (progress := stream.until("progress")).windows_done < 2:
        continue
    assert progress.samples_received == 9 * 16_000
    assert progress.windows_total == 23
    stream.upload(pcm, 9 * 16_000)
    assert stream.finish().window_count == 23
