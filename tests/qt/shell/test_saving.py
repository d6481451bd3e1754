"""Changes that the services have not answered yet are counted."""

from __future__ import annotations

import threading

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane
from eightcut_qt.shell import saving
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot


def test_it_says_how_many_changes_are_on_their_way(
    context: Context, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_A_WHILE", 1)
    owner = QObject()
    saving.Saving(context, owner)
    said: list[str] = []
    context.notices.going_on.connect(lambda _key, words: said.append(words))
    gate = threading.Event()
    for _ in range(2):
        context.tasks.run(lambda _task: gate.wait(20), lane=Lane.EDIT)
    qtbot.waitUntil(lambda: said == ["Saving 2 changes …"])
    gate.set()
    qtbot.waitUntil(lambda: said[-1] == "")
    assert said == ["Saving 2 changes …", "Saving a change …", ""]
