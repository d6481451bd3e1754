"""How the Store starts, and how it refuses to."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from eightcut.store.v1 import media_service_pb2
from eightcut_runtime import StartError, Unavailable
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.database import Database, parse_url
from eightcut_store.service import SPEC
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.store.harness import Store


def test_the_data_folder_is_made_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data %41"
    for number in (1, 2):
        with serve_in_thread(SPEC, ["--data-dir", str(folder)]) as running, running.channel() as channel:
            Store(channel).register(number)
            assert len(Store(channel).media.ListMedia(media_service_pb2.ListMediaRequest()).media) == number
    assert (folder / "store.sqlite3").is_file()
    assert folder.stat().st_mode & 0o077 == 0, "nobody else's business"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--data-dir DIR or --database URL"),
        (["--database", "nonsense"], "takes a URL"),
        (["--database", "mysql://localhost/x"], "not in mysql"),
        (["--database", "sqlite://"], "needs a database file"),
        (["--database", "sqlite:////proc/nowhere/store.sqlite3"], "cannot be opened"),
        (["--database", "postgresql://127.0.0.1:1/x"], "cannot be opened"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_one_sentence(options: list[str], message: str) -> None:
    with pytest.raises(StartError, match=message) as refused, serve_in_thread(SPEC, options):
        pass
    assert "\n" not in str(refused.value)


def test_a_full_disk_at_the_start_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_engine: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise OperationalError("PRAGMA journal_mode = WAL", None, error)

    monkeypatch.setattr("eightcut_store.service.upgrade", full)
    with (
        pytest.raises(StartError, match="cannot be opened: the disk is full"),
        serve_in_thread(SPEC, ["--data-dir", str(tmp_path)]),
    ):
        pass


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_text("my diary\n" * 1000)
    with pytest.raises(StartError, match="not a database"), serve_in_thread(SPEC, ["--data-dir", str(tmp_path)]):
        pass
    assert path.read_text() == "my diary\n" * 1000


def test_the_program_says_why_it_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eightcut_store", "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("eightcut-store: Say where the data is to be kept")


def test_both_ways_to_name_postgresql_mean_the_same_driver() -> None:
    for url in ("postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"):
        assert parse_url(url).drivername == "postgresql+psycopg"


@pytest.mark.postgresql
def test_a_database_server_that_is_down_is_unavailable() -> None:
    database = Database(parse_url("postgresql://127.0.0.1:1/x"))
    with pytest.raises(Unavailable, match="does not answer"):
        database.read(lambda session: session.execute(text("SELECT 1")))
    database.close()
