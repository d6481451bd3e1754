"""Runs the whole loop on small videos of its own: mark, train, scan, correct, train again, compare.

Everything goes through the real command line and the real services, in a folder of its own: build/demo, or the new
one that is named as the only argument.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.videos import make

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else ROOT / "build" / "demo"
MODEL = "LOGMEL"
SCANNED = ("street.mp4", "garden.mp4")
console = Console(highlight=False)

Truth = list[tuple[float, float, str]]


def run(*arguments: str, show: bool = True) -> str:
    """Runs `8cut` in the demo's folder, shows the command, and returns what it wrote to stdout."""
    if show:
        console.print(f"\n[bold]$ 8cut {shlex.join(arguments)}[/bold]")
    command = [sys.executable, "-m", "eightcut_cli", "--data-dir", str(FOLDER / "data"), *arguments]
    result = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"the demo stopped: 8cut {shlex.join(arguments)} ended with {result.returncode}")
    return result.stdout


def show(*arguments: str) -> None:
    """Runs `8cut` and prints its output as a person sees it."""
    print(run(*arguments), end="")


def ask(*arguments: str) -> dict[str, Any]:
    """Runs `8cut` with --json, as a script does, and returns the document."""
    document: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return document


def verdicts(scan: dict[str, Any], truth: Truth) -> tuple[list[tuple[str, str, str]], list[float]]:
    """Holds the regions of a scan against the truth.

    Returns:
        Rows (when, what is there, what was found) by time, and the starts of regions that hold no knock, in seconds.
    """
    rows: list[tuple[float, str, str]] = []
    wrong: list[float] = []
    matched: set[str] = set()
    for start, end, name in truth:
        hits = [r for r in scan["regions"] if r["start"] < end and r["end"] > start]
        found = ", ".join(f"{r['start']:.1f}-{r['end']:.1f} s, score {r['score']:.2f}" for r in hits)
        matched.update(r["id"] for r in hits)
        if name == "knock":
            found = f"[green]found[/green] {found}" if hits else "[red]missed[/red]"
        elif hits:
            found = f"[red]wrong hit[/red] {found}"
            wrong += [
                r["start"]
                for r in hits
                if not any(n == "knock" and r["start"] < e and r["end"] > s for s, e, n in truth)
            ]
        rows.append((start, name, found))
    for region in scan["regions"]:
        if region["id"] not in matched:
            wrong.append(region["start"])
            rows.append((region["start"], "-", f"[red]wrong hit[/red] score {region['score']:.2f}"))
    return [(f"{start:.1f} s", name, found) for start, name, found in sorted(rows)], sorted(set(wrong))


def report(scan: dict[str, Any], truth: Truth) -> list[float]:
    """Prints what was found against what is there; returns the starts of the wrong regions in seconds."""
    rows, wrong = verdicts(scan, truth)
    table = Table(
        "at", "what is there", "what 8cut says", title=f"{scan['file']}, scan {scan['id']}", title_justify="left"
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)
    return wrong


def main() -> None:
    """Tells the story, step by step."""
    if len(sys.argv) > 1 and FOLDER.exists():
        raise SystemExit(f"{FOLDER} is there already: name a new folder for the demo.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    console.print(
        "[bold]8-cut finds that sound.[/bold] Making three videos of four minutes with knocks on a door in them …"
    )
    truth = make(FOLDER)

    console.rule("1. Mark the knocks in kitchen.mp4")
    show("clips", "import", "marks.csv")
    show("folders")

    console.rule("2. Train a classifier on them, and scan two videos it has never heard")
    train = ("train", "--folder", "door_knock", "--model", MODEL)
    show(*train)
    first = {Path(s["file"]).name: s for s in ask("scan", *SCANNED, "--model", MODEL)["scans"]}
    wrong = {name: report(first[name], truth[name]) for name in SCANNED}

    console.rule("3. Tell it where it was wrong, train and scan again")
    for name, starts in wrong.items():
        if starts:
            at = [argument for start in starts for argument in ("--at", f"{start:.3f}")]
            show("negatives", "add", name, *at, "--model", MODEL)
    if not any(wrong.values()):
        console.print("It was never wrong: nothing to correct this time.")
    show(*train)
    second = {Path(s["file"]).name: s for s in ask("scan", *SCANNED, "--model", MODEL)["scans"]}
    for name in SCANNED:
        report(second[name], truth[name])

    console.rule("4. Every scan is kept")
    for name in SCANNED:
        show("scans", "list", name)
        show("scans", "diff", str(first[name]["id"]), str(second[name]["id"]))
        show("scans", "show", str(second[name]["id"]), "--plot")
    place = FOLDER.relative_to(ROOT) if FOLDER.is_relative_to(ROOT) else FOLDER
    console.print(f"\nAll of it is in {place}: play the videos, or go on with `8cut --data-dir {place}/data …`.")


if __name__ == "__main__":
    main()
