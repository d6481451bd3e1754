"""Where the client keeps things: the platform's folders for configuration, state and caches."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from eightcut_client.config import default_config_file


def settings_file() -> Path:
    """Return the file of the window's settings, beside the configuration that all clients share."""
    return default_config_file().parent / "desktop.json"


def state_folder() -> Path:
    """Return the folder of what is kept between runs but is no setting: playlists, the crash log."""
    return Path(platformdirs.user_state_dir("8cut", appauthor=False)) / "desktop"


def cache_folder() -> Path:
    """Return the folder of what can be made again: waveforms and spectrograms. EIGHTCUT_CACHE_DIR names another."""
    named = os.environ.get("EIGHTCUT_CACHE_DIR")
    return (Path(named) if named else Path(platformdirs.user_cache_dir("8cut", appauthor=False))) / "desktop"
