"""Imports that are refused, broken off, or do not fit: all or nothing."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import grpc
import pytest
from eightcut.store.v1 import clip_file_pb2, clip_service_pb2
from eightcut.store.v1 import import_service_pb2 as pb
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.areas.importing import Imported, import_library, spool
from eightcut_store.areas.importing.received import Received
from eightcut_store.database import Database, parse_url
from eightcut_store.service import SPEC
from eightcut_store.servicers import imports
from eightcut_store.servicers.import_upload import ImportUpload
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from tests.store.harness import Refusal, Store, new_clip, refusal, seconds
from tests.store.import_kit import TABLES, Library, a_library, clips_of, counts, media_of
from tests.store.processes import store_process

KEY = bytes(32)
LARGE = 6000
HEADER = pb.ImportLibraryRequest(header=pb.ImportHeader())
END = pb.ImportLibraryRequest(end=pb.ImportEnd())
MEDIA = pb.ImportedMedia(key=1, digest="a" * 64, filename="a.mp4")
SCAN = pb.ImportedScan(key=1, source_key=KEY, profile="default", media=1, model="M")


def rows(**values: Any) -> pb.ImportLibraryRequest:
    return pb.ImportLibraryRequest(rows=pb.ImportedRows(**values))


def a_clip(**values: Any) -> pb.ImportLibraryRequest:
    settings = clip_file_pb2.CutSettings(format="mp4", clip_duration=seconds(8))
    chosen = {
        "source_key": KEY,
        "profile": "default",
        "media": 1,
        "folder": "dog",
        "path": "a.mp4",
        "settings": settings,
    }
    return rows(media=[MEDIA], clip_files=[pb.ImportedClipFile(**chosen | values)])


def a_region(**values: Any) -> pb.ImportLibraryRequest:
    chosen = {"source_key": KEY, "scan": 1, "start": seconds(1), "end": seconds(2)}
    return rows(media=[MEDIA], scans=[SCAN], regions=[pb.ImportedRegion(**chosen | values)])


def a_negative(**values: Any) -> pb.ImportLibraryRequest:
    chosen = {"source_key": KEY, "profile": "default", "media": 1}
    return rows(media=[MEDIA], hard_negatives=[pb.ImportedHardNegative(**chosen | values)])


def send(store: Store, messages: Sequence[pb.ImportLibraryRequest]) -> Refusal:
    return refusal(store.imports.ImportLibrary, iter(messages))


def nothing_is_here(store: Store) -> bool:
    return not media_of(store) and not clips_of(store)


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "end"),
        ([END], "header"),
        ([rows(media=[MEDIA])], "header"),
        ([HEADER], "end"),
        ([HEADER, HEADER, END], "header"),
        ([HEADER, rows(media=[MEDIA])], "end"),
        ([HEADER, END, rows(media=[MEDIA])], "end"),
        ([HEADER, END, END], "end"),
        ([HEADER, pb.ImportLibraryRequest(), END], "header"),
        ([HEADER, rows(media=[MEDIA, MEDIA]), END], "rows.media[1].key"),
        ([HEADER, rows(hidden=[pb.ImportedHidden(source_key=KEY, profile="a", media=3)]), END], "rows.hidden[0].media"),
        ([HEADER, a_negative(media=2), END], "rows.hard_negatives[0].media"),
        ([HEADER, a_negative(start=Duration(seconds=1, nanos=-5)), END], "rows.hard_negatives[0].start"),
        ([HEADER, a_negative(source_key=b"short"), END], "rows.hard_negatives[0].source_key"),
        ([HEADER, a_negative(profile="a\0b"), END], "rows.hard_negatives[0].profile"),
        ([HEADER, a_negative(profile=""), END], "rows.hard_negatives[0].profile"),
        ([HEADER, rows(scans=[SCAN]), END], "rows.scans[0].media"),
        ([HEADER, rows(media=[MEDIA], scans=[SCAN, SCAN]), END], "rows.scans[1].key"),
        ([HEADER, a_region(scan=9), END], "rows.regions[0].scan"),
        ([HEADER, a_region(end=seconds(0)), END], "rows.regions[0].end"),
        ([HEADER, a_region(original_start=seconds(3), original_end=seconds(2)), END], "rows.regions[0].end"),
        ([HEADER, a_region(score=float("nan")), END], "rows.regions[0].score"),
        ([HEADER, a_clip(path="../a.mp4"), END], "rows.clip_files[0].path"),
        ([HEADER, a_clip(path="/etc/passwd"), END], "rows.clip_files[0].path"),
        ([HEADER, a_clip(path="a\0.mp4"), END], "rows.clip_files[0].path"),
        ([HEADER, a_clip(folder="a/b"), END], "rows.clip_files[0].folder"),
        ([HEADER, a_clip(create_time=Timestamp(nanos=-1)), END], "rows.clip_files[0].create_time"),
        (
            [HEADER, a_clip(settings=clip_file_pb2.CutSettings(format="mp4")), END],
            "rows.clip_files[0].settings.clip_duration",
        ),
        (
            [
                HEADER,
                a_clip(
                    index=2**31 - 1,
                    settings=clip_file_pb2.CutSettings(
                        format="mp4", clip_duration=seconds(1), spread=Duration(seconds=315_576_000_000)
                    ),
                ),
                END,
            ],
            "rows.clip_files[0].index",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused(store: Store, messages: Sequence[pb.ImportLibraryRequest], field: str) -> None:
    refused = send(store, messages)
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, (field,))
    assert nothing_is_here(store)


def test_a_profile_that_cannot_have_its_name(store: Store) -> None:
    library = a_library()
    library.negative(0, 90, profile="two\nlines")
    refused = refusal(library.bring, store)
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("profile",))
    assert nothing_is_here(store)


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_got_lost_on_the_way_are_noticed(store: Store, table: str) -> None:
    library = a_library()
    library.lines[table].add("[]")
    refused = refusal(library.bring, store)
    assert (refused.code, refused.reason) == (grpc.StatusCode.DATA_LOSS, "IMPORT_MISMATCH")
    assert refused.metadata["table"] == table
    assert nothing_is_here(store)


@pytest.mark.parametrize(
    ("table", "wrong", "named"),
    [
        ("regions", "UPDATE regions SET score = 0.5000001 WHERE score = 0.5", "scan_results"),
        ("clips", "UPDATE clips SET start_us = start_us + 1 WHERE start_us = 40000000", "processed"),
        ("clip_files", "UPDATE clip_files SET label = 'Rey' WHERE label = 'Rex'", "processed"),
        ("clip_files", "DELETE FROM clip_files WHERE label = 'Rex'", "processed"),
        ("hard_negatives", "UPDATE hard_negatives SET source_model = 'X' WHERE source_model = ''", "hard_negatives"),
        ("hidden_media", "DELETE FROM hidden_media WHERE profile_id > 1", "hidden_files"),
    ],
)
def test_what_is_not_read_back_as_it_came_is_not_kept(tmp_path: Path, table: str, wrong: str, named: str) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    with serve_in_thread(SPEC, ["--database", url]) as running, running.channel() as channel:
        store = Store(channel)
        database = Database(parse_url(url))
        trigger = text(f"CREATE TRIGGER wrong AFTER INSERT ON {table} BEGIN {wrong}; END")
        database.write(lambda session: session.execute(trigger))
        refused = refusal(a_library().bring, store)
        assert (refused.code, refused.reason) == (grpc.StatusCode.DATA_LOSS, "IMPORT_MISMATCH")
        assert refused.metadata["table"] == named
        assert nothing_is_here(store)
        database.write(lambda session: session.execute(text("DROP TRIGGER wrong")))
        assert counts(a_library().bring(store), "processed")["added"] == 6
        database.close()


def a_large_library(size: int = LARGE) -> Library:
    library = Library("large")
    media = library.media("a" * 64)
    scan = library.scan(media)
    sent = library.rows
    for first in range(0, size, 1000):
        library.rows = []
        for number in range(first, first + 1000):
            library.region(scan, number, number + 0.5, number / size)
        whole = pb.ImportedRows()
        for part in library.rows:
            whole.MergeFrom(part)
        sent.append(whole)
    library.rows = sent
    return library


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(store: Store) -> None:
    library = a_library()
    messages = list(library.messages())
    sent, gone = threading.Event(), threading.Event()

    def until_gone() -> Iterator[pb.ImportLibraryRequest]:
        yield from messages[:-1]
        sent.set()
        assert gone.wait(30)

    call = store.imports.ImportLibrary.future(until_gone())
    assert sent.wait(30)
    call.cancel()
    gone.set()
    assert nothing_is_here(store)
    assert counts(library.bring(store), "processed") == {"received": 6, "added": 6}


def test_rows_that_are_laid_aside_while_the_client_goes_away_leave_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, gone = threading.Event(), threading.Event()
    made: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def slow(**arguments: Any) -> IO[bytes]:
        inside.set()
        assert gone.wait(30)
        made.append(make(**arguments))
        return made[-1]

    monkeypatch.setattr(spool, "_IN_MEMORY", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", slow)
    upload = ImportUpload()
    messages = list(a_library().messages())
    upload.add(messages[0])

    def add() -> None:
        for message in messages[1:-1]:
            upload.add(message)

    adding = threading.Thread(target=add)
    adding.start()
    assert inside.wait(30)
    upload.close()
    gone.set()
    adding.join(30)
    assert made
    assert all(file.closed for file in made)


def test_a_client_that_cancels_during_the_transaction_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, ended = threading.Event(), threading.Event()

    def slow(session: Session, received: Received, *, restore: bool) -> Imported:
        done = import_library(session, received, restore=restore)
        inside.set()
        deadline = time.monotonic() + 30
        while not received.abandoned and time.monotonic() < deadline:
            time.sleep(0.01)
        ended.set()
        return done

    monkeypatch.setattr(imports, "import_library", slow)
    call = store.imports.ImportLibrary.future(a_library().messages())
    assert inside.wait(30)
    call.cancel()
    assert ended.wait(30)
    monkeypatch.undo()
    # A writer has its turn after the transaction.
    store.register(1)
    assert len(media_of(store)) == 1
    assert counts(a_library().bring(store), "processed") == {"received": 6, "added": 6}


def wait_for_the_transaction(path: Path) -> None:
    """Returns when somebody else writes to the database."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            connection.close()
            return
        connection.execute("ROLLBACK")


def test_a_store_that_is_killed_in_the_middle_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    url = f"sqlite:///{path}"
    library = a_large_library()
    with store_process(url, tmp_path) as running, running.channel() as channel:
        store = Store(channel)
        small = a_library()
        small.bring(store)
        kept = media_of(store)
        call = store.imports.ImportLibrary.future(library.messages())
        wait_for_the_transaction(path)
        running.kill()
        assert call.exception() is not None
    with store_process(url, tmp_path) as running, running.channel() as channel:
        store = Store(channel)
        assert media_of(store) == kept
        assert sum(scan.region_count for scan in store.versions("a" * 64, model="EAT_LARGE")) == 3
        assert counts(small.bring(store), "processed") == {"received": 6, "known": 6}
        assert counts(library.bring(store), "scan_results") == {"received": LARGE, "added": LARGE}


def test_others_read_meanwhile_and_writers_take_their_turn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(session: Session, received: Received, *, restore: bool) -> Imported:
        done = import_library(session, received, restore=restore)
        inside.set()
        assert go_on.wait(30)
        return done

    monkeypatch.setattr(imports, "import_library", slow)
    media = store.register(1)
    call = store.imports.ImportLibrary.future(a_library().messages())
    assert inside.wait(30)
    assert [one.digest for one in media_of(store)] == [media]
    marking = clip_service_pb2.CreateClipRequest(profile="default", clip=new_clip(media, 1))
    writer = store.clips.CreateClip.future(marking)
    assert not clips_of(store)
    assert not writer.done()
    go_on.set()
    assert counts(call.result(), "processed") == {"received": 6, "added": 6}
    assert writer.result().clip.media == media


def test_a_full_disk_keeps_nothing(tmp_path: Path) -> None:
    full: list[bool] = []

    def begun(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 50 if full else 2**30}")

    event.listen(Engine, "begin", begun)
    try:
        url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
        with serve_in_thread(SPEC, ["--database", url]) as running, running.channel() as channel:
            store = Store(channel)
            library = a_large_library(5000)
            full.append(True)
            refused = refusal(library.bring, store)
            assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL")
            assert nothing_is_here(store)
            full.clear()
            assert counts(library.bring(store), "scan_results") == {"received": 5000, "added": 5000}
    finally:
        event.remove(Engine, "begin", begun)
