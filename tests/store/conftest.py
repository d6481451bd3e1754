"""A real Store on each database: emptied before each test, or with a database of the test's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from eightcut_runtime.testing import RunningService, serve_in_thread
from eightcut_store.database import Database, parse_url, upgrade
from eightcut_store.service import SPEC
from eightcut_store.tables import Base, Profile
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tests.store.harness import Store
from tests.support import postgresql

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
_numbers = itertools.count(1)


class Served(NamedTuple):
    """A Store that several tests use, and its database."""

    running: RunningService
    database: Database


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    try:
        with postgresql.running_cluster() as running:
            yield running
    except postgresql.CannotStartError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Served]]:
    """Starts one Store for each kind of database, with the first test that needs it."""
    started: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(backend: str) -> Served:
            if backend not in started:
                url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite3'}"
                if backend == "postgresql":
                    url = request.getfixturevalue("cluster").create("shared")
                running = stack.enter_context(serve_in_thread(SPEC, ["--database", url]))
                database = Database(parse_url(url))
                stack.callback(database.close)
                started[backend] = Served(running, database)
            return started[backend]

        yield start


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(backend: str, served: Callable[[str], Served]) -> Database:
    """The database of `store`, with nothing but an empty default profile in it."""
    database = served(backend).database
    database.write(_empty)
    return database


@pytest.fixture
def store(database: Database, backend: str, served: Callable[[str], Served]) -> Iterator[Store]:
    with served(backend).running.channel() as channel:
        yield Store(channel)


@pytest.fixture
def new_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database of the test's own, without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.sqlite3'}"
        return
    cluster: postgresql.Cluster = request.getfixturevalue("cluster")
    name = f"test{next(_numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def own_url(new_url: str) -> str:
    """URL of a database of the test's own, upgraded."""
    database = Database(parse_url(new_url))
    upgrade(database.engine)
    database.close()
    return new_url


def _empty(session: Session) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    session.add(Profile(name="default", keep_versions=5, create_us=0, revision=1))
