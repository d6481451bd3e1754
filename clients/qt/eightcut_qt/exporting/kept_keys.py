"""Crop keyframes from one run to the next: a small file for each media."""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Sequence
from pathlib import Path

from eightcut_client.cutting.options import CropKeyframe

from eightcut_qt.core.paths import state_folder

_MOST = 1000  # Keyframes of a file: what the Store records.

_log = logging.getLogger(__name__)


def read_keys(digest: str) -> tuple[CropKeyframe, ...]:
    """Return the keyframes of a media; none where there are none, or none that make sense."""
    try:
        values = json.loads(_file(digest).read_text(encoding="utf-8"))
        keys = {CropKeyframe(float(time), float(center)) for time, center in values["keyframes"][:_MOST]}
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        _log.warning("the crop keyframes of %s cannot be read: %s", digest, error)
        return ()
    return tuple(sorted(key for key in keys if 0 <= key.center <= 1 and key.time >= 0 and math.isfinite(key.time)))


def write_keys(digest: str, keys: Sequence[CropKeyframe]) -> None:
    """Keep the keyframes of a media; what cannot be written is told of in the log only."""
    file = _file(digest)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        if not keys:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        values = {"version": 1, "keyframes": [[key.time, key.center] for key in keys]}
        unfinished.write_text(json.dumps(values) + "\n", encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        _log.warning("the crop keyframes of %s cannot be written: %s", digest, error)


def _file(digest: str) -> Path:
    return state_folder() / "crops" / f"{digest}.json"
