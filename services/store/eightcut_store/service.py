"""The Store as a service of the runtime."""

from __future__ import annotations

import argparse
from pathlib import Path

import grpc
from eightcut_runtime import BlockingPool, OutOfSpace, Service, ServiceSpec, StartError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

import eightcut_store
from eightcut_store.database import Database, parse_url, upgrade
from eightcut_store.database.errors import meaning_of
from eightcut_store.servicers import Calls, add_servicers

_THREADS = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the Store's own options."""
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of store.sqlite3, made if it is not there")
    parser.add_argument("--database", metavar="URL", help="sqlite:////path or postgresql://… instead of --data-dir")
    parser.add_argument(
        "--lock-timeout",
        type=_seconds,
        default=15.0,
        metavar="SECONDS",
        help="how long a change waits for the changes of others before it fails as UNAVAILABLE",
    )


async def create(server: grpc.aio.Server, service: Service) -> OpenStore:
    """Opens and upgrades the database, and adds the services.

    Raises:
        StartError: It cannot be opened, or was made by a newer version.
    """
    arguments = service.arguments
    store = await service.threads.run(_open, _url(arguments.database, arguments.data_dir), arguments.lock_timeout)
    store.threads = service.threads
    add_servicers(server, Calls(store.database, service.threads))
    return store


class OpenStore:
    """The Store while it serves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.threads: BlockingPool | None = None

    async def aclose(self) -> None:
        """Closes the database once the calls that began are done."""
        if self.threads is not None:
            await self.threads.run(self.database.close)


def _open(url: URL, lock_timeout: float) -> OpenStore:
    database = Database(url, lock_timeout=lock_timeout, connections=_THREADS)
    try:
        upgrade(database.engine)
    except SQLAlchemyError as error:
        database.close()
        raise StartError(f"The Store's database cannot be opened: {_why(error)}.") from error
    except StartError:
        database.close()
        raise
    return OpenStore(database)


def _why(error: SQLAlchemyError) -> str:
    meaning = meaning_of(error) if isinstance(error, DBAPIError) else None
    if isinstance(meaning, OutOfSpace):
        return "the disk is full"
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _url(database: str | None, data_dir: Path | None) -> URL:
    if database is not None:
        return parse_url(database)
    if data_dir is None:
        raise StartError("Say where the data is to be kept: --data-dir DIR or --database URL.")
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(f"Cannot make the folder {data_dir}: {(error.strerror or '').lower()}.") from error
    return URL.create("sqlite+pysqlite", database=str(data_dir.absolute() / "store.sqlite3"))


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.01 <= value <= 600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.01 and 600 seconds")
    return value


SPEC = ServiceSpec(
    name="store",
    version=eightcut_store.__version__,
    create=create,
    description="Keeps profiles, clips, hard negatives, classifiers and scans.",
    add_arguments=add_arguments,
    threads=_THREADS,
)
