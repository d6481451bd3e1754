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

from demo.judging import Truth, Verdict, judge
from demo.videos import make

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else ROOT / "build" / "demo"
MODEL = "LOGMEL"
SCANNED = ("street.mp4", "garden.mp4")
console = Console(highlight=False)


def run(*arguments: str) -> str:
    """Runs `8cut` in the demo's folder, shows the command, and returns what it wrote to stdout."""
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


def scan(truth: dict[str, Truth]) -> tuple[dict[str, str], dict[str, Verdict]]:
    """Scans the two videos and prints what was found against what is there; returns scan ids and verdicts by file."""
    ids, verdicts = {}, {}
    for found in ask("scan", *SCANNED, "--model", MODEL)["scans"]:
        name = Path(found["file"]).name
        ids[name], verdicts[name] = str(found["id"]), judge(found["regions"], truth[name])
        title = f"{name}, scan {found['id']}"
        table = Table("at", "what is there", "what 8cut says", title=title, title_justify="left")
        for row in verdicts[name].rows:
            table.add_row(*row)
        console.print(table)
    return ids, verdicts


def correct(verdicts: dict[str, Verdict]) -> None:
    """Marks wrong hits as hard negatives, and missed knocks as clips."""
    for name, verdict in verdicts.items():
        if verdict.wrong:
            places = [argument for start in verdict.wrong for argument in ("--at", f"{start:.3f}")]
            show("negatives", "add", name, *places, "--model", MODEL)
        for start in verdict.missed:
            show("clips", "add", name, "--start", f"{start - 1:.3f}", "--folder", "door_knock")


def summary(title: str, verdicts: dict[str, Verdict]) -> None:
    """Prints one line about a round."""
    found = sum(verdict.found for verdict in verdicts.values())
    missed = sum(len(verdict.missed) for verdict in verdicts.values())
    wrong = sum(len(verdict.wrong) for verdict in verdicts.values())
    console.print(f"[bold]{title}: {found} of {found + missed} knocks found, {wrong} wrong hits.[/bold]")


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
    first, before = scan(truth)
    summary("First scan", before)

    console.rule("3. Tell it where it was wrong and what it missed, train and scan again")
    correct(before)
    show(*train)
    second, after = scan(truth)
    summary("Second scan", after)

    console.rule("4. Every scan is kept")
    for name in SCANNED:
        show("scans", "list", name)
        show("scans", "diff", first[name], second[name])
        show("scans", "show", second[name], "--plot")

    console.rule("5. What was found becomes a data set: 8-second clips, numbered, with their labels")
    show(
        "regions",
        "cut",
        "--latest",
        MODEL,
        *SCANNED,
        "--folder",
        "door_knock",
        "--label",
        "a knock",
        "--to",
        "dataset/door_knock",
    )
    show("clips", "files", "street.mp4")
    console.print()
    summary("First scan", before)
    summary("Second scan", after)
    place = FOLDER.relative_to(ROOT) if FOLDER.is_relative_to(ROOT) else FOLDER
    console.print(f"All of it is in {place}: play the videos, or go on with `8cut --data-dir {place}/data …`.")


if __name__ == "__main__":
    main()
