"""Where `8cut-desktop` and `python -m eightcut_qt` begin."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Show the window; see `eightcut_qt.app.run`."""
    # What gRPC itself logs to stderr is not for the person; every failure gets a sentence of ours.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from eightcut_qt.app import run
    except ImportError as error:
        if sys.stderr is not None:
            sys.stderr.write(f"8cut: The window cannot be shown, as a library of the system is missing: {error}.\n")
        return 1
    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
