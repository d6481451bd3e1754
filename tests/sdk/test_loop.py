"""The library against the real services: mark, train, scan, kill, go on."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eightcut.common.v1 import training_pb2
from eightcut.inference.v1 import inference_service_pb2, track_pb2
from eightcut.store.v1 import clip_pb2, clip_service_pb2, scan_service_pb2
from eightcut_client import (
    Connection,
    EightcutError,
    NotFoundError,
    embed_file,
    find_missing,
    media,
    preview,
    register_file,
    scan_file,
)
from eightcut_client.embedded import EmbeddedServices
from eightcut_client.endpoints import ServiceName
from eightcut_client.progress import Progress, Stage
from eightcut_client.times import to_duration, to_seconds
from eightcut_client.train import train
from eightcut_client.upload import UploadPolicy

from tests.support.media import noise, tone, write_media

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and Unix sockets")
RATE = 16_000
PLACES = (20.0, 60.0, 100.0, 140.0)
SPEC = training_pb2.TrainingSpec(profile="default", positive_folders=["beep"], embedder="LOGMEL")


def beeps(path: Path, seconds: int, places: tuple[float, ...], seed: int) -> Path:
    """Noise with beeps of four seconds."""
    signal_ = noise(seconds, RATE, amplitude=0.05, seed=seed)
    beep = tone(4, RATE, frequency=2000, amplitude=0.5)
    for place in places:
        start = round(place * RATE)
        signal_[start : start + len(beep)] += beep
    return write_media(path, signal_, RATE)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("loop")
    return beeps(folder / "marked.wav", 180, PLACES, 1), beeps(folder / "other.wav", 120, (30.0, 80.0), 2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, files: tuple[Path, Path]) -> Path:
    """A data folder in which a classifier was trained."""
    folder = tmp_path_factory.mktemp("trained")
    with Connection.embedded(folder) as conn:
        mark(conn, files[0])
        train(conn, SPEC)
    return folder


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    """Real services of our own."""
    with Connection.embedded(tmp_path / "data") as connection:
        yield connection


def mark(conn: Connection, path: Path) -> None:
    medium = register_file(conn, path)
    clips = [
        clip_service_pb2.NewClip(
            media=medium.digest,
            start=to_duration(place - 2),
            duration=to_duration(8),
            folder="beep",
            origin=clip_pb2.CLIP_ORIGIN_MARKED,
        )
        for place in PLACES
    ]
    conn.clips.BatchCreateClips(clip_service_pb2.BatchCreateClipsRequest(profile="default", clips=clips))


def regions(conn: Connection, scan_id: str) -> list[tuple[float, float]]:
    found = conn.scans.GetScan(scan_service_pb2.GetScanRequest(id=scan_id, include_regions=True)).regions
    return [(to_seconds(region.start), to_seconds(region.end)) for region in found]


@pytest.mark.slow
def test_the_loop(conn: Connection, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    marked, other = files
    mark(conn, marked)
    assert len(preview(conn, SPEC).missing_tracks) == 1
    assert [found.path for found in find_missing(conn, preview(conn, SPEC).missing_tracks)] == [marked]
    events: list[int] = []
    result = train(conn, SPEC, on_event=lambda event: events.append(event.seq))
    assert result.classifier.model == "LOGMEL"
    assert result.classifier.active
    assert result.classifier.metrics.examples.positive == 4
    assert events == list(range(1, len(events) + 1))

    batches: list[tuple[int, Any, bool]] = []
    moments: list[Progress] = []
    scan = scan_file(
        conn,
        other,
        model="LOGMEL",
        on_scores=lambda *batch: batches.append(batch),
        on_progress=moments.append,
    )
    assert scan.window_count == 113
    final = [first + k for first, scores, provisional in batches for k in range(len(scores)) if not provisional]
    assert final == list(range(113))
    found = regions(conn, scan.id)
    for place in (30.0, 80.0):
        assert any(start < place + 4 and end > place for start, end in found), found
    assert moments[-1].fraction == 1.0

    monkeypatch.setattr("subprocess.Popen", None)  # A cached track needs no decoder.
    again = scan_file(conn, other, model="LOGMEL")
    assert again.id != scan.id
    assert regions(conn, again.id) == found
    versions = conn.scans.ListScans(scan_service_pb2.ListScansRequest(profile="default", media=scan.media)).scans
    assert [version.id for version in versions] == [again.id, scan.id]


def test_what_is_unknown_is_said_before_anything_is_uploaded(conn: Connection, files: tuple[Path, Path]) -> None:
    with pytest.raises(NotFoundError) as caught:
        scan_file(conn, files[0], model="LOGMEL_nothing")
    assert caught.value.reason == "MODEL_UNKNOWN"
    with pytest.raises(NotFoundError) as caught:
        embed_file(conn, files[0], "NO_SUCH_EMBEDDER")
    assert caught.value.reason == "EMBEDDER_UNKNOWN"
    with pytest.raises(NotFoundError) as caught:
        train(conn, SPEC)
    assert caught.value.reason == "FOLDER_UNKNOWN"


def test_a_file_shorter_than_a_window_is_one_sentence(conn: Connection, tmp_path: Path) -> None:
    short = write_media(tmp_path / "short.wav", noise(3, RATE), RATE)
    with pytest.raises(EightcutError) as caught:
        embed_file(conn, short, "LOGMEL")
    assert caught.value.reason == "MEDIA_TOO_SHORT"
    assert "3" in str(caught.value)
    assert "8" in str(caught.value)


def test_a_file_that_changes_never_becomes_a_track(conn: Connection, tmp_path: Path) -> None:
    path = write_media(tmp_path / "live.wav", noise(1200, RATE), RATE)
    before = media.digest(path, use_cache=False).sha256

    def change(progress: Progress) -> None:
        if progress.stage is Stage.UPLOADING:
            with path.open("r+b") as file:
                file.seek(-1000, os.SEEK_END)
                file.write(b"\1" * 1000)

    with pytest.raises(media.FileChangedError):
        embed_file(conn, path, "LOGMEL", on_progress=change)
    request = inference_service_pb2.GetTrackRequest(media=before, embedder="LOGMEL")
    assert conn.inference.GetTrack(request).track.state != track_pb2.TRACK_STATE_COMPLETE


@pytest.mark.slow
@pytest.mark.parametrize("victims", [("inference",), ("store",), ("store", "inference")])
def test_a_scan_goes_on_when_services_are_killed(
    trained: Path, tmp_path: Path, victims: tuple[ServiceName, ...]
) -> None:
    data = Path(shutil.copytree(trained, tmp_path / "data"))
    long = beeps(tmp_path / "long.wav", 600, (30.0, 500.0), 5)
    killed: list[int] = []
    batches: list[tuple[int, Any, bool]] = []

    with Connection.embedded(data) as conn:
        backend = conn._backend
        assert isinstance(backend, EmbeddedServices)

        def kill(*batch: Any) -> None:
            batches.append(batch)
            if not killed:  # The first scores: most of the audio is still to come.
                for name in victims:
                    pid = backend.pid(name)
                    assert pid is not None
                    killed.append(pid)
                    os.kill(pid, signal.SIGKILL)

        scan = scan_file(conn, long, model="LOGMEL", on_scores=kill, policy=UploadPolicy(chunk_samples=16_000))
        found = regions(conn, scan.id)
        request = scan_service_pb2.ListScansRequest(profile="default", media=scan.media)
        assert [version.id for version in conn.scans.ListScans(request).scans] == [scan.id]
    assert killed
    assert scan.window_count == 593
    final = [first + k for first, scores, provisional in batches for k in range(len(scores)) if not provisional]
    assert final == list(range(593))
    assert any(start < 504 and end > 500 for start, end in found), found


@pytest.mark.slow
def test_a_training_survives_the_death_of_the_trainer(conn: Connection, files: tuple[Path, Path]) -> None:
    mark(conn, files[0])
    backend = conn._backend
    assert isinstance(backend, EmbeddedServices)
    killed: list[int] = []
    seen: list[int] = []

    def kill(event: Any) -> None:
        seen.append(event.seq)
        if not killed:
            pid = backend.pid("trainer")
            assert pid is not None
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    result = train(conn, SPEC, on_event=kill)
    assert killed
    assert seen == sorted(set(seen))
    assert result.classifier.version == 1
