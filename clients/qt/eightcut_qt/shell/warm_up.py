"""What is loaded once the window is shown, so that a dialog's first opening does not have to wait for it."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from typing import TYPE_CHECKING

import eightcut_qt

if TYPE_CHECKING:
    from eightcut_qt.core.tasks import Task

# Parts of numpy that it loads when they are first used.
_OTHERS = ("numpy.fft", "numpy.ma")

_log = logging.getLogger(__name__)


def load_the_rest(task: Task[None]) -> None:
    """Import every module of the window that has not been needed yet; for a thread."""
    found = pkgutil.walk_packages(eightcut_qt.__path__, f"{eightcut_qt.__name__}.")
    for name in (*_OTHERS, *(module.name for module in found if not module.name.endswith("__main__"))):
        task.cancel.check()
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001  whoever needs it will tell
            _log.debug("cannot be loaded: %s", name, exc_info=True)
