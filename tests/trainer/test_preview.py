"""What PreviewTraining shows and StartTraining refuses."""

from __future__ import annotations

import grpc
import pytest
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut_client.errors import EightcutError, from_rpc_error
from eightcut_runtime import FailedPrecondition, NotFound

from tests.trainer.conftest import HARD, NEGATIVE, SOFT, Bench, example, spec
from tests.trainer.fake_inference import digest


def preview(bench: Bench, **more: object) -> api.PreviewTrainingResponse:
    return bench.stub.PreviewTraining(api.PreviewTrainingRequest(spec=spec(**more)), timeout=30)


def refusal(bench: Bench, **more: object) -> EightcutError:
    with pytest.raises(grpc.RpcError) as caught:
        bench.start(**more)
    assert not bench.store.runs, "a refused training left a run"
    return from_rpc_error(caught.value)


def test_examples_by_kind_and_media(bench: Bench) -> None:
    a, b = bench.add_media("a", [40.0]), bench.add_media("b", [40.0, 120.0])
    soft_only = digest("listened to for something else")
    bench.store.examples += [
        example(a, 100.0, HARD),
        example(a, 101.0, HARD),
        example(a, 140.0, NEGATIVE),
        example(b, 200.0, SOFT),
        example(soft_only, 10.0, SOFT),
    ]
    found = preview(bench)
    rows = {m.media: (m.positive, m.negative, m.hard_negative, m.soft, m.track_ready) for m in found.media}
    assert rows == {a: (1, 1, 2, 0, True), b: (2, 0, 0, 1, True), soft_only: (0, 0, 0, 1, False)}
    assert found.media[0].media == b
    counts = found.examples
    assert (counts.positive, counts.negative, counts.hard_negative, counts.soft, counts.media) == (3, 1, 2, 2, 2)
    assert counts.auto_negative > 100
    # Nobody listened for this sound where only other sounds are marked: that track is not needed.
    assert list(found.missing_tracks) == []
    assert list(found.problems) == []
    assert not bench.inference.reads, "a preview reads no vectors"


def test_missing_and_partial_tracks(bench: Bench) -> None:
    bench.add_media("a", [40.0])
    partial = bench.add_media("b", [40.0])
    bench.inference.partial.add(partial)
    absent = digest("c")
    bench.store.examples.append(example(absent, 10.0))
    found = preview(bench)
    assert sorted(found.missing_tracks) == sorted([partial, absent])
    (problem,) = found.problems
    assert problem.reason == "TRACK_MISSING"
    assert problem.message == "2 of the 3 media with examples are not embedded with LOGMEL yet; embed them first."
    error = refusal(bench)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TRACK_MISSING")
    assert error.metadata == {"media": found.missing_tracks[0], "missing": "2", "embedder": "LOGMEL"}


def test_a_class_is_missing(bench: Bench) -> None:
    """A file that is one clip from end to end: nothing is left that could be a negative."""
    media = bench.add_media("a", [], windows=30)
    bench.store.examples.append(example(media, 0.0, duration=37.0))
    found = preview(bench)
    assert [problem.reason for problem in found.problems] == ["CLASS_MISSING"]
    message = found.problems[0].message
    assert message.startswith(
        "There is 1 clip with the sound but no negative: 0 clips of a negative folder, 0 hard negatives"
    )
    assert "Mark clips without the sound in a folder" in message
    error = refusal(bench)
    assert (error.code, error.message) == (grpc.StatusCode.FAILED_PRECONDITION, message)
    assert error.metadata == {
        "class": "negative",
        "positive": "1",
        "negative": "0",
        "hard_negative": "0",
        "auto_negative": "0",
    }
    bench.store.examples.append(example(media, 12.0, HARD))
    assert not preview(bench).problems


def test_no_positives(bench: Bench) -> None:
    media = bench.add_media("a", [])
    bench.store.examples.append(example(media, 12.0, HARD))
    error = refusal(bench)
    assert (error.reason, error.metadata["class"], error.metadata["hard_negative"]) == (
        "CLASS_MISSING",
        "positive",
        "1",
    )
    assert error.message == (
        "There is no clip in door to learn the sound from; mark some, 5 or more if you can, or include the clips that "
        "were exported from scans."
    )


def test_examples_without_a_file_are_told_of(bench: Bench) -> None:
    bench.store.unlocated = 3
    counts = preview(bench).examples
    assert (counts.positive, counts.unlocated) == (0, 3)
    assert refusal(bench).message == (
        "There is no clip in door to learn the sound from: 3 examples are left out because the file was not found yet; "
        "locate the missing media."
    )
    bench.add_media("a", [40.0])
    found = preview(bench)
    assert (found.examples.unlocated, list(found.problems)) == (3, [])


def test_folders_that_the_store_refuses(bench: Bench) -> None:
    bench.store.refusal = NotFound(
        "No clip lies in the folder door.", reason="FOLDER_UNKNOWN", metadata={"folder": "door"}
    )
    (problem,) = preview(bench).problems
    assert (problem.reason, problem.message) == ("FOLDER_UNKNOWN", "No clip lies in the folder door.")
    error = refusal(bench)
    assert (error.code, error.reason, error.metadata) == (
        grpc.StatusCode.NOT_FOUND,
        "FOLDER_UNKNOWN",
        {"folder": "door"},
    )
    bench.store.refusal = FailedPrecondition("The folder is disabled.", reason="FOLDER_DISABLED")
    assert [problem.reason for problem in preview(bench).problems] == ["FOLDER_DISABLED"]
    assert refusal(bench).code is grpc.StatusCode.FAILED_PRECONDITION


def test_an_unknown_profile_is_an_error_also_of_a_preview(bench: Bench) -> None:
    bench.store.refusal = NotFound("There is no profile x.", reason="PROFILE_UNKNOWN", metadata={"profile": "x"})
    with pytest.raises(grpc.RpcError) as caught:
        preview(bench)
    assert from_rpc_error(caught.value).reason == "PROFILE_UNKNOWN"


def test_embedders(bench: Bench) -> None:
    bench.add_media("a", [40.0])
    (problem,) = preview(bench, embedder="NOPE").problems
    assert (problem.reason, problem.message) == (
        "EMBEDDER_UNKNOWN",
        "There is no embedder NOPE; this server knows BROKEN, LOGMEL.",
    )
    error = refusal(bench, embedder="NOPE")
    assert error.code is grpc.StatusCode.NOT_FOUND
    assert error.metadata == {"embedder": "NOPE", "known": "BROKEN,LOGMEL"}

    problems = preview(bench, embedder="BROKEN").problems
    assert [problem.reason for problem in problems] == ["EMBEDDER_NOT_READY", "TRACK_MISSING"]
    assert problems[0].message == (
        "BROKEN cannot run on this server: its weights are missing; `8cut models pull BROKEN` brings them."
    )
    assert refusal(bench, embedder="BROKEN").reason == "EMBEDDER_NOT_READY"


def test_a_bad_request_names_its_field(bench: Bench) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        preview(bench, positive_folders=[])
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert from_rpc_error(caught.value).violations[0][0] == "spec.positive_folders"


def test_services_that_are_away(bench: Bench) -> None:
    bench.add_media("a", [40.0])
    bench.store.fail_before["ListTrainingExamples"] = 1
    with pytest.raises(grpc.RpcError) as caught:
        preview(bench)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert not preview(bench).problems
