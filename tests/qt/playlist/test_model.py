"""The playlist's table: order, filter, rows that come and go."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.files import PlaylistFile, looks_like_media
from eightcut_qt.playlist.knowledge import Facts
from eightcut_qt.playlist.model import ROWS_TYPE, FileFilter, PlaylistModel
from eightcut_qt.playlist.texts import natural_order
from eightcut_qt.playlist.view import PlaylistView
from PyQt6.QtCore import QMimeData, QModelIndex, Qt, QUrl
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot


def files(*names: str) -> list[PlaylistFile]:
    return [PlaylistFile.at(f"/media/{name}") for name in names]


def make(*names: str, hidden: Iterable[str] = ()) -> PlaylistModel:
    known = set(hidden)
    model = PlaylistModel(lambda file: Facts(hidden=file.name in known), lambda file: file.name in known)
    model.set_files(files(*names))
    return model


def names(model: PlaylistModel) -> list[str]:
    return [file.name for file in model.shown]


def test_the_model_is_a_model(qtmodeltester: ModelTester) -> None:
    model = make("a.wav", "b.wav", "c.wav", hidden=["b.wav"])
    qtmodeltester.check(model)
    model.set_filter(FileFilter(show_hidden=True))
    model.add(files("d.wav", "a.wav"), model.file(1))
    assert names(model) == ["a.wav", "d.wav", "b.wav", "c.wav"]
    model.remove([model.file(0)])
    model.reorder(model.files[::-1])
    model.reorder(model.files[1:])  # Not all of them.
    assert names(model) == ["c.wav", "b.wav", "d.wav"]
    model.set_done([model.file(1).key], True)
    model.set_filter(FileFilter(only_open=True))
    assert names(model) == ["c.wav", "d.wav"]
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.columnCount(model.index(0, 0)) == 0


def test_whatever_comes_and_goes_the_rows_are_right(qtmodeltester: ModelTester) -> None:
    chance = random.Random(4)
    model = make(*(f"{number}.wav" for number in range(30)))
    qtmodeltester.check(model)
    for _ in range(15):
        for file in model.files:
            file.missing = chance.random() < chance.choice((0.1, 0.5, 0.9))
        model.set_filter(FileFilter(only_missing=chance.random() < 0.7))
        model.refilter()
        assert list(model.shown) == [file for file in model.files if file.missing or not model._filter.only_missing]


def test_the_filter_takes_words_in_any_order() -> None:
    model = make("Red Door 1.wav", "red dog.wav", "door blue.wav")
    model.set_filter(FileFilter("door red"))
    assert names(model) == ["Red Door 1.wav"]


def test_a_file_is_in_the_list_once() -> None:
    model = make("a.wav")
    assert model.add(files("a.wav", "b.wav", "b.wav"))[0].name == "b.wav"
    assert names(model) == ["a.wav", "b.wav"]


@pytest.mark.parametrize(
    ("moved", "before", "order"),
    [
        ([0], 3, "bcad"),
        ([3], 0, "dabc"),
        ([0, 2], 1, "acbd"),
        ([1, 2], 1, "abcd"),
        ([1, 2], None, "adbc"),
        ([0, 3], 0, "adbc"),
    ],
)
def test_files_are_moved(moved: list[int], before: int | None, order: str) -> None:
    model = make("a", "b", "c", "d")
    model.move([model.file(row) for row in moved], None if before is None else model.file(before))
    assert "".join(names(model)) == order


def test_a_drag_inside_reorders_and_keeps_the_selection(qtbot: QtBot) -> None:
    model = make("a", "b", "c", "d")
    view = PlaylistView(model)
    qtbot.addWidget(view)
    chosen = [model.file(0), model.file(1)]
    view.select(chosen)
    data = model.mimeData([model.index(row, 0) for row in (0, 1)])
    assert [url.toLocalFile() for url in data.urls()] == [str(file.path) for file in chosen]
    assert model.dropMimeData(data, Qt.DropAction.CopyAction, 3, 0, QModelIndex())
    assert names(model) == ["c", "a", "b", "d"]
    assert view.selected() == chosen


def test_a_drop_from_outside_is_told_with_its_place() -> None:
    model = make("a", "b")
    told: list[tuple[list[Path], PlaylistFile | None]] = []
    model.paths_dropped.connect(lambda paths, before: told.append((paths, before)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/x/y.wav"), QUrl("https://example.org/z.wav")])
    assert model.dropMimeData(data, Qt.DropAction.CopyAction, 1, 0, QModelIndex())
    assert model.dropMimeData(data, Qt.DropAction.CopyAction, -1, -1, QModelIndex())
    assert told == [([Path("/x/y.wav")], model.file(1)), ([Path("/x/y.wav")], None)]


def test_rows_of_another_list_are_taken_as_files() -> None:
    model, other = make("a"), make("b")
    told: list[list[Path]] = []
    model.paths_dropped.connect(lambda paths, _before: told.append(paths))
    data = other.mimeData([other.index(0, 0)])
    assert data.hasFormat(ROWS_TYPE)
    assert model.dropMimeData(data, Qt.DropAction.CopyAction, 0, 0, QModelIndex())
    assert told == [[other.file(0).path]]


def test_selection_and_scroll_survive_a_reset(qtbot: QtBot) -> None:
    model = make(*(f"{number:04}.wav" for number in range(1000)))
    view = PlaylistView(model)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    chosen = [model.file(row) for row in (500, 502, 503)]
    view.select(chosen)
    bar = view.verticalScrollBar()
    assert bar is not None
    bar.setValue(bar.maximum())
    scrolled = bar.value()
    for file in model.files[::2]:
        file.missing = True
    model.set_filter(FileFilter(only_missing=True))  # Every second row: a reset.
    assert view.selected() == chosen[:2]
    model.set_filter(FileFilter())
    bar.setValue(scrolled)
    model.refresh()
    assert (view.selected(), bar.value()) == (chosen[:2], scrolled)


def test_signs_are_words_as_well_as_colours() -> None:
    model = make("a.wav", "b.wav", hidden=["b.wav"])
    model.set_filter(FileFilter(show_hidden=True))
    model.file(0).missing = True
    shown = [model.index(row, Column.NAME).data() for row in range(2)]
    assert shown == ["a.wav  (missing)", "b.wav  (hidden)"]
    tick = model.index(0, Column.DONE)
    assert tick.data(Qt.ItemDataRole.AccessibleTextRole) == "not done"


def test_a_tick_is_told() -> None:
    model = make("a", "b")
    told: list[tuple[list[PlaylistFile], bool]] = []
    model.done_wanted.connect(lambda wanted, done: told.append((wanted, done)))
    assert model.setData(model.index(1, Column.DONE), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert model.setData(model.index(1, Column.DONE), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert told == [([model.file(1)], True), ([model.file(1)], False)]


def test_numbers_in_names_are_ordered_by_value() -> None:
    assert sorted(["b10.wav", "b2.wav", "a.wav", "b2a.wav", "10.wav", "9.wav"], key=natural_order) == [
        "9.wav", "10.wav", "a.wav", "b2.wav", "b2a.wav", "b10.wav",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "media"), [("a.MKV", True), ("a.wav", True), ("a.txt", False), (".a.wav", False), ("mp4", False)]
)
def test_which_names_are_media(name: str, media: bool) -> None:
    assert looks_like_media(name) is media
