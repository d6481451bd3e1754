"""Sending an old library to a Store: all or nothing, and compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut.store.v1 import clip_service_pb2, export_service_pb2, media_service_pb2, scan_service_pb2
from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
from eightcut_client.ancestor import DamagedRowsError, ImportPlan, list_unlocated, locate_media, prepare
from eightcut_client.ancestor.lines import LineSum
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.errors import CancelledError, EightcutError

from tests.ancestor.old_library import clip, make, region, typical
from tests.support.media import noise, write_media


def registered(conn: Connection) -> int:
    return len(conn.media.ListMedia(media_service_pb2.ListMediaRequest()).media)


def test_a_library_is_sent_and_compared(conn: Connection, tmp_path: Path) -> None:
    plan = prepare(typical(tmp_path))
    sent: list[int] = []
    dry = plan.send(conn, validate_only=True, on_sent=sent.append)
    assert sent[-1] == plan.rows == 20
    assert registered(conn) == 0
    done = plan.send(conn)
    assert done == dry
    assert [(table.table, table.added, table.equal) for table in done.tables] == [
        ("processed", 14, True),
        ("scan_results", 4, True),
        ("hard_negatives", 1, True),
        ("hidden_files", 1, True),
    ]
    assert (done.clips, done.scans, done.new_profiles, done.new_media) == (6, 3, ("pets",), 2)
    files = conn.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(profile="default")).files
    assert {(one.path, one.index, one.start.ToMicroseconds()) for one in files} >= {
        ("vid_001/street_001_m1_0.mp4", 0, 12_500_000),
        ("vid_001/street_001_m1_1.mp4", 1, 15_500_000),
        ("vid_001/street_001_m1_2.mp4", 2, 18_500_000),
    }
    again = plan.send(conn)
    assert [(table.added, table.known) for table in again.tables] == [(0, 14), (0, 4), (0, 1), (0, 1)]
    assert again.new_media == 0


def test_numbers_that_the_old_program_gave_are_not_given_again(conn: Connection, tmp_path: Path) -> None:
    path = write_media(tmp_path / "street.wav", noise(60.0, 16_000), 16_000)
    rows = [clip("street.wav", video=7, number=5, source_path=str(path)), clip("other.mp4", video=9, number=1)]
    plan = prepare(make(tmp_path / "8cut.db", processed=rows))
    plan.send(conn)
    (media,) = plan.book.located
    assert media.file is not None
    request = export_service_pb2.PeekNumbersRequest(export_folder="/elsewhere/knock", media=media.file.digest)
    numbers = conn.exports.PeekNumbers(request)
    assert (numbers.video_number, numbers.video_known, numbers.next_marked) == (7, True, 6)


def test_nothing_is_kept_when_the_store_reads_back_something_else(conn: Connection, tmp_path: Path) -> None:
    plan = prepare(typical(tmp_path))
    plan.sums["scan_results"] = LineSum(4, "0" * 64)
    with pytest.raises(EightcutError) as caught:
        plan.send(conn)
    assert caught.value.reason == "IMPORT_MISMATCH"
    assert str(caught.value).endswith(".")
    assert registered(conn) == 0


def test_an_import_that_is_ended_keeps_nothing(conn: Connection, tmp_path: Path) -> None:
    rows = [clip(number=number, start=float(number), label="x" * 900) for number in range(5000)]
    plan = prepare(make(tmp_path / "8cut.db", processed=rows))
    cancel = Cancellation()
    with pytest.raises(CancelledError):
        plan.send(conn, on_sent=lambda _sent: cancel.cancel(), cancel=cancel)
    assert registered(conn) == 0
    assert plan.send(conn).tables[0].added == 5000


def test_messages_stay_small_whatever_rows_hold(conn: Connection, tmp_path: Path) -> None:
    folder = "/" + "/".join(["d" * 200] * 35)
    rows = [
        clip(folder=f"{folder}/knock", number=number, start=float(number), label="é" * 1000) for number in range(400)
    ]
    done = prepare(make(tmp_path / "8cut.db", processed=rows)).send(conn)
    assert (done.tables[0].added, done.tables[0].equal) == (400, True)


def test_damaged_rows_are_refused_by_name(tmp_path: Path) -> None:
    plan = prepare(make(tmp_path / "8cut.db", processed=[clip(), clip(start=-1.0, number=2)]))
    with pytest.raises(DamagedRowsError, match=r"row 2 of processed \(start_time is negative\); leave them out"):
        plan.require_sound()


def test_scans_without_a_time_are_read_when_there_is_nothing_newer(conn: Connection, tmp_path: Path) -> None:
    path = write_media(tmp_path / "street.wav", noise(10.0, 16_000), 16_000)
    rows = [region("street.wav"), region("street.wav", 1.0, 2.0, model="OTHER", scan_timestamp="20250101_000000")]
    marks = [clip("street.wav", 1.0, source_path=str(path))]
    plan = prepare(make(tmp_path / "8cut.db", processed=marks, scan_results=rows))
    plan.send(conn)
    (media,) = plan.book.media
    assert media.file is not None
    digest = media.file.digest
    listed = conn.scans.ListScans(scan_service_pb2.ListScansRequest(profile="default", media=digest)).scans
    assert [scan.model for scan in listed] == ["OTHER"]
    latest = scan_service_pb2.LatestScan(profile="default", media=digest, model="LOGMEL")
    assert conn.scans.GetScan(scan_service_pb2.GetScanRequest(latest=latest)).scan.region_count == 1


def test_of_two_rows_of_one_file_the_newest_is_sent(conn: Connection, tmp_path: Path) -> None:
    older, newer = clip("x.wav", 1.0, label="old"), clip("x.wav", 5.0, label="new", scan_export=1)
    # The same file, written differently; marked clips are taken in before those of scans.
    newer["output_path"] = newer["output_path"].replace("/vid_", "/./vid_")
    prepare(make(tmp_path / "8cut.db", processed=[older, newer])).send(conn)
    (file,) = conn.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(profile="default")).files
    assert (file.label, file.start.ToMicroseconds(), file.origin) == ("new", 5_000_000, CLIP_ORIGIN_SCAN_EXPORT)
    assert len(conn.clips.ListClips(clip_service_pb2.ListClipsRequest(profile="default")).clips) == 1


def test_media_known_by_several_places_are_all_located_by_one_file(conn: Connection, tmp_path: Path) -> None:
    rows = [
        clip("x.wav", 1.0, source_path="/usb/a/x.wav"),
        clip("x.wav", 1.0, number=2, source_path=r"D:\b\x.wav"),
        clip("x.wav", 3.0, number=3, source_path=r"D:\b\x.wav"),
    ]
    prepare(make(tmp_path / "8cut.db", processed=rows)).send(conn)
    folder = tmp_path / "found"
    folder.mkdir()
    write_media(folder / "x.wav", noise(10.0, 16_000), 16_000)
    found = locate_media(conn, [folder])
    assert [(one.filename, one.was) for one in found.adopted] == [("x.wav", "/usb/a/x.wav"), ("x.wav", r"D:\b\x.wav")]
    assert found.missing == []
    clips = conn.clips.ListClips(clip_service_pb2.ListClipsRequest(profile="default")).clips
    # The same mark, known by two places, is one.
    assert sorted(one.start.ToMicroseconds() for one in clips) == [1_000_000, 3_000_000]
    assert len({one.media for one in clips}) == 1


def test_media_that_a_later_import_finds_elsewhere_are_located_by_it_all_or_nothing(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [
        clip("x.wav", 1.0, source_path="/usb/a/x.wav"),
        clip("x.wav", 3.0, number=2, source_path=r"D:\b\x.wav"),
        clip("x.wav", 5.0, number=3),
    ]
    path = make(tmp_path / "8cut.db", processed=rows, scan_results=[region("x.wav", 1.0, 2.0)])
    prepare(path).send(conn)
    folder = tmp_path / "found"
    folder.mkdir()
    file = write_media(folder / "x.wav", noise(10.0, 16_000), 16_000)
    plan = prepare(path, conn, media_folders=[folder])
    dry = plan.send(conn, validate_only=True)
    assert [(table.known, table.changed) for table in dry.tables] == [(3, 0), (1, 0), (0, 0), (0, 0)]
    assert dry.located == 2
    assert len(list_unlocated(conn)) == 2
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(CancelledError):
        plan.send(conn, cancel=cancel)
    assert len(list_unlocated(conn)) == 2
    assert plan.send(conn) == dry
    (media,) = conn.media.ListMedia(media_service_pb2.ListMediaRequest()).media
    assert (media.unlocated, media.filename, media.path_hint) == (False, "x.wav", str(file))
    assert media.duration.ToMicroseconds() == 10_000_000
    assert prepare(path).send(conn).tables[0].known == 3


def test_a_later_import_of_media_that_were_located_adds_nothing(conn: Connection, tmp_path: Path) -> None:
    rows = [clip("x.wav", 1.0, source_path="/usb/x.wav"), clip("y.wav", 1.0, source_path="/usb/y.wav")]
    path = make(tmp_path / "8cut.db", processed=rows)
    prepare(path).send(conn)
    folder = tmp_path / "found"
    folder.mkdir()
    write_media(folder / "x.wav", noise(10.0, 16_000), 16_000)
    assert len(locate_media(conn, [folder]).adopted) == 1

    def send(plan: ImportPlan) -> tuple[int, int, int, bool]:
        done = plan.send(conn)
        return done.tables[0].added, done.tables[0].known, done.new_media, done.tables[0].equal

    assert send(prepare(path)) == (0, 2, 0, True)
    assert send(prepare(path, media_folders=[folder])) == (0, 2, 0, True)


def test_an_import_without_the_files_of_the_one_before_finds_what_it_brought(conn: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    write_media(folder / "x.wav", noise(10.0, 16_000), 16_000)
    rows = [
        clip("x.wav", 1.0, source_path=str(folder / "x.wav")),
        clip("x.wav", 3.0, number=2, source_path="/old/x.wav"),
    ]
    regions = [region("x.wav", 1.0, 2.0)]
    first = make(tmp_path / "first.db", processed=rows, scan_results=regions)
    done = prepare(first, conn, media_folders=[folder]).send(conn)
    assert (done.new_media, done.located) == (1, 0)
    later = [*rows, clip("x.wav", 5.0, number=3, source_path="/old/x.wav")]
    second = make(tmp_path / "second.db", processed=later, scan_results=regions)
    plan = prepare(second, conn, look_for_media=False)
    assert (plan.book.unlocated, len(plan.book.adopted)) == ([], 2)
    done = plan.send(conn)
    assert [(table.added, table.known, table.equal) for table in done.tables[:2]] == [(1, 2, True), (0, 1, True)]
    clips = conn.clips.ListClips(clip_service_pb2.ListClipsRequest(profile="default")).clips
    assert len({one.media for one in clips}) == 1
    assert list_unlocated(conn) == []


def test_a_later_import_says_what_was_located_since(conn: Connection, tmp_path: Path) -> None:
    rows = [clip(f"{name}.wav", 1.0, source_path=f"/usb/{name}.wav") for name in "abcdefg"]
    prepare(make(tmp_path / "first.db", processed=rows[:5]), conn).send(conn)
    found = write_media(tmp_path / "c.wav", noise(10.0, 16_000), 16_000)
    locate_media(conn, [tmp_path])
    book = prepare(make(tmp_path / "second.db", processed=rows), conn).book
    assert [media.filename for media in book.unlocated] == [f"{name}.wav" for name in "abdefg"]
    assert [(media.filename, media.adopted and media.adopted.path_hint) for media in book.adopted] == [
        ("c.wav", str(found))
    ]
