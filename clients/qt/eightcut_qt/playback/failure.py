"""Why a file cannot be played, as one sentence."""

from __future__ import annotations

from pathlib import Path

from eightcut_client.media import MediaError, display_name, probe


def why_not_played(path: Path) -> str:
    """Look at a file that Qt refuses, and return what is wrong with it. It reads: for tasks only."""
    try:
        probe(path)
    except MediaError as error:
        return str(error)
    return f"{display_name(path)} cannot be played here, but it can be scanned."
