"""How long the import of a large old library takes: the real command, with a Store of its own.

The reference is the least that any program would have to do: reading the same rows with sqlite3 and writing them to
another file with executemany, in one transaction.

    python -m benchmarks.library_import [--clips 100000] [--regions 200000] [--negatives 5000]
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.support import Cli, fresh_home, table

FILES_PER_CLIP = 3
REGIONS_PER_SCAN = 40
LIMIT_SECONDS = 60

_SCHEMA = """
CREATE TABLE processed (id INTEGER PRIMARY KEY, filename TEXT NOT NULL, start_time REAL NOT NULL,
    output_path TEXT NOT NULL, label TEXT DEFAULT '', category TEXT DEFAULT '', short_side INTEGER DEFAULT 512,
    portrait_ratio TEXT DEFAULT '', crop_center REAL DEFAULT 0.5, format TEXT DEFAULT 'MP4',
    clip_count INTEGER DEFAULT 3, clip_duration REAL DEFAULT 8.0, spread REAL DEFAULT 3.0,
    profile TEXT DEFAULT 'default', source_path TEXT DEFAULT '', scan_export INTEGER DEFAULT 0, processed_at TEXT);
CREATE TABLE scan_results (id INTEGER PRIMARY KEY, filename TEXT NOT NULL, profile TEXT DEFAULT 'default',
    model TEXT NOT NULL, start_time REAL, end_time REAL, score REAL, disabled INTEGER DEFAULT 0, orig_start_time REAL,
    orig_end_time REAL, scan_timestamp TEXT DEFAULT '');
CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY, filename TEXT NOT NULL, profile TEXT DEFAULT 'default',
    start_time REAL, source_path TEXT DEFAULT '', source_model TEXT DEFAULT '');
CREATE TABLE hidden_files (filename TEXT NOT NULL, profile TEXT DEFAULT 'default');
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100_000, help="rows of processed, three for each mark")
    parser.add_argument("--regions", type=int, default=200_000)
    parser.add_argument("--negatives", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh_home(folder)
        library = folder / "8cut.db"
        write_library(library, options.clips, options.regions, options.negatives)
        reference = copy_seconds(library, folder / "copy.db")
        cli = Cli(folder)
        dry = measured(partial(cli.run, "import-8cut", str(library), "--dry-run"))
        first = measured(partial(cli.run, "import-8cut", str(library), "--yes"))
        if not all(one["equal"] and one["added"] == one["rows"] for one in first.document["tables"]):
            raise SystemExit(f"the import is not what the library holds: {first.document['tables']}")
        again = measured(partial(cli.run, "import-8cut", str(library), "--yes"))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows = options.clips + options.regions + options.negatives
    runs = {
        "8cut import-8cut --dry-run": dry,
        "8cut import-8cut --yes": first,
        "the same again, which adds nothing": again,
    }
    table(
        f"Import of {options.clips:,} clip files, {options.regions:,} regions and {options.negatives:,} hard negatives",
        ["what", "seconds", "CPU seconds, client and Store", "rows a second", "times the reference"],
        [
            [
                "reference: sqlite3 reads the rows and writes them with executemany",
                f"{reference:.2f}",
                "",
                f"{rows / reference:,.0f}",
                "1",
            ],
            *(
                [
                    name,
                    f"{run.seconds:.1f}",
                    f"{run.cpu_seconds:.1f}",
                    f"{rows / run.seconds:,.0f}",
                    f"{run.seconds / reference:.0f}",
                ]
                for name, run in runs.items()
            ),
        ],
    )
    print(f"\nLargest process (client or Store): {peak:,.0f} MiB. Limit of the import: {LIMIT_SECONDS} s.")
    if first.seconds > LIMIT_SECONDS:
        raise SystemExit(f"the import took {first.seconds:.1f} s")


@dataclass(frozen=True)
class Measured:
    """A command that ended, with what it took; the CPU time is that of all its processes."""

    document: dict[str, Any]
    seconds: float
    cpu_seconds: float


def measured(command: Callable[[], dict[str, Any]]) -> Measured:
    """Runs a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    document = command()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(document, seconds, cpu)


def write_library(path: Path, clips: int, regions: int, negatives: int) -> None:
    """Writes a library as a person might have it after years."""
    draw = random.Random(8)
    videos = max(1, clips // 300)
    folders = [f"/data/clips/{word}" for word in ("knock", "dog_bark", "door_slam", "rain", "glass", "steps")]

    def processed() -> list[tuple[object, ...]]:
        made: list[tuple[object, ...]] = []
        for row in range(clips):
            mark, index = divmod(row, FILES_PER_CLIP)
            video = mark % videos
            folder = folders[mark % len(folders)]
            output = f"{folder}/vid_{video + 1:03d}/video{video:05d}_{video + 1:03d}_m{mark // videos + 1}_{index}.mp4"
            moment = f"2025-0{mark % 9 + 1}-{mark % 28 + 1:02d}T{mark % 24:02d}:{mark % 60:02d}:{row % 60:02d}"
            place = f"/data/videos/{video % 20}/video{video:05d}.mp4"
            start = round(mark // videos * 11.37 + draw.random(), 3)
            made.append((f"video{video:05d}.mp4", start, output, "a label", "Household", "default", place, moment))
        return made

    def scans() -> list[tuple[object, ...]]:
        made: list[tuple[object, ...]] = []
        for row in range(regions):
            scan, number = divmod(row, REGIONS_PER_SCAN)
            start = round(number * 17.1 + draw.random() * 9, 2)
            day, hour = f"2025{scan % 12 + 1:02d}{scan % 28 + 1:02d}", f"{scan % 24:02d}{scan % 60:02d}"
            stamp = f"{day}_{hour}{scan // 1440 % 60:02d}_{scan:06d}"
            end = start + draw.random() * 8
            made.append((f"video{scan % videos:05d}.mp4", "LOGMEL", start, end, draw.random(), row % 7 == 0, stamp))
        return made

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        connection.executemany(
            "INSERT INTO processed (filename, start_time, output_path, label, category, profile, source_path, "
            "processed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            processed(),
        )
        connection.executemany(
            "INSERT INTO scan_results (filename, model, start_time, end_time, score, disabled, scan_timestamp) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            scans(),
        )
        connection.executemany(
            "INSERT INTO hard_negatives (filename, start_time, source_model) VALUES (?, ?, 'LOGMEL')",
            ((f"video{row % videos:05d}.mp4", row // videos * 3.5) for row in range(negatives)),
        )
        connection.executemany(
            "INSERT INTO hidden_files (filename) VALUES (?)", ((f"video{row:05d}.mp4",) for row in range(0, videos, 10))
        )


def copy_seconds(library: Path, copy: Path) -> float:
    """Seconds that it takes to read all rows and to write them into another file."""
    start = time.perf_counter()
    with closing(sqlite3.connect(library)) as old, closing(sqlite3.connect(copy)) as new, new:
        new.executescript(_SCHEMA)
        for name in ("processed", "scan_results", "hard_negatives", "hidden_files"):
            rows = old.execute(f"SELECT * FROM {name}")  # noqa: S608  names of ours
            marks = ", ".join("?" * len(rows.description))
            new.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608  likewise
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
