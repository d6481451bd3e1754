"""Connections: what is set on each of them, and how their transactions begin."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from eightcut_runtime import StartError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

READ_ONLY = "eightcut_read_only"
"""Execution option of an engine whose transactions only read. Without it a transaction is a writing one."""

_WRITER_LOCK = 0x8C07
"""Number of the PostgreSQL advisory lock that every writing transaction holds to its end."""

_WAL_ATTEMPTS = 100


def parse_url(text: str) -> URL:
    """Returns the URL of a supported database, with the driver that this package uses.

    Raises:
        StartError: It is none, or of another database.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise StartError(
            "--database takes a URL such as sqlite:////path/store.sqlite3 or postgresql://host/name."
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StartError("The Store needs a database file: sqlite:////path/store.sqlite3.")
        return url.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise StartError(f"The Store keeps its data in SQLite or PostgreSQL, not in {backend}.")


def make_engine(url: URL, *, lock_timeout: float, connections: int = 16) -> Engine:
    """Returns an engine whose writing transactions run one after the other, whoever begins them.

    On SQLite they begin with BEGIN IMMEDIATE, on PostgreSQL by taking an advisory lock: what a transaction has
    read is still so when it writes. Reading transactions see one snapshot and wait for nobody.

    Args:
        url: From `parse_url`.
        lock_timeout: Seconds that a writing transaction waits for its turn.
        connections: How many may be open at once.

    Raises:
        StartError: The driver is not installed.
    """
    options: dict[str, Any] = {"pool_size": connections, "max_overflow": 0, "pool_timeout": lock_timeout}
    try:
        if url.get_backend_name() == "sqlite":
            # The pool hands a connection to one thread at a time.
            engine = create_engine(url, connect_args={"check_same_thread": False}, **options)
            _prepare_sqlite(engine, lock_timeout)
        else:
            engine = create_engine(url, pool_pre_ping=True, **options)
            _prepare_postgresql(engine, lock_timeout)
    except ModuleNotFoundError as error:
        raise StartError("PostgreSQL needs psycopg: install eightcut-store[postgresql].") from error
    return engine


def _prepare_sqlite(engine: Engine, lock_timeout: float) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin late and deferred: two that read the same row would both go on
        # to write it. Ours begin below.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(lock_timeout * 1000)}")
        _enter_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16384")
        # A large change leaves a large log behind: give its space back.
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # SQLite's own lower() knows ASCII only.
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY):
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switches to write-ahead logging; kept in the file, so that only the first connection ever has to wait."""
    for attempt in range(_WAL_ATTEMPTS):
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
                return
        except sqlite3.OperationalError as error:
            # The busy timeout does not hold for this statement.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == _WAL_ATTEMPTS - 1:
                raise
        time.sleep(0.02)
    raise sqlite3.OperationalError("the file system does not allow write-ahead logging")


def _lower(text: str | bytes | float | None) -> str | bytes | float | None:
    return text.lower() if isinstance(text, str) else text


def _prepare_postgresql(engine: Engine, lock_timeout: float) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit TO on")
        cursor.execute(f"SET lock_timeout TO {round(lock_timeout * 1000)}")
        cursor.close()
        connection.commit()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            # READ COMMITTED: each statement sees everything that was committed before the lock was got.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
