"""Several streams that bring the same media: one uploads, the others follow."""

from __future__ import annotations

import grpc
import numpy as np
from eightcut.inference.v1 import stream_pb2
from eightcut_runtime.testing import RunningService

from tests.inference.clients import Stream, noise, reason, source
from tests.inference.fakes import Probe, Serve, expected_vectors
from tests.inference.test_embed import embed, get_track, read_track


def test_one_uploads_and_the_others_follow(channel: grpc.Channel, probe: Probe) -> None:
    pcm = noise(20)
    streams = [embed(channel) for _ in range(4)]
    wanted = [stream.accepted().audio_wanted for stream in streams]
    assert sorted(wanted) == [False, False, False, True]
    streams[wanted.index(True)].upload(pcm)
    assert len({stream.finish().SerializeToString() for stream in streams}) == 1
    assert probe.embedded == 13


def test_a_follower_is_asked_for_the_rest_when_the_uploader_vanishes(channel: grpc.Channel, probe: Probe) -> None:
    pcm = noise(20)
    uploader = embed(channel)
    assert uploader.accepted().audio_wanted
    follower = embed(channel)
    assert not follower.accepted().audio_wanted
    uploader.audio(pcm[: 10 * 16_000])
    while follower.until("progress").windows_done < 3:
        continue
    uploader.cancel()
    accepted = follower.until("accepted")
    assert accepted.audio_wanted
    assert (accepted.windows_cached, accepted.first_sample) == (3, 3 * 16_000)
    follower.upload(pcm, accepted.first_sample)
    follower.finish()
    assert probe.embedded == 13
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def test_the_bad_upload_of_one_is_not_the_fault_of_its_followers(channel: grpc.Channel) -> None:
    uploader = embed(channel)
    uploader.accepted()
    follower = embed(channel)
    follower.accepted()
    uploader.send(audio=stream_pb2.AudioChunk(first_sample=0, data=b"odd"))
    assert reason(uploader.error())[1] == "BAD_AUDIO"
    accepted = follower.until("accepted")
    assert (accepted.audio_wanted, accepted.first_sample) == (True, 0)
    follower.upload(noise(8))
    assert follower.finish().window_count == 1


def test_a_follower_that_cannot_upload_is_told_to_open_again(channel: grpc.Channel) -> None:
    uploader = embed(channel)
    uploader.accepted()
    follower = embed(channel)
    follower.accepted()
    follower.half_close()
    uploader.cancel()
    assert follower.error().code() is grpc.StatusCode.UNAVAILABLE
    assert embed(channel).wanted().first_sample == 0


def test_two_processes_share_one_upload(serve: Serve, probe: Probe) -> None:
    """Two servers on one data folder stand for two processes: locks and files are all they share."""
    other_probe = Probe()
    one: RunningService = serve()
    two: RunningService = serve(probes=(other_probe,))
    pcm = noise(20)
    with one.channel() as channel, two.channel() as other:
        uploader = embed(channel)
        assert uploader.accepted().audio_wanted
        follower = embed(other)
        assert not follower.accepted().audio_wanted
        uploader.audio(pcm[: 10 * 16_000])
        while follower.until("progress").windows_done < 3:
            continue
        uploader.upload(pcm, 131_072 + (10 * 16_000 - 131_072))
        assert uploader.finish() == follower.finish()
        assert (probe.embedded, other_probe.embedded) == (13, 0)


def test_another_process_takes_over_when_the_uploader_vanishes(serve: Serve, probe: Probe) -> None:
    other_probe = Probe()
    one: RunningService = serve()
    two: RunningService = serve(probes=(other_probe,))
    pcm = noise(20)
    with one.channel() as channel, two.channel() as other:
        uploader = embed(channel)
        uploader.accepted()
        follower = embed(other)
        follower.accepted()
        uploader.audio(pcm[: 10 * 16_000])
        while follower.until("progress").windows_done < 3:
            continue
        uploader.cancel()
        accepted = follower.until("accepted")
        assert (accepted.audio_wanted, accepted.first_sample) == (True, 3 * 16_000)
        follower.upload(pcm, accepted.first_sample)
        follower.finish()
        assert (probe.embedded, other_probe.embedded) == (3, 10)
        np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def test_a_server_that_stops_in_mid_stream_keeps_the_work(serve: Serve, probe: Probe) -> None:
    pcm = noise(20)
    one: RunningService = serve()
    with one.channel() as channel:
        stream = embed(channel)
        stream.accepted()
        stream.audio(pcm[: 12 * 16_000])
        while stream.until("progress").windows_done < 5:
            continue
        one.stop(grace=0.1)
        assert stream.error().code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    with serve().channel() as channel:
        assert get_track(channel).window_count == 5
        again = embed(channel)
        accepted = again.wanted()
        assert accepted.first_sample == 5 * 16_000
        again.upload(pcm, accepted.first_sample)
        again.finish()
        assert probe.embedded == 13


def test_streams_of_different_media_run_in_common_batches(channel: grpc.Channel, probe: Probe) -> None:
    probe.gate.clear()
    streams = [
        Stream(channel, stream_pb2.EmbedConfig(source=source(d * 32), embedder="PROBE")) for d in ("aa", "bb", "cc")
    ]
    for stream in streams:
        stream.accepted()
        stream.upload(noise(8))
    # A first batch may wait at the gate; the others gather behind it.
    for stream in streams:
        while stream.until("progress").samples_received < 8 * 16_000:
            continue
    probe.gate.set()
    for stream in streams:
        stream.finish()
    assert sum(probe.batches) == 3
    assert max(probe.batches) >= 2
