"""Opening an old library: nothing of it is changed, whatever state it is in and whoever is using it."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from eightcut_client.ancestor.errors import LibraryBusyError, LibraryError
from eightcut_client.ancestor.opening import opened
from eightcut_client.ancestor.reading import read_library
from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError

from tests.ancestor.old_library import add, clip, make, state, typical

# Writes as the old program does: opens the library, does what it is told, and says so.
_WRITER = """
import os, sqlite3, sys, time
path, what = sys.argv[1:]
connection = sqlite3.connect(path, isolation_level=None)
insert = "INSERT INTO processed (filename, start_time, output_path) VALUES (?, ?, ?)"
row = lambda number: ("more.mp4", float(number), f"/clips/more/vid_009/more_009_m{number}_0.mp4")
if what == "wal":
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    for number in range(50):
        connection.execute(insert, row(number))
elif what in ("exclusive", "reserved"):
    connection.execute("BEGIN EXCLUSIVE" if what == "exclusive" else "BEGIN IMMEDIATE")
    connection.execute(insert, row(1))
elif what == "spilled":
    # So much in one transaction that pages are in the file before it ends, and the journal is hot.
    connection.execute("PRAGMA cache_size = 5")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE processed SET label = 'half done'")
    for number in range(5000):
        connection.execute(insert, row(number))
print("ready", flush=True)
if what.startswith("busy"):
    connection.execute("PRAGMA journal_mode = " + what[5:])
    number = 0
    while True:
        number += 1
        connection.execute("BEGIN")
        for one in range(20):
            connection.execute(insert, row(number * 100 + one))
        connection.execute("COMMIT")
        time.sleep(0.005)
        if number % 10 == 0:
            connection.execute("DELETE FROM processed WHERE filename = 'more.mp4'")
sys.stdin.readline()
os._exit(0)
"""


@contextmanager
def writer(path: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the library meanwhile; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def count(path: Path) -> int:
    return len(read_library(path).files)


def listing(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_library_at_rest_is_only_read(tmp_path: Path) -> None:
    path = typical(tmp_path)
    before = state(path)
    assert count(path) == 14
    assert state(path) == before
    assert listing(tmp_path) == ["8cut.db"]


def test_a_library_in_wal_mode_at_rest_gets_no_files_beside_it(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", pragmas=["journal_mode = WAL"], processed=[clip()])
    before = state(path)
    assert before["-wal"] is None
    assert count(path) == 1
    assert state(path) == before
    assert listing(tmp_path) == ["8cut.db"]


def test_what_stands_in_a_wal_is_read_while_it_is_open(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    with writer(path, "wal"):
        before = state(path)
        assert before["-wal"] is not None
        assert count(path) == 51
        assert state(path) == before


def test_what_stands_in_a_wal_is_read_after_a_crash(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    with writer(path, "wal"):
        pass
    before = state(path)
    assert before["-wal"] is not None
    assert count(path) == 51
    assert state(path) == before
    # Only the WAL was copied to another disk.
    Path(f"{path}-shm").unlink()
    before = state(path)
    assert count(path) == 51
    assert state(path) == before


def test_behind_a_link_the_wal_counts_too(tmp_path: Path) -> None:
    path = typical(tmp_path)
    link = tmp_path / "home" / ".8cut.db"
    link.parent.mkdir()
    link.symlink_to(path)
    with writer(path, "wal"):
        before = state(path)
        assert count(link) == 64
        assert state(path) == before
    # What the killed writer left.
    before = state(path)
    assert count(link) == 64
    assert state(path) == before
    assert listing(link.parent) == [".8cut.db"]


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_what_is_no_file_beside_it_is_not_waited_for(tmp_path: Path, end: str) -> None:
    path = make(tmp_path / "8cut.db", pragmas=["journal_mode = " + ("DELETE" if end == "-journal" else "WAL")])
    os.mkfifo(f"{path}{end}")
    with pytest.raises(LibraryError, match=f"^8cut.db{end} is no file, so nobody knows what it holds.$"):
        read_library(path)


def test_a_transaction_that_was_left_half_done_does_not_count(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip(number=number, label="whole") for number in range(2000)])
    with writer(path, "spilled"):
        pass
    before = state(path)
    assert before["-journal"] is not None
    library = read_library(path)
    assert [row.label for row in library.files] == ["whole"] * 2000
    assert state(path) == before


def test_while_a_transaction_is_open_what_was_before_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    with writer(path, "reserved"):
        before = state(path)
        assert count(path) == 1
        assert state(path) == before


def test_a_library_that_is_not_let_go_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    with writer(path, "exclusive"):
        before = state(path)
        with pytest.raises(LibraryBusyError, match=r"^The old program is writing to 8cut.db; close it and try again.$"):
            read_library(path, patience=0.5)
        assert state(path) == before


def test_waiting_for_a_library_can_be_ended(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    cancel = Cancellation()
    with writer(path, "exclusive"):
        timer = threading.Timer(0.3, cancel.cancel)
        timer.start()
        with pytest.raises(CancelledError):
            read_library(path, patience=600, cancel=cancel)
        timer.join()


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "TRUNCATE", "PERSIST"])
def test_a_library_that_is_being_written_is_read_as_of_a_moment(tmp_path: Path, mode: str) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    with writer(path, f"busy {mode}"):
        for _ in range(5):
            # Transactions are of 20 rows, so any other count would be half of one.
            assert count(path) % 20 == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    "name", ["a?b.db", "a#b.db", "100%25.db", 'it\'s a "db"\n.db', "naïve ü.db", ":memory:", "x&mode=rwc.db"]
)
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_any_name_is_opened(tmp_path: Path, name: str, mode: str) -> None:
    path = make(tmp_path / name, pragmas=[f"journal_mode = {mode}"], processed=[clip()])
    assert count(path) == 1
    assert listing(tmp_path) == [name]


def test_a_name_that_is_no_text_is_opened(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.db"))
    make(tmp_path / "plain.db", processed=[clip()]).rename(path)
    assert count(path) == 1


def test_a_folder_and_a_file_that_are_read_only_do(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", pragmas=["journal_mode = WAL"], processed=[clip()])
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert count(path) == 1
    finally:
        tmp_path.chmod(0o700)


def test_what_is_no_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("hello " * 100)
    (tmp_path / "short").write_bytes(b"SQLite format 3\x00")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with closing(sqlite3.connect(tmp_path / "other")) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    expected = {
        "empty": "empty is empty.",
        "text": "text is no SQLite database, so it is no library of the old 8-cut.",
        "short": "short is no SQLite database, so it is no library of the old 8-cut.",
        "fifo": "fifo is a pipe or a device, not a database.",
        "loop": "loop cannot be read: too many levels of symbolic links.",
        "other": "other is no library of the old 8-cut: it has no table processed.",
        "none": f"There is no file {tmp_path / 'none'}.",
        ".": f"{tmp_path.name} is a folder; name the database in it.",
    }
    for name, sentence in expected.items():
        with pytest.raises(LibraryError) as caught:
            read_library(tmp_path / name)
        assert str(caught.value) == sentence


def test_reading_can_be_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip(number=number) for number in range(5001)])
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    def interrupt(_table: str, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_library(path, on_rows=interrupt)
    gc.collect()
    assert ignored == []


def test_nothing_in_the_file_is_executed(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", tables=["scan_results"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE hidden (filename, start_time, output_path)")
        connection.execute("CREATE VIEW processed AS SELECT * FROM hidden")
    with pytest.raises(LibraryError, match="its processed is a view, not a table"):
        read_library(path)


def test_the_copy_is_private_and_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip()])
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    with opened(path) as connection:
        (folder,) = copies.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            add(connection, processed=[clip(number=2)])
    assert list(copies.iterdir()) == []


def test_a_full_disk_of_temporary_files_is_named(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    rows = [clip(number=number, label="x" * 900) for number in range(300)]
    for mode in ("DELETE", "WAL"):
        path = make(tmp_path / f"{mode}.db", pragmas=[f"journal_mode = {mode}"], processed=rows)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        # No file may be longer than this: what a full disk looks like to those who write.
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(LibraryError) as caught:
                read_library(path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert str(caught.value).startswith((f"There is no room for a copy of {mode}.db", f"{mode}.db cannot be read"))
