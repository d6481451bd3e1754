"""How long a rescan of a cached 2-hour file takes, against `8cut status`, which only starts and asks the services.

python -m benchmarks.rescan_cached [--hours 2] [--runs 7]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.support import Cli, fresh_home, mark_knocks, table, write_recording


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fresh_home(folder)
        cli = Cli(folder)
        recording = folder / "recording.wav"
        write_recording(recording, round(arguments.hours * 3600))
        mark_knocks(cli, recording)
        rescan = ("scan", str(recording), "--model", "LOGMEL", "--rescan")
        first = cli.seconds(*rescan)
        scores = cli.run(*rescan, "--scores")["scans"][0]["window_scores"]["scores"]
        pairs = [(cli.seconds("status"), cli.seconds(*rescan)) for _ in range(arguments.runs)]
    status = statistics.median(pair[0] for pair in pairs)
    scan = statistics.median(pair[1] for pair in pairs)
    beyond = statistics.median(pair[1] - pair[0] for pair in pairs)
    table(
        f"Rescan of a cached {arguments.hours:g}-hour file, {len(scores)} windows",
        ["what", "median"],
        [
            ["first scan after training (embedding cached by the training)", f"{first:.2f} s"],
            ["`8cut status` (reference)", f"{status:.2f} s"],
            ["`8cut scan --rescan`", f"{scan:.2f} s"],
            ["ratio to the reference", f"{scan / status:.2f}"],
            ["rescan less status", f"{beyond:.2f} s"],
        ],
    )


if __name__ == "__main__":
    main()
