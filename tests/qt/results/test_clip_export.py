"""Regions as clips on the disk."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from eightcut_client.cutting.options import CropKeyframe, CutOptions
from eightcut_client.register import identify_file
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.results.clip_dialog import ClipExportDialog
from eightcut_qt.results.clip_form import Which
from eightcut_qt.results.region_model import Column
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import save
from tests.qt.results.conftest import Desk
from tests.qt.results.test_exported import export, states
from tests.qt.results.test_panel import ready
from tests.qt.world import shared_letters
from tests.support.media import tone, write_media

REGIONS = ((2.0, 3.0, 0.6), (5.0, 9.0, 0.9), (12.0, 26.0, 0.7), (40.0, 41.0, 0.8))


@pytest.fixture
def film(desk: Desk, tmp_path: Path) -> Path:
    """A real file of a minute with four regions, open in the window."""
    path = write_media(tmp_path / "street.wav", tone(60, 8000), 8000)
    local = identify_file(path)
    desk.gateway.media.register(local)
    save(desk.gateway, local.digest, REGIONS)
    desk.media = local.digest
    desk.context.state.set_media(OpenMedia(path, local, registered=True, duration=60.0))
    return path


@pytest.fixture
def dialog(qtbot: QtBot, desk: Desk, film: Path, tmp_path: Path) -> ClipExportDialog:
    """The dialog for it, with a folder of its own and an export folder."""
    ready(qtbot, desk.context)
    desk.context.settings.update("clips", folder=desk.gateway.profile)  # Numbers of a folder are shared by all tests.
    desk.context.settings.update("export", format="wav")
    desk.context.exports.set_folder(str(tmp_path / "clips"))
    desk.panel.crop_keys = lambda: (CropKeyframe(1.0, 0.2), CropKeyframe(9.0, 0.8))
    desk.context.actions.action("results.export_clips").trigger()
    made = desk.panel.findChild(ClipExportDialog)
    assert made is not None
    qtbot.waitUntil(lambda: bool(made.count.text()))
    return made


def counted(qtbot: QtBot, dialog: ClipExportDialog, sentence: str) -> None:
    qtbot.waitUntil(lambda: dialog.count.text() == sentence)


def test_the_count_follows_what_is_chosen(qtbot: QtBot, desk: Desk, dialog: ClipExportDialog) -> None:
    counted(qtbot, dialog, "4 regions become 4 clips, 5 files in all.")
    dialog.form.duration.setValue(4.0)
    counted(qtbot, dialog, "4 regions become 4 clips, 7 files in all.")
    dialog.form.min_duration.setValue(2.0)
    counted(qtbot, dialog, "2 regions become 2 clips, 5 files in all. 2 are too short.")
    dialog.form.min_duration.setValue(0.0)
    dialog.form.fuse_gap.setValue(3.0)
    counted(qtbot, dialog, "4 regions become 2 clips, 7 files in all.")
    dialog.form.fuse_gap.setValue(0.0)
    desk.context.state.set_threshold(0.75)
    counted(qtbot, dialog, "2 regions become 2 clips, 2 files in all.")
    dialog.form.choose(Which.ALL)
    counted(qtbot, dialog, "4 regions become 4 clips, 7 files in all.")


def test_selected_regions_are_offered_also_when_they_are_off(
    qtbot: QtBot, desk: Desk, dialog: ClipExportDialog
) -> None:
    document = ready(qtbot, desk.context)
    document.set_disabled([document.regions[0].id], True)
    desk.context.state.set_selection((document.regions[0].id, document.regions[1].id))
    dialog.reject()
    desk.context.actions.action("results.export_clips").trigger()
    assert dialog.form.which.currentText() == "Selected regions (2)"
    counted(qtbot, dialog, "2 regions become 2 clips, 2 files in all.")
    dialog.form.choose(Which.SHOWN)
    counted(qtbot, dialog, "3 regions become 3 clips, 4 files in all.")


def test_what_was_exported_is_left_out_unless_it_is_asked_for(
    qtbot: QtBot, desk: Desk, dialog: ClipExportDialog
) -> None:
    from eightcut_qt.core.bus import Change, Topic

    export(desk.gateway, desk.media, 5.0, 8.0)
    desk.context.bus.publish(Change(Topic.CLIPS))
    counted(qtbot, dialog, "3 regions become 3 clips, 4 files in all. 1 was exported before and is left out.")
    dialog.form.again.setChecked(True)
    counted(qtbot, dialog, "4 regions become 4 clips, 5 files in all.")


def test_a_clip_longer_than_the_file_is_refused_with_a_sentence(qtbot: QtBot, dialog: ClipExportDialog) -> None:
    dialog.form.duration.setValue(100.0)
    qtbot.waitUntil(lambda: "choose shorter clips" in dialog.count.text())
    assert not dialog.export_button.isEnabled()


@pytest.mark.parametrize(
    ("folder", "target", "sentence"),
    [
        ("", "/clips", "Give the clips a folder first."),
        ("a/b", "/clips", "The name of a folder has no slashes and no line breaks."),
        ("door", "", "Choose the export folder."),
        ("door", "clips", "Give the export folder with its whole path."),
    ],
)
def test_what_is_missing_is_said(
    qtbot: QtBot, dialog: ClipExportDialog, folder: str, target: str, sentence: str
) -> None:
    dialog.form.folder.setEditText(folder)
    dialog.form.export_folder.setText(target)
    assert dialog.where.text() == sentence
    assert not dialog.export_button.isEnabled()


def test_the_next_number_is_shown(qtbot: QtBot, dialog: ClipExportDialog) -> None:
    qtbot.waitUntil(lambda: ", from vid_001 · a1 on;" in dialog.where.text())


def test_regions_are_cut_recorded_and_marked(
    qtbot: QtBot, desk: Desk, dialog: ClipExportDialog, tmp_path: Path
) -> None:
    dialog.form.duration.setValue(4.0)
    dialog.form.spread.setValue(5.0)
    dialog.form.label.setText("a door")
    dialog.form.choose(Which.ALL)
    counted(qtbot, dialog, "4 regions become 4 clips, 6 files in all.")
    dialog.export_button.click()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: states(desk) == ["● on  ✓ exported"] * 4, timeout=20_000)
    qtbot.waitUntil(lambda: not desk.context.exports.busy)
    name = desk.gateway.profile
    folder = tmp_path / "clips" / name
    assert sorted(path.name.removeprefix(name) for path in (folder / "vid_001").iterdir()) == [
        "_001_a1_0.wav",
        "_001_a2_0.wav",
        "_001_a3_0.wav",
        "_001_a3_1.wav",
        "_001_a3_2.wav",
        "_001_a4_0.wav",
    ]
    assert (folder / "dataset.json").exists()
    clips = desk.gateway.clips.list(media=desk.media)
    assert [(clip.start, clip.duration, clip.scan_export, clip.label) for clip in clips] == [
        (0.5, 4.0, True, "a door"),
        (5.0, 4.0, True, "a door"),
        (12.0, 14.0, True, "a door"),
        (38.5, 4.0, True, "a door"),
    ]
    assert len(desk.gateway.exports.files(media=desk.media)) == 6
    assert desk.heard.errors() == []
    # What was chosen is there the next time.
    assert dataclasses.asdict(desk.context.settings.value.region_export)["spread"] == 5.0
    assert desk.panel.model.data(desk.panel.model.index(0, Column.STATE)).endswith("exported")


def test_files_are_cropped_as_the_clips_panel_says(
    qtbot: QtBot, desk: Desk, dialog: ClipExportDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[CutOptions] = []
    monkeypatch.setattr(desk.context.exports, "add", lambda _items, options, _target: given.append(options))
    desk.context.settings.update("export", format="mp4", crop="9:16", ltx2=True, short_side=512)
    desk.context.settings.update("clips", duration=3.0, count=7)
    counted(qtbot, dialog, "4 regions become 4 clips, 5 files in all.")
    dialog.export_button.click()
    (options,) = given
    assert (options.format, options.crop, options.ltx2, options.short_side) == ("mp4", "9:16", True, 512)
    assert (options.duration, options.count) == (8.0, 1)
    assert [key.center for key in options.keyframes] == [0.2, 0.8]


def test_nothing_is_exported_before_its_count_is_shown(qtbot: QtBot, desk: Desk, dialog: ClipExportDialog) -> None:
    counted(qtbot, dialog, "4 regions become 4 clips, 5 files in all.")
    dialog.form.duration.setValue(4.0)
    dialog.export_button.click()
    assert dialog.isVisible()
    assert not desk.context.exports.busy
    counted(qtbot, dialog, "4 regions become 4 clips, 7 files in all.")
    dialog.export_button.click()
    assert not dialog.isVisible()
    assert desk.context.exports.progress is not None
    assert desk.context.exports.progress.total == 7
    desk.context.exports.cancel()
    qtbot.waitUntil(lambda: not desk.context.exports.working)


def test_fields_stand_below_one_another(dialog: ClipExportDialog) -> None:
    fields = (dialog.form.spread, dialog.form.fuse_gap, dialog.form.category)
    assert len({field.mapTo(dialog, field.rect().topLeft()).x() for field in fields}) == 1


def test_every_field_has_a_name_and_a_place_in_the_order(dialog: ClipExportDialog) -> None:
    from tests.qt.loop.test_everything_has_a_name import nameless

    assert nameless(dialog) == []
    assert shared_letters(dialog) == []
    assert QApplication.focusWidget() is None or dialog.isAncestorOf(QApplication.focusWidget())
