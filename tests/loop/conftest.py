"""What tests of the whole product begin with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Document, recording, run_process
from tests.loop.product import Product

BEEPS = [15.0, 60.0, 105.0, 160.0, 220.0, 290.0, 350.0, 420.0]
LONG_BEEPS = [100.0, 450.0, 800.0]


@dataclass(frozen=True)
class World:
    """Recordings, and a data folder that knows one of them.

    Attributes:
        data: Clips of the beeps in `train`, and a classifier LOGMEL made from them. Not to be changed: copy it.
        train: 480 s with beeps, embedded.
        long: 900 s with three beeps, never seen.
        scan: The scan of `long` when nothing goes wrong.
    """

    data: Path
    train: Path
    long: Path
    scan: Document


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    train = recording(folder / "train.wav", BEEPS, duration=480.0, seed=5)
    long = recording(folder / "long.wav", LONG_BEEPS, duration=900.0, seed=6)
    marks = folder / "marks.csv"
    marks.write_text("file,start,duration,folder\n" + "".join(f"train.wav,{b - 1},4,beep\n" for b in BEEPS))
    data = folder / "data"

    def run(*arguments: object) -> Document:
        return run_process([*arguments, "--data-dir", data, "--json"], HOME=str(folder)).json

    assert run("clips", "import", marks) == {"added": len(BEEPS), "skipped": 0}
    run("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5")
    untouched = folder / "untouched"
    shutil.copytree(data, untouched, ignore=shutil.ignore_patterns("logs"))
    (scan,) = run("scan", long, "--model", "LOGMEL", "--scores")["scans"]
    for beep in LONG_BEEPS:
        assert any(region["start"] <= beep + 2 and region["end"] >= beep for region in scan["regions"])
    return World(untouched, train, long, scan)


@pytest.fixture
def product(world: World, tmp_path: Path) -> Iterator[Product]:
    """Commands on a copy of the world's data folder."""
    shutil.copytree(world.data, tmp_path / "data")
    product = Product(tmp_path / "data", tmp_path)
    yield product
    product.end()


def assert_as_if_nothing_happened(scan: Document, world: World, product: Product) -> None:
    """A scan of `World.long` is the one that nothing disturbed, to the bit, and no unfinished track is left."""
    assert scan["window_scores"] == world.scan["window_scores"]
    spans = [[(r["start"], r["end"], r["score"]) for r in one["regions"]] for one in (scan, world.scan)]
    assert spans[0] == spans[1]
    assert not list(product.data.glob("tracks/**/*.partial"))
    assert len(list(product.data.glob("tracks/**/*.track"))) == 2, "of the training file and of this one"
