"""What the Train dialog is made of, each part on its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut.common.v1 import training_pb2
from eightcut.common.v1.training_pb2 import ExampleCounts, TrainingMetrics, TrainingSpec
from eightcut.trainer.v1.trainer_service_pb2 import MediaExamples
from eightcut_client.train import MissingMedia
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import FolderRecord
from eightcut_qt.core.settings import TrainSettings
from eightcut_qt.gateway import EmbedderRecord
from eightcut_qt.training.choice import TrainChoice, name_mistake, spec_lines
from eightcut_qt.training.comparison import ComparisonModel
from eightcut_qt.training.folders_model import FoldersModel, folder_text
from eightcut_qt.training.form import TrainForm
from eightcut_qt.training.metrics import Trend, caution, compare, cross_validation, examples, verdict
from eightcut_qt.training.missing import missing_sentence, unlocated_sentence
from eightcut_qt.training.stages import BRING, Stages, StageState
from eightcut_qt.training.statistics_model import Column, StatisticsModel
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

DOOR = FolderRecord("door", 12, 3, 4, disabled=False)


def metrics(precision: float | None = None, f1: float | None = None, **values: object) -> TrainingMetrics:
    made = TrainingMetrics(**values)  # type: ignore[arg-type]
    if precision is not None:
        made.window_average_precision = precision
    if f1 is not None:
        made.event_f1 = f1
    return made


@pytest.mark.parametrize("name", ["", "door", "front.door_2-x", "x" * 64])
def test_names_that_are_allowed(name: str) -> None:
    assert name_mistake(name) == ""


@pytest.mark.parametrize("name", ["Tür", "a b", "a/b", "x" * 65, "door\n"])
def test_names_that_are_not(name: str) -> None:
    assert name_mistake(name).endswith(".")


def test_a_choice_is_a_spec_that_activates_nothing() -> None:
    kept = TrainSettings(positive_folders=("door",), name="front", margin=12.5, use_hard_negatives=False)
    choice = TrainChoice.of_settings(kept)
    spec = choice.spec("mine")
    assert choice.model == "LOGMEL_front"
    assert choice.mistake() == ""
    assert (spec.profile, list(spec.positive_folders), spec.margin.ToMilliseconds()) == ("mine", ["door"], 12_500)
    assert not spec.activate
    assert spec.HasField("activate")
    assert not spec.use_hard_negatives


def test_what_a_version_was_made_from_has_the_defaults_of_the_api() -> None:
    lines = dict(spec_lines(TrainingSpec(positive_folders=["door", "gate"])))
    assert lines == {
        "Folders of the sound": "door, gate",
        "Negative folder": "automatic only",
        "Margin": "30 s",
        "Hard negatives": "used",
        "Scan-exported clips": "left out",
    }


def test_folders_say_how_much_is_in_them() -> None:
    assert folder_text(DOOR, with_exports=False) == "door: 8 clips in 3 files"
    assert folder_text(DOOR, with_exports=True) == "door: 12 clips in 3 files, 4 of them from scans"


def test_a_checked_folder_stays_wanted_while_it_is_gone(qtmodeltester: ModelTester) -> None:
    model = FoldersModel()
    model.set_checked(["gate", "door"])
    model.set_folders([DOOR], with_exports=False)
    qtmodeltester.check(model)
    assert model.checked() == ("door",)
    model.set_folders([DOOR, FolderRecord("gate", 1, 1, 0, disabled=False)], with_exports=False)
    assert model.checked() == ("door", "gate")
    assert model.setData(model.index(0), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert model.checked() == ("gate",)


def test_the_form_checks_with_the_keyboard(qtbot: QtBot) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    form.set_folders([DOOR])
    form.positive.setCurrentIndex(form.folders.index(0))
    with qtbot.waitSignal(form.changed):
        qtbot.keyClick(form.positive, Qt.Key.Key_Space)
    assert form.choice().positive_folders == ("door",)


def test_tab_goes_through_the_form_from_top_to_bottom(qtbot: QtBot) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    order: list[QWidget] = []
    at: QWidget | None = form.positive
    wanted = [form.positive, form.exports, form.negative, form.embedder, form.name, form.margin, form.video_folder]
    while at is not None and at not in order:
        order.append(at)
        at = at.nextInFocusChain()
    assert [one for one in order if one in wanted] == wanted


def test_the_form_says_that_there_is_nothing_to_train_on(qtbot: QtBot) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    form.set_folders([FolderRecord("door_disabled", 3, 1, 0, disabled=True)])
    assert not form.no_folders.isHidden()
    assert form.folders.rowCount() == 0


def test_the_form_leaves_an_embedder_that_is_not_ready(qtbot: QtBot) -> None:
    form = TrainForm()
    qtbot.addWidget(form)
    form.set_choice(TrainChoice.of_settings(TrainSettings(embedder="EAT")))
    eat = EmbedderRecord("EAT", 768, ready=False, device="", reason="Its weights are not here.")
    form.set_embedders([eat, EmbedderRecord("LOGMEL", 32, ready=True, device="cpu", reason="")])
    assert form.choice().embedder == "LOGMEL"
    assert form.embedder.itemText(0) == "EAT: not ready. Its weights are not here."
    form.set_embedders([eat])
    assert form.choice().embedder == ""
    assert form.choice().mistake() == "No embedder is ready; choose one when there is."


def test_statistics_are_sorted_and_said_without_colours(qtmodeltester: ModelTester) -> None:
    model = StatisticsModel()
    model.show(
        [MediaExamples(media="a", positive=9, track_ready=True), MediaExamples(media="b", positive=1, soft=2)],
        {"a": "zoo.mp4", "b": "Attic.mp4"},
    )
    qtmodeltester.check(model)
    assert [model.index(0, column).data() for column in Column] == ["zoo.mp4", "9", "", "", "", "✓ yes"]
    model.sort(Column.FILE)
    assert model.index(0, Column.FILE).data() == "Attic.mp4"
    assert model.index(0, Column.READY).data() == "✗ no"


def test_figures_are_compared_in_words() -> None:
    rows = compare(metrics(0.9, 0.5), metrics(0.75, 0.502))
    assert [(row.title, row.difference, row.trend) for row in rows] == [
        ("Average precision", "▲ +0.15 better", Trend.BETTER),
        ("Precision", "not comparable", Trend.UNKNOWN),
        ("Recall", "not comparable", Trend.UNKNOWN),
        ("F1", "the same", Trend.SAME),
    ]
    assert compare(metrics(0.5), metrics(0.75))[0].difference == "▼ -0.25 worse"
    assert compare(metrics(0.5), None)[0].difference == ""


def test_the_comparison_is_a_correct_model(context: Context, qtmodeltester: ModelTester) -> None:
    model = ComparisonModel(context.theme)
    qtmodeltester.check(model)
    model.show(metrics(0.9), "New", metrics(0.5), "Old")
    qtmodeltester.check(model)
    assert model.index(0, 2).data(Qt.ItemDataRole.ForegroundRole).name() == context.theme.colors.good
    model.show(metrics(0.9), "New", None, "")
    assert model.columnCount() == 1


@pytest.mark.parametrize(
    ("new", "old", "sentence"),
    [
        (0.9, 0.75, "It is better than the version in use: average precision 0.90 against 0.75."),
        (0.5, 0.75, "It is worse than the version in use: average precision 0.50 against 0.75."),
        (0.75, 0.75, "It is as good as the version in use: average precision 0.75."),
        (0.75, None, "Its average precision is 0.75."),
        (None, 0.75, "Its figures could not be measured: there are too few clips for it."),
    ],
)
def test_verdicts(new: float | None, old: float | None, sentence: str) -> None:
    assert verdict(metrics(new), metrics(old)) == sentence


def test_figures_of_different_measurements_are_not_trusted() -> None:
    by_media = metrics(0.9, cross_validation=training_pb2.CROSS_VALIDATION_BY_MEDIA, folds=3)
    by_block = metrics(0.9, cross_validation=training_pb2.CROSS_VALIDATION_BY_TIME_BLOCK, folds=5)
    assert caution(by_media, by_media) == ""
    assert "different ways" in caution(by_media, by_block)
    assert cross_validation(by_media) == "Measured on files that it was not trained on (3 parts)."
    assert "flatters" in cross_validation(by_block)


def test_examples_in_words() -> None:
    assert examples(ExampleCounts()) == "no examples"
    assert examples(ExampleCounts(positive=1, media=1)) == "1 positive example in 1 file"
    assert examples(ExampleCounts(positive=23, hard_negative=4, auto_negative=1410, media=3)) == (
        "23 positive, 4 hard negative and 1,410 automatic negative examples in 3 files"
    )


def test_stages_go_on_and_may_begin_anew() -> None:
    stages = Stages()
    stages.advance(BRING, 1, 2)
    assert (stages.list()[0].count, stages.fraction) == ("1 of 2", 0.5)
    stages.advance("cross-validate", 3, 0)
    assert [stage.state for stage in stages.list()[:5]] == [StageState.DONE] * 3 + [StageState.NOW, StageState.TO_COME]
    assert stages.fraction is None
    stages.advance("something newer", 1, 1)
    stages.advance("collect", 0, 1)
    assert stages.list()[1].state is StageState.NOW
    stages.finish()
    assert {stage.state for stage in stages.list()} == {StageState.DONE}


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    assert unlocated_sentence(1) == (
        "1 example is left out: the file was not found yet. Locate Media in the File menu looks for it."
    )
    absent = [MissingMedia(str(number), f"{number}.mp4", None) for number in range(5)]
    assert missing_sentence(absent, "LOGMEL") == (
        "5 files are not embedded with LOGMEL yet. Not found on this machine: 0.mp4, 1.mp4, 2.mp4 and 2 more. "
        "Choose the folder that they lie in as the video folder."
    )
