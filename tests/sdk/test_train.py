"""Training from the client's side: what it brings, starts, follows."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import media_service_pb2, training_run_pb2
from eightcut_client import (
    Cancellation,
    CancelledError,
    Connection,
    NotFoundError,
    PreconditionError,
    find_missing,
    identify_file,
    preview,
    register_file,
)
from eightcut_client.progress import Progress
from eightcut_client.train import MissingMedia, cancel_training, train, watch
from eightcut_runtime import FailedPrecondition

from tests.sdk.stand_in import Behaviour
from tests.support.media import noise, write_media

SPEC = training_pb2.TrainingSpec(profile="default", positive_folders=["door"], embedder="LOGMEL")


def test_a_training_is_followed_to_its_classifier(conn: Connection, behaviour: Behaviour) -> None:
    events: list[training_run_pb2.TrainingEvent] = []
    runs: list[str] = []
    result = train(conn, SPEC, on_event=events.append, on_start=lambda run: runs.append(run.id))
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert runs == ["7"]
    assert (result.run.id, result.classifier.id, result.classifier.model) == ("7", "3", "LOGMEL")


def test_a_watch_that_breaks_is_attached_again_after_the_last_event(conn: Connection, behaviour: Behaviour) -> None:
    behaviour.spoil_watch = [2, 0, 3]
    events: list[int] = []
    train(conn, SPEC, on_event=lambda event: events.append(event.seq))
    assert events == [1, 2, 3, 4, 5, 6]
    assert behaviour.watched == [0, 2, 2, 5]


def test_a_start_that_got_no_answer_is_tried_again_with_the_same_request_id(
    conn: Connection, behaviour: Behaviour
) -> None:
    behaviour.start_failures = 2
    train(conn, SPEC)
    assert len(behaviour.started) == 3
    assert len(set(behaviour.started)) == 1


def test_missing_tracks_are_made_from_files_found_at_their_hints(
    conn: Connection, recording: Path, behaviour: Behaviour
) -> None:
    known = register_file(conn, recording)
    behaviour.missing = [known.digest]
    told: list[tuple[MissingMedia, Progress]] = []
    train(conn, SPEC, on_embed=lambda medium, progress: told.append((medium, progress)))
    assert behaviour.ends == [960_000]
    assert told[-1][0].path == recording
    assert told[-1][1].done == 53


def several(conn: Connection, tmp_path: Path, count: int) -> list[str]:
    """Register recordings of a minute."""
    files = [write_media(tmp_path / f"{n}.wav", noise(60, 16_000, seed=n), 16_000) for n in range(count)]
    return [register_file(conn, file).digest for file in files]


def test_missing_tracks_are_made_several_at_once(conn: Connection, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.missing = several(conn, tmp_path, 3)
    behaviour.chunk_seconds = 0.1
    begun: list[str] = []
    told: set[str] = set()
    made: list[str] = []
    train(
        conn,
        SPEC,
        jobs=2,
        on_missing=lambda missing: begun.extend(medium.digest for medium in missing),
        on_embed=lambda medium, _progress: told.add(medium.digest),
        on_embedded=lambda medium: made.append(medium.digest),
    )
    assert behaviour.ends == [960_000] * 3
    assert behaviour.most_streams == 2
    assert begun == behaviour.missing
    assert told == set(made) == set(begun)


def test_a_track_that_cannot_be_made_ends_the_training(conn: Connection, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.missing = several(conn, tmp_path, 3)
    behaviour.chunk_seconds = 0.1
    sentence = "The weights of EAT are not here: `8cut models pull EAT` brings them."
    behaviour.refuse = FailedPrecondition(sentence, reason="EMBEDDER_NOT_READY")
    with pytest.raises(PreconditionError) as caught:
        train(conn, SPEC, jobs=2)
    assert str(caught.value) == sentence
    assert behaviour.started == []
    assert behaviour.ends == []


def test_a_file_that_was_moved_is_found_by_the_digest_cache(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file that was just written is not cached: it may change again within the tick of its clock.
    monkeypatch.setattr(sys.modules["eightcut_client.media.digest"], "SETTLING_TIME", -10.0)
    old = write_media(tmp_path / "old.wav", noise(10, 16_000, seed=3), 16_000)
    known = register_file(conn, old)
    new = old.rename(tmp_path / "new.wav")
    assert [found.path for found in find_missing(conn, [known.digest])] == [None]
    identify_file(new)
    (found,) = find_missing(conn, [known.digest])
    assert (found.path, found.filename) == (new, "old.wav")


def test_another_file_at_the_hint_does_not_count(conn: Connection, tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", noise(10, 16_000, seed=3), 16_000)
    known = register_file(conn, path)
    write_media(path, noise(10, 16_000, seed=4), 16_000)
    assert [found.path for found in find_missing(conn, [known.digest])] == [None]


def test_missing_media_that_are_nowhere_are_named(conn: Connection, tmp_path: Path, behaviour: Behaviour) -> None:
    path = write_media(tmp_path / "gone.wav", noise(10, 16_000, seed=3), 16_000)
    behaviour.missing = [register_file(conn, path).digest, "0" * 64]
    path.unlink()
    with pytest.raises(PreconditionError, match=r"needs gone\.wav, 000000000000, which are neither") as caught:
        train(conn, SPEC)
    assert caught.value.reason == "TRACK_MISSING"
    assert behaviour.started == []


def test_without_uploading_the_trainer_decides(conn: Connection, behaviour: Behaviour) -> None:
    behaviour.missing = ["0" * 64]
    assert train(conn, SPEC, upload_missing=False).run.id == "7"
    assert preview(conn, SPEC).missing_tracks == ["0" * 64]


def test_cancelling_from_another_thread_cancels_the_run(conn: Connection, behaviour: Behaviour) -> None:
    behaviour.started.append("slow")
    cancel = Cancellation()

    def at_the_last(event: training_run_pb2.TrainingEvent) -> None:
        if event.seq == 6:
            threading.Timer(0.1, cancel.cancel).start()

    with pytest.raises(CancelledError):
        train(conn, SPEC, on_event=at_the_last, cancel=cancel)
    assert behaviour.cancel_requested


def test_a_run_that_somebody_cancelled_is_no_success(conn: Connection, behaviour: Behaviour) -> None:
    behaviour.cancel_requested = True
    with pytest.raises(CancelledError, match="was cancelled"):
        train(conn, SPEC)


def test_an_unknown_run_is_an_error(conn: Connection) -> None:
    with pytest.raises(NotFoundError):
        watch(conn, "8", give_up_after=1)
    assert cancel_training(conn, "7").id == "7"


def test_registering_again_asks_only_once_what_is_known(
    conn: Connection, recording: Path, behaviour: Behaviour, tmp_path: Path
) -> None:
    first = register_file(conn, recording)
    assert (first.filename, first.duration.seconds, first.size_bytes) == ("a.wav", 60, recording.stat().st_size)
    register_file(conn, recording)
    assert len(behaviour.registered) == 1
    copy = tmp_path / "copy.wav"
    copy.write_bytes(recording.read_bytes())
    second = register_file(conn, copy)
    assert (second.digest, second.filename, second.duration) == (first.digest, "copy.wav", first.duration)
    assert isinstance(behaviour.registered[-1], media_service_pb2.RegisterMediaRequest)
