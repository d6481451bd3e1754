"""Examples and tracks to a classifier."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from eightcut_scoring.classifier import ClassifierModel
from eightcut_scoring.metrics import average_precision, event_counts, window_truth
from eightcut_scoring.regions import build_regions
from eightcut_scoring.windows import WindowGrid
from eightcut_trainer.learning.dataset import ClassMissingError, build_dataset
from eightcut_trainer.learning.examples import Example, Kind
from eightcut_trainer.learning.folds import Grouping, make_folds
from eightcut_trainer.learning.learn import Learned, LearnOptions, TrainingCancelledError, learn
from eightcut_trainer.learning.linear import MARGIN, WhitenedExamples
from eightcut_trainer.learning.threshold import platt

GRID = WindowGrid()
HASH = "cd" * 32
DIM = 40
Track = npt.NDArray[np.float32]


def track(seed: int, events: list[float], count: int = 400, strength: float = 4.0, shift: float = 0.0) -> Track:
    """Vectors of a file: correlated background, its own offset, and a direction that events move along."""
    world = np.random.default_rng(99)
    mixing, direction = world.normal(size=(DIM, DIM)) / np.sqrt(DIM), world.normal(size=DIM)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, DIM)) @ mixing + shift * world.normal(size=DIM)
    truth = window_truth([(start, start + 1.0) for start in events], GRID, count)
    x[truth] += strength * direction / np.linalg.norm(direction)
    return x.astype(np.float32)


def clips(media: str, events: list[float]) -> list[Example]:
    return [Example(Kind.POSITIVE, media, event - 1.0) for event in events]


TIMES = [30.0, 75.3, 120.0, 160.8, 215.0, 260.2, 300.0, 350.5]
OTHERS = [20.0, 64.0, 111.7, 199.0, 333.0]


def one_file(events: list[float] | None = None, **options: float) -> Learned:
    times = TIMES if events is None else events
    return learn(clips("a", times), {"a": track(1, times)}, GRID, card_hash=HASH, options=LearnOptions(**options))  # type: ignore[arg-type]


def several_files(files: int = 4, shift: float = 0.0) -> tuple[list[Example], dict[str, Track]]:
    names = [f"file{i}" for i in range(files)]
    tracks = {name: track(i, TIMES, shift=shift * i) for i, name in enumerate(names)}
    return [clip for name in names for clip in clips(name, TIMES)], tracks


def test_it_finds_events_in_another_file() -> None:
    model = one_file().model
    other = track(7, OTHERS)
    scores = model.score(other)
    spans = [(start, start + 1.0) for start in OTHERS]
    assert average_precision(window_truth(spans, GRID, 400), scores) > 0.9
    regions = build_regions(scores, GRID, model.threshold)
    assert event_counts([(r.start, r.end) for r in regions], spans).f1 > 0.7


def test_the_classifier_is_complete() -> None:
    learned = one_file()
    assert learned.model.card_hash == HASH
    assert learned.model.threshold == learned.metrics.threshold
    assert learned.model.metadata["counts"]["positive"] == len(TIMES)
    again = ClassifierModel.from_bytes(learned.model.to_bytes(), sha256=learned.model.sha256)
    np.testing.assert_array_equal(again.score(track(3, OTHERS)), learned.model.score(track(3, OTHERS)))


def test_training_is_deterministic() -> None:
    examples, tracks = several_files(3)
    one = learn(examples, tracks, GRID, card_hash=HASH)
    backwards = dict(reversed(tracks.items()))
    other = learn(examples[::-1], backwards, GRID, card_hash=HASH)
    assert one.model.to_bytes() == other.model.to_bytes()
    assert one.metrics == other.metrics


def test_marks_in_one_file_are_validated_over_time_blocks_and_it_says_so() -> None:
    metrics = one_file().metrics
    assert metrics.grouping is Grouping.TIME_BLOCKS
    assert metrics.folds == 5
    assert any("one file" in note for note in metrics.notes)
    assert metrics.window_average_precision is not None
    assert metrics.window_average_precision > 0.8
    assert metrics.event_f1 is not None


def test_several_files_are_validated_by_media_and_calibrated() -> None:
    examples, tracks = several_files()
    learned = learn(examples, tracks, GRID, card_hash=HASH)
    assert learned.metrics.grouping is Grouping.MEDIA
    assert learned.metrics.folds == 4
    assert learned.model.calibration is not None
    assert not any("calibrated" in note for note in learned.metrics.notes)
    other = track(17, OTHERS)
    truth = window_truth([(start, start + 1.0) for start in OTHERS], GRID, 400)
    scores = learned.model.score(other)
    assert abs(float(scores.mean()) - truth.mean()) < 0.08  # scores mean what they say


def test_few_positives_are_not_calibrated() -> None:
    learned = one_file()
    assert learned.model.calibration is None
    assert any("not calibrated" in note for note in learned.metrics.notes)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_with_fewer_than_5_positives_it_trains_and_gives_no_figure(count: int) -> None:
    learned = one_file(TIMES[:count])
    metrics = learned.metrics
    assert (
        metrics.window_average_precision is metrics.event_f1 is metrics.event_precision is metrics.event_recall is None
    )
    assert metrics.grouping is Grouping.NONE
    assert any(f"With {count} positive clip{'s' * (count != 1)} no honest figure" in note for note in metrics.notes)
    scores = learned.model.score(track(7, OTHERS))
    truth = window_truth([(start, start + 1.0) for start in OTHERS], GRID, 400)
    assert average_precision(truth, scores) > 2 * truth.mean()


def test_figures_of_noise_are_poor() -> None:
    learned = learn(clips("a", TIMES), {"a": track(5, [])}, GRID, card_hash=HASH)
    assert learned.metrics.window_average_precision is not None
    assert learned.metrics.window_average_precision < 0.4


def test_centring_is_chosen_where_files_differ() -> None:
    examples, tracks = several_files(4, shift=6.0)
    learned = learn(examples, tracks, GRID, card_hash=HASH, options=LearnOptions(usual_centring=False))
    assert learned.model.centred
    far = track(40, OTHERS, shift=-9.0)
    truth = window_truth([(start, start + 1.0) for start in OTHERS], GRID, 400)
    assert average_precision(truth, learned.model.score(far)) > 0.8


def test_a_hard_negative_lowers_its_window() -> None:
    examples, tracks = clips("a", TIMES), {"a": track(1, TIMES), "b": track(2, [])}
    before = learn(examples, tracks, GRID, card_hash=HASH).model.score(tracks["b"])
    worst = int(np.argmax(before))
    hard = [Example(Kind.HARD_NEGATIVE, "b", float(worst))]
    learned = learn(examples + hard, tracks, GRID, card_hash=HASH)
    after = learned.model.score(tracks["b"])
    assert after[worst] < 0.7 * before[worst]
    assert learned.metrics.counts.hard_negative == 1
    assert learned.metrics.counts.media == 2


def test_counts() -> None:
    examples = [
        *clips("a", [30.0, 30.4, 200.0]),  # two of them are one
        Example(Kind.NEGATIVE, "a", 100.0),
        Example(Kind.SOFT, "a", 300.0),
        Example(Kind.HARD_NEGATIVE, "a", 29.0),  # where the clip is: set aside
        Example(Kind.HARD_NEGATIVE, "b", 10.0),
        Example(Kind.POSITIVE, "without a track", 10.0),
    ]
    metrics = learn(examples, {"a": track(1, [30.0, 200.0]), "b": track(2, [])}, GRID, card_hash=HASH).metrics
    counts = metrics.counts
    assert (counts.positive, counts.negative, counts.hard_negative, counts.soft, counts.media) == (2, 1, 1, 1, 2)
    assert counts.auto_negative > 100
    assert counts.near_negative > 0
    assert any("nearer" in note for note in metrics.notes)
    assert any("set aside" in note for note in metrics.notes)


def test_occurrences_that_were_not_marked_are_not_learned_as_negatives() -> None:
    """Every second event is unmarked, and all of them lie near a marked one."""
    tracks = {"a": track(1, TIMES)}
    learned = learn(clips("a", TIMES[::2]), tracks, GRID, card_hash=HASH, options=LearnOptions(margin_s=60.0))
    assert any("listen there" in note for note in learned.metrics.notes)
    truth = window_truth([(start, start + 1.0) for start in OTHERS], GRID, 400)
    assert average_precision(truth, learned.model.score(track(7, OTHERS))) > 0.9
    full = one_file(margin_s=60.0).metrics.counts
    assert learned.metrics.counts.near_negative < 400 - full.auto_negative


def test_one_mark_in_a_second_file_does_not_teach_that_its_other_events_are_wrong() -> None:
    """A person who adds the one event that a scan missed has not said that there is no other in that file."""
    tracks = {"a": track(1, TIMES), "b": track(2, OTHERS)}
    learned = learn(clips("a", TIMES) + clips("b", OTHERS[:1]), tracks, GRID, card_hash=HASH)
    third = [44.0, 90.5, 150.2, 222.0, 310.0]
    scores = learned.model.score(track(3, third))
    spans = [(start, start + 1.0) for start in third]
    assert average_precision(window_truth(spans, GRID, 400), scores) > 0.9
    regions = build_regions(scores, GRID, learned.model.threshold)
    assert event_counts([(r.start, r.end) for r in regions], spans).f1 > 0.8
    assert any("without a mark" in note for note in learned.metrics.notes)
    assert learned.metrics.grouping is Grouping.TIME_BLOCKS, "leaving out the first file would leave one clip"
    assert any(note.startswith("Most positive clips lie in one file") for note in learned.metrics.notes)


def test_near_negatives_can_be_refused() -> None:
    assert one_file(enough_negatives=0).metrics.counts.near_negative == 0


def test_without_positives_it_refuses_with_counts() -> None:
    with pytest.raises(ClassMissingError, match="nothing to learn from") as caught:
        learn([Example(Kind.NEGATIVE, "a", 5.0)], {"a": track(1, [])}, GRID, card_hash=HASH)
    assert caught.value.counts.negative == 1
    assert "Mark at least one clip" in str(caught.value)
    with pytest.raises(ClassMissingError):
        learn([], {}, GRID, card_hash=HASH)


def test_without_negatives_it_refuses_with_counts() -> None:
    with pytest.raises(ClassMissingError, match="nothing to tell the sound from") as caught:
        learn([Example(Kind.POSITIVE, "a", 0.0)], {"a": track(1, [], count=4)}, GRID, card_hash=HASH)
    assert caught.value.counts.positive == 1


def test_explicit_negatives_are_enough() -> None:
    examples = [Example(Kind.POSITIVE, "a", 0.0, 10.0), Example(Kind.NEGATIVE, "b", 0.0, 30.0)]
    tracks = {"a": track(1, [2.0], count=3), "b": track(2, [], count=23)}
    assert learn(examples, tracks, GRID, card_hash=HASH).metrics.counts.negative == 1


def test_progress_and_cancelling_between_fits() -> None:
    seen: list[tuple[str, int, int]] = []
    examples, tracks = several_files(3)
    learn(examples, tracks, GRID, card_hash=HASH, progress=lambda *event: seen.append(event))
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["label", "cross-validate", "threshold", "fit"]
    for stage in stages:
        steps = [(done, total) for name, done, total in seen if name == stage]
        assert steps[-1][0] == steps[-1][1]
        assert all(a[0] <= b[0] for a, b in pairwise(steps))
    fits = sum(stage == "cross-validate" for stage, _, _ in seen)
    asked = iter(range(10_000))
    with pytest.raises(TrainingCancelledError):
        learn(examples, tracks, GRID, card_hash=HASH, cancelled=lambda: next(asked) >= fits // 2)


def test_folds_by_media_spread_the_clips() -> None:
    examples, tracks = several_files(7)
    dataset = build_dataset(examples, tracks, GRID, margin_s=30, cap=1000, enough=0)
    folds = make_folds(dataset, GRID)
    assert folds.count == 5
    for fold in range(5):
        parts = [i for i in range(7) if folds.tested(i, fold).any()]
        assert 1 <= len(parts) <= 2
        assert all(folds.tested(i, fold).all() and not folds.trained(i, fold).any() for i in parts)


def test_time_blocks_share_no_audio_with_what_is_trained_on() -> None:
    dataset = build_dataset(clips("a", TIMES), {"a": track(1, TIMES)}, GRID, margin_s=30, cap=1000, enough=0)
    folds = make_folds(dataset, GRID)
    assert folds.grouping is Grouping.TIME_BLOCKS
    tested = np.zeros(400, int)
    for fold in range(folds.count):
        inside, outside = np.flatnonzero(folds.tested(0, fold)), np.flatnonzero(folds.trained(0, fold))
        tested[inside] += 1
        assert np.abs(inside[:, np.newaxis] - outside).min() >= 8
    assert (tested == 1).all()


def test_the_weak_fit_is_fishers_discriminant() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6))
    positive = np.arange(500) < 40
    x[positive] += [2, 0, 0, 1, 0, 0]
    fit = WhitenedExamples(x, positive, np.ones(500)).fit(1e-6)
    quiet = (x[~positive] - x[~positive].mean(axis=0)) / x[~positive].std(axis=0)
    shrunk = 0.6 * np.cov(quiet.T, bias=True) + 0.4 * np.eye(6)
    fisher = np.linalg.solve(shrunk, ((x[positive].mean(0) - x[~positive].mean(0)) / x[~positive].std(axis=0)))
    cosine = fit.coef @ fisher / np.linalg.norm(fit.coef) / np.linalg.norm(fisher)
    assert cosine > 0.999
    margins = fit.margins(x)
    assert margins[positive].mean() == pytest.approx(MARGIN)
    assert margins[~positive].mean() == pytest.approx(-MARGIN)


def test_a_background_that_never_varies_does_not_weigh_everything() -> None:
    x = np.zeros((50, 8))
    x[:5] = np.random.default_rng(0).normal(size=(5, 8)) + 3
    fit = WhitenedExamples(x, np.arange(50) < 5, np.ones(50)).fit(0.1)
    assert np.isfinite(fit.margins(x)).all()
    assert fit.margins(x)[:5].min() > fit.margins(x)[5:].max()


def test_platt_recovers_a_known_curve() -> None:
    rng = np.random.default_rng(0)
    margins = rng.normal(size=20_000) * 3
    truth = rng.uniform(size=20_000) < 1 / (1 + np.exp(-(0.7 * margins - 1.5)))
    found = platt(truth, margins)
    assert found == pytest.approx((0.7, -1.5), abs=0.06)
    assert platt(~truth, margins) is None  # it would fall with the margin
    assert platt(np.ones(4, bool), np.ones(4)) is None
