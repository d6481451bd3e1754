"""The playlist panel: files are added, shown, opened, marked, removed and found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eightcut_client.register import identify_file
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.paths import state_folder
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import NewClip
from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.page import PlaylistPage
from eightcut_qt.playlist.panel import PlaylistPanel
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from tests.qt.playlist.conftest import MakePanel, Opened, add
from tests.qt.world import Heard


def page(panel: PlaylistPanel) -> PlaylistPage:
    found = panel.tabs.currentWidget()
    assert isinstance(found, PlaylistPage)
    return found


def names(panel: PlaylistPanel) -> list[str]:
    return [path.name for path in panel.visible_paths()]


def choose(panel: PlaylistPanel, *rows: int) -> None:
    page(panel).view.select([page(panel).model.file(row) for row in rows])
    page(panel).view.setFocus()


def cell(panel: PlaylistPanel, row: int, column: Column) -> str:
    return str(page(panel).model.index(row, column).data() or "")


def trigger(context: Context, id_: str) -> None:
    context.actions.action(id_).trigger()


def test_folders_give_their_media_files(panel: PlaylistPanel, folder: Path, qtbot: QtBot, heard: Heard) -> None:
    add(qtbot, panel, folder)
    assert names(panel) == ["b10.wav", "b2.wav", "a.wav"]
    assert heard[-1][1] == "3 files were added."
    qtbot.waitUntil(lambda: panel.footer.status.whole_text() == "3 files")


def test_a_drop_on_the_panel_adds(panel: PlaylistPanel, folder: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "b2.wav"))])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    panel.dropEvent(event)
    qtbot.waitUntil(lambda: names(panel) == ["b2.wav"])


def test_return_opens(panel: PlaylistPanel, folder: Path, qtbot: QtBot, opened: Opened) -> None:
    add(qtbot, panel, folder)
    choose(panel, 1)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_Return)
    assert opened.paths == [folder / "b2.wav"]


def test_next_and_previous_leave_hidden_and_missing_files_out_and_do_not_wrap(
    panel: PlaylistPanel, folder: Path, qtbot: QtBot, opened: Opened, heard: Heard
) -> None:
    context = panel.context
    add(qtbot, panel, folder, folder / "gone.wav")
    trigger(context, "playlist.next")
    context.state.set_media(OpenMedia(opened.paths[-1]))
    choose(panel, 1)
    trigger(context, "playlist.hide")
    trigger(context, "playlist.next")
    context.state.set_media(OpenMedia(opened.paths[-1]))
    assert [path.name for path in opened.paths] == ["b10.wav", "a.wav"]
    trigger(context, "playlist.next")
    assert heard[-1][1] == "This is the last file."
    trigger(context, "playlist.previous")
    assert opened.paths[-1].name == "b10.wav"
    qtbot.waitUntil(lambda: len(context.gateway.media.hidden()) == 1)


def test_hiding_shows_at_once_and_is_saved(panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot) -> None:
    add(qtbot, panel, folder)
    choose(panel, 0)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_H)
    assert names(panel) == ["b2.wav", "a.wav"]
    digest = identify_file(folder / "b10.wav").digest
    qtbot.waitUntil(lambda: context.gateway.media.hidden() == {digest})
    assert [path.name for path in panel.paths_to_scan()] == ["b2.wav", "a.wav"]
    trigger(context, "playlist.show_hidden")
    assert cell(panel, 0, Column.NAME) == "b10.wav  (hidden)"
    choose(panel, 0)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_H)
    assert cell(panel, 0, Column.NAME) == "b10.wav"
    qtbot.waitUntil(lambda: context.gateway.media.hidden() == frozenset())


def test_what_cannot_be_hidden_comes_back(panel: PlaylistPanel, tmp_path: Path, qtbot: QtBot, heard: Heard) -> None:
    (tmp_path / "no.wav").write_text("this is no sound")
    add(qtbot, panel, tmp_path / "no.wav")
    choose(panel, 0)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_H)
    assert names(panel) == []
    qtbot.waitUntil(lambda: names(panel) == ["no.wav"])
    assert heard.errors()[0].startswith("“no.wav” could not be hidden.")


def test_clips_are_counted_by_folder_without_hashing(
    make_panel: MakePanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    media = context.gateway.media.register(identify_file(folder / "b2.wav"))
    context.gateway.clips.create([NewClip(media.digest, at, 0.5, "dog") for at in (0.0, 1.0)])
    context.gateway.clips.create([NewClip(media.digest, 0.0, 0.5, "door")])
    panel = make_panel()
    add(qtbot, panel, folder)
    qtbot.waitUntil(lambda: cell(panel, 1, Column.CLIPS) == "3")
    assert cell(panel, 1, Column.DURATION) == "0:02"
    tip = page(panel).model.index(1, Column.CLIPS).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "dog 2 · door 1"
    qtbot.waitUntil(lambda: panel.footer.clips.whole_text() == "Clips: dog 2 · door 1")
    context.gateway.clips.create([NewClip(media.digest, 1.5, 0.5, "cat")])
    context.bus.publish(Change(Topic.CLIPS, media=frozenset({media.digest})))
    qtbot.waitUntil(lambda: cell(panel, 1, Column.CLIPS) == "4")


def test_a_file_that_has_moved_is_recognised_by_its_bytes(
    make_panel: MakePanel, context: Context, folder: Path, qtbot: QtBot, opened: Opened
) -> None:
    media = context.gateway.media.register(identify_file(folder / "b2.wav"))
    context.gateway.clips.create([NewClip(media.digest, 0.0, 0.5, "dog")])
    moved = (folder / "b2.wav").rename(folder / "moved.wav")
    panel = make_panel()
    add(qtbot, panel, moved)
    qtbot.waitUntil(lambda: cell(panel, 0, Column.CLIPS) == "1")
    assert opened.places == {media.digest: moved}


def test_missing_files_are_marked_and_found_again(
    panel: PlaylistPanel, folder: Path, qtbot: QtBot, opened: Opened, heard: Heard
) -> None:
    context = panel.context
    add(qtbot, panel, folder)
    choose(panel, 0)
    trigger(context, "playlist.done")
    digest = identify_file(folder / "b10.wav")
    context.state.set_media(OpenMedia(folder / "b10.wav", digest))
    away = folder.parent / "away"
    away.mkdir()
    (folder / "b10.wav").rename(away / "renamed.wav")
    (folder / "b2.wav").rename(away / "b2.wav")
    panel._application_changed(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: cell(panel, 0, Column.NAME) == "b10.wav  (missing)")
    qtbot.waitUntil(lambda: bool(heard.errors()))
    assert heard.errors()[0].startswith("“b10.wav” is no longer where it was opened.")
    panel._look_again()
    qtbot.waitUntil(lambda: panel.footer.status.whole_text() == "3 files · 1 done · 2 missing")
    assert [path.name for path in panel.paths_to_scan()] == ["a.wav"]
    page(panel).view.clearSelection()
    panel.commands.locate(page(panel), away)
    qtbot.waitUntil(lambda: names(panel) == ["renamed.wav", "b2.wav", "a.wav"])
    assert page(panel).model.file(0).done
    assert opened.places[digest.digest] == away / "renamed.wav"
    assert heard[-1][1] == "2 of 2 files found. 1 of them only by name and size."
    assert len(heard.errors()) == 1


def test_a_file_that_is_there_again_is_no_longer_missing(panel: PlaylistPanel, folder: Path, qtbot: QtBot) -> None:
    add(qtbot, panel, folder / "later.wav")
    assert cell(panel, 0, Column.NAME) == "later.wav  (missing)"
    (folder / "b2.wav").rename(folder / "later.wav")
    panel._look_again()
    qtbot.waitUntil(lambda: cell(panel, 0, Column.NAME) == "later.wav")


def test_done_marks_are_those_of_the_file_in_all_tabs(
    panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    add(qtbot, panel, folder / "b2.wav")
    trigger(context, "playlist.new_tab")
    add(qtbot, panel, folder / "b2.wav")
    choose(panel, 0)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_D)
    assert [tab.model.file(0).done for tab in panel.pages()] == [True, True]
    trigger(context, "playlist.only_open")
    assert names(panel) == []


def test_remove_takes_files_out_of_the_list_and_leaves_them_on_the_disk(
    panel: PlaylistPanel, folder: Path, qtbot: QtBot
) -> None:
    add(qtbot, panel, folder)
    choose(panel, 0, 1)
    qtbot.keyClick(page(panel).view, Qt.Key.Key_Delete)
    assert names(panel) == ["a.wav"]
    assert (folder / "b2.wav").exists()
    assert panel.current_path == folder / "below" / "a.wav"


def test_the_order_is_changed_by_keys(panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot) -> None:
    add(qtbot, panel, folder)
    choose(panel, 0)
    trigger(context, "playlist.move_down")
    assert names(panel) == ["b2.wav", "b10.wav", "a.wav"]
    trigger(context, "playlist.move_up")
    trigger(context, "playlist.move_up")
    assert names(panel) == ["b10.wav", "b2.wav", "a.wav"]
    trigger(context, "playlist.sort")
    qtbot.waitUntil(lambda: names(panel) == ["a.wav", "b2.wav", "b10.wav"])


def test_the_filter_has_its_key_and_esc_ends_it(
    panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    add(qtbot, panel, folder)
    trigger(context, "playlist.filter")
    assert panel.filter_bar.text.hasFocus()
    qtbot.keyClicks(panel.filter_bar.text, "B1")
    assert names(panel) == ["b10.wav"]
    qtbot.waitUntil(lambda: panel.footer.status.whole_text() == "3 files · 1 shown")
    assert len(panel.paths_to_scan()) == 3
    qtbot.keyClick(panel.filter_bar.text, Qt.Key.Key_Escape)
    assert len(names(panel)) == 3
    assert page(panel).view.hasFocus()


def test_everything_is_there_again_in_the_next_run(
    make_panel: MakePanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    first = make_panel()
    add(qtbot, first, folder)
    choose(first, 1)
    trigger(context, "playlist.done")
    first.set_export_folder(page(first), "/out")
    trigger(context, "playlist.new_tab")
    first.tabs.setTabText(1, "Dogs && cats")
    first.save()
    second = make_panel()
    assert [second.tabs.tabText(index) for index in range(2)] == ["List 1", "Dogs && cats"]
    assert second.tabs.currentIndex() == 1
    second.tabs.setCurrentIndex(0)
    assert names(second) == ["b10.wav", "b2.wav", "a.wav"]
    assert [file.done for file in page(second).model.files] == [False, True, False]
    assert second.export_folder == Path("/out")
    qtbot.waitUntil(lambda: second.footer.folder.whole_text() == "Export to: /out")


def test_it_is_saved_soon_after_a_change(panel: PlaylistPanel, folder: Path, qtbot: QtBot) -> None:
    add(qtbot, panel, folder)
    file = state_folder() / "playlists.json"
    qtbot.waitUntil(lambda: file.exists() and len(json.loads(file.read_text())["tabs"][0]["files"]) == 3)


def test_damaged_lists_are_said(make_panel: MakePanel, heard: Heard) -> None:
    state_folder().mkdir(parents=True)
    (state_folder() / "playlists.json").write_text("[")
    panel = make_panel()
    assert heard.errors()[0].startswith("The playlists could not be read and start anew")
    assert len(panel.pages()) == 1


def test_tabs_are_named_in_place(panel: PlaylistPanel, context: Context, qtbot: QtBot) -> None:
    trigger(context, "playlist.rename_tab")
    field = panel.tabs.bar.field
    assert field.isVisible()
    field.clear()
    qtbot.keyClicks(field, "Dogs & cats")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (panel.tabs.tabText(0), field.isVisible()) == ("Dogs && cats", False)
    qtbot.mouseDClick(panel.tabs.bar, Qt.MouseButton.LeftButton, pos=panel.tabs.bar.tabRect(0).center())
    assert field.text() == "Dogs & cats"
    field.setText("no")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert panel.tabs.tabText(0) == "Dogs && cats"


def test_a_tab_with_files_is_closed_only_when_the_person_agrees(
    panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    add(qtbot, panel, folder)
    trigger(context, "playlist.close_tab")
    box = panel.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    box.reject()
    assert len(names(panel)) == 3
    trigger(context, "playlist.close_tab")
    boxes = [found for found in panel.findChildren(QMessageBox) if found.isVisible()]
    next(button for button in boxes[-1].buttons() if button.text() == "Close Tab").click()
    assert (len(panel.pages()), names(panel)) == (1, [])


def test_ten_thousand_files(make_panel: MakePanel, context: Context, tmp_path: Path, qtbot: QtBot) -> None:
    files = tmp_path / "many"
    files.mkdir()
    for number in range(10_000):
        (files / f"take {number}.wav").touch()
    panel = make_panel()
    add(qtbot, panel, files)
    assert len(panel.visible_paths()) == 10_000
    panel.filter_bar.text.setText("take 99")
    assert len(panel.visible_paths()) == sum("99" in str(number) for number in range(10_000))
    panel.filter_bar.text.clear()
    page(panel).view.scrollToBottom()
    page(panel).view.selectAll()
    assert len(page(panel).view.selected()) == 10_000
    panel.add_paths([files])  # All are there already.
    qtbot.waitUntil(lambda: not panel.adding)
    assert len(panel.visible_paths()) == 10_000


def test_files_that_are_added_before_the_lists_are_read_are_not_lost(
    context: Context, opened: Opened, folder: Path, qtbot: QtBot
) -> None:
    panel = PlaylistPanel(context)
    qtbot.addWidget(panel)
    assert not panel.is_loaded
    panel.add_paths([folder])
    qtbot.waitUntil(lambda: len(names(panel)) == 3)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_current_file_is_bold_in_both_themes(
    panel: PlaylistPanel, context: Context, folder: Path, qtbot: QtBot, mode: str
) -> None:
    add(qtbot, panel, folder)
    context.theme.set_mode(mode)
    context.state.set_media(OpenMedia(folder / "b2.wav"))
    font = page(panel).model.index(1, Column.NAME).data(Qt.ItemDataRole.FontRole)
    assert font.bold()
    context.theme.set_mode("system")


def test_the_next_key_is_meant_for_the_next_file_when_one_has_gone(
    panel: PlaylistPanel, folder: Path, qtbot: QtBot
) -> None:
    add(qtbot, panel, folder)
    choose(panel, 0)
    for left in (["b2.wav", "a.wav"], ["a.wav"], []):
        qtbot.keyClick(page(panel).view, Qt.Key.Key_Delete)
        assert names(panel) == left
        assert [file.name for file in page(panel).view.selected()] == left[:1]


def test_the_filter_selects_nothing_that_nobody_selected(panel: PlaylistPanel, folder: Path, qtbot: QtBot) -> None:
    add(qtbot, panel, folder)
    page(panel).view.clearSelection()
    panel.filter_bar.focus_text()
    qtbot.keyClicks(panel.filter_bar.text, "a.")
    qtbot.waitUntil(lambda: names(panel) == ["a.wav"])
    assert page(panel).view.selected() == []


def test_a_file_that_is_another_one_by_now_is_hashed_again(
    panel: PlaylistPanel, folder: Path, qtbot: QtBot, context: Context
) -> None:
    path, other = folder / "b2.wav", folder / "b10.wav"
    for one in (path, other):
        local = identify_file(one)
        context.gateway.media.register(local)
        context.gateway.clips.create([NewClip(local.digest, 0.0, 1.0, "dog")])
    (folder / "new.wav").write_bytes(path.read_bytes())
    add(qtbot, panel, folder / "new.wav")
    context.bus.publish(Change(Topic.MEDIA | Topic.CLIPS))
    file = page(panel).model.file(0)
    qtbot.waitUntil(lambda: file.digest == identify_file(path).digest)
    (folder / "new.wav").write_bytes(other.read_bytes())
    assert path.stat().st_size != other.stat().st_size
    panel._presence.check([file])
    qtbot.waitUntil(lambda: file.digest == identify_file(other).digest)
