"""The Store with a million regions against an empty one: reading the newest version of a file, and saving a scan.

    python -m benchmarks.store_scale [--media 10000] [--versions 5] [--regions 20] [--requests 300]

Both Stores are processes of their own with SQLite files; calls go through gRPC and take turns between the two.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from eightcut.common.v1 import region_pb2, window_pb2
from eightcut.store.v1 import (
    media_service_pb2,
    media_service_pb2_grpc,
    scan_service_pb2,
    scan_service_pb2_grpc,
)
from eightcut_store.database import Database, parse_url
from eightcut_store.tables import Media, Profile, Region, Scan, ScoreChunk
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.services import running
from benchmarks.support import table

WINDOWS = 600
MODEL = "LOGMEL"


def digest(number: int) -> str:
    """A media digest."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def seed(database: Path, media: int, versions: int, regions: int) -> None:
    """Writes the million regions straight into the tables, as a Store that has run for years would hold them."""
    store = Database(parse_url(f"sqlite:///{database}"))
    scores = np.zeros(WINDOWS, "<f4").tobytes()

    def fill(first: int) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            profile = session.scalars(select(Profile.id)).one()
            ids = range(first + 1, min(first + 500, media) + 1)
            common = {"filename": "video.mp4", "path_hint": "", "size_bytes": 1, "duration_us": 607_000_000}
            session.execute(insert(Media), [{"id": i, "digest": digest(i), "create_us": i, **common} for i in ids])
            same = {
                "profile_id": profile, "model": MODEL, "stamped": True, "classifier_version": 1, "threshold": 0.5,
                "window_us": 8_000_000, "hop_us": 1_000_000, "window_count": WINDOWS, "region_count": regions,
                "best_score": 0.9, "pinned": False, "revision": 1,
            }  # fmt: skip
            scans = [
                {"id": (i - 1) * versions + v + 1, "media_id": i, "create_us": i, **same}
                for i in ids
                for v in range(versions)
            ]
            session.execute(insert(Scan), scans)
            session.execute(
                insert(ScoreChunk), [{"scan_id": s["id"], "first_window": 0, "scores": scores} for s in scans]
            )
            rows = []
            for scan in scans:
                for start in range(0, regions * 20_000_000, 20_000_000):
                    bounds = {"start_us": start, "original_start_us": start, "union_start_us": start}
                    ends = dict.fromkeys(("end_us", "original_end_us", "union_end_us"), start + 8_000_000)
                    rows.append(
                        {"scan_id": scan["id"], "score": 0.9, "disabled": False, "revision": 1, **bounds, **ends}
                    )
            session.execute(insert(Region), rows)

        return work

    for first in range(0, media, 500):
        store.write(fill(first))
    store.close()


def latest(media: str) -> scan_service_pb2.GetScanRequest:
    """A request for the newest version of a media with its regions."""
    selector = scan_service_pb2.LatestScan(profile="default", media=media, model=MODEL)
    return scan_service_pb2.GetScanRequest(latest=selector, include_regions=True)


def new_scan(media: str, regions: int) -> Iterator[scan_service_pb2.CreateScanRequest]:
    """The messages that save a scan."""
    grid = window_pb2.WindowGrid(window=Duration(seconds=8), hop=Duration(seconds=1))
    header = scan_service_pb2.ScanHeader(
        profile="default", media=media, model=MODEL, threshold=0.5, grid=grid, window_count=WINDOWS
    )
    yield scan_service_pb2.CreateScanRequest(header=header)
    found = [
        region_pb2.DetectedRegion(start=Duration(seconds=s), end=Duration(seconds=s + 8), score=0.9)
        for s in range(0, regions * 20, 20)
    ]
    yield scan_service_pb2.CreateScanRequest(regions=scan_service_pb2.RegionBatch(regions=found))
    yield scan_service_pb2.CreateScanRequest(scores=np.zeros(WINDOWS, "<f4").tobytes())


def save(stub: scan_service_pb2_grpc.ScanServiceStub, media: str, regions: int) -> None:
    """Saves a scan."""
    stub.CreateScan(new_scan(media, regions))


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--media", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=5)
    parser.add_argument("--regions", type=int, default=20)
    parser.add_argument("--requests", type=int, default=300)
    arguments = parser.parse_args()
    reads: dict[str, list[float]] = {"empty": [], "full": []}
    saves: dict[str, list[float]] = {"empty": [], "full": []}
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name for name in reads}
        for folder in folders.values():
            folder.mkdir()
            with running("eightcut_store", folder, "--data-dir", str(folder)):
                pass  # makes the database
        start = time.perf_counter()
        seed(folders["full"] / "store.sqlite3", arguments.media, arguments.versions, arguments.regions)
        print(f"seeded in {time.perf_counter() - start:.0f} s")
        with (
            running("eightcut_store", folders["empty"], "--data-dir", str(folders["empty"])) as empty,
            running("eightcut_store", folders["full"], "--data-dir", str(folders["full"])) as full,
        ):
            stubs = {
                "empty": scan_service_pb2_grpc.ScanServiceStub(empty),
                "full": scan_service_pb2_grpc.ScanServiceStub(full),
            }
            register = media_service_pb2.RegisterMediaRequest(
                digest=digest(1), filename="video.mp4", size_bytes=1, duration=Duration(seconds=607)
            )
            media_service_pb2_grpc.MediaServiceStub(empty).RegisterMedia(register)
            for _ in range(arguments.versions):
                stubs["empty"].CreateScan(new_scan(digest(1), arguments.regions))
            choose = random.Random(0)
            for _ in range(arguments.requests):
                wanted = {"empty": digest(1), "full": digest(choose.randint(1, arguments.media))}
                for name, stub in stubs.items():
                    media = wanted[name]
                    reads[name].append(milliseconds(partial(stub.GetScan, latest(media))))
                    saves[name].append(milliseconds(partial(save, stub, media, arguments.regions)))
        sizes = {name: sum(f.stat().st_size for f in folder.glob("store.sqlite3*")) for name, folder in folders.items()}
    rows: list[list[object]] = []
    for title, times in (("newest version of a file, p50", reads), ("saving a scan (with pruning), p50", saves)):
        low, high = statistics.median(times["empty"]), statistics.median(times["full"])
        rows.append([title, f"{low:.2f} ms", f"{high:.2f} ms", f"{high - low:+.2f} ms", f"{high / low:.2f}"])
    mib = {name: f"{size / 2**20:.1f} MiB" for name, size in sizes.items()}
    rows.append(["database", mib["empty"], mib["full"], "", ""])
    count = arguments.media * arguments.versions * arguments.regions
    table(f"The Store with {count:,} regions", ["what", "empty (reference)", "full", "difference", "ratio"], rows)


if __name__ == "__main__":
    main()
