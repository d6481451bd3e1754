"""The digest and its cache."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from eightcut_client import media


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that has not changed for a minute, as far as `digest` can know."""
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(9_000_000))
    # The change time of an inode cannot be set back, so the clock is set ahead.
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 60_000_000_000)
    return path


def test_it_is_the_sha256_of_the_bytes_with_progress(settled: Path, cache: Path) -> None:
    calls: list[tuple[int, int]] = []
    found = media.digest(settled, cache_dir=cache, progress=lambda done, size: calls.append((done, size)))
    assert found.sha256 == hashlib.sha256(settled.read_bytes()).hexdigest()
    assert not found.cached
    assert found.stamp == media.FileStamp.of(settled)
    assert calls[-1] == (9_000_000, 9_000_000)
    assert len(calls) == 3
    assert calls == sorted(calls)


def test_the_second_time_nothing_is_read(settled: Path, cache: Path) -> None:
    first = media.digest(settled, cache_dir=cache)
    calls: list[int] = []
    second = media.digest(settled, cache_dir=cache, progress=lambda done, _: calls.append(done))
    assert second.cached
    assert second.sha256 == first.sha256
    assert not calls
    assert not media.digest(settled, cache_dir=cache, use_cache=False).cached


def test_a_changed_file_is_read_again(settled: Path, cache: Path) -> None:
    first = media.digest(settled, cache_dir=cache)
    settled.write_bytes(settled.read_bytes()[::-1])
    again = media.digest(settled, cache_dir=cache)
    assert not again.cached
    assert again.sha256 == hashlib.sha256(settled.read_bytes()).hexdigest() != first.sha256


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no change time")
def test_an_edit_that_restores_size_and_modification_time_is_noticed(settled: Path, cache: Path) -> None:
    media.digest(settled, cache_dir=cache)
    before = settled.stat()
    with settled.open("r+b") as file:
        file.write(b"edited")
    os.utime(settled, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert settled.stat().st_mtime_ns == before.st_mtime_ns
    again = media.digest(settled, cache_dir=cache)
    assert again.sha256 == hashlib.sha256(settled.read_bytes()).hexdigest()


def test_a_replacing_file_of_the_same_size_and_time_is_noticed(settled: Path, cache: Path) -> None:
    media.digest(settled, cache_dir=cache)
    status = settled.stat()
    other = settled.with_name("b.bin")
    other.write_bytes(os.urandom(9_000_000))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(settled)
    assert media.digest(settled, cache_dir=cache).sha256 == hashlib.sha256(settled.read_bytes()).hexdigest()


def test_a_file_changed_just_now_is_not_cached(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"young")
    media.digest(path, cache_dir=cache)
    assert not media.digest(path, cache_dir=cache).cached


def test_a_file_from_the_future_is_not_cached(settled: Path, cache: Path) -> None:
    os.utime(settled, (time.time() + 1e6, time.time() + 1e6))
    media.digest(settled, cache_dir=cache)
    assert not media.digest(settled, cache_dir=cache).cached


@pytest.mark.parametrize("garbage", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_corrupt_cache_is_rebuilt(settled: Path, cache: Path, garbage: bytes) -> None:
    cache.mkdir()
    (cache / "digests.sqlite3").write_bytes(garbage)
    first = media.digest(settled, cache_dir=cache)
    assert first.sha256 == hashlib.sha256(settled.read_bytes()).hexdigest()
    assert media.digest(settled, cache_dir=cache).cached


def test_a_cache_with_another_table_is_rebuilt(settled: Path, cache: Path) -> None:
    cache.mkdir()
    connection = sqlite3.connect(cache / "digests.sqlite3")
    connection.execute("CREATE TABLE digests (something TEXT)")
    connection.commit()
    connection.close()
    media.digest(settled, cache_dir=cache)
    assert media.digest(settled, cache_dir=cache).cached


def test_a_cached_value_that_is_no_digest_is_ignored(settled: Path, cache: Path) -> None:
    expected = media.digest(settled, cache_dir=cache).sha256
    connection = sqlite3.connect(cache / "digests.sqlite3")
    connection.execute("UPDATE digests SET sha256 = 'nonsense'")
    connection.commit()
    connection.close()
    assert media.digest(settled, cache_dir=cache).sha256 == expected


def test_a_cache_folder_that_cannot_be_made_does_no_harm(settled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = media.digest(settled, cache_dir=tmp_path / "file" / "cache")
    assert found.sha256 == hashlib.sha256(settled.read_bytes()).hexdigest()


def test_the_cache_is_shared_by_processes(tmp_path: Path, cache: Path) -> None:
    for index in range(20):
        (tmp_path / f"{index}.bin").write_bytes(bytes([index]) * 1000)
    root = str(Path(media.__file__).parents[2])
    script = (
        f"import sys, time; sys.path.insert(0, {root!r})\n"
        "from pathlib import Path\n"
        "from eightcut_client import media\n"
        "real = time.time_ns\n"
        "time.time_ns = lambda: real() + 60_000_000_000\n"
        "for n in range(3):\n"
        "    for p in sorted(Path(sys.argv[1]).glob('*.bin')):\n"
        "        d = media.digest(p, cache_dir=Path(sys.argv[2]))\n"
        "        assert n == 0 or d.cached, p\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(cache)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in running:
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors
    connection = sqlite3.connect(cache / "digests.sqlite3")
    assert connection.execute("SELECT count(*) FROM digests").fetchone() == (20,)
    connection.close()


def test_a_file_that_changes_while_it_is_hashed(settled: Path, cache: Path) -> None:
    def meddle(done: int, size: int) -> None:
        with settled.open("ab") as file:
            file.write(b"more")

    with pytest.raises(media.FileChangedError, match=r"a\.bin changed while it was read"):
        media.digest(settled, cache_dir=cache, progress=meddle)


def test_progress_can_cancel(settled: Path, cache: Path) -> None:
    def cancel(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        media.digest(settled, cache_dir=cache, progress=cancel)


def test_missing_and_empty(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(media.MediaNotFoundError):
        media.digest(tmp_path / "no.bin", cache_dir=cache)
    (tmp_path / "a.bin").touch()
    with pytest.raises(media.EmptyFileError):
        media.digest(tmp_path / "a.bin", cache_dir=cache)


def test_the_default_cache_is_in_the_users_cache_folder() -> None:
    assert media.default_cache_dir().name == "8cut"
    assert media.default_cache_dir().is_relative_to(Path.home())
