"""The clips panel, by its keys and fields."""

from __future__ import annotations

import pytest
from eightcut_qt.clips.model import ClipsModel, Column, FileSign, Index
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.clips.sub_profiles import SubProfilesDialog
from eightcut_qt.clips.table import ClipsTable
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import NewClip
from eightcut_qt.shell.actions import MENUS
from PyQt6.QtCore import QItemSelectionModel, Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.clips.conftest import Sought
from tests.qt.world import Heard, shared_letters


def clip(id_: str, start: float, **values: object) -> ClipRecord:
    return ClipRecord(**{  # type: ignore[arg-type]
        "id": id_, "media": "m", "start": start, "duration": 8.0, "folder": "dog", "label": "", "category": "",
        "scan_export": False, "etag": "", **values,
    })  # fmt: skip


def order(model: ClipsModel) -> list[str]:
    return [model.clip(row).id for row in range(model.rowCount())]


@pytest.fixture
def panel(context: Context, media: OpenMedia, sought: Sought, qtbot: QtBot) -> ClipsPanel:
    context.settings.update("clips", folder="dog")
    made = ClipsPanel(context)
    qtbot.addWidget(made)
    context.state.set_media(media)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def settle(qtbot: QtBot, panel: ClipsPanel) -> None:
    qtbot.waitUntil(lambda: not panel.board.busy)


def test_the_model_is_a_model(qtmodeltester: ModelTester) -> None:
    model = ClipsModel()
    qtmodeltester.check(model)
    model.set_clips([clip("1", 5.0), clip("2", 1.0), clip("3", 2.0)])
    model.set_clips([clip("3", 2.5), clip("4", 0.0)])
    assert order(model) == ["4", "3"]
    assert model.rowCount(model.index(0, 0)) == 0


def test_clips_are_sorted_by_any_column_and_by_start_where_alike(qtmodeltester: ModelTester) -> None:
    model = ClipsModel()
    qtmodeltester.check(model)
    model.set_clips([clip("1", 5.0, label="b"), clip("2", 1.0, label="C"), clip("3", 2.0), clip("4", 3.0, label="B")])
    assert order(model) == ["2", "3", "4", "1"]
    model.sort(Column.LABEL, Qt.SortOrder.DescendingOrder)
    assert order(model) == ["2", "4", "1", "3"]
    model.set_clips([clip("1", 5.0, label="b"), clip("2", 1.0, label="A"), clip("4", 3.0, label="B")])
    assert order(model) == ["4", "1", "2"]
    model.sort(Column.FILES)
    model.set_signs({"1": FileSign("2", "", 4), "4": FileSign("1 missing", "", 2)})
    assert order(model) == ["2", "4", "1"]
    model.set_clips([clip("5", 9.0), clip("6", 8.0)])
    assert order(model) == ["6", "5"]


def test_thousands_of_clips_are_sorted_without_asking_for_each(qtbot: QtBot) -> None:
    class Counting(ClipsModel):
        asked = 0

        def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
            self.asked += 1
            return super().data(index, role)

    model = Counting()
    table = ClipsTable(model)
    model.setParent(table)
    qtbot.addWidget(table)
    clips = [clip(str(number), float(number * 7919 % 2000)) for number in range(2000)]
    model.set_clips(clips)
    table.select_ids(["0"])
    model.set_clips([*clips[:1500], clip("new", 0.5)])
    table.sortByColumn(Column.LABEL, Qt.SortOrder.DescendingOrder)
    assert model.asked < 2000
    assert table.selected_ids() == ["0"]


def test_rows_stay_selected_while_clips_change(panel: ClipsPanel, qtbot: QtBot) -> None:
    ids = panel.board.mark(5.0) + panel.board.mark(10.0)
    panel.table.select_ids([ids[1]])
    panel.board.mark(1.0)
    panel.board.move(ids[1], 0.5)
    assert panel.table.selected_ids() == [ids[1]]
    settle(qtbot, panel)


def test_the_key_marks_at_the_cursor_and_selects(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    context.state.set_cursor(4.5)
    context.actions.action("clips.mark").trigger()
    assert [clip.start for clip in panel.board.clips] == [4.5]
    assert panel.table.selected_ids() == [panel.board.clips[0].id]
    settle(qtbot, panel)


def test_digits_mark_into_sub_profiles(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    context.settings.update("clips", sub_profiles=("bark", "growl"))
    context.actions.action("clips.mark_2").trigger()
    assert [clip.folder for clip in panel.board.clips] == ["dog_growl"]
    settle(qtbot, panel)


def test_tab_goes_through_the_sub_profiles(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    for names in (("bark", "growl"), ("bark", "growl", "howl")):
        context.settings.update("clips", count=2, sub_profiles=names)
    panel.form.spread.setFocus()
    seen = []
    while (focused := QApplication.focusWidget()) is not panel.table:
        assert focused is not None
        assert len(seen) < 9
        seen.append(focused.text().strip())  # type: ignore[attr-defined]
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen[1:5] == ["1  bark", "2  growl", "3  howl", "Sub-profiles…"]


def test_what_is_typed_into_the_form_is_kept_in_the_settings(panel: ClipsPanel, context: Context) -> None:
    panel.form.folder.setEditText("cat")
    panel.form.label.setText("meow")
    panel.form.category.setEditText("Animal")
    panel.form.duration.setValue(3.5)
    panel.form.count.setValue(2)
    panel.form.spread.setValue(1.5)
    kept = context.settings.value.clips
    assert (kept.folder, kept.label, kept.category) == ("cat", "meow", "Animal")
    assert (kept.duration, kept.count, kept.spread) == (3.5, 2, 1.5)


def test_times_are_edited_as_people_write_them(
    panel: ClipsPanel, context: Context, media: OpenMedia, qtbot: QtBot, heard: Heard
) -> None:
    panel.board.mark(5.0)
    model = panel.model
    assert model.setData(model.index(0, Column.START), "0:12.5")
    assert model.setData(model.index(0, Column.DURATION), "2,5")
    assert model.setData(model.index(0, Column.LABEL), "woof")
    assert model.setData(model.index(0, Column.CATEGORY), "Animal")
    assert model.setData(model.index(0, Column.FOLDER), "dogs")
    assert not model.setData(model.index(0, Column.START), "soon")
    settle(qtbot, panel)
    (kept,) = context.gateway.clips.list(media=media.digest)
    assert (kept.start, kept.duration, kept.folder, kept.label, kept.category) == (12.5, 2.5, "dogs", "woof", "Animal")
    assert heard[-1][1] == "“soon” is no time; type it as 1:23.4."


def test_delete_and_its_undo_by_the_buttons(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    panel.board.mark(1.0)
    panel.board.mark(2.0)
    panel.table.selectAll()
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert panel.board.clips == ()
    assert context.actions.action("clips.undo").isEnabled()
    context.actions.action("clips.undo").trigger()
    assert len(panel.board.clips) == 2
    assert context.actions.action("clips.redo").isEnabled()
    settle(qtbot, panel)


def test_markers_are_gone_to_in_turn(panel: ClipsPanel, context: Context, sought: Sought, qtbot: QtBot) -> None:
    for start in (10.0, 5.0):
        panel.board.mark(start)
    for _ in range(3):
        context.actions.action("clips.next").trigger()
    context.actions.action("clips.previous").trigger()
    assert sought.places == [5.0, 10.0, 5.0, 10.0]
    settle(qtbot, panel)


def test_return_goes_to_the_clip(panel: ClipsPanel, context: Context, sought: Sought, qtbot: QtBot) -> None:
    ids = panel.board.mark(5.0) + panel.board.mark(10.0)
    panel.table.select_ids([ids[0]])
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert sought.places == [5.0]
    settle(qtbot, panel)


def test_folders_and_labels_are_offered(panel: ClipsPanel, context: Context, media: OpenMedia, qtbot: QtBot) -> None:
    context.gateway.clips.create([NewClip(media.digest, 4.0, 1.0, "zebra", label="neigh")])
    panel.board.mark(1.0)  # Whatever changes, the names are read again.
    combo = panel.form.folder
    qtbot.waitUntil(lambda: [combo.itemText(row) for row in range(combo.count())] == ["dog", "zebra"])
    assert combo.currentText() == "dog"
    completer = panel.form.label.completer()
    assert completer is not None
    completer.setCompletionPrefix("nei")
    assert completer.currentCompletion() == "neigh"


def test_a_missing_folder_is_asked_for_where_it_is_typed(panel: ClipsPanel, context: Context, heard: Heard) -> None:
    context.settings.update("clips", folder="")
    panel.mark()
    assert heard[-1][1] == "Give the clips a folder first."
    assert panel.form.folder.hasFocus()


def test_sub_profiles_are_named_in_a_list(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    context.settings.update("clips", sub_profiles=("bark", "growl"))
    panel.edit_sub_profiles()
    dialog = panel.window().findChild(SubProfilesDialog)  # type: ignore[union-attr]
    assert isinstance(dialog, SubProfilesDialog)
    dialog.fields[2].setText("howl/")
    assert not dialog._save.isEnabled()  # type: ignore[union-attr]
    dialog.fields[2].setText(" howl ")
    dialog._swap(1)
    dialog._save.click()  # type: ignore[union-attr]
    assert context.settings.value.clips.sub_profiles == ("growl", "bark", "howl")


def test_the_table_is_sorted_by_any_column(panel: ClipsPanel, qtbot: QtBot) -> None:
    panel.board.mark(5.0)
    panel.board.mark(1.0, folder="ant")
    panel.board.mark(3.0, folder="Bee")
    model = panel.table.model()
    assert model is not None

    def column(number: int) -> list[str]:
        return [model.index(row, number).data() for row in range(3)]

    assert column(Column.START) == ["0:01.0", "0:03.0", "0:05.0"]
    panel.table.sortByColumn(Column.FOLDER, Qt.SortOrder.DescendingOrder)
    assert column(Column.FOLDER) == ["dog", "Bee", "ant"]
    settle(qtbot, panel)


def test_a_row_is_chosen_without_losing_the_others_on_a_new_mark(panel: ClipsPanel, qtbot: QtBot) -> None:
    (first,) = panel.board.mark(5.0)
    selection = panel.table.selectionModel()
    assert selection is not None
    selection.select(panel.table.model().index(0, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)  # type: ignore[union-attr]
    panel.mark()
    assert panel.table.selected_ids() != [first]
    settle(qtbot, panel)


def test_no_field_shares_its_letter_with_a_menu_or_another_field(panel: ClipsPanel) -> None:
    for place in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(place)
        assert shared_letters(panel, beside=[f"&{menu}" for menu in MENUS]) == []
