"""Labels of other programs as clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.cutting import CutOptions
from eightcut_client.exports import CutItem, ExportTarget, SubClip
from eightcut_client.formats import LabelEntry, folder_of
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.importing.labels_dialog import LabelsDialog
from eightcut_qt.importing.labels_plan import LabelChoice, LabelMedia, plan_labels
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.importing.conftest import open_film
from tests.qt.loop.test_everything_has_a_name import nameless
from tests.qt.regions.world import settled

HERE = LabelMedia("a" * 64, "a.wav", 30.0)
OTHER = LabelMedia("b" * 64, "b.wav", 20.0)


@pytest.fixture
def dialog(qtbot: QtBot, context: Context) -> LabelsDialog:
    made = LabelsDialog(context)
    qtbot.addWidget(made)
    made.show()
    return made


def read(qtbot: QtBot, dialog: LabelsDialog, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    dialog.read(file)
    qtbot.waitUntil(lambda: not dialog.summary.text().startswith("Reading"))


def remarks(dialog: LabelsDialog) -> list[str]:
    return [row.cells[3] for row in dialog.rows]


def test_labels_become_clips_and_are_taken_back(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    media = open_film(context, films[0])
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.5\tdoor\n10.0\t10.0\tdog bark\n40.0\t41.0\tlate\n")
    assert dialog.summary.text().startswith("2 clips would be marked. 1 label cannot be")
    assert remarks(dialog) == ["", "A moment.", "Begins after the end of the file."]
    dialog.point.setValue(4.0)
    qtbot.waitUntil(lambda: dialog.rows[1].cells[2] == "4.00 s")
    dialog.mark_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "2 clips marked.")
    clips = context.gateway.clips.list(media=media.digest)
    assert [(clip.start, clip.duration, clip.folder, clip.label) for clip in clips] == [
        (1.0, 2.5, "door", "door"),
        (10.0, 4.0, "dog bark", "dog bark"),
    ]
    assert not dialog.mark_button.isEnabled()
    dialog.back_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "2 clips taken back.")
    assert context.gateway.clips.list(media=media.digest) == []


def test_clips_that_are_there_already_stay_when_others_are_taken_back(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    media = open_film(context, films[0])
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.0\tdoor\n")
    dialog.mark_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "1 clip marked.")
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.0\tdoor\n5.0\t6.0\tdoor\n")
    dialog.mark_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "1 clip marked; 1 was there already.")
    dialog.back_button.click()
    settled(qtbot, context)
    assert [clip.start for clip in context.gateway.clips.list(media=media.digest)] == [1.0]


def test_clips_that_were_cut_meanwhile_are_not_taken_back(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    media = open_film(context, films[0])
    assert media.local is not None
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.0\tdoor\n")
    dialog.mark_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "1 clip marked.")
    (clip,) = context.gateway.clips.list(media=media.digest)
    item = CutItem(media.local, (SubClip(0, 1.0, 2.0),), 1.0, 2.0, "door", "door", "", clip.id)
    context.exports.add([item], CutOptions(format="wav"), ExportTarget(tmp_path / "clips", "door"))
    qtbot.waitUntil(lambda: not context.exports.working)
    dialog.back_button.click()
    qtbot.waitUntil(lambda: "Delete from Disk Too" in dialog.summary.text())
    assert context.gateway.clips.list(media=media.digest) == [clip]
    assert len(context.gateway.exports.of_clips([clip.id])) == 1
    assert dialog.back_button.isEnabled()


def test_clips_of_another_profile_are_not_taken_back(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    media = open_film(context, films[0])
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.0\tdoor\n")
    dialog.mark_button.click()
    qtbot.waitUntil(dialog.back_button.isEnabled)
    context.bus.publish(Change(Topic.PROFILE))
    assert not dialog.back_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.summary.text() == "1 clip would be marked.")
    assert len(context.gateway.clips.list(media=media.digest)) == 1


def test_labels_of_several_files_go_to_theirs(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    new = [film.rename(film.with_name(f"{tmp_path.name}-{film.name}")) for film in films]
    other = open_film(context, new[1])
    here = open_film(context, new[0])
    lines = ["file,start,end,label", f"{new[0].name},1,2,x", f"/old/{new[1].name},3,4,y", "nowhere.mp4,5,6,z"]
    read(qtbot, dialog, tmp_path / "labels.csv", "\n".join(lines) + "\n")
    assert remarks(dialog) == ["", "", "This file is not known; open it."]
    dialog.folder.setEditText("sounds")
    qtbot.waitUntil(lambda: dialog.rows[0].cells[5] == "sounds")
    dialog.mark_button.click()
    qtbot.waitUntil(lambda: dialog.summary.text() == "2 clips marked.")
    for media, label in ((here, "x"), (other, "y")):
        (clip,) = context.gateway.clips.list(media=media.digest)
        assert (clip.label, clip.folder) == (label, "sounds")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There are no labels in this file."),
        ("WEBVTT\n\n00:01.000 --> nonsense\nx\n", ""),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    qtbot: QtBot, dialog: LabelsDialog, tmp_path: Path, text: str, sentence: str
) -> None:
    read(qtbot, dialog, tmp_path / "labels.txt", text)
    said = dialog.summary.text()
    assert said == sentence if sentence else "labels.txt" in said
    assert said.endswith(".")
    assert not dialog.mark_button.isEnabled()


def test_a_file_that_is_not_there_is_said_in_a_sentence(qtbot: QtBot, dialog: LabelsDialog, tmp_path: Path) -> None:
    dialog.path.setText(str(tmp_path / "none.txt"))
    dialog.path.editingFinished.emit()
    qtbot.waitUntil(lambda: "none.txt" in dialog.summary.text() and not dialog.summary.text().startswith("Reading"))
    assert dialog.summary.text().endswith(".")


def test_without_an_open_file_labels_wait_for_it(
    qtbot: QtBot, context: Context, dialog: LabelsDialog, films: list[Path], tmp_path: Path
) -> None:
    read(qtbot, dialog, tmp_path / "labels.txt", "1.0\t3.0\tdoor\n")
    assert remarks(dialog) == ["Open the file that the labels belong to."]
    open_film(context, films[0])
    qtbot.waitUntil(lambda: remarks(dialog) == [""])
    assert dialog.mark_button.isEnabled()


def test_the_table_is_a_right_model(dialog: LabelsDialog, qtmodeltester: ModelTester) -> None:
    dialog.table.show_rows(("a", "b"), [("1", "x"), ("2", "y\nz")], {0})
    qtmodeltester.check(dialog.table.texts)
    assert dialog.table.selected_text() == "1\tx\n2\ty\nz"


def test_whatever_takes_the_focus_has_a_name(dialog: LabelsDialog) -> None:
    assert nameless(dialog) == []


def plan(entry: LabelEntry, **choice: object) -> tuple[str, str]:
    """The folder of the clip and the remark."""
    (row,) = plan_labels([entry], LabelChoice(**choice), HERE, {"b.wav": OTHER, "c.wav": None})  # type: ignore[arg-type]
    return ("" if row.clip is None else row.clip.folder), row.cells[3]


def test_the_folder_is_the_chosen_one_else_the_file_s_else_the_label_s() -> None:
    entry = LabelEntry(1.0, 2.0, "door", folder="doors")
    assert plan(entry, folder="mine") == ("mine", "")
    assert plan(entry) == ("doors", "")
    assert plan(LabelEntry(1.0, 2.0, "a/b\nc")) == ("a_b c", "")
    rows = plan_labels([LabelEntry(1.0, 2.0, "door", scan_export=True), entry], LabelChoice(), HERE, {})
    assert [row.clip is not None and row.clip.scan_export for row in rows] == [True, False]
    assert plan(LabelEntry(1.0, 2.0, " ")) == ("", "Without a label; name a folder.")


def test_a_label_that_is_there_twice_is_one_clip() -> None:
    rows = plan_labels([LabelEntry(1.0, 2.0, "door")] * 2, LabelChoice(), HERE, {})
    assert [(row.clip is None, row.cells[3]) for row in rows] == [(False, ""), (True, "The same as one above.")]


def test_why_there_is_no_clip_is_said() -> None:
    assert plan(LabelEntry(1.0, 2.0, "x", file=r"C:\films\b.wav")) == ("x", "")
    assert plan(LabelEntry(25.0, 26.0, "x", file="/b.wav")) == ("", "Begins after the end of the file.")
    assert plan(LabelEntry(1.0, 2.0, "x", file="c.wav")) == ("", "Several files have this name; open the right one.")
    assert plan(LabelEntry(1.0, 2.0, "x", disabled=True)) == ("", "Switched off in the file.")
    assert plan(LabelEntry(1.0, 4000.0, "x")) == ("", "Longer than an hour.")
    assert len(folder_of("x" * 500)) == 200
