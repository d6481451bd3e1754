"""Run with ``python -m benchmarks.desktop [FIGURE …]``: all figures, or those that are named."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

FIGURES = {
    "repaint": "benchmarks.desktop.repaint",
    "table": "benchmarks.desktop.table",
    "burst": "benchmarks.desktop.burst",
    "latency": "benchmarks.desktop.latency",
    "start": "benchmarks.desktop.start",
    "thin": "benchmarks.desktop.thin",
}
"""Modules with a function ``run() -> bool``, which prints figures and tells whether they are reached."""


def main() -> int:
    """Run them; the exit status is 1 when one is not reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desktop", description=__doc__)
    parser.add_argument("figure", nargs="*", choices=[[], *FIGURES], help="default: all")
    chosen = parser.parse_args().figure or list(FIGURES)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Each at its turn: some measure how long imports take.
    reached = [importlib.import_module(FIGURES[name]).run() for name in chosen]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
