"""Damaged libraries, made with a seed: what disks, programs and people do to a file."""

from __future__ import annotations

import functools
import os
import random
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.ancestor.old_library import PROCESSED, TABLES, add, clip, make, region

Damage = Callable[[random.Random, Path], None]


def whole(path: Path, *, page_size: int = 1024, encoding: str = "UTF-8", mode: str = "DELETE") -> Path:
    """A library that is in order, of some dozen pages."""
    path.write_bytes(_whole(page_size, encoding, mode))
    return path


@functools.cache
def _whole(page_size: int, encoding: str, mode: str) -> bytes:
    rows = [
        clip(number=number, start=number * 3.5, label="a label", source_path="/videos/street.mp4")
        for number in range(60)
    ]
    regions = [
        region(start=float(number), end=number + 2.5, scan_timestamp=f"2025010{number % 9 + 1}_030405")
        for number in range(90)
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = make(
            Path(folder) / "8cut.db",
            pragmas=[f"page_size = {page_size}", f"encoding = '{encoding}'", f"journal_mode = {mode}"],
            processed=rows,
            scan_results=regions,
            hard_negatives=[{"filename": "street.mp4", "start_time": float(number)} for number in range(20)],
            hidden_files=[{"filename": f"video{number}.mp4"} for number in range(20)],
        )
        return made.read_bytes()


def flip_bits(draw: random.Random, path: Path) -> None:
    data = bytearray(whole(path, page_size=draw.choice([512, 1024, 4096])).read_bytes())
    for _ in range(draw.choice([1, 1, 3, 20])):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def flip_header(draw: random.Random, path: Path) -> None:
    data = bytearray(whole(path).read_bytes())
    for _ in range(draw.choice([1, 2])):
        # The header, and the table of tables after it.
        data[draw.randrange(draw.choice([100, 1024]))] = draw.randrange(256)
    path.write_bytes(data)


def truncate(draw: random.Random, path: Path) -> None:
    data = whole(path).read_bytes()
    length = draw.choice(
        [1, 15, 16, 99, 100, 511, 512, 1023, 1024, 1025, len(data) // 2, len(data) - 1, draw.randrange(len(data))]
    )
    path.write_bytes(data[:length])


def append(draw: random.Random, path: Path) -> None:
    data = whole(path).read_bytes()
    path.write_bytes(data + draw.randbytes(draw.choice([1, 1024, 5000])))


def zero_pages(draw: random.Random, path: Path) -> None:
    data = bytearray(whole(path).read_bytes())
    for _ in range(draw.choice([1, 3])):
        page = draw.randrange(len(data) // 1024)
        data[page * 1024 : (page + 1) * 1024] = draw.choice([bytes(1024), draw.randbytes(1024)])
    path.write_bytes(data)


def swap_pages(draw: random.Random, path: Path) -> None:
    data = bytearray(whole(path).read_bytes())
    one, two = (draw.randrange(len(data) // 1024) * 1024 for _ in range(2))
    data[one : one + 1024], data[two : two + 1024] = data[two : two + 1024], data[one : one + 1024]
    path.write_bytes(data)


def page_size(draw: random.Random, path: Path) -> None:
    data = bytearray(whole(path).read_bytes())
    data[16:18] = draw.choice([0, 1, 3, 256, 512, 4096, 32768]).to_bytes(2)
    if draw.random() < 0.5:
        data[28:32] = draw.choice([0, 1, 2**31 - 1, 2**32 - 1]).to_bytes(4)
    path.write_bytes(data)


def something_else_in_place(draw: random.Random, path: Path) -> None:
    table = draw.choice(list(TABLES))
    make(path, tables=[name for name in TABLES if name != table])
    bomb = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS filename FROM n"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            draw.choice(
                [
                    f"CREATE VIEW {table} AS {bomb}",
                    f"CREATE VIEW {table} AS SELECT * FROM {table}",
                    f"CREATE VIRTUAL TABLE {table} USING fts5(filename, start_time, output_path)",
                    f"CREATE TABLE {table} (empty)",
                    f"CREATE INDEX {table} ON {next(name for name in TABLES if name != table)} (filename)",
                ]
            )
        )


def triggers(draw: random.Random, path: Path) -> None:
    whole(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        event = draw.choice(["INSERT", "UPDATE", "DELETE"])
        connection.execute(f"CREATE TRIGGER t AFTER {event} ON processed BEGIN DELETE FROM processed; END")


def schema_lies(draw: random.Random, path: Path) -> None:
    whole(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        change = draw.choice(
            [
                "SET rootpage = 2",
                "SET rootpage = 0",
                "SET rootpage = 999999",
                "SET rootpage = -1",
                "SET sql = 'CREATE TABLE processed (filename, start_time, output_path)'",
                "SET sql = 'CREATE VIRTUAL TABLE processed USING csv(/etc/passwd)'",
                "SET sql = 'nonsense'",
                "SET sql = NULL",
                "SET type = 'view'",
                "SET name = 'other'",
            ]
        )
        connection.execute(f"UPDATE sqlite_master {change} WHERE name = 'processed'")


def wrong_types(draw: random.Random, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE processed ({', '.join(PROCESSED)})")
        connection.execute(
            "CREATE TABLE scan_results (filename, model, start_time, end_time, score, disabled, scan_timestamp)"
        )
        values = [
            None,
            "",
            "text",
            b"\x00\xff",
            2**62,
            -5,
            1e308,
            float("inf"),
            "nan",
            "1e5",
            b"7.5",
            "x" * 5000,
            "\U0001f600",
        ]
        for number in range(20):
            row = clip(number=number)
            for column in draw.sample(list(PROCESSED)[1:], 3):
                row[column] = draw.choice(values)
            found = region()
            found[draw.choice(list(found))] = draw.choice(values)
            add(connection, processed=[row], scan_results=[found])


def huge_text(draw: random.Random, path: Path) -> None:
    whole(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        column = draw.choice(["filename", "label", "output_path", "profile", "processed_at", "start_time"])
        length = draw.choice([10_000, 3_000_000])
        connection.execute(f"UPDATE processed SET {column} = ? WHERE id = {draw.randrange(1, 60)}", (chr(97) * length,))


def bad_text(draw: random.Random, path: Path) -> None:
    whole(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        column = draw.choice(["filename", "label", "output_path", "profile", "source_path"])
        raw = draw.choice(
            [b"\xff\xfe", "caf\xe9".encode("latin-1"), b"\xed\xa0\x80", b"a\x00b", b"\xc3", b"\r\n\x1b[2J"]
        )
        connection.execute(f"UPDATE processed SET {column} = CAST(? AS TEXT) WHERE id % 7 = 0", (raw,))


def foreign_encoding(draw: random.Random, path: Path) -> None:
    encoding = draw.choice(["UTF-16le", "UTF-16be"])
    data = bytearray(whole(path, encoding=encoding).read_bytes())
    if draw.random() < 0.7:
        # Texts of one encoding in a file that says to be of another.
        data[56:60] = draw.choice([1, 2, 3, 0, 9]).to_bytes(4)
    path.write_bytes(data)


def bad_wal(draw: random.Random, path: Path) -> None:
    whole(path, mode="WAL")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE processed SET label = 'in the WAL'")
        connection.commit()
        wal = bytearray(Path(f"{path}-wal").read_bytes())
        data = path.read_bytes()
    for _ in range(draw.choice([0, 1, 5])):
        wal[draw.randrange(len(wal))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)
    Path(f"{path}-wal").write_bytes(wal[: draw.choice([len(wal), len(wal) // 2, 31, 0])])
    if draw.random() < 0.4:
        Path(f"{path}-shm").write_bytes(draw.randbytes(draw.choice([0, 100, 32768])))


def bad_journal(draw: random.Random, path: Path) -> None:
    whole(path)
    header = bytes.fromhex("d9d505f920a163d7")
    Path(f"{path}-journal").write_bytes(
        draw.choice([b"", header, header + draw.randbytes(3000), draw.randbytes(3000), bytes(512)])
    )


def no_database(draw: random.Random, path: Path) -> None:
    kind = draw.randrange(6)
    if kind == 0:
        path.touch()
    elif kind == 1:
        path.mkdir()
    elif kind == 2:
        os.mkfifo(path)
    elif kind == 3:
        path.symlink_to(path.name)
    elif kind == 4:
        path.write_bytes(draw.randbytes(5000))
    else:
        path.write_bytes(b"SQLite format 3\x00" + draw.randbytes(5000))


DAMAGES: dict[Damage, int] = {
    flip_bits: 70,
    flip_header: 40,
    truncate: 30,
    append: 5,
    zero_pages: 20,
    swap_pages: 10,
    page_size: 20,
    something_else_in_place: 15,
    triggers: 3,
    schema_lies: 20,
    wrong_types: 12,
    huge_text: 8,
    bad_text: 12,
    foreign_encoding: 10,
    bad_wal: 15,
    bad_journal: 5,
    no_database: 12,
}
"""What is done, and how many libraries it is done to."""
