"""The queue on real services and real files."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import eightcut_qt.scanning.work
import numpy as np
import pytest
from eightcut_client.connection import Connection
from eightcut_client.errors import PreconditionError, UnavailableError
from eightcut_client.progress import Progress, Stage
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.scanning.items import ScanItem, ScanJob, ScanState
from eightcut_qt.scanning.live import Stretch
from eightcut_qt.scanning.queue import ScanQueue, _Run
from eightcut_qt.scanning.work import Broken, Identified, Noted
from pytestqt.qtbot import QtBot

from tests.qt.scanning.conftest import Gate
from tests.qt.scanning.material import train_again
from tests.qt.world import FixedServices, Heard

WAIT = 20_000


def states(queue: ScanQueue) -> list[ScanState]:
    return [item.state for item in queue.items]


def finish(qtbot: QtBot, queue: ScanQueue) -> None:
    qtbot.waitUntil(lambda: not queue.busy, timeout=WAIT)


def one_at_a_time(context: Context) -> None:
    context.settings.update("scan", jobs=1)


def test_files_are_scanned_and_everybody_hears_of_it(qtbot: QtBot, context: Context, files: list[Path]) -> None:
    changes: list[Change] = []
    context.bus.changed.connect(changes.append)
    heard: dict[str, dict[int, float]] = {}

    def take(digest: str, first: int, scores: Any, provisional: bool) -> None:
        if not provisional:
            curve = heard.setdefault(digest, {})
            curve.update(enumerate(map(float, scores), start=first))

    context.scans.scores.connect(take)
    context.scans.add(files, model="LOGMEL")
    assert context.scans.busy
    finish(qtbot, context.scans)
    assert states(context.scans) == [ScanState.DONE] * 3
    for item in context.scans.items:
        scan = context.gateway.scans.latest(item.digest, "LOGMEL")
        assert scan is not None
        assert (scan.id, scan.region_count) == (item.scan_id, item.regions)
        curve = heard[item.digest]
        assert sorted(curve) == list(range(scan.window_count))
        np.testing.assert_allclose([curve[n] for n in sorted(curve)], context.gateway.scans.scores(scan.id))
    assert {change.scan_id for change in changes} == {item.scan_id for item in context.scans.items}
    assert {digest for change in changes for digest in change.media} == set(heard)
    assert all(change.concerns(Topic.SCANS) and change.concerns(Topic.MEDIA) for change in changes)
    assert context.scans.totals().sentence() == "3 of 3 files"


def test_what_this_version_has_scanned_is_left_out_unless_asked_for(
    qtbot: QtBot, context: Context, services: Connection, files: list[Path]
) -> None:
    queue = context.scans
    queue.add(files[:1], model="LOGMEL")
    finish(qtbot, queue)
    queue.add(files[:2], model="LOGMEL")
    finish(qtbot, queue)
    assert states(queue) == [ScanState.SKIPPED, ScanState.DONE]
    queue.add(files[:1], model="LOGMEL", rescan=True)
    finish(qtbot, queue)
    assert states(queue) == [ScanState.DONE, ScanState.DONE]
    assert len(context.gateway.scans.versions(media=queue.items[0].digest)) == 2
    newer = train_again(services, context.gateway.profile)
    queue.add(files[:1], model="LOGMEL", classifier_id=newer)
    finish(qtbot, queue)
    assert states(queue)[0] is ScanState.DONE
    assert context.gateway.scans.get(queue.items[0].scan_id).classifier_id == newer


def test_a_bad_file_in_the_middle_does_not_stop_the_rest(
    qtbot: QtBot, context: Context, files: list[Path], tmp_path: Path, heard: Heard
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no media")
    one_at_a_time(context)
    context.scans.add([files[0], bad, tmp_path / "gone.wav", files[1]], model="LOGMEL")
    finish(qtbot, context.scans)
    assert states(context.scans) == [ScanState.DONE, ScanState.FAILED, ScanState.FAILED, ScanState.DONE]
    assert "bad.wav" in context.scans.items[1].sentence
    assert "gone.wav" in context.scans.items[2].sentence
    assert context.scans.totals().failed == 2
    assert heard == []


def test_a_copy_finds_the_scan_of_its_twin(qtbot: QtBot, context: Context, files: list[Path], tmp_path: Path) -> None:
    twin = Path(shutil.copy(files[0], tmp_path / "twin.wav"))
    context.settings.update("scan", jobs=2)
    context.scans.add([files[0], twin], model="LOGMEL")
    finish(qtbot, context.scans)
    assert sorted(state.name for state in states(context.scans)) == ["DONE", "SKIPPED"]


def test_a_file_is_in_the_queue_once(qtbot: QtBot, context: Context, files: list[Path], gate: Gate) -> None:
    one_at_a_time(context)
    context.scans.add(files, model="LOGMEL")
    context.scans.add(files, model="LOGMEL")
    assert len(context.scans.items) == 3
    gate.open.set()
    finish(qtbot, context.scans)
    assert context.scans.totals().files == 3


def test_another_wish_for_a_file_that_is_being_scanned_is_not_lost(
    qtbot: QtBot, context: Context, files: list[Path], gate: Gate
) -> None:
    """As when a version becomes active, and the file is to be scanned again with it, while the old one scans."""
    one_at_a_time(context)
    new = train_again(context.gateway.connection(), context.gateway.profile)
    context.scans.add(files[:2], model="LOGMEL")
    assert gate.begun.acquire(timeout=20)
    for _ in range(2):
        context.scans.add(files[:2], model="LOGMEL", classifier_id=new, rescan=True)
    gate.open.set()
    finish(qtbot, context.scans)
    counts = [len(context.gateway.scans.versions(media=item.digest)) for item in context.scans.items]
    assert len(context.scans.items) == 2
    assert counts == [2, 1], "the one that ran was scanned twice, the one that waited only as was wanted last"


def test_stopping_after_the_current_file_leaves_the_rest_waiting(
    qtbot: QtBot, context: Context, files: list[Path], gate: Gate
) -> None:
    queue = context.scans
    one_at_a_time(context)
    queue.add(files, model="LOGMEL")
    assert gate.begun.acquire(timeout=20)
    queue.stop_after_current()
    gate.open.set()
    finish(qtbot, queue)
    assert states(queue) == [ScanState.DONE, ScanState.WAITING, ScanState.WAITING]
    assert queue.holding
    queue.resume()
    finish(qtbot, queue)
    assert states(queue) == [ScanState.DONE] * 3


def test_cancelling_stops_at_once_and_a_later_scan_goes_on(
    qtbot: QtBot, context: Context, files: list[Path], gate: Gate
) -> None:
    queue = context.scans
    one_at_a_time(context)
    queue.add(files, model="LOGMEL")
    assert gate.begun.acquire(timeout=20)
    queue.cancel()
    finish(qtbot, queue)
    assert states(queue) == [ScanState.STOPPED] * 3
    assert context.gateway.scans.versions() == []
    gate.open.set()
    queue.add(files, model="LOGMEL")
    finish(qtbot, queue)
    assert states(queue) == [ScanState.DONE] * 3


def test_what_no_file_can_get_around_stops_the_queue_with_one_sentence(
    qtbot: QtBot, context: Context, files: list[Path], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)

    def refuse(*_arguments: object, **_keywords: object) -> None:
        together.wait(20)
        raise PreconditionError("The weights of EAT are not here.", reason="EMBEDDER_NOT_READY")

    monkeypatch.setattr(eightcut_qt.scanning.work, "scan_file", refuse)
    context.settings.update("scan", jobs=2)
    context.scans.add(files, model="LOGMEL")
    finish(qtbot, context.scans)
    assert states(context.scans) == [ScanState.FAILED, ScanState.FAILED, ScanState.WAITING]
    assert heard.errors() == ["The weights of EAT are not here. 1 more file waits."]


def test_without_a_classifier_it_says_so(qtbot: QtBot, context: Context, files: list[Path], heard: Heard) -> None:
    context.scans.add(files[:1], model="BEATS")
    finish(qtbot, context.scans)
    assert states(context.scans) == [ScanState.FAILED]
    assert len(heard.errors()) == 1


def test_it_waits_for_services_that_are_away_and_goes_on(
    qtbot: QtBot, context: Context, link: FixedServices, files: list[Path], heard: Heard
) -> None:
    queue = context.scans
    link.error = UnavailableError("Cannot reach the Store.")
    queue.add(files, model="LOGMEL")
    finish(qtbot, queue)
    assert states(queue) == [ScanState.WAITING] * 3
    assert queue.away
    assert len(heard) == 1
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    assert queue.busy
    finish(qtbot, queue)
    assert states(queue) == [ScanState.DONE] * 3
    assert queue.totals().sentence() == "3 of 3 files"


def test_services_that_stay_away_are_told_of_once(
    qtbot: QtBot, context: Context, link: FixedServices, files: list[Path], heard: Heard
) -> None:
    queue = context.scans
    link.error = UnavailableError("Cannot reach the Store.")
    queue.add(files, model="LOGMEL")
    finish(qtbot, queue)
    queue._retry.timeout.emit()
    assert queue.busy
    finish(qtbot, queue)
    assert [sentence for _, sentence in heard] == [
        "Cannot reach the Store. Scanning goes on when the services are back."
    ]
    queue.stop_after_current()
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    assert not queue.busy  # The person has said so.


def test_a_file_whose_connection_was_replaced_is_tried_again(
    qtbot: QtBot, context: Context, link: FixedServices, services: Connection, files: list[Path]
) -> None:
    class Old:
        def __getattr__(self, name: str) -> Any:
            link._connection = services
            raise ValueError("Cannot invoke RPC on closed channel!")

    link._connection = Old()  # type: ignore[assignment]
    context.scans.add(files[:1], model="LOGMEL")
    finish(qtbot, context.scans)
    assert states(context.scans) == [ScanState.DONE]


def test_a_burst_of_scores_is_told_in_few_signals(qtbot: QtBot, context: Context, files: list[Path]) -> None:
    queue = context.scans
    queue.stop_after_current()
    queue.add(files[:1], model="LOGMEL")
    queue.cancel()
    finish(qtbot, queue)
    item = queue.items[0]
    item.digest, item.state = "f" * 64, ScanState.SCANNING
    queue._running[item] = _Run()
    calls: list[tuple[int, int]] = []
    queue.scores.connect(lambda _digest, first, scores, _provisional: calls.append((first, len(scores))))
    reports = [Stretch(n, np.array([0.5], np.float32), False) for n in range(20_000)]
    for start in range(0, 20_000, 1000):
        queue._follow(item, reports[start : start + 1000])
    qtbot.waitUntil(lambda: bool(calls))
    assert calls == [(0, 20_000)]
    live = queue.live_scores(item.digest)
    assert live is not None
    assert len(live) == 20_000
    del queue._running[item]


def test_a_stream_that_breaks_is_shown_as_waiting_until_it_goes_on(
    qtbot: QtBot, context: Context, files: list[Path]
) -> None:
    queue = context.scans
    queue.stop_after_current()
    item = ScanItem(files[0], ScanJob("p", "LOGMEL", classifier_id="", rescan=False, fuse_gap=0.0))
    queue._running[item] = _Run()
    queue._follow(item, [Identified("f" * 64), Progress(Stage.UPLOADING, 10, 40, 17.0, 20.0, 1.5), Broken()])
    assert (item.state, item.away, item.sentence) == (ScanState.SCANNING, True, "Waiting for the service.")
    queue._follow(item, [Progress(Stage.UPLOADING, 20, 40, 27.0, 20.0, 1.0)])
    assert (item.away, item.sentence, item.fraction) == (False, "", 0.5)
    queue._follow(item, [Noted("The file is cut off.")])
    assert item.notes == ["The file is cut off."]
    del queue._running[item]


def test_ten_thousand_files_are_taken_in_bit_by_bit(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    queue = context.scans
    added: list[int] = []
    queue.added.connect(lambda items: added.append(len(items)))
    one_at_a_time(context)
    queue.add([tmp_path / f"{n}.wav" for n in range(10_000)], model="LOGMEL")
    queue.stop_after_current()
    assert queue.totals().files == 10_000
    qtbot.waitUntil(lambda: len(queue.items) == 10_000, timeout=WAIT)
    assert max(added) <= 1000
    queue.cancel()
    finish(qtbot, queue)
    assert set(states(queue)) <= {ScanState.STOPPED, ScanState.FAILED}
    queue.clear_finished()
    assert len(queue.items) == 0
