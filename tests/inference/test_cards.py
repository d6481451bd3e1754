"""Embedder cards and the key of a track."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest
from eightcut_inference.embedders.card import EmbedderCard, track_key
from eightcut_inference.embedders.logmel import CARD, LogMel
from eightcut_inference.embedders.registry import UnknownEmbedderError, host_registry
from eightcut_scoring.windows import WindowGrid

MEDIA = "0f" * 32


def make(**changes: Any) -> EmbedderCard:
    fields: dict[str, Any] = {
        "id": "HUBERT_TEST",
        "dim": 1280,
        "sample_rate": 16_000,
        "preprocessing": "none",
        "pooling": "mean",
        "licence": "MIT",
        "layers": (12, 24),
        "repo": "someone/something",
        "revision": "a" * 40,
        "file": "model.safetensors",
        "sha256": "b" * 64,
        "options": {"frames": "399"},
    }
    return EmbedderCard(**(fields | changes))


def test_any_change_of_a_card_changes_its_key() -> None:
    changed = {
        "id": "HUBERT_OTHER",
        "dim": 1281,
        "sample_rate": 8_000,
        "preprocessing": "zero mean",
        "pooling": "cls",
        "licence": "Apache-2.0",
        "layers": (12,),
        "repo": "someone/else",
        "revision": "c" * 40,
        "file": "other.safetensors",
        "sha256": "d" * 64,
        "options": {"frames": "400"},
    }
    assert set(changed) == {field.name for field in dataclasses.fields(EmbedderCard)}
    keys = {make(**{name: value}).key() for name, value in changed.items()}
    assert len(keys | {make().key()}) == len(changed) + 1


def test_the_key_is_of_the_content() -> None:
    assert make(options={"a": "1", "b": "2"}).key() == make(options={"b": "2", "a": "1"}).key()
    assert json.loads(json.dumps(make().fields())) == make().fields()


def test_the_key_is_the_same_in_another_process() -> None:
    code = "from eightcut_inference.embedders.logmel import CARD; print(CARD.key())"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=_environment())
    assert found.stdout.strip() == CARD.key()


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "5"}


def test_options_cannot_be_changed_behind_the_key() -> None:
    given = {"frames": "399"}
    card = make(options=given)
    before = card.key()
    given["frames"] = "1"
    assert card.key() == before
    with pytest.raises(TypeError):
        card.options["frames"] = "2"  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "hubert"}, "capitals"),
        ({"id": ""}, "capitals"),
        ({"dim": 0}, "positive"),
        ({"revision": "main"}, "40 hex"),
        ({"sha256": "abc"}, "64 hex"),
    ],
)
def test_impossible_cards_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_the_track_key_hashes_card_media_grid_and_type() -> None:
    grid = WindowGrid()
    keys = {
        track_key(make(), MEDIA, grid),
        track_key(make(dim=2), MEDIA, grid),
        track_key(make(), "1f" * 32, grid),
        track_key(make(), MEDIA, WindowGrid(window_s=4)),
        track_key(make(), MEDIA, WindowGrid(hop_s=2)),
        track_key(make(), MEDIA, grid, dtype="float16"),
    }
    assert len(keys) == 6
    assert track_key(make(), MEDIA, grid) == track_key(make(), MEDIA, WindowGrid(8.0, 1.0))
    with pytest.raises(ValueError, match="SHA-256"):
        track_key(make(), "video.mp4", grid)


def test_the_registry_knows_logmel() -> None:
    registry = host_registry()
    assert [model.id for model in registry.models()] == ["LOGMEL"]
    assert registry.model("LOGMEL") is registry.model("LOGMEL")
    assert registry.model("LOGMEL").card() is CARD


def test_an_unknown_embedder_is_named() -> None:
    with pytest.raises(UnknownEmbedderError, match="no embedder 'LOGMAL'; known: LOGMEL"):
        host_registry().model("LOGMAL")


def test_an_id_is_taken_once() -> None:
    registry = host_registry()
    with pytest.raises(ValueError, match="already"):
        registry.add(LogMel())
