"""Starts the Trainer: ``python -m eightcut_trainer``."""

from __future__ import annotations

import sys

from eightcut_runtime import run_service

from eightcut_trainer.service import SPEC


def main() -> None:
    """Runs the Trainer until it is told to stop."""
    sys.exit(run_service(SPEC))


if __name__ == "__main__":
    main()
