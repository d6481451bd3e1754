"""Where `8cut` and `python -m eightcut_cli` begin."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; see `eightcut_cli.run`. Ctrl+C is heard from here on, also while modules are loaded."""
    # What gRPC itself logs to stderr is not for the person; every failure gets a sentence of ours.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from eightcut_cli.run import run

        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("8cut: interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
