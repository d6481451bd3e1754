"""The track files: what survives, and what is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from eightcut_inference.tracks import CorruptTrackError, TrackCache, TrackFollower, TrackKey
from eightcut_runtime import DataLoss
from eightcut_scoring.windows import WindowGrid

from tests.inference.fakes import card

KEY = TrackKey("ab" * 32, card(), WindowGrid())
ROWS = np.arange(400, dtype=np.float32).reshape(100, 4)


@pytest.fixture
def cache(tmp_path: Path) -> TrackCache:
    return TrackCache(tmp_path / "tracks")


def file_of(cache: TrackCache, suffix: str) -> Path:
    (found,) = [path for path in cache._folder.rglob("*") if path.suffix == suffix]
    return found


def fill(cache: TrackCache, rows: np.ndarray = ROWS, *, complete: bool = True) -> None:
    writer = cache.claim(KEY)
    assert writer is not None
    for begin in range(writer.count, len(rows), 7):
        writer.append(rows[begin : begin + 7])
    writer.sync()
    if complete:
        cache.complete(KEY, writer, 1_712_000)
    writer.close()


def test_a_complete_track_is_mapped_read_only(cache: TrackCache) -> None:
    fill(cache)
    track = cache.open(KEY)
    assert track is not None
    assert (track.window_count, track.sample_count) == (100, 1_712_000)
    rows = track.rows()
    np.testing.assert_array_equal(rows, ROWS)
    np.testing.assert_array_equal(track.rows(10, 5), ROWS[10:15])
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1
    assert [path.suffix for path in cache._folder.rglob("*") if path.is_file()] == [".track"]


def test_all_that_vectors_depend_on_is_in_the_key() -> None:
    keys = {
        KEY.name,
        TrackKey("cd" * 32, card(), WindowGrid()).name,
        TrackKey("ab" * 32, card(version="2"), WindowGrid()).name,
        TrackKey("ab" * 32, card(), WindowGrid(hop_s=2.0)).name,
        TrackKey("ab" * 32, card(), WindowGrid(window_s=4.0)).name,
    }
    assert len(keys) == 5
    assert TrackKey("ab" * 32, card(), WindowGrid()).name == KEY.name


@pytest.mark.parametrize("where", ["header", "vectors", "size"])
def test_a_damaged_track_is_noticed_set_aside_and_made_again(cache: TrackCache, where: str) -> None:
    fill(cache)
    path = file_of(cache, ".track")
    data = bytearray(path.read_bytes())
    if where == "size":
        del data[-4:]
    else:
        data[60 if where == "header" else -3] ^= 1
    path.write_bytes(data)
    if where == "vectors":
        track = cache.open(KEY)
        assert track is not None
        with pytest.raises(CorruptTrackError):
            track.rows()
    else:
        with pytest.raises(DataLoss):
            cache.open(KEY)
    assert cache.open_verified(KEY) is None
    assert cache.status(KEY).window_count == 0
    assert file_of(cache, ".corrupt").exists()
    fill(cache)
    assert cache.open_verified(KEY) is not None


def test_only_the_blocks_that_are_read_are_verified(tmp_path: Path) -> None:
    wide = TrackKey("ab" * 32, card(), WindowGrid())
    cache = TrackCache(tmp_path)
    rows = np.random.default_rng(0).normal(size=(200_000, 4)).astype(np.float32)  # three blocks of 1 MiB and a bit
    writer = cache.claim(wide)
    assert writer is not None
    writer.append(rows)
    cache.complete(wide, writer, 1)
    writer.close()
    path = file_of(cache, ".track")
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x99")
    track = cache.open(wide)
    assert track is not None
    np.testing.assert_array_equal(track.rows(0, 65_536), rows[:65_536])
    with pytest.raises(CorruptTrackError):
        track.rows(199_999, 1)


@pytest.mark.parametrize("cut", [1, 5, 19, 20, 21, 60, 131])
def test_a_torn_tail_is_dropped_and_the_rest_is_kept(cache: TrackCache, cut: int) -> None:
    fill(cache, complete=False)
    path = file_of(cache, ".partial")
    os.truncate(path, path.stat().st_size - cut)
    writer = cache.claim(KEY)
    assert writer is not None
    assert writer.count in (91, 98)  # the last record has two rows, the ones before seven
    writer.append(ROWS[writer.count :])
    cache.complete(KEY, writer, 1)
    writer.close()
    track = cache.open_verified(KEY)
    assert track is not None
    np.testing.assert_array_equal(track.rows(), ROWS)


def test_a_flipped_bit_in_an_unfinished_track_costs_what_follows_it(cache: TrackCache) -> None:
    fill(cache, complete=False)
    path = file_of(cache, ".partial")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    kept = cache.status(KEY).window_count
    assert 0 < kept < 100
    assert kept % 7 == 0
    fill(cache)
    track = cache.open_verified(KEY)
    assert track is not None
    np.testing.assert_array_equal(track.rows(), ROWS)


@pytest.mark.parametrize("size", [0, 3, 40])
def test_a_writer_that_died_at_once_does_no_harm(cache: TrackCache, size: int) -> None:
    fill(cache, complete=False)
    os.truncate(file_of(cache, ".partial"), size)
    assert cache.status(KEY).window_count == 0
    fill(cache)
    assert cache.status(KEY).complete


def test_one_writes_at_a_time(cache: TrackCache) -> None:
    first = cache.claim(KEY)
    assert first is not None
    assert cache.claim(KEY) is None
    first.append(ROWS[:3])
    first.close()
    second = cache.claim(KEY)
    assert second is not None
    assert second.count == 3
    second.close()


_WRITER = """
import sys, time
import numpy as np
from pathlib import Path
from eightcut_inference.tracks import TrackCache
from tests.inference.test_tracks import KEY, ROWS
writer = TrackCache(Path(sys.argv[1])).claim(KEY)
writer.append(ROWS[:50])
print("ready", flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free_and_its_rows_are_there(cache: TrackCache) -> None:
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(cache._folder)], stdout=subprocess.PIPE, cwd=root, text=True
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "ready\n"
        assert cache.claim(KEY) is None
        assert cache.status(KEY).window_count == 50
        child.kill()
        child.wait()
    fill(cache)
    track = cache.open_verified(KEY)
    assert track is not None
    np.testing.assert_array_equal(track.rows(), ROWS)


def test_a_follower_reads_on_while_the_track_becomes_complete(cache: TrackCache) -> None:
    follower = TrackFollower(cache, KEY)
    assert follower.read() is None
    writer = cache.claim(KEY)
    assert writer is not None
    writer.append(ROWS[:10])
    seen = [follower.read()]
    assert follower.read() is None
    writer.append(ROWS[10:40])
    seen.append(follower.read())
    writer.append(ROWS[40:])
    cache.complete(KEY, writer, 5)
    writer.close()
    while not follower.finished:
        seen.append(follower.read())
    np.testing.assert_array_equal(np.concatenate([rows for rows in seen if rows is not None]), ROWS)
    follower.close()


def test_a_follower_notices_that_the_file_was_begun_anew(cache: TrackCache) -> None:
    writer = cache.claim(KEY)
    assert writer is not None
    writer.append(ROWS[:10])
    follower = TrackFollower(cache, KEY)
    assert follower.read() is not None
    writer.discard()
    writer.close()
    assert follower.read() is None
    fill(cache, complete=False)
    rows = follower.read()
    assert rows is not None
    np.testing.assert_array_equal(rows, ROWS[10:])
    follower.close()
