"""What rows of an old library mean, in all its shapes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.ancestor.errors import LibraryError
from eightcut_client.ancestor.reading import OldLibrary, read_library

from tests.ancestor.old_library import PROCESSED, TABLES, clip, make, region, state

OPTIONAL = [name for name in PROCESSED if name not in {"id", "filename", "start_time", "output_path"}]


def read(tmp_path: Path, **rows: Any) -> OldLibrary:
    return read_library(make(tmp_path / "8cut.db", **rows))


def test_a_row_is_understood(tmp_path: Path) -> None:
    row = clip(
        "street.mp4",
        12.5,
        folder="/clips/knock",
        video=7,
        number=3,
        index=2,
        label="three",
        category="Household",
        short_side=256,
        portrait_ratio="9:16",
        crop_center=0.25,
        format="MP4",
        clip_count=5,
        clip_duration=4.5,
        spread=1.25,
        profile="foley",
        source_path="/videos/street.mp4",
        scan_export=1,
        processed_at="2025-03-04T05:06:07.5",
    )
    (file,) = read(tmp_path, processed=[row]).files
    assert file._asdict() == {
        "row": 1,
        "profile": "foley",
        "filename": "street.mp4",
        "source_path": "/videos/street.mp4",
        "start_us": 12_500_000,
        "duration_us": 4_500_000,
        "folder": "knock",
        "label": "three",
        "category": "Household",
        "scan_export": True,
        "output": "/clips/knock/vid_007/street_007_m3_2.mp4",
        "export_folder": "/clips/knock",
        "path": "vid_007/street_007_m3_2.mp4",
        "sub_index": 2,
        "format": "mp4",
        "short_side": 256,
        "crop_ratio": "9:16",
        "crop_center": 0.25,
        "clip_count": 5,
        "spread_us": 1_250_000,
        "create_us": 1_741_064_767_500_000,
    }


@pytest.mark.parametrize("count", range(len(OPTIONAL) + 1))
def test_columns_that_are_not_there_yet_take_their_defaults(tmp_path: Path, count: int) -> None:
    # Columns came one after another, so an older library lacks the last ones.
    path = make(tmp_path / "8cut.db", without={"processed": OPTIONAL[count:]}, tables=["processed"], processed=[clip()])
    (file,) = read_library(path).files
    assert (file.label, file.category, file.short_side, file.crop_ratio) == ("", "", 512, "")
    assert (file.crop_center, file.format, file.clip_count, file.duration_us) == (0.5, "mp4", 3, 8_000_000)
    assert (file.spread_us, file.profile, file.source_path, file.scan_export) == (3_000_000, "default", "", False)
    assert file.create_us == 0


def test_a_number_that_no_file_of_the_clip_has_is_part_of_its_name(tmp_path: Path) -> None:
    names = ["street_2024.mp4", "street_2.mp4", "street_3.mp4"]
    rows = [clip() | {"output_path": f"/clips/knock/clip_001/{name}"} for name in names]
    assert [file.sub_index for file in read(tmp_path, processed=rows).files] == [0, 2, 0]


def test_null_is_the_default_but_a_short_side_as_in_the_source(tmp_path: Path) -> None:
    empty = dict.fromkeys(OPTIONAL)
    (file,) = read(tmp_path, processed=[clip(**empty)]).files
    assert (file.short_side, file.clip_count, file.profile, file.duration_us) == (0, 3, "default", 8_000_000)


def test_regions_of_all_ages_are_understood(tmp_path: Path) -> None:
    path = make(
        tmp_path / "8cut.db",
        without={"scan_results": ["disabled", "orig_start_time", "orig_end_time", "scan_timestamp", "profile"]},
        scan_results=[region(start=1.5, end=4.0)],
    )
    (row,) = read_library(path).regions
    assert (row.start_us, row.end_us, row.original_start_us, row.original_end_us) == (1_500_000, 4_000_000) * 2
    assert (row.disabled, row.timestamp, row.scanned_us, row.profile) == (False, "", -1, "default")


def test_only_processed_must_be_there(tmp_path: Path) -> None:
    library = read_library(make(tmp_path / "8cut.db", tables=["processed"], processed=[clip()]))
    assert (len(library.files), library.regions, library.negatives, library.hidden) == (1, [], [], [])
    assert library.rows == {"processed": 1, "scan_results": 0, "hard_negatives": 0, "hidden_files": 0}


@pytest.mark.parametrize(
    ("given", "path", "expected"),
    [
        ("MP4", "a_001_m1_0.mp4", "mp4"),
        ("WebP sequence", "a_001_m1_0", "webp"),
        ("mp4 (h264)", "a.mov", "mp4"),
        ("something new", "a.opus", "opus"),
        ("something new", "a_001_m1_0", "webp"),
        ("", "a.flac", "flac"),
        ("?", "a.b-c d", "mp4"),
        ("WAV audio", "a.wav", "wav"),
    ],
)
def test_formats(tmp_path: Path, given: str, path: str, expected: str) -> None:
    row = clip(format=given) | {"output_path": f"/clips/knock/vid_001/{path}"}
    (file,) = read(tmp_path, processed=[row]).files
    assert file.format == expected


@pytest.mark.parametrize(
    "change",
    [
        {"start_time": "12.5"},
        {"start_time": b"12.5"},
        {"clip_duration": 8, "spread": 3},
        {"clip_count": "3", "scan_export": "0"},
        {"clip_count": 3.0, "crop_center": "0.5"},
        {"portrait_ratio": "Off"},
        {"profile": ""},
        {"profile": " default "},
        {"label": b""},
    ],
)
def test_harmless_types_are_understood(tmp_path: Path, change: dict[str, Any]) -> None:
    columns = ", ".join(PROCESSED)  # without types: nothing is converted
    path = tmp_path / "8cut.db"
    plain = clip(short_side=512)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE processed ({columns})")
        for row in (plain, plain | change):
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO processed ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    library = read_library(path)
    assert library.damaged == []
    # The same row twice is one, the newer.
    assert library.duplicates["processed"] == 1
    (file,) = library.files
    assert file == read_library(make(tmp_path / "plain.db", processed=[plain])).files[0]._replace(row=file.row)


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [
        ("processed", {"start_time": -1.0}, "start_time is negative"),
        ("processed", {"start_time": float("inf")}, "start_time is longer than any media"),
        ("processed", {"start_time": 1e12}, "start_time is longer than any media"),
        ("processed", {"start_time": "soon"}, "start_time is no number"),
        ("processed", {"clip_duration": 0}, "clip_duration is 0"),
        ("processed", {"clip_count": 2.5}, "clip_count is no whole number"),
        ("processed", {"clip_count": -1}, "clip_count is not between 0 and 1,000"),
        ("processed", {"crop_center": 1.5}, "crop_center is not between 0 and 1"),
        ("processed", {"scan_export": 7}, "scan_export is neither 0 nor 1"),
        ("processed", {"filename": ""}, "filename is empty"),
        ("processed", {"filename": "x" * 2000}, "filename is longer than 1,024 characters"),
        ("processed", {"label": "x" * 5_000_000}, "label is longer than 1,000 characters"),
        ("processed", {"label": "a\0b"}, "label holds a NUL character"),
        ("processed", {"profile": "x" * 101}, "profile is longer than 100 characters"),
        ("processed", {"profile": "a\nb"}, "profile holds control characters"),
        ("processed", {"output_path": ""}, "output_path is empty"),
        (
            "processed",
            {"output_path": "../up/vid_001/x.mp4"},
            "output_path is no path that the files",
        ),
        (
            "processed",
            {"output_path": f"/{'x' * 201}/vid_001/x.mp4"},
            "output_path has a folder with a name",
        ),
        ("processed", {"portrait_ratio": "as wide as it goes"}, "portrait_ratio is no ratio"),
        ("processed", {"short_side": 10**18}, "short_side is not between 0 and 16,384"),
        ("scan_results", {"end_time": 1.0}, "end_time lies before start_time"),
        ("scan_results", {"end_time": None}, "end_time is missing"),
        ("scan_results", {"score": float("inf")}, "score is no finite number"),
        ("scan_results", {"score": float("nan")}, "score is missing"),
        ("scan_results", {"scan_timestamp": "yesterday"}, "scan_timestamp is no time"),
        ("scan_results", {"scan_timestamp": "20251399_000000"}, "scan_timestamp is no time"),
        ("scan_results", {"orig_end_time": 1.0}, "orig_end_time lies before orig_start_time"),
        ("hard_negatives", {"start_time": None}, "start_time is missing"),
        ("hidden_files", {"filename": b"\xff\xfe"}, "filename is no valid text"),
    ],
)
def test_what_makes_no_sense_is_named(tmp_path: Path, table: str, change: dict[str, Any], why: str) -> None:
    whole = {
        "processed": clip(),
        "scan_results": region(),
        "hard_negatives": {"filename": "a.mp4", "start_time": 1.0},
        "hidden_files": {"filename": "a.mp4"},
    }
    library = read(tmp_path, **{table: [whole[table], whole[table] | change]})
    (damaged,) = library.damaged
    assert (damaged.table, damaged.row) == (table, 2)
    assert damaged.why.startswith(why)
    assert library.rows[table] == 2


def test_text_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip(), clip(number=2)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE processed SET label = CAST(x'ff41' AS TEXT) WHERE id = 2")
    library = read_library(path)
    assert [row.sentence for row in library.damaged] == ["Row 2 of processed: label is no valid text."]
    assert len(library.files) == 1


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_foreign_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    library = read(tmp_path, pragmas=[f"encoding = '{encoding}'"], processed=[clip("naïve ☃.mp4", label="été 🎬")])
    assert (library.files[0].filename, library.files[0].label) == ("naïve ☃.mp4", "été 🎬")


def test_the_newest_row_of_a_file_counts(tmp_path: Path) -> None:
    rows = [clip(label="old"), clip(number=2), clip(start=13.0, label="new"), clip(label="other", profile="pets")]
    library = read(tmp_path, processed=rows)
    assert [(row.row, row.label) for row in library.files] == [(2, ""), (3, "new"), (4, "other")]
    assert library.duplicates["processed"] == 1


def test_regions_that_differ_in_nothing_are_one(tmp_path: Path) -> None:
    rows = [region(), region(), region(disabled=1), region(start=3.5, orig_start_time=3.0, orig_end_time=5.0)]
    library = read(tmp_path, scan_results=rows)
    assert [row.again for row in library.regions] == [0, 1, 2]
    assert len({row.key for row in library.regions}) == 3
    assert library.duplicates["scan_results"] == 1


def test_what_was_resized_or_switched_off_is_known_again(tmp_path: Path) -> None:
    before = read_library(make(tmp_path / "before.db", scan_results=[region()]))
    changed = region(start=3.5, disabled=1, orig_start_time=3.0, orig_end_time=5.0)
    after = read_library(make(tmp_path / "after.db", scan_results=[changed]))
    assert before.regions[0].key == after.regions[0].key


def test_times_that_round_to_the_same_microsecond_are_one_mark(tmp_path: Path) -> None:
    library = read(tmp_path, processed=[clip(start=12.5), clip(start=12.5 + 1e-9, index=1)])
    assert {row.start_us for row in library.files} == {12_500_000}


def test_dates_that_are_none_are_noted(tmp_path: Path) -> None:
    library = read(
        tmp_path, processed=[clip(processed_at="last week"), clip(number=2, processed_at="2025-01-01 10:00:00+02:00")]
    )
    assert [row.create_us for row in library.files] == [0, 1_735_718_400_000_000]
    assert library.notes == ["A moment in processed_at could not be read in 1 row; it is kept without one."]


def test_names_of_folders_that_cannot_be_are_noted(tmp_path: Path) -> None:
    library = read(tmp_path, processed=[clip(folder="/clips/a\nb")])
    assert library.files[0].folder == "a_b"
    assert "a_b" in library.notes[0]


def test_triggers_and_generated_columns_do_nothing(tmp_path: Path) -> None:
    path = tmp_path / "8cut.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE processed (filename, start_time, output_path, label AS (upper(filename)))")
        connection.execute("INSERT INTO processed VALUES ('a.mp4', 1.0, '/c/knock/vid_001/a_001_m1_0.mp4')")
        connection.execute("CREATE TRIGGER t AFTER INSERT ON processed BEGIN DELETE FROM processed; END")
    (file,) = read_library(path).files
    assert (file.filename, file.label) == ("a.mp4", "")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", ["view", "virtual"])
def test_what_stands_in_place_of_a_table_is_refused(tmp_path: Path, table: str, kind: str) -> None:
    path = make(tmp_path / "8cut.db", tables=[name for name in TABLES if name != table])
    with closing(sqlite3.connect(path)) as connection, connection:
        if kind == "view":
            connection.execute(f"CREATE VIEW {table.upper()} AS SELECT randomblob(1000000000) AS filename")
        else:
            connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(filename)")
    before = state(path)
    with pytest.raises(LibraryError, match="no library of the old 8-cut"):
        read_library(path)
    assert state(path) == before


@pytest.mark.parametrize(("table", "column"), [("processed", "output_path"), ("scan_results", "score")])
def test_a_column_that_must_be_there_is_named(tmp_path: Path, table: str, column: str) -> None:
    path = make(tmp_path / "8cut.db", without={table: [column]})
    with pytest.raises(LibraryError, match=f"its table {table} has no column {column}"):
        read_library(path)


def test_tables_without_row_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "8cut.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE processed (filename, start_time, output_path PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT INTO processed VALUES ('a.mp4', 1.0, '/c/knock/vid_001/a_001_m1_0.mp4')")
    assert [row.row for row in read_library(path).files] == [1]


def test_an_index_that_is_damaged_takes_no_row_away(tmp_path: Path) -> None:
    path = make(tmp_path / "8cut.db", processed=[clip(number=number) for number in range(50)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE UNIQUE INDEX i ON processed (output_path)")
        connection.execute("PRAGMA writable_schema = ON")
        # The index is over something else than it says.
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'output_path', 'label') WHERE name = 'i'")
    assert len(read_library(path).files) == 50
