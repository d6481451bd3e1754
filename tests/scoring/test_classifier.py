"""A classifier's arithmetic, and its stored form."""

from __future__ import annotations

import itertools
import json
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from eightcut_scoring.classifier import ClassifierModel, StreamingScorer
from hypothesis import given, settings
from hypothesis import strategies as st

DIM = 37


def make(*, centred: bool = False, **changes: Any) -> ClassifierModel:
    rng = np.random.default_rng(1)
    fields: dict[str, Any] = {
        "mean": rng.normal(size=DIM).astype(np.float32),
        "scale": rng.uniform(0.5, 2, DIM).astype(np.float32),
        "coef": rng.normal(size=DIM).astype(np.float32),
        "bias": 0.25,
        "threshold": 0.6,
        "card_hash": "ab" * 32,
        "model": "LOGMEL_дверь",
        "centred": centred,
        "metadata": {"counts": {"positive": 3}, "note": "ü"},
    }
    return ClassifierModel(**(fields | changes))


def vectors(n: int, seed: int = 2) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)


def test_score_is_the_logistic_of_the_margin() -> None:
    model, x = make(), vectors(50).astype(np.float64)
    margin = ((x - model.mean) / model.scale) @ model.coef.astype(np.float64) + model.bias
    np.testing.assert_allclose(model.score(vectors(50)), 1 / (1 + np.exp(-margin)), rtol=1e-5)


def test_calibration_is_platts() -> None:
    plain, calibrated = make(), make(calibration=(0.5, -1.0))
    margins = plain.margins(vectors(20))
    np.testing.assert_allclose(calibrated.score(vectors(20)), 1 / (1 + np.exp(-(0.5 * margins - 1))), rtol=1e-5)


def test_centring_takes_the_files_mean_away() -> None:
    x = vectors(30) + 5
    whole = make(centred=True).score(x)
    np.testing.assert_allclose(whole, make().score(x - x.mean(axis=0)), atol=1e-5)
    np.testing.assert_array_equal(
        make(centred=True).score(x[:4], file_mean=x.astype(np.float64).mean(axis=0)).shape, (4,)
    )
    np.testing.assert_allclose(make(centred=True).score(x[:4], file_mean=x.mean(axis=0)), whole[:4], atol=1e-5)


def test_a_windows_score_does_not_depend_on_its_batch() -> None:
    model, x = make(), vectors(3000)
    one_by_one = np.concatenate([model.score(row[np.newaxis]) for row in x])
    np.testing.assert_array_equal(model.score(x), one_by_one)
    np.testing.assert_array_equal(model.score(np.asfortranarray(x)), one_by_one)


@pytest.mark.parametrize("centred", [False, True])
@given(cuts=st.lists(st.integers(0, 200), max_size=6))
@settings(max_examples=30, deadline=None)
def test_streaming_ends_in_exactly_the_batch_scores(centred: bool, cuts: list[int]) -> None:
    model, x = make(centred=centred), vectors(200) + 3
    scorer = StreamingScorer(model)
    edges = [0, *sorted(cuts), 200]
    pushed = [scorer.push(x[a:b]) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(scorer.finish(), model.score(x))
    assert scorer.provisional is centred
    if not centred:
        np.testing.assert_array_equal(np.concatenate(pushed), model.score(x))


def test_provisional_scores_use_the_windows_so_far() -> None:
    model, x = make(centred=True), vectors(60) + 3
    scorer = StreamingScorer(model)
    scorer.push(x[:40])
    np.testing.assert_array_equal(scorer.push(x[40:]), model.score(x)[40:])


def test_streaming_nothing() -> None:
    assert StreamingScorer(make(centred=True)).finish().shape == (0,)


def test_stored_form_round_trips_and_is_deterministic() -> None:
    model = make(centred=True, calibration=(1.5, -0.1))
    data = model.to_bytes()
    again = ClassifierModel.from_bytes(data, sha256=model.sha256)
    assert again.to_bytes() == data == make(centred=True, calibration=(1.5, -0.1)).to_bytes()
    assert (again.model, again.centred, again.calibration, dict(again.metadata)) == (
        model.model,
        True,
        (1.5, -0.1),
        dict(model.metadata),
    )
    np.testing.assert_array_equal(again.score(vectors(9)), model.score(vectors(9)))


def test_metadata_order_does_not_change_the_stored_form() -> None:
    assert make(metadata={"a": 1, "b": 2}).sha256 == make(metadata={"b": 2, "a": 1}).sha256


def test_every_cut_off_form_is_refused() -> None:
    data = make().to_bytes()
    for length in range(len(data)):
        with pytest.raises(ValueError, match="classifier"):
            ClassifierModel.from_bytes(data[:length])
    with pytest.raises(ValueError, match="follows"):
        ClassifierModel.from_bytes(data + b"x")


def test_a_flipped_byte_is_noticed() -> None:
    model = make()
    data = bytearray(model.to_bytes())
    data[-3] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        ClassifierModel.from_bytes(bytes(data), sha256=model.sha256)


def with_header(change: dict[str, Any], drop: str = "") -> bytes:
    data = make().to_bytes()
    (length,) = struct.unpack_from("<I", data, 8)
    header = json.loads(data[12 : 12 + length]) | change
    header.pop(drop, None)
    text = json.dumps(header).encode()
    return data[:8] + struct.pack("<I", len(text)) + text + data[12 + length :]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04pickled",
        with_header({}, drop="bias"),
        with_header({"bias": None}),
        with_header({"threshold": 2}),
        with_header({"threshold": float("nan")}),
        with_header({"calibration": [1]}),
        with_header({"metadata": 5}),
        with_header({"arrays": {"mean": [DIM]}}),
        with_header({"arrays": {"mean": [-1], "scale": [DIM], "coef": [DIM]}}),
        with_header({"arrays": {"mean": [1 << 40], "scale": [DIM], "coef": [DIM]}}),
        with_header({"arrays": {"mean": [DIM - 1], "scale": [DIM + 1], "coef": [DIM]}}),
        make().to_bytes()[:12] + b"\xff" * 400,
    ],
)
def test_what_is_no_classifier_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="classifier"):
        ClassifierModel.from_bytes(data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coef": np.zeros(3, np.float32)}, "one length"),
        ({"scale": np.zeros(DIM, np.float32)}, "positive"),
        ({"mean": np.full(DIM, np.nan, np.float32)}, "finite"),
        ({"bias": float("inf")}, "finite"),
        ({"threshold": -0.1}, "between 0 and 1"),
        ({"threshold": float("nan")}, "finite"),
    ],
)
def test_impossible_classifiers_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="length 37"):
        make().score(np.zeros((3, 5), np.float32))
    bad = vectors(3)
    bad[1, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        make().score(bad)


def test_scores_stay_between_0_and_1() -> None:
    far = make().score(vectors(4) * 1e6)
    assert ((far >= 0) & (far <= 1)).all()
