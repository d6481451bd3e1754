"""Real recordings: the command finds a sound in a video that it has never heard."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from eightcut_scoring.metrics import event_counts

from tests.loop.product import Product, serving

pytestmark = pytest.mark.slow


def test_reloads_of_rifles_are_found_in_another_video(shared_audio: Path, tmp_path: Path) -> None:
    with (shared_audio / "marks.csv").open(newline="") as file:
        starts = [row["start"] for row in csv.DictReader(file) if row["task"] == "reload"]
    with (shared_audio / "events.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["file"], row["label"]) == ("rec_test.mp4", "reload")]
    events = [(float(row["onset"]), float(row["offset"])) for row in rows]
    assert len(starts) >= 5
    assert len(events) >= 5
    marks = tmp_path / "marks.csv"
    train, test = shared_audio / "rec_train.mp4", shared_audio / "rec_test.mp4"
    marks.write_text("file,start\n" + "".join(f"{train},{start}\n" for start in starts))
    product = Product(tmp_path / "data", tmp_path)
    with serving(product.data):
        assert product.ask("clips", "import", marks, "--folder", "reload")["added"] == len(starts)
        product.ask("train", "--folder", "reload", "--model", "LOGMEL")
        scan = product.scan(test)
    found = event_counts([(region["start"], region["end"]) for region in scan["regions"]], events)
    assert found.recall >= 0.5
    # Without an idea one would mark everything: regions are not many more than events.
    assert found.precision >= 0.2
