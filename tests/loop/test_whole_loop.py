"""Mark, train, scan, correct, train again, scan again, compare, go back: on videos whose sounds are known."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from eightcut_scoring.metrics import average_precision, event_counts, window_truth
from eightcut_scoring.windows import WindowGrid

from demo.sounds import mix
from demo.videos import write
from tests.cli.conftest import Document
from tests.loop.product import Product, serving

pytestmark = pytest.mark.slow
Span = tuple[float, float]
SECONDS = 160.0
MARKED = {
    "kitchen.mp4": ("room", "9 bell, 24 knock, 41 bark, 55 knock, 72 knock, 90 bell, 103 knock, 121 knock, 139 bark"),
    "yard.mp4": ("street", "8 knock, 26 bark, 43 knock, 61 bell, 78 knock, 97 knock, 113 bell, 128 bark, 143 knock"),
}
SCANNED = "garden.mp4", "rain", "9 bark, 25 knock, 41 bell, 57 knock, 74 ball, 92 knock, 109 bark, 124 knock, 144 bell"


class Media(NamedTuple):
    """Videos in a folder: what is marked in a CSV, and one in which knocks are to be found."""

    marks: Path
    scanned: Path
    knocks: list[Span]
    balls: list[Span]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("videos")
    spans: dict[str, dict[str, list[Span]]] = {}
    for seed, (name, background, script) in enumerate([*((n, *rest) for n, rest in MARKED.items()), SCANNED]):
        events = [(float(start), sound) for start, sound in (event.split() for event in script.split(", "))]
        audio, truth = mix(np.random.default_rng(seed), background, SECONDS, events)
        write(folder / name, audio)
        found = spans[name] = {}
        for start, end, sound in truth:
            found.setdefault(sound, []).append((start, end))
    marks = folder / "marks.csv"
    with marks.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "start", "duration", "folder"])
        rows.writerows([name, start - 1, 8, "knock"] for name in MARKED for start, _ in spans[name]["knock"])
    return Media(marks, folder / SCANNED[0], spans[SCANNED[0]]["knock"], spans[SCANNED[0]]["ball"])


def spans_of(scan: Document) -> list[Span]:
    return [(region["start"], region["end"]) for region in scan["regions"]]


def quality(scan: Document, knocks: list[Span]) -> tuple[float, float]:
    """Average precision of the windows, and the share of the knocks that were found."""
    scores = np.array(scan["window_scores"]["scores"])
    truth = window_truth(knocks, WindowGrid(), len(scores))
    return average_precision(truth, scores), event_counts(spans_of(scan), knocks).recall


def mean_near(scan: Document, span: Span) -> float:
    """The mean score of the windows that hold a sound whole."""
    scores = scan["window_scores"]["scores"]
    return float(np.mean([score for start, score in enumerate(scores) if start <= span[0] and start + 8 >= span[1]]))


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """Commands on a new data folder, on which `8cut serve` runs."""
    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data"):
        yield Product(tmp_path / "data", tmp_path)


def test_the_whole_loop(media: Media, product: Product) -> None:
    train = ("train", "--folder", "knock", "--model", "LOGMEL", "--margin", "8")
    assert product.ask("clips", "import", media.marks) == {"added": 10, "skipped": 0}
    first = product.ask(*train)["classifier"]
    assert first["examples"]["positive"] == 10
    before = product.scan(media.scanned)
    precision, recall = quality(before, media.knocks)
    # By chance it would be the share of windows with a knock: about a fifth.
    assert precision > 0.75
    assert recall >= 0.75

    wrong = [start for start, end in spans_of(before) if not event_counts([(start, end)], media.knocks).matched]
    corrected = wrong or [max(media.balls, key=lambda ball: mean_near(before, ball))[0] - 3]
    added = product.ask("negatives", "add", media.scanned, "--model", "LOGMEL", "--at", *corrected)["negatives"]
    assert {negative["source_model"] for negative in added} == {"LOGMEL"}
    assert sorted(negative["start"] for negative in added) == pytest.approx(sorted(corrected))
    second = product.ask(*train)["classifier"]
    assert (second["version"], second["active"]) == (2, True)
    assert second["examples"]["hard_negative"] == len(corrected)
    after = product.scan(media.scanned)
    assert after["classifier"] == second["id"]
    assert quality(after, media.knocks)[0] > 0.75
    for start in corrected:
        window = round(start)
        assert after["window_scores"]["scores"][window] < before["window_scores"]["scores"][window]

    assert product.history(media.scanned) == [after["id"], before["id"]]
    for scan in (before, after):
        kept = product.ask("scans", "show", scan["id"])
        assert (kept["classifier"], kept["regions"]) == (scan["classifier"], scan["regions"])
    diff = product.ask("scans", "diff", before["id"], after["id"])
    count = {name: len(regions) for name, regions in diff.items()}
    assert count["lost"] + count["kept"] + count["moved"] == len(before["regions"])
    assert count["gained"] + count["kept"] + count["moved"] == len(after["regions"])

    assert product.ask("classifiers", "activate", first["id"])["classifier"]["active"]
    known = product.ask("classifiers", "list")["classifiers"]
    assert [(c["id"], c["active"]) for c in known] == [(second["id"], False), (first["id"], True)]
    again = product.scan(media.scanned)
    assert (again["classifier"], again["reused"]) == (first["id"], False)
    assert (again["window_scores"], spans_of(again)) == (before["window_scores"], spans_of(before))
    assert product.history(media.scanned) == [again["id"], after["id"], before["id"]]
    assert len(product.recorded_from()) == 3, "each file was embedded once"


def test_what_the_loop_measures_is_the_work_of_the_marks(media: Media, product: Product) -> None:
    """With marks where no knock is, the same steps find nothing."""
    head, *rows = (row.split(",") for row in media.marks.read_text().splitlines())
    elsewhere = [head, *([name, str((float(start) + 9) % 150), *rest] for name, start, *rest in rows)]
    marks = media.marks.with_name("elsewhere.csv")
    marks.write_text("".join(",".join(row) + "\n" for row in elsewhere))
    product.ask("clips", "import", marks)
    product.ask("train", "--folder", "knock", "--model", "LOGMEL", "--margin", "8")
    assert quality(product.scan(media.scanned), media.knocks)[0] < 0.6
