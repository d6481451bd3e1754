"""A library of the program that 8-cut descends from, as somebody may have it: for the pictures of the import."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

_TABLES = """
CREATE TABLE processed(id INTEGER PRIMARY KEY, filename TEXT, start_time REAL, output_path TEXT, label TEXT,
  category TEXT, clip_count INTEGER, clip_duration REAL, spread REAL, profile TEXT, source_path TEXT,
  scan_export INTEGER, processed_at TEXT);
CREATE TABLE scan_results(id INTEGER PRIMARY KEY, filename TEXT, profile TEXT, model TEXT, start_time REAL,
  end_time REAL, score REAL, scan_timestamp TEXT);
CREATE TABLE hard_negatives(id INTEGER PRIMARY KEY, filename TEXT, profile TEXT, start_time REAL, source_path TEXT);
CREATE TABLE hidden_files(filename TEXT, profile TEXT);
"""


def make_old_library(folder: Path, videos: Sequence[Path]) -> Path:
    """Makes the library of these videos and of one that is gone, its clip files and a classifier; returns its path."""
    path = folder / "old.db"
    clips = folder / "clips" / "door_knock"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_TABLES)
        for number, video in enumerate((*videos, Path("/mnt/nas/garage.mkv")), 1):
            for clip in range(1, 5):
                made = clips / f"vid_{number:03}" / f"door_knock_{number:03}_m{clip}_0.mp4"
                made.parent.mkdir(parents=True, exist_ok=True)
                if clip < 4:
                    made.touch()
                database.execute(
                    "INSERT INTO processed VALUES(NULL,?,?,?,'knocks','Human',1,8.0,3.0,'default',?,0,?)",
                    (video.name, 30.0 * clip, str(made), str(video), f"2025-05-0{clip}T10:00:00"),
                )
                database.execute(
                    "INSERT INTO scan_results VALUES(NULL,?,'default','EAT_door_knock',?,?,0.8,'20250501_120000')",
                    (video.name, 25.0 * clip, 25.0 * clip + 4.0),
                )
            database.execute("INSERT INTO hard_negatives VALUES(NULL,?,'default',200.0,?)", (video.name, str(video)))
    (folder / "models").mkdir()
    (folder / "models" / "EAT_door_knock.joblib").touch()
    return path
