"""Old libraries of all ages, made by hand: what the ancestor's tables looked like, and rows for them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

PROCESSED = {
    "id": "INTEGER PRIMARY KEY",
    "filename": "TEXT NOT NULL",
    "start_time": "REAL NOT NULL",
    "output_path": "TEXT NOT NULL",
    "label": "TEXT DEFAULT ''",
    "category": "TEXT DEFAULT ''",
    "short_side": "INTEGER DEFAULT 512",
    "portrait_ratio": "TEXT DEFAULT ''",
    "crop_center": "REAL DEFAULT 0.5",
    "format": "TEXT DEFAULT 'MP4'",
    "clip_count": "INTEGER DEFAULT 3",
    "clip_duration": "REAL DEFAULT 8.0",
    "spread": "REAL DEFAULT 3.0",
    "profile": "TEXT DEFAULT 'default'",
    "source_path": "TEXT DEFAULT ''",
    "scan_export": "INTEGER DEFAULT 0",
    "processed_at": "TEXT",
}
SCAN_RESULTS = {
    "id": "INTEGER PRIMARY KEY",
    "filename": "TEXT NOT NULL",
    "profile": "TEXT DEFAULT 'default'",
    "model": "TEXT NOT NULL",
    "start_time": "REAL",
    "end_time": "REAL",
    "score": "REAL",
    "disabled": "INTEGER DEFAULT 0",
    "orig_start_time": "REAL",
    "orig_end_time": "REAL",
    "scan_timestamp": "TEXT DEFAULT ''",
}
HARD_NEGATIVES = {
    "id": "INTEGER PRIMARY KEY",
    "filename": "TEXT NOT NULL",
    "profile": "TEXT DEFAULT 'default'",
    "start_time": "REAL",
    "source_path": "TEXT DEFAULT ''",
    "source_model": "TEXT DEFAULT ''",
}
HIDDEN_FILES = {"filename": "TEXT NOT NULL", "profile": "TEXT DEFAULT 'default'"}
TABLES: Mapping[str, Mapping[str, str]] = {
    "processed": PROCESSED,
    "scan_results": SCAN_RESULTS,
    "hard_negatives": HARD_NEGATIVES,
    "hidden_files": HIDDEN_FILES,
}

Rows = Iterable[Mapping[str, Any]]


def make(
    path: Path,
    *,
    without: Mapping[str, Iterable[str]] | None = None,
    tables: Iterable[str] = TABLES,
    pragmas: Iterable[str] = (),
    **rows: Rows,
) -> Path:
    """Writes a library; `without` names columns that are not there yet."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        for table in tables:
            missing = set((without or {}).get(table, ()))
            columns = ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items() if name not in missing)
            connection.execute(f"CREATE TABLE {table} ({columns})")
        add(connection, **rows)
    return path


def add(connection: sqlite3.Connection, **rows: Rows) -> None:
    """Adds rows to tables."""
    for table, entries in rows.items():
        for entry in entries:
            marks = ", ".join("?" * len(entry))
            connection.execute(f"INSERT INTO {table} ({', '.join(entry)}) VALUES ({marks})", tuple(entry.values()))


def clip(
    filename: str = "street.mp4",
    start: float = 12.5,
    *,
    folder: str = "/clips/knock",
    video: int = 1,
    number: int = 1,
    index: int = 0,
    kind: str = "m",
    **more: Any,
) -> dict[str, Any]:
    """A row of `processed` as the newest old program wrote it."""
    path = f"{folder}/vid_{video:03d}/{Path(filename).stem}_{video:03d}_{kind}{number}_{index}.mp4"
    return {"filename": filename, "start_time": start, "output_path": path} | more


def region(filename: str = "street.mp4", start: float = 3.0, end: float = 5.0, **more: Any) -> dict[str, Any]:
    """A row of `scan_results`."""
    return {"filename": filename, "model": "LOGMEL", "start_time": start, "end_time": end, "score": 0.75} | more


def typical(folder: Path, media: Path | None = None) -> Path:
    """Writes a library with a bit of everything; its only file that may be there is `media`."""
    source = {"source_path": str(media)} if media is not None else {}
    name = media.name if media is not None else "street.mp4"
    clips = [
        clip(name, 12.5 + 10 * mark, number=mark + 1, index=index, label="three knocks", category="Household") | source
        for mark in range(4)
        for index in range(3)
    ]
    return make(
        folder / "8cut.db",
        processed=[
            *clips,
            clip(name, 3.0, kind="a", index=0, scan_export=1) | source,
            clip("gone.mp4", 1.0, folder="/clips/dog", profile="pets", source_path="/usb/gone.mp4"),
        ],
        scan_results=[
            region(name, 3.0, 5.5, scan_timestamp="20250102_030405"),
            region(
                name, 20.0, 21.0, disabled=1, orig_start_time=19.5, orig_end_time=22.0, scan_timestamp="20250102_030405"
            ),
            region(name, 4.0, 5.0, scan_timestamp="20250203_040506_123456", model="LOGMEL_door"),
            region(name, 4.0, 5.0),
        ],
        hard_negatives=[{"filename": name, "start_time": 30.0, "source_model": "LOGMEL"} | source],
        hidden_files=[{"filename": "gone.mp4", "profile": "pets"}],
    )


def state(path: Path) -> dict[str, tuple[str, int] | None]:
    """Content and times of a database's files: equal before and after means that it was only read."""
    found: dict[str, tuple[str, int] | None] = {}
    for end in ("", "-wal", "-shm", "-journal"):
        file = Path(f"{path}{end}")
        if file.exists():
            status = file.stat()
            found[end] = (hashlib.sha256(file.read_bytes()).hexdigest(), status.st_mtime_ns)
        else:
            found[end] = None
    return found
