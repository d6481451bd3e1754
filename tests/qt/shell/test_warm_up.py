"""Loading what has not been needed yet."""

from __future__ import annotations

import sys

from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane
from eightcut_qt.shell.warm_up import load_the_rest
from pytestqt.qtbot import QtBot

LATER = ("eightcut_qt.training.dialog", "eightcut_qt.shell.settings_dialog", "eightcut_qt.classifiers.dialog")


def test_everything_can_be_loaded_in_a_thread(qtbot: QtBot, context: Context) -> None:
    ended: list[None] = []
    context.tasks.run(load_the_rest, done=ended.append, lane=Lane.LONG)
    qtbot.waitUntil(lambda: bool(ended))
    assert set(LATER) <= sys.modules.keys()
    assert "eightcut_qt.__main__" not in sys.modules
