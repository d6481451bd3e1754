"""A network behind a real server: uploads, breaks and several clients at once change no vector."""

from __future__ import annotations

from pathlib import Path

import grpc
import numpy as np
import pytest
from eightcut_inference.embedders.base import EmbedSession
from eightcut_inference.embedders.registry import host_registry
from eightcut_inference.networks.model import NetworkModel
from eightcut_inference.server import make_spec
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_runtime.testing import serve_in_thread
from eightcut_scoring.windows import WindowGrid

from tests.inference.clients import noise, reason
from tests.inference.test_embed import device_status, embed, read_track
from tests.weights.small import HUBERT
from tests.weights.test_model import bring

MEDIA = ["ab" * 32, "cd" * 32]


@pytest.mark.usefixtures("quick")
def test_a_network_is_brought_served_interrupted_and_shared(saved: Path, folder: WeightsFolder, tmp_path: Path) -> None:
    model = NetworkModel(HUBERT, folder)
    registry = host_registry()
    registry.add(model)
    audio = [noise(26, seed=1), noise(20, seed=2)]
    argv = ["--data-dir", str(tmp_path / "data"), "--store", f"unix:{tmp_path}/nobody.sock", "--device", "cpu"]
    with serve_in_thread(make_spec(registry), argv) as running, running.channel() as channel:
        error = embed(channel, embedder=HUBERT.id).error()
        assert reason(error) == (grpc.StatusCode.FAILED_PRECONDITION, "EMBEDDER_NOT_READY")
        assert f"`8cut models pull {HUBERT.id}`" in (error.details() or "")
        bring(folder, saved)
        broken = embed(channel, MEDIA[0], embedder=HUBERT.id)
        broken.accepted()
        broken.audio(audio[0][: 19 * 16_000], chunk=77_777)
        broken.half_close()
        assert broken.error().code() is grpc.StatusCode.ABORTED
        streams = [embed(channel, media, embedder=HUBERT.id) for media in MEDIA]
        starts = [stream.wanted().first_sample for stream in streams]
        # A piece of eight windows, and four that were held back.
        assert starts == [12 * 16_000, 0]
        for stream, pcm, start in zip(streams, audio, starts, strict=True):
            stream.upload(pcm, start)
        for stream in streams:
            stream.finish()
        for media, pcm in zip(MEDIA, audio, strict=True):
            session = EmbedSession(model, WindowGrid())
            whole = np.concatenate([session.push(pcm / np.float32(32768)), session.finish()])
            np.testing.assert_allclose(read_track(channel, media, HUBERT.id), whole, atol=1e-5)
        (device,) = device_status(channel).devices
        assert (device.windows_done, list(device.embedders)) == (19 + 13, [HUBERT.id])
