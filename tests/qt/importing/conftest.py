"""A person's old library, made up; media of their own; an import dialog on real services."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import pytest
from eightcut_client.register import identify_file
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia

from tests.support.media import noise, write_media

_TABLES = """
CREATE TABLE processed(id INTEGER PRIMARY KEY, filename TEXT, start_time REAL, output_path TEXT, label TEXT,
  category TEXT, short_side INTEGER, portrait_ratio TEXT, crop_center REAL, format TEXT, clip_count INTEGER,
  clip_duration REAL, spread REAL, profile TEXT, source_path TEXT, scan_export INTEGER, processed_at TEXT);
CREATE TABLE scan_results(id INTEGER PRIMARY KEY, filename TEXT, profile TEXT, model TEXT, start_time REAL,
  end_time REAL, score REAL, disabled INTEGER, orig_start_time REAL, orig_end_time REAL, scan_timestamp TEXT);
CREATE TABLE hard_negatives(id INTEGER PRIMARY KEY, filename TEXT, profile TEXT, start_time REAL, source_path TEXT,
  source_model TEXT);
CREATE TABLE hidden_files(filename TEXT, profile TEXT);
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without anything in it."""
    made = tmp_path / "home"
    made.mkdir()
    monkeypatch.setenv("HOME", str(made))
    return made


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    """Two files of 30 s; their bytes are no other test's."""
    folder = tmp_path / "films"
    folder.mkdir()
    seed = zlib.crc32(str(tmp_path).encode())
    return [
        write_media(folder / name, noise(30, 8000, seed=seed + number), 8000)
        for number, name in enumerate(("a.wav", "b.wav"))
    ]


def make_library(path: Path, profile: str, films: list[Path], *, damaged: int = 0) -> Path:
    """Make an old library: two clips, three regions and a hard negative of each file."""
    with sqlite3.connect(path) as database:
        database.executescript(_TABLES)
        for number, film in enumerate(films, 1):
            for clip in range(2):
                output = f"/old/door/vid_{number:03}/door_{number:03}_m{clip + 1}_0.mp4"
                database.execute(
                    "INSERT INTO processed VALUES(NULL,?,?,?,'a door','Human',512,'',0.5,'MP4',1,8.0,3.0,?,?,0,?)",
                    (film.name, 5.0 * clip, output, profile, str(film), f"2024-05-0{clip + 1}T10:00:00"),
                )
            for place in range(3):
                database.execute(
                    "INSERT INTO scan_results VALUES(NULL,?,?,'EAT_door',?,?,0.8,0,NULL,NULL,'20240501_120000')",
                    (film.name, profile, 4.0 * place, 4.0 * place + 3.0),
                )
            database.execute(
                "INSERT INTO hard_negatives VALUES(NULL,?,?,20.0,?,'EAT_door')", (film.name, profile, str(film))
            )
        database.execute("INSERT INTO hidden_files VALUES(?,?)", (films[0].name, profile))
        for number in range(damaged):
            database.execute(
                "INSERT INTO processed(filename, start_time, output_path, profile) VALUES('c.mp4','soon',?,?)",
                (f"/old/door/vid_009/door_009_m{number}_0.mp4", profile),
            )
    database.close()
    return path


def open_film(context: Context, path: Path, *, duration: float = 30.0) -> OpenMedia:
    """Let the window show a file that the Store knows."""
    local = identify_file(path)
    context.gateway.media.register(local)
    media = OpenMedia(path, local, registered=True, duration=duration)
    context.state.set_media(media)
    return media
