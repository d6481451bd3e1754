"""Promise 7: an acknowledged write survives ``kill -9``."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import grpc
import pytest
from eightcut_store.database import Database, parse_url
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.store.harness import Store
from tests.store.processes import store_process


def write_until_killed(store: Store, media: str, acknowledged: list[tuple[str, str]], enough: threading.Event) -> None:
    """Marks clips and saves scans in turn; keeps the ids that were acknowledged."""
    for number in range(100_000):
        try:
            if number % 2:
                clip = store.mark(media, number * 0.01, folder="kept")
                acknowledged.append(("clip", clip.id))
            else:
                scan = store.scan(media, [(1, 2, 0.5)], scores=[0.5] * 100, model=f"M{number}")
                acknowledged.append(("scan", scan.id))
        except grpc.RpcError:
            return
        if len(acknowledged) >= 40:
            enough.set()


def test_promise_7_acknowledged_writes_survive_kill_9(own_url: str, tmp_path: Path) -> None:
    acknowledged: list[tuple[str, str]] = []
    enough = threading.Event()
    with store_process(own_url, tmp_path) as running, running.channel() as channel:
        store = Store(channel)
        media = store.register(duration=10_000)
        writer = threading.Thread(target=write_until_killed, args=(store, media, acknowledged, enough))
        writer.start()
        assert enough.wait(60)
        running.kill()
        writer.join(30)
    assert not writer.is_alive()
    with store_process(own_url, tmp_path) as running, running.channel() as channel:
        store = Store(channel)
        scans = [store.get_scan(number) for kind, number in acknowledged if kind == "scan"]
        assert all(len(answer.regions) == 1 and answer.scan.window_count == 100 for answer in scans)
        folder = store.folders()[0]
        clips = sum(kind == "clip" for kind, _ in acknowledged)
        # The write that was under way when the Store died may be there or not, but whole.
        assert folder.clips in (clips, clips + 1)
        store.mark(media, 9_000)


def test_promise_7_every_sqlite_connection_is_set_up_for_durability(tmp_path: Path) -> None:
    database = Database(parse_url(f"sqlite:///{tmp_path / 's.sqlite3'}"), lock_timeout=7)
    connections = [database.engine.raw_connection() for _ in range(3)]
    for connection in connections:
        cursor = connection.cursor()
        values = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 7000}
        cursor.close()
        connection.close()
    database.close()


def test_promise_7_a_writing_transaction_begins_immediately(tmp_path: Path) -> None:
    """Nobody else can begin to write between the read and the write of a transaction, and readers go on."""
    path = tmp_path / "s.sqlite3"
    database = Database(parse_url(f"sqlite:///{path}"))
    other = sqlite3.connect(path, timeout=0, isolation_level=None)

    def work(session: Session) -> None:
        session.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)

    database.write(work)
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()
    database.close()


def test_promise_7_a_reading_transaction_cannot_write(own_url: str) -> None:
    database = Database(parse_url(own_url))
    with pytest.raises(Exception, match="read-?only"):
        database.read(lambda session: session.execute(text("DELETE FROM profiles")))
    assert database.read(lambda session: session.execute(text("SELECT count(*) FROM profiles")).scalar()) == 1
    database.close()
