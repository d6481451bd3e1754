"""Promise 7: concurrent read-then-write updates lose nothing, between threads and between processes."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
from eightcut.store.v1 import clip_pb2, scan_service_pb2
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.database import Database, parse_url
from eightcut_store.service import SPEC
from eightcut_store.tables import Profile
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.store.harness import Store, refusal
from tests.store.workers import count_up, increment, run_together

_UPDATES = 15


def test_promise_7_eight_processes_lose_no_update(own_url: str) -> None:
    assert run_together(8, count_up, own_url, _UPDATES) == [0] * 8
    database = Database(parse_url(own_url))
    assert database.read(lambda session: session.scalars(select(Profile.keep_versions)).one()) == 5 + 8 * _UPDATES
    database.close()


def test_promise_7_threads_of_one_store_lose_no_update(store: Store, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: database.write(increment), range(80)))
    assert database.read(lambda session: session.scalars(select(Profile.keep_versions)).one()) == 85


def test_scans_saved_at_once_all_get_their_version(store: Store) -> None:
    media = store.register()
    with ThreadPoolExecutor(8) as pool:
        scans = list(pool.map(lambda number: store.scan(media, [(number, number + 1, 0.5)]), range(20)))
    kept = store.versions(media)
    assert [scan.sequence for scan in kept] == sorted((scan.sequence for scan in scans), reverse=True)[:5]


def test_of_two_changes_with_one_etag_one_is_refused(store: Store) -> None:
    media = store.register()
    region = store.get_scan(store.scan(media, [(1, 5, 0.5)]).id).regions[0]
    together = threading.Barrier(6)

    def disable(_: int) -> str:
        together.wait(10)
        mask = FieldMask(paths=["disabled"])
        request = scan_service_pb2.UpdateRegionRequest(id=region.id, etag=region.etag, disabled=True, update_mask=mask)
        try:
            store.scans.UpdateRegion(request)
        except grpc.RpcError as error:
            return str(error.code().name)
        return "OK"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(disable, range(6))) == ["ABORTED"] * 5 + ["OK"]


def test_a_database_that_stays_locked_is_unavailable_and_reading_goes_on(own_url: str) -> None:
    with (
        serve_in_thread(SPEC, ["--database", own_url, "--lock-timeout", "0.1"]) as running,
        running.channel() as channel,
    ):
        store = Store(channel)
        media = store.register()
        holder = Database(parse_url(own_url))

        def hold(session: Session) -> None:
            increment(session)
            session.flush()
            refused = refusal(store.mark, media, 1)
            assert refused.code is grpc.StatusCode.UNAVAILABLE
            assert "SQL" not in refused.message
            assert store.folders() == []

        holder.write(hold)
        holder.close()
        store.mark(media, 1)
        assert [folder.clips for folder in store.folders()] == [1]


def test_promise_7_two_stores_on_one_database_see_every_write(own_url: str) -> None:
    with (
        serve_in_thread(SPEC, ["--database", own_url]) as first,
        serve_in_thread(SPEC, ["--database", own_url]) as second,
        first.channel() as one,
        second.channel() as two,
    ):
        media = Store(one).register()
        for number in range(10):
            here, there = (Store(one), Store(two)) if number % 2 else (Store(two), Store(one))
            assert here.mark(media, number).media == media
            assert there.folders()[0].clips == number + 1


def test_many_waiting_writers_do_not_keep_readers_waiting(own_url: str) -> None:
    with serve_in_thread(SPEC, ["--database", own_url]) as running, running.channel() as channel:
        store = Store(channel)
        media = store.register()
        holder = Database(parse_url(own_url))

        def hold(session: Session) -> list[Future[clip_pb2.Clip]]:
            increment(session)
            session.flush()
            waiting = [pool.submit(store.mark, media, number) for number in range(40)]
            for _ in range(20):
                assert store.folders() == []
            return waiting

        with ThreadPoolExecutor(40) as pool:
            waiting = holder.write(hold)
            assert len({future.result(60).id for future in waiting}) == 40
        holder.close()
        assert store.folders()[0].clips == 40
