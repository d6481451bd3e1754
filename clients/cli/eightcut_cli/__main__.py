"""Where `8cut` and `python -m eightcut_cli` begin."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; see `eightcut_cli.run`. Ctrl+C is heard from here on, also while modules are loaded."""
    try:
        from eightcut_cli.run import run

        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("8cut: interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
