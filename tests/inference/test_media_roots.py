"""Media that the server reads itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

import grpc
import numpy as np
import pytest
from eightcut.inference.v1 import stream_pb2

from tests.inference.clients import Stream, noise, reason, source
from tests.inference.fakes import Probe, Serve, expected_vectors
from tests.inference.test_embed import read_track
from tests.support.media import write_media

PCM = noise(20, seed=5)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "nas"
    (folder / "sub").mkdir(parents=True)
    write_media(folder / "sub" / "a b.wav", (PCM / np.float32(32768)).astype(np.float32)[:, None], 16_000)
    return folder


@pytest.fixture
def reader(serve: Serve, root: Path) -> grpc.Channel:
    empty = root.parent / "empty"
    empty.mkdir()
    with serve("--media-root", str(empty), "--media-root", str(root)).channel() as channel:
        yield channel


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def embed(channel: grpc.Channel, path: str, digest: str) -> Stream:
    return Stream(channel, stream_pb2.EmbedConfig(source=source(digest, server_path=path), embedder="PROBE"))


def test_nothing_is_uploaded(reader: grpc.Channel, root: Path) -> None:
    digest = sha(root / "sub" / "a b.wav")
    stream = embed(reader, "sub/a b.wav", digest)
    assert not stream.accepted().audio_wanted
    assert stream.finish().sample_count == len(PCM)
    np.testing.assert_allclose(read_track(reader, digest), expected_vectors(PCM), atol=1e-4)


def test_the_server_takes_over_from_an_uploader_that_vanishes(reader: grpc.Channel, root: Path, probe: Probe) -> None:
    digest = sha(root / "sub" / "a b.wav")
    uploader = Stream(reader, stream_pb2.EmbedConfig(source=source(digest), embedder="PROBE"))
    uploader.accepted()
    follower = embed(reader, "sub/a b.wav", digest)
    follower.accepted()
    uploader.audio(PCM[: 12 * 16_000])
    while follower.until("progress").windows_done < 5:
        continue
    uploader.cancel()
    assert follower.finish().window_count == 13
    assert probe.embedded == 13


@pytest.mark.parametrize(
    "path", ["nobody.wav", "../secret.wav", "/etc/passwd", "sub", "link.wav", "sub/../../secret.wav", "a\0b"]
)
def test_nothing_outside_the_roots_is_found(reader: grpc.Channel, root: Path, path: str) -> None:
    secret = write_media(root.parent / "secret.wav", np.zeros((160_000, 1), np.float32), 16_000)
    (root / "link.wav").symlink_to(secret)
    error = embed(reader, path, sha(secret)).error()
    assert reason(error) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")


def test_a_link_inside_the_root_is_followed(reader: grpc.Channel, root: Path) -> None:
    (root / "link.wav").symlink_to(root / "sub" / "a b.wav")
    stream = embed(reader, "link.wav", sha(root / "sub" / "a b.wav"))
    assert stream.finish().window_count == 13


def test_a_file_with_another_digest_is_refused(reader: grpc.Channel) -> None:
    error = embed(reader, "sub/a b.wav", "cd" * 32).error()
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_file_without_audio_is_bad_audio(reader: grpc.Channel, root: Path) -> None:
    (root / "text.wav").write_text("this is no audio")
    error = embed(reader, "text.wav", sha(root / "text.wav")).error()
    assert reason(error) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_AUDIO")
    assert "text.wav" in error.details()


def test_audio_is_not_taken_from_the_client_then(reader: grpc.Channel, root: Path, probe: Probe) -> None:
    probe.gate.clear()
    stream = embed(reader, "sub/a b.wav", sha(root / "sub" / "a b.wav"))
    stream.accepted()
    stream.audio(PCM[:100])
    assert stream.error().code() is grpc.StatusCode.INVALID_ARGUMENT
