"""What tests run in processes of their own, forked from one that has imported the Store already."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext
from typing import Any

from eightcut_store.database import Database, parse_url, upgrade
from eightcut_store.tables import Profile
from sqlalchemy import select
from sqlalchemy.orm import Session


def increment(session: Session) -> None:
    """Reads a number, and writes what follows from what was read."""
    profile = session.scalars(select(Profile)).one()
    profile.keep_versions = profile.keep_versions + 1


def count_up(url: str, gate: Any, times: int) -> None:
    database = Database(parse_url(url), lock_timeout=60, connections=2)
    gate.wait(60)
    for _ in range(times):
        database.write(increment)
    database.close()


def upgrade_together(url: str, gate: Any) -> None:
    database = Database(parse_url(url), lock_timeout=60, connections=1)
    gate.wait(60)
    upgrade(database.engine)
    database.close()


def run_together(count: int, work: Any, url: str, *arguments: Any) -> list[int | None]:
    """Runs ``work(url, gate, …)`` in so many processes that begin together; returns their exit codes."""
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    gate = context.Barrier(count)
    processes = [context.Process(target=work, args=(url, gate, *arguments)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(90)
    return [process.exitcode for process in processes]
