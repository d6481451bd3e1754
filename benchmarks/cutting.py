"""An export of 100 clips against bare calls of ffmpeg.

    python -m benchmarks.cutting [--clips 100] [--runs 2] [--workers 2] [--size 640x360]

8-second clips of a small video with AAC sound become MP4 files; it takes about five minutes on two idle cores. The
reference runs the very same ffmpeg commands, as many at once, and does nothing else: no numbers, no look at the
result, no sync to the disk, no record in the Store, no dataset.json. Both take turns. "by hand", once, is the command
that a person would type with the same encoder settings (seeking by the nearest key frame, length by -t). CPU time
counts the processes that were started, and our own; less depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from eightcut_client import Connection, identify_file, register_file
from eightcut_client.cutting import CutJob, CutOptions, Ffmpeg, SubClip, command_for, find_ffmpeg
from eightcut_client.exports import ExportTarget, Journal, cut_items, journal_dir
from eightcut_client.exports.items import CutItem

from benchmarks.support import fresh_home, table

SECONDS = 8.0


def write_video(path: Path, ffmpeg: Ffmpeg, seconds: float, size: str) -> None:
    """Writes a moving picture at 30 frames a second, and noise."""
    picture = f"testsrc2=size={size}:rate=30:duration={seconds}"
    sound = f"anoisesrc=r=48000:c=pink:d={seconds}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    output = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "128k", str(path)]
    subprocess.run([str(ffmpeg.path), "-v", "error", "-nostdin", *inputs, *output], check=True)


def run_all(commands: list[list[str]], workers: int) -> None:
    """Runs commands, so many at once."""
    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(lambda command: subprocess.run(command, capture_output=True, check=False), commands):
            done.check_returncode()


def by_hand(job: CutJob, ffmpeg: Ffmpeg, threads: int) -> list[str]:
    """What a person would type."""
    source = ["-ss", str(job.start), "-t", str(job.duration), "-i", str(job.source)]
    encoders = ["-c:v", "libx264", "-preset", "fast", "-crf", "18", "-c:a", "pcm_s16le", "-threads", str(threads)]
    return [
        str(ffmpeg.path),
        "-v",
        "error",
        "-nostdin",
        "-threads",
        str(threads),
        *source,
        *encoders,
        "-y",
        str(job.target),
    ]


def cost(work: Callable[[], None]) -> tuple[float, float]:
    """Wall-clock and CPU seconds."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    used = [b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True)]
    return seconds, sum(used)


def measure(folder: Path, clips: int, runs: int, workers: int, size: str) -> dict[str, list[tuple[float, float]]]:
    """Costs by name, a pair for each run."""
    ffmpeg = find_ffmpeg()
    video = folder / "video.mp4"
    write_video(video, ffmpeg, SECONDS + clips * 1.1, size)
    threads = max((os.cpu_count() or 1) // workers, 1)
    jobs = []
    for index in range(clips):
        target = folder / "bare" / f"{index}.mp4"
        jobs.append(CutJob(video, 0.3 + index * 1.1, SECONDS, CutOptions(), target))
    (folder / "bare").mkdir()
    costs: dict[str, list[tuple[float, float]]] = {"by hand": [], "bare": [], "export": []}
    with Connection.embedded(folder / "data") as conn:
        local = identify_file(video)
        register_file(conn, local)
        journal = Journal(journal_dir(folder / "data"))
        items = [
            CutItem(local, (SubClip(0, job.start, SECONDS),), job.start, SECONDS, "knock", "knock") for job in jobs
        ]

        def export(number: int) -> None:
            target = ExportTarget(folder / f"export{number}", "knock")
            result = cut_items(conn, "default", items, target, CutOptions(), journal=journal, workers=workers)
            assert len(result.files) == clips, result.failed

        for number in range(runs):
            if number == 0:
                costs["by hand"].append(cost(lambda: run_all([by_hand(job, ffmpeg, threads) for job in jobs], workers)))
            costs["bare"].append(cost(lambda: run_all([command_for(job, ffmpeg, threads) for job in jobs], workers)))
            costs["export"].append(cost(lambda number=number: export(number)))  # type: ignore[misc]
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--size", default="640x360")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        fresh_home(Path(scratch))
        costs = measure(Path(scratch), options.clips, options.runs, options.workers, options.size)
    wall = {name: statistics.median(seconds for seconds, _ in found) for name, found in costs.items()}
    cpu = {name: statistics.median(used for _, used in found) for name, found in costs.items()}
    titles = {
        "by hand": "a person's ffmpeg commands",
        "bare": "the same ffmpeg commands, bare (reference)",
        "export": "`cut_items`: numbers, checks, records, dataset.json",
    }
    rows = [
        [
            titles[name],
            f"{wall[name]:.1f} s",
            f"{wall[name] / wall['bare']:.2f}",
            f"{cpu[name]:.1f} s",
            f"{cpu[name] / cpu['bare']:.2f}",
        ]
        for name in costs
    ]
    table(
        f"Cutting {options.clips} clips of 8 s, {options.size}, {options.workers} at once",
        ["what", "time", "ratio", "CPU", "ratio"],
        rows,
    )


if __name__ == "__main__":
    main()
