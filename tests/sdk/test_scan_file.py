"""Scanning over streams that end well and badly."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eightcut_client import Cancellation, CancelledError, Connection, EightcutError, embed_file, media, scan_file
from eightcut_client.progress import Progress, Stage
from eightcut_client.scan import _ScanProtocol
from eightcut_client.upload import UploadPolicy
from eightcut_runtime import FailedPrecondition, InvalidArgument, ResourceExhausted, Unavailable

from tests.sdk.stand_in import Behaviour
from tests.support.media import noise, write_media

SMALL = UploadPolicy(give_up_after=10.0, chunk_samples=32_000)


def pcm_of(received: Path) -> bytes:
    (file,) = received.glob("*.pcm")
    return file.read_bytes()


def decoded(path: Path) -> bytes:
    with media.decode(path) as audio:
        return b"".join(audio)


def windows_seen(batches: list[tuple[int, Any, bool]]) -> list[int]:
    return [first + offset for first, scores, _ in batches for offset in range(len(scores))]


def test_a_scan_uploads_the_audio_and_reports_every_window_once(
    conn: Connection, recording: Path, received: Path, behaviour: Behaviour
) -> None:
    batches: list[tuple[int, Any, bool]] = []
    regions: list[Any] = []
    moments: list[Progress] = []
    scan = scan_file(
        conn,
        recording,
        model="LOGMEL",
        on_scores=lambda *batch: batches.append(batch),
        on_region=lambda region, provisional: regions.append((region, provisional)),
        on_progress=moments.append,
    )
    assert scan.window_count == 53
    assert windows_seen(batches) == list(range(53))
    assert pcm_of(received) == decoded(recording)
    assert behaviour.ends == [960_000]
    assert behaviour.firsts == list(range(0, 960_000, 131_072))
    assert [(region.start.seconds, region.end.seconds) for region, _ in regions] == [(1, 3)]
    assert {moment.stage for moment in moments} == {Stage.HASHING, Stage.UPLOADING, Stage.SCORING}
    assert (moments[-1].done, moments[-1].total, moments[-1].audio_seconds) == (53, 53, 60.0)
    assert all(scores.dtype == np.float32 and not provisional for _, scores, provisional in batches)


def test_a_cached_track_is_neither_decoded_nor_uploaded_nor_registered_again(
    conn: Connection, recording: Path, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_file(conn, recording, model="LOGMEL")
    behaviour.firsts.clear()
    behaviour.registered.clear()

    def no_process(*_arguments: object, **_keywords: object) -> None:
        raise AssertionError("a decoder was started")

    monkeypatch.setattr("subprocess.Popen", no_process)
    batches: list[tuple[int, Any, bool]] = []
    scan = scan_file(conn, recording, model="LOGMEL", on_scores=lambda *batch: batches.append(batch))
    assert scan.window_count == 53
    assert windows_seen(batches) == list(range(53))
    assert behaviour.firsts == []
    assert behaviour.registered == []


def test_a_broken_stream_is_resumed_and_nothing_is_sent_or_reported_twice(
    conn: Connection, recording: Path, received: Path, behaviour: Behaviour
) -> None:
    behaviour.break_after = [9, 5, 0, 1]
    batches: list[tuple[int, Any, bool]] = []
    warnings: list[str] = []
    scan = scan_file(
        conn,
        recording,
        model="LOGMEL",
        policy=SMALL,
        on_scores=lambda *batch: batches.append(batch),
        on_warning=warnings.append,
    )
    assert scan.window_count == 53
    assert windows_seen(batches) == list(range(53))
    assert pcm_of(received) == decoded(recording)
    assert len(behaviour.configs) == 5
    assert len({config.request_id for config in behaviour.configs}) == 1
    assert behaviour.configs[0].HasField("resume_after_window") is False
    # 9 chunks of 2 s: windows 0 … 10; 5 more: … 20.
    assert [config.resume_after_window for config in behaviour.configs[1:3]] == [10, 20]
    assert any("continuing" in warning for warning in warnings)


def test_a_second_accepted_makes_the_upload_go_back(
    conn: Connection, recording: Path, received: Path, behaviour: Behaviour
) -> None:
    behaviour.rewind_after, behaviour.rewind_to = 12, 100_000
    scan = scan_file(conn, recording, model="LOGMEL", policy=SMALL)
    assert scan.window_count == 53
    assert pcm_of(received) == decoded(recording)
    assert 100_000 in behaviour.firsts
    assert len(behaviour.configs) == 1


def test_an_embedding_is_continued_where_it_stopped(
    conn: Connection, recording: Path, received: Path, behaviour: Behaviour
) -> None:
    behaviour.break_after = [4]
    track = embed_file(conn, recording, "LOGMEL", policy=SMALL)
    assert track.window_count == 53
    assert behaviour.firsts == list(range(0, 960_000, 32_000))
    assert len(behaviour.configs) == 2
    assert pcm_of(received) == decoded(recording)


def test_a_server_that_stays_away_is_given_up(conn: Connection, recording: Path, behaviour: Behaviour) -> None:
    behaviour.break_after = [2] + [0] * 1000
    with pytest.raises(EightcutError, match="The stand-in breaks"):
        scan_file(conn, recording, model="LOGMEL", policy=UploadPolicy(give_up_after=0.5))
    assert len(behaviour.configs) > 2


def test_a_refusal_is_not_tried_again(conn: Connection, recording: Path, behaviour: Behaviour) -> None:
    behaviour.refuse = InvalidArgument("That cannot be.", reason="BAD_AUDIO")
    with pytest.raises(EightcutError, match="That cannot be") as caught:
        scan_file(conn, recording, model="LOGMEL")
    assert caught.value.reason == "BAD_AUDIO"
    assert len(behaviour.configs) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        ResourceExhausted("Too much at once.", reason="OVERLOADED", retry_after=0.2),
        Unavailable("The Store does not answer."),
    ],
)
def test_a_server_that_is_busy_is_asked_again(
    conn: Connection, recording: Path, behaviour: Behaviour, refusal: Exception
) -> None:
    behaviour.refuse = refusal
    assert scan_file(conn, recording, model="LOGMEL").window_count == 53
    assert len(behaviour.configs) == 2


LOST = Unavailable("The device cuda:0 stopped answering.", reason="DEVICE_LOST", metadata={"device": "cuda:0"})


def test_after_a_lost_device_it_goes_on_with_what_is_left(
    conn: Connection, recording: Path, received: Path, behaviour: Behaviour
) -> None:
    behaviour.break_after, behaviour.break_error = [9], LOST
    warnings: list[str] = []
    scan = scan_file(conn, recording, model="LOGMEL", policy=SMALL, on_warning=warnings.append)
    assert scan.window_count == 53
    assert behaviour.firsts == list(range(0, 960_000, 32_000))
    assert warnings == ["The device cuda:0 stopped answering; continuing where it stopped."]


def test_a_lost_device_is_named_also_when_the_server_goes_with_it(
    conn: Connection, recording: Path, behaviour: Behaviour
) -> None:
    behaviour.break_after, behaviour.break_error = [2, *[0] * 1000], LOST

    def gone(_warning: str) -> None:
        behaviour.break_error = None  # From now on it is just not there.

    policy = UploadPolicy(give_up_after=0.5)
    with pytest.raises(EightcutError, match="The device cuda:0 stopped answering") as caught:
        scan_file(conn, recording, model="LOGMEL", policy=policy, on_warning=gone)
    assert caught.value.metadata == {"device": "cuda:0"}
    assert len(behaviour.configs) > 2


@pytest.mark.parametrize(
    "refusal",
    [
        ResourceExhausted("cuda:0 has too little memory for EAT_LARGE.", reason="DEVICE_MEMORY"),
        FailedPrecondition("The weights of EAT are not here: `8cut models pull EAT` brings them."),
    ],
)
def test_what_another_try_cannot_mend_is_not_tried_again(
    conn: Connection, recording: Path, behaviour: Behaviour, refusal: Exception
) -> None:
    behaviour.refuse = refusal
    with pytest.raises(EightcutError) as caught:
        embed_file(conn, recording, "EAT")
    assert str(caught.value) == str(refusal)
    assert len(behaviour.configs) == 1


def test_a_file_shorter_than_a_window_is_refused_in_one_sentence(conn: Connection, tmp_path: Path) -> None:
    short = write_media(tmp_path / "short.wav", noise(3, 16_000), 16_000)
    with pytest.raises(EightcutError, match="shorter") as caught:
        scan_file(conn, short, model="LOGMEL")
    assert caught.value.reason == "MEDIA_TOO_SHORT"


def test_a_file_that_changes_while_it_is_read_never_completes(
    conn: Connection, tmp_path: Path, received: Path, behaviour: Behaviour
) -> None:
    path = write_media(tmp_path / "live.wav", noise(600, 16_000), 16_000)
    before = decoded(path)
    behaviour.chunk_seconds = 0.002
    changed = threading.Event()

    def change(progress: Progress) -> None:
        if progress.stage is not Stage.HASHING and progress.done > 10 and not changed.is_set():
            changed.set()
            with path.open("r+b") as file:
                file.seek(1_000_000)
                file.write(os.urandom(18_000_000))

    with pytest.raises(media.FileChangedError, match="changed"):
        scan_file(conn, path, model="LOGMEL", policy=SMALL, on_progress=change)
    assert changed.is_set()
    assert behaviour.ends == []
    kept = pcm_of(received)
    assert kept == before[: len(kept)]


def test_a_file_that_is_replaced_while_it_is_read_never_completes(
    conn: Connection, tmp_path: Path, behaviour: Behaviour
) -> None:
    path = write_media(tmp_path / "live.wav", noise(600, 16_000), 16_000)
    other = write_media(tmp_path / "other.wav", noise(60, 16_000, seed=1), 16_000)
    behaviour.chunk_seconds = 0.002

    def replace(progress: Progress) -> None:
        if progress.stage is not Stage.HASHING and progress.done > 10 and other.exists():
            other.replace(path)

    with pytest.raises(media.FileChangedError):
        scan_file(conn, path, model="LOGMEL", policy=SMALL, on_progress=replace)
    assert behaviour.ends == []


def test_cancelling_from_another_thread_stops_stream_and_decoder(
    conn: Connection, recording: Path, behaviour: Behaviour
) -> None:
    behaviour.chunk_seconds = 0.05
    cancel = Cancellation()

    def stop(progress: Progress) -> None:
        if progress.done > 5 and progress.stage is not Stage.HASHING:
            threading.Thread(target=cancel.cancel).start()

    with pytest.raises(CancelledError):
        scan_file(conn, recording, model="LOGMEL", policy=SMALL, on_progress=stop, cancel=cancel)
    assert behaviour.ends == []
    assert len(behaviour.configs) == 1
    behaviour.chunk_seconds = 0
    sent = len(behaviour.firsts)
    assert scan_file(conn, recording, model="LOGMEL", policy=SMALL).window_count == 53
    assert behaviour.firsts[sent] > 0


def test_a_slow_server_slows_the_decoder_down(
    conn: Connection, tmp_path: Path, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_media(tmp_path / "long.wav", noise(1800, 16_000), 16_000)
    behaviour.chunk_seconds = 0.05
    made: list[int] = []
    at_ten: list[int] = []
    audio = _ScanProtocol.audio

    def counted(protocol: _ScanProtocol, chunk: Any) -> Any:
        made.append(chunk.first_sample)
        return audio(protocol, chunk)

    monkeypatch.setattr(_ScanProtocol, "audio", counted)
    cancel = Cancellation()

    def look(progress: Progress) -> None:
        if progress.stage is not Stage.HASHING and len(behaviour.firsts) >= 10:
            at_ten.append(len(made))
            cancel.cancel()

    with pytest.raises(CancelledError):
        scan_file(conn, path, model="LOGMEL", on_progress=look, cancel=cancel)
    # 220 messages, 55 MiB in all: what is on its way is bounded by HTTP/2's window, and no queue adds to it.
    assert at_ten[0] < 100


def test_cancelling_ends_hashing_too(conn: Connection, recording: Path) -> None:
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(CancelledError):
        scan_file(conn, recording, model="LOGMEL", cancel=cancel)


def test_what_a_callback_raises_ends_the_scan(conn: Connection, recording: Path, behaviour: Behaviour) -> None:
    def fail(*_batch: object) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        scan_file(conn, recording, model="LOGMEL", on_scores=fail)


def test_what_is_no_media_never_reaches_the_server(conn: Connection, tmp_path: Path, behaviour: Behaviour) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("hello")
    with pytest.raises(media.MediaError, match=r"bad\.mp4"):
        scan_file(conn, bad, model="LOGMEL")
    assert behaviour.configs == []
    assert behaviour.registered == []


def test_either_a_model_or_a_version_is_named(conn: Connection, recording: Path) -> None:
    with pytest.raises(ValueError, match="either"):
        scan_file(conn, recording)
