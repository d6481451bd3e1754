"""All three real services: from audio to a classifier whose figures are true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eightcut.common.v1 import training_pb2
from eightcut_client import Connection, embed_file
from eightcut_client.train import train
from eightcut_inference.server import make_spec
from eightcut_runtime.testing import serve_in_thread
from eightcut_scoring.classifier import ClassifierModel
from eightcut_store.service import SPEC as STORE
from eightcut_trainer.service import SPEC

from tests.support.media import noise, tone, write_media
from tests.trainer.conftest import spec
from tests.trainer.store_client import StoreMarks

RATE = 16_000
PLACES = (30.0, 75.0, 120.0, 165.0)


@pytest.mark.slow
def test_audio_becomes_a_classifier(tmp_path: Path) -> None:
    with (
        serve_in_thread(STORE, [f"--data-dir={tmp_path}"]) as store,
        serve_in_thread(make_spec(), [f"--data-dir={tmp_path}", f"--store={store.address}"]) as inference,
        serve_in_thread(
            SPEC, [f"--data-dir={tmp_path}", f"--store={store.address}", f"--inference={inference.address}"]
        ) as trainer,
        Connection.remote(f"store={store.address},inference={inference.address},trainer={trainer.address}") as conn,
    ):
        marks = StoreMarks(conn.channel("store"))
        for seed in range(2):
            signal = noise(210, RATE, amplitude=0.05, seed=seed)
            for place in PLACES:
                start = round(place * RATE)
                signal[start : start + 8 * RATE] += tone(8, RATE, frequency=1500, amplitude=0.2)
            track = embed_file(conn, write_media(tmp_path / f"{seed}.wav", signal, RATE), "LOGMEL")
            marks.clip(track.media, *PLACES)
        done = train(conn, spec(), upload_missing=False)
        (made,) = marks.classifiers()
        assert made.id == done.classifier.id
        assert made.card_hash == track.card_hash
        assert made.metrics.cross_validation == training_pb2.CROSS_VALIDATION_BY_MEDIA
        assert made.metrics.window_average_precision == pytest.approx(1.0)
        assert made.metrics.event_f1 == pytest.approx(1.0)
        assert made.metrics.examples.positive == 8
        assert ClassifierModel.from_bytes(made.weights).dim == track.dim
        assert np.isfinite(made.threshold)
