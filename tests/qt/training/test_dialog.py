"""The Train dialog on real services: the form and the preview."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_client.register import register_file
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.gateway import Gateway, NewClip, NewNegative
from eightcut_qt.training import install
from eightcut_qt.training.dialog import TrainDialog
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.qt.training.sounds import Sounds, record
from tests.qt.training.steps import TRAINING, Open, check, count, names, settle


def test_only_folders_for_training_are_offered(sounds: Sounds, gateway: Gateway, dialog: Open, qtbot: QtBot) -> None:
    sounds.mark(gateway, "old_disabled")
    found = dialog()
    qtbot.waitUntil(lambda: names(found) == ["door"])
    assert found.form.folders.index(0).data() == "door: 6 clips in 2 files"
    assert found.form.negative.itemText(0) == "Automatic only"
    assert found.form.negative.count() == 2


def test_scan_exports_appear_only_when_they_are_included(
    sounds: Sounds, services: Connection, gateway: Gateway, dialog: Open, qtbot: QtBot
) -> None:
    from eightcut.store.v1 import clip_pb2, clip_service_pb2
    from eightcut_client.times import to_duration

    services.clips.BatchCreateClips(
        clip_service_pb2.BatchCreateClipsRequest(
            profile=gateway.profile,
            clips=[
                clip_service_pb2.NewClip(
                    media=sounds.embedded[0],
                    start=to_duration(40),
                    duration=to_duration(8),
                    folder="exported",
                    origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT,
                )
            ],
        )
    )
    found = dialog()
    qtbot.waitUntil(lambda: names(found) == ["door"])
    found.form.exports.setChecked(True)
    qtbot.waitUntil(lambda: names(found) == ["door", "exported"])
    assert found.form.folders.index(1).data() == "exported: 1 clip in 1 file, 1 of them from scans"


def test_the_counts_follow_the_choice(sounds: Sounds, gateway: Gateway, dialog: Open, qtbot: QtBot) -> None:
    gateway.negatives.create([NewNegative(sounds.embedded[0], 40.0, "LOGMEL")])
    gateway.clips.create([NewClip(sounds.embedded[1], 80.0, 8.0, "quiet")])
    found = dialog()
    check(found, qtbot, "door")
    assert [count(found, name) for name in ("positive", "negative", "hard_negative", "soft", "media")] == [
        "6",
        "0",
        "1",
        "1",
        "2",
    ]
    assert int(count(found, "auto_negative")) > 20
    found.form.hard_negatives.setChecked(False)
    settle(found, qtbot)
    assert count(found, "hard_negative") == "0"
    found.form.negative.setCurrentIndex(found.form.negative.findData("quiet"))
    settle(found, qtbot)
    assert (count(found, "negative"), count(found, "soft")) == ("1", "0")
    assert found.view.statistics.index(0, 0).data().startswith("sound ")
    assert found.train_button.isEnabled()


def test_what_is_chosen_is_kept(sounds: Sounds, dialog: Open, context: Context, qtbot: QtBot) -> None:
    found = dialog()
    check(found, qtbot, "door")
    found.form.name.setText("front.door")
    found.form.margin.setValue(12.5)
    found.close()
    again = dialog()
    choice = again.form.choice()
    assert (choice.positive_folders, choice.name, choice.margin) == (("door",), "front.door", 12.5)
    assert context.settings.value.train.name == "front.door"


def test_mistakes_are_told_without_asking(sounds: Sounds, dialog: Open, qtbot: QtBot) -> None:
    found = dialog()
    qtbot.waitUntil(lambda: found.view.problems.text() == "⚠ Choose at least one folder of the sound.")
    assert not found.train_button.isEnabled()
    check(found, qtbot, "door")
    found.form.name.setText("Tür")
    assert found.view.problems.text() == "⚠ The name may hold only letters without accents, digits, and . _ -."
    assert found.form.name_remark.text() == found.view.problems.text()[2:]
    found.form.name.clear()
    found.form.negative.setCurrentIndex(found.form.negative.findData("door"))
    assert found.view.problems.text() == "⚠ The folder door cannot be both the sound and not the sound."
    assert not found.train_button.isEnabled()


def test_a_class_that_is_missing_is_told_with_what_to_do(
    services: Connection, gateway: Gateway, dialog: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    from eightcut_client.embed import embed_file

    short = embed_file(services, record(tmp_path / "short.wav", 9, duration=8, places=()), "LOGMEL").media
    gateway.clips.create([NewClip(short, 0.0, 8.0, "door")])
    found = dialog()
    check(found, qtbot, "door")
    assert "no negative" in found.view.problems.text()
    assert "Mark clips without the sound" in found.view.problems.text()
    assert not found.train_button.isEnabled()


def test_embedders_that_are_not_ready_cannot_be_chosen(sounds: Sounds, dialog: Open) -> None:
    found = dialog()
    box = found.form.embedder
    model = box.model()
    assert model is not None
    states = {
        box.itemData(row): bool(model.flags(model.index(row, 0)) & Qt.ItemFlag.ItemIsEnabled)
        for row in range(box.count())
    }
    assert states["LOGMEL"]
    assert box.currentData() == "LOGMEL"
    for row in range(box.count()):
        if not states[box.itemData(row)]:
            assert "not ready" in box.itemText(row)


def test_missing_files_are_found_in_the_video_folder_and_uploaded(
    services: Connection, gateway: Gateway, dialog: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    path = record(tmp_path / "moved.wav", 21, duration=40, places=(20.0,))
    digest = register_file(services, path).digest
    gateway.clips.create([NewClip(digest, 20.0, 8.0, "door")])
    folder = tmp_path / "elsewhere" / "deep"
    folder.mkdir(parents=True)
    path.rename(folder / "renamed.wav")
    found = dialog()
    check(found, qtbot, "door")
    assert "Not found on this machine: moved.wav" in found.view.missing.text()
    assert found.view.upload.isHidden()
    assert not found.train_button.isEnabled()
    found.form.video_folder.setText(str(tmp_path / "elsewhere"))
    qtbot.waitUntil(lambda: not found.view.upload.isHidden())
    assert found.view.missing.text() == (
        "1 file is not embedded with LOGMEL yet; it is on this machine and can be uploaded."
    )
    assert found.train_button.isEnabled()
    found.view.upload.click()
    qtbot.waitUntil(lambda: found.preview.uploading is None and not found.preview.counting, timeout=TRAINING)
    assert found.view.missing.isHidden()
    assert found.view.statistics.index(0, 5).data() == "✓ yes"
    assert int(count(found, "auto_negative")) >= 0


def test_the_counts_are_read_again_when_negatives_change(
    sounds: Sounds, gateway: Gateway, dialog: Open, context: Context, qtbot: QtBot
) -> None:
    found = dialog()
    check(found, qtbot, "door")
    assert count(found, "hard_negative") == "0"
    gateway.negatives.create([NewNegative(sounds.embedded[0], 40.0, "LOGMEL")])
    context.bus.publish(Change(Topic.NEGATIVES))
    qtbot.waitUntil(lambda: count(found, "hard_negative") == "1")


def test_manage_opens_the_hard_negatives(sounds: Sounds, dialog: Open, context: Context) -> None:
    opened: list[bool] = []
    context.actions.bind("negatives.open", lambda: opened.append(True))
    dialog().form.manage.click()
    assert opened == [True]


@pytest.mark.usefixtures("sounds")
def test_the_action_opens_one_dialog(context: Context, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    install(context, window)
    for _ in range(2):
        context.actions.action("training.open").trigger()
    (found,) = window.findChildren(TrainDialog)
    assert found.isVisible()
    found.close()
