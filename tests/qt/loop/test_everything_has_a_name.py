"""The whole window: everything has a name, every action does something, odd names are shown as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.files import PlaylistFile
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from tests.qt.loop.conftest import Person
from tests.qt.world import shared_letters
from tests.support.media import tone, write_media

DIALOGS = (
    "training.open",
    "negatives.open",
    "classifiers.open",
    "importing.library",
    "importing.locate",
    "importing.labels",
    "shell.settings",
    "shell.connection",
    "shell.shortcuts",
    "shell.about",
    "shell.changelog",
)


def nameless(root: QWidget) -> list[str]:
    """What takes the focus and tells a screen reader nothing of what it is."""
    named = {label.buddy() for label in root.findChildren(QLabel)}
    found = []
    for widget in root.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not takes.value or widget in named or widget.accessibleName() or is_inside(widget):
            continue
        if isinstance(widget, QAbstractButton) and (widget.text() or not widget.isVisibleTo(root)):
            continue  # A button that is hidden gets its text when it is shown.
        found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__} of {type(root).__name__}")
    return found


def is_inside(widget: QWidget) -> bool:
    """Tell whether it is a part of a control, which has the name."""
    parent = widget.parent()
    return (
        isinstance(widget, QTabBar)
        or isinstance(parent, QAbstractSpinBox | QKeySequenceEdit)
        or (isinstance(widget, QLineEdit) and isinstance(parent, QComboBox))
        or (isinstance(widget, QAbstractItemView) and isinstance(parent.parent() if parent else None, QComboBox))
    )


def open_all(person: Person) -> list[QDialog]:
    for action in DIALOGS:
        person.do(action)
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog) and widget.isVisible()]


def test_whatever_takes_the_focus_has_a_name(person: Person) -> None:
    dialogs = open_all(person)
    assert len(dialogs) == len(DIALOGS)
    assert [found for root in (person.window, *dialogs) for found in nameless(root)] == []
    assert [found for dialog in dialogs for found in shared_letters(dialog)] == []


def test_every_action_does_something(person: Person) -> None:
    for dialog in open_all(person):  # Some bind the actions of their tables.
        dialog.close()
    actions = person.context.actions
    idle = []
    for spec in actions.specs:
        action = actions.action(spec.id)
        signal = action.toggled if spec.checkable else action.triggered
        if not action.receivers(action.triggered) and not action.receivers(signal):
            idle.append(spec.id)
    assert idle == []


def test_what_needs_a_file_says_so(person: Person) -> None:
    for action in ("scanning.scan", "clips.mark"):
        person.heard.clear()
        person.do(action)
        assert len(person.heard) == 1, action
        assert person.heard[0][1].startswith("Open a file first"), action


def test_a_clip_without_a_folder_leads_to_the_field_for_it(person: Person, tmp_path: Path) -> None:
    path = write_media(tmp_path / "plain.wav", tone(3.0, 16_000), 16_000)
    person.window.take([path])
    person.wait(lambda: person.context.state.media is not None)
    clips = person.window.panels.clips
    person.do("shell.reset_layout")
    person.wait(lambda: clips.visibleRegion().isEmpty())  # It lies behind the playlist.
    person.do("clips.mark")
    assert person.heard[-1][1] == "Give the clips a folder first."
    person.wait(lambda: not clips.visibleRegion().isEmpty())
    assert clips.isAncestorOf(QApplication.focusWidget())


@pytest.mark.parametrize("name", ["<b>bold<b> &amp; <img src=x>.wav", "new\nline.wav", "a[*]b.wav"])
def test_odd_names_are_shown_as_they_are(person: Person, tmp_path: Path, name: str) -> None:
    write_media(tmp_path / "plain.wav", tone(3.0, 16_000), 16_000)
    path = tmp_path / name
    shutil.move(tmp_path / "plain.wav", path)
    person.window.take([path])
    person.wait(lambda: person.context.state.media is not None and person.context.state.media.registered)
    page = person.window.panels.playlist.pages()[0]  # type: ignore[attr-defined]
    person.wait(lambda: page.model.find(PlaylistFile.at(path).key) is not None)
    row = page.model.row_of(page.model.find(PlaylistFile.at(path).key))
    cell = page.model.index(row, Column.NAME)
    shown = name.replace("\n", "\\n")
    assert page.model.data(cell) == shown
    tip = page.model.data(cell, Qt.ItemDataRole.ToolTipRole)
    assert ("&lt;b&gt;bold" in tip) == ("<b>" in name)
    assert person.window.windowTitle().replace("[*][*]", "[*]") == f"{shown} — 8-cut"
    label = next(one for one in person.window.status.findChildren(QLabel) if one.accessibleName() == "Open file")
    assert label.text() == shown
    assert label.textFormat() is Qt.TextFormat.PlainText
