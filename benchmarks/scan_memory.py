"""Peak memory of every process while a long file is scanned for the first time, against a short one.

    python -m benchmarks.scan_memory [--long-hours 10] [--short-minutes 10]

The files are real ones on disk; the scan goes through the command line, its decoder process and the services that it
starts. Linux only (the peak of a process is read from /proc while it lives).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.support import Cli, fresh_home, mark_knocks, table, write_recording

ROLES = {
    "eightcut_cli": "8cut",
    "decoder_child": "decoder",
    "eightcut_store": "Store",
    "eightcut_inference": "Inference",
    "eightcut_trainer": "Trainer",
}


def role(command_line: str) -> str | None:
    """Which of our processes a command line is; None for others."""
    words = command_line.split("\0")
    for word in words[1:4]:
        for part, name in ROLES.items():
            if part in word:
                return name
    return None


def peaks_while(process: subprocess.Popen[bytes], data_dir: Path) -> dict[str, int]:
    """Peak resident bytes by role of the process and its descendants, until it ends."""
    peaks: dict[str, int] = {}
    family = {process.pid}
    while process.poll() is None:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                status = (entry / "status").read_text()
                name = role((entry / "cmdline").read_text())
            except (OSError, UnicodeDecodeError):
                continue  # it ended meanwhile, or is not ours
            fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            if int(fields["PPid"]) in family:
                family.add(int(entry.name))
            if name and int(entry.name) in family and "VmHWM" in fields:
                peaks[name] = max(peaks.get(name, 0), int(fields["VmHWM"].split()[0]) * 1024)
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"the scan of {data_dir} failed")
    return peaks


def scan(folder: Path, name: str, seconds: int) -> tuple[dict[str, int], float]:
    """Scans a new recording of this length; returns peaks by role and the time it took in seconds."""
    cli = Cli(folder)
    recording = folder / f"{name}.wav"
    write_recording(recording, seconds)
    start = time.perf_counter()
    command = cli.command("scan", str(recording), "--model", "LOGMEL", "--json")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = peaks_while(process, folder)
    elapsed = time.perf_counter() - start
    recording.unlink()
    return peaks, elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--long-hours", type=float, default=10.0)
    parser.add_argument("--short-minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fresh_home(folder)
        training = folder / "training.wav"
        write_recording(training, 601)
        mark_knocks(Cli(folder), training)
        short_seconds, long_seconds = round(arguments.short_minutes * 60), round(arguments.long_hours * 3600)
        short, short_time = scan(folder, "short", short_seconds)
        long, long_time = scan(folder, "long", long_seconds)
    mib = 1024 * 1024
    names = [name for name in ROLES.values() if name in short and name in long]
    rows = [
        [name, f"{short[name] / mib:.0f}", f"{long[name] / mib:.0f}", f"{long[name] / short[name]:.2f}"]
        for name in names
    ]
    total_short, total_long = sum(short[n] for n in names), sum(long[n] for n in names)
    rows.append(["all", f"{total_short / mib:.0f}", f"{total_long / mib:.0f}", f"{total_long / total_short:.2f}"])
    header = ["process", f"{arguments.short_minutes:g} minutes, MiB", f"{arguments.long_hours:g} hours, MiB", "ratio"]
    table("Peak resident memory of a first scan", header, rows)
    print(
        f"\nSpeed: {short_seconds / short_time:.0f}x and {long_seconds / long_time:.0f}x real time, start-up included."
    )


if __name__ == "__main__":
    main()
