"""Pictures on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from eightcut_qt.timeline.peaks import RATE
from eightcut_qt.timeline.store import PictureStore

from tests.qt.timeline.scenes import picture

SOUND = picture(np.random.default_rng(3).uniform(-0.5, 0.5, 30 * RATE + 77))


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    assert store.load("a") is None
    store.save("a", SOUND)
    found = store.load("a")
    assert found is not None
    assert (found.complete, found.samples, found.spectrum_hop) == (True, SOUND.samples, SOUND.spectrum_hop)
    for one, other in (
        *zip(found.peaks.levels, SOUND.peaks.levels, strict=True),
        *zip(found.spectrum.levels, SOUND.spectrum.levels, strict=True),
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("damage", ["cut", "flipped", "header", "empty", "other", "longer"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    store = PictureStore(tmp_path)
    store.save("a", SOUND)
    file = store.file("a")
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[-100] ^= 1
    elif damage == "header":
        content[20] ^= 0xFF
    elif damage == "empty":
        content.clear()
    elif damage == "other":
        content = bytearray(b"8cut sound\n[1, 2]\n")
    else:
        content += b"more"
    file.write_bytes(content)
    assert store.load("a") is None
    assert not file.exists()
    store.save("a", SOUND)
    assert store.load("a") is not None


def test_the_least_used_ones_go_first(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.save("a", SOUND)
    size = store.file("a").stat().st_size
    store = PictureStore(tmp_path, limit=3 * size)
    for age, digest in ((400, "a"), (300, "b"), (200, "c")):
        store.save(digest, SOUND)
        os.utime(store.file(digest), ns=(0, store.file(digest).stat().st_mtime_ns - age * 10**9))
    assert store.load("a") is not None  # Used now.
    store.save("d", SOUND)
    assert [digest for digest in "abcd" if store.file(digest).exists()] == ["a", "c", "d"]


def test_a_folder_that_cannot_be_written_is_no_disaster(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = PictureStore(tmp_path / "file")
    store.save("a", SOUND)
    assert store.load("a") is None
