"""A full disk: refused in one sentence, and what was embedded is kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest

from tests.inference.clients import noise, reason
from tests.inference.fakes import Probe, Serve, expected_vectors
from tests.inference.test_embed import embed, get_track, read_track

_LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
from eightcut_inference.tracks import TrackCache
from eightcut_runtime import OutOfSpace
from tests.inference.test_tracks import KEY
rows = np.arange(4000, dtype=np.float32).reshape(1000, 4)
cache = TrackCache(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
writer = cache.claim(KEY)
try:
    for begin in range(0, 1000, 10):
        writer.append(rows[begin : begin + 10])
    sys.exit("the limit was not reached")
except OutOfSpace:
    kept = writer.count
assert 0 < kept < 1000
assert cache.status(KEY).window_count == kept
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
writer.append(rows[kept:])
resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, resource.RLIM_INFINITY))
try:
    cache.complete(KEY, writer, 1)
    sys.exit("the limit was not reached")
except OutOfSpace:
    pass
assert not [path for path in Path(sys.argv[1]).rglob("*.new")]
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
cache.complete(KEY, writer, 1)
np.testing.assert_array_equal(cache.open_verified(KEY).rows(), rows)
"""


def test_a_limit_on_file_sizes_keeps_what_was_written(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    child = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)],
        cwd=root,
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_refuses_the_upload_and_continues_when_there_is_room(
    serve: Serve, small_disk: Path, probe: Probe
) -> None:
    running = serve(data_dir=small_disk)
    pcm = noise(40)
    with running.channel() as channel:
        filler = small_disk / "filler"
        stream = embed(channel, seconds=40)
        stream.accepted()
        stream.audio(pcm[: 20 * 16_000])
        while stream.until("progress").windows_done < 13:
            continue
        fill_up(filler)
        # The page in use may still have room for some rows; a track of thousands has not.
        stream.audio(pcm, 20 * 16_000)
        stream.end(len(pcm))
        error = stream.error()
        assert reason(error) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL")
        assert "disk" in error.details()
        kept = get_track(channel).window_count
        assert kept >= 13
        filler.unlink()
        again = embed(channel, seconds=40)
        accepted = again.wanted()
        assert accepted.windows_cached == kept
        again.upload(pcm, accepted.first_sample)
        again.finish()
        assert probe.embedded <= 33 + (33 - kept)
        np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


def fill_up(path: Path) -> None:
    """Writes until there is no room at all."""
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_disk_that_is_full_from_the_start_is_refused_before_the_upload(serve: Serve, small_disk: Path) -> None:
    running = serve(data_dir=small_disk)
    fill_up(small_disk / "filler")
    with running.channel() as channel:
        assert reason(embed(channel).error()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL")
        assert reason(embed(channel).error()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL")
        (small_disk / "filler").unlink()
        stream = embed(channel)
        stream.accepted()
        stream.upload(noise(9))
        assert stream.finish().window_count == 2
