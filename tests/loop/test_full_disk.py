"""A full disk, as the command tells it: one sentence, nothing lost, and afterwards the same command works."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.inference.test_disk_full import fill_up
from tests.loop.conftest import World
from tests.loop.product import LINUX, Product, serving

pytestmark = [pytest.mark.slow, LINUX]


@pytest.fixture
def small(product: Product, tmp_path: Path) -> Iterator[Product]:
    """Commands on a copy of the world's data folder on a file system of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        shutil.copytree(product.data, disk / "data")
        yield replace(product, data=disk / "data")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def leave(product: Product, free: int) -> Path:
    """Fills the disk but for this many bytes."""
    filler, room = product.data.parent / "filler", product.data.parent / "room"
    room.write_bytes(bytes(free))
    fill_up(filler)
    room.unlink()
    return filler


def test_while_a_track_is_saved(small: Product, world: World) -> None:
    command = ("scan", world.long, "--model", "LOGMEL", "--scores")
    filler = leave(small, 1_000_000)
    small.run(*command).failed_with("disk")
    filler.unlink()
    (scan,) = small.ask(*command)["scans"]
    assert scan["window_scores"] == world.scan["window_scores"]
    first, second = small.recorded_from()
    assert first == 0
    assert second > 100, "what fitted was kept"
    assert small.history(world.long) == [scan["id"]]


def test_while_a_scan_is_saved(small: Product, world: World) -> None:
    command = ("scan", world.long, "--model", "LOGMEL", "--scores", "--rescan")
    (before,) = small.ask(*command)["scans"]
    with serving(small.data):
        filler = leave(small, 0)
        small.run(*command).failed_with("disk")
        assert small.history(world.long) == [before["id"]]
        filler.unlink()
        (after,) = small.ask(*command)["scans"]
        assert after["window_scores"] == before["window_scores"]
        assert small.history(world.long) == [after["id"], before["id"]]
    leave(small, 0)
    small.run(*command).failed_with("disk")  # not even services of its own can start
    assert small.recorded_from() == [0]
