"""``python -m eightcut_inference``: the Inference service."""

from __future__ import annotations

import sys

from eightcut_runtime import run_service

from eightcut_inference.allocation import keep_large_blocks
from eightcut_inference.server import make_spec


def main() -> int:
    """Runs the service until it is told to stop; returns the exit code."""
    keep_large_blocks()
    return run_service(make_spec())


if __name__ == "__main__":
    sys.exit(main())
