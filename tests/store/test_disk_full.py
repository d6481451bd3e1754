"""A full disk while a scan is saved: one clear refusal, nothing saved, and the Store goes on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.database import Database, parse_url
from eightcut_store.service import SPEC
from sqlalchemy import Connection, Engine, event, text

from tests.store.harness import Refusal, Store, refusal
from tests.store.processes import StoreProcess, store_process

MANY = [(number, number + 0.5, 0.75) for number in range(5_000)]


@pytest.fixture
def own_store(own_url: str) -> Iterator[Store]:
    with serve_in_thread(SPEC, ["--database", own_url]) as running, running.channel() as channel:
        yield Store(channel)


@pytest.fixture
def no_space(backend: str, own_url: str) -> Iterator[list[bool]]:
    """A switch: while it is on, the database itself says that its disk is full."""
    full: list[bool] = []
    if backend == "sqlite":
        # SQLite answers SQLITE_FULL for a file at its page limit as for a full disk.
        def begun(connection: Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20 if full else 2**30}")

        event.listen(Engine, "begin", begun)
        yield full
        event.remove(Engine, "begin", begun)
        return
    database = Database(parse_url(own_url))
    trigger = """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON regions EXECUTE FUNCTION refuse();
        ALTER TABLE regions DISABLE TRIGGER refuse;
    """
    database.write(lambda session: session.execute(text(trigger)))

    class Switch(list[bool]):
        def append(self, value: bool) -> None:
            database.write(lambda session: session.execute(text("ALTER TABLE regions ENABLE TRIGGER refuse")))

        def clear(self) -> None:
            database.write(lambda session: session.execute(text("ALTER TABLE regions DISABLE TRIGGER refuse")))

    yield Switch()
    database.close()


def assert_full(refused: Refusal) -> None:
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL")
    assert "disk" in refused.message
    assert "SQL" not in refused.message


def test_a_scan_that_does_not_fit_is_refused_and_nothing_of_it_is_kept(own_store: Store, no_space: list[bool]) -> None:
    store = own_store
    media = store.register(duration=30_000)
    before = store.scan(media, [(1, 2, 0.5)])
    no_space.append(True)
    assert_full(refusal(store.save, media, MANY, [0.5] * 1000))
    assert [scan.id for scan in store.versions(media)] == [before.id]
    assert store.get_scan(before.id).scan == before
    no_space.clear()
    after = store.scan(media, MANY)
    assert [scan.id for scan in store.versions(media)] == [after.id, before.id]
    assert after.region_count == len(MANY)


@contextmanager
def limited_file_size(running: StoreProcess, size: int) -> Iterator[None]:
    """The operating system refuses to let any file of the process grow beyond ``size`` bytes."""
    pid = running.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_the_operating_system_refuses_to_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    with store_process(url, tmp_path) as running, running.channel() as channel:
        store = Store(channel)
        media = store.register(duration=30_000)
        before = store.scan(media, [(1, 2, 0.5)])
        wal = (tmp_path / "store.sqlite3-wal").stat().st_size
        with limited_file_size(running, wal + 200_000):
            assert_full(refusal(store.save, media, MANY))
            assert [scan.id for scan in store.versions(media)] == [before.id]
            assert store.mark(media, 5).media == media, "what is small still fits"
        after = store.scan(media, MANY)
        assert [scan.id for scan in store.versions(media)] == [after.id, before.id]
