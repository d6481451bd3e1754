"""Regions as a file for another program."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from eightcut_client.formats import FORMATS
from eightcut_qt.core.notices import Level
from eightcut_qt.results.export import KINDS, frame_rate_name, target
from eightcut_qt.results.panel import ResultsPanel
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import save, show_media
from tests.qt.results.conftest import Desk
from tests.qt.results.test_panel import ready
from tests.qt.world import Heard


@pytest.fixture
def dialog(qtbot: QtBot, desk: Desk, tmp_path: Path) -> QFileDialog:
    """The dialog for a version of which one region is disabled and one is below the threshold."""
    context, panel, media, gateway = desk.context, desk.panel, desk.media, desk.gateway
    save(gateway, media)
    show_media(context, media)
    state = context.state.media
    assert state is not None
    context.state.set_media(dataclasses.replace(state, path=tmp_path / "street.mp4"))
    document = ready(qtbot, context)
    document.set_disabled([document.regions[3].id], True)
    context.state.set_threshold(0.65)
    context.actions.action("results.export").trigger()
    made = panel.findChild(QFileDialog)
    assert made is not None
    return made


def test_all_formats_of_the_sdk_are_offered() -> None:
    assert {name for name, _, _ in KINDS} == set(FORMATS)


def test_enabled_regions_that_are_shown_are_written(
    qtbot: QtBot, dialog: QFileDialog, tmp_path: Path, heard: Heard
) -> None:
    assert Path(dialog.selectedFiles()[0]).name == "street.csv"
    dialog.selectNameFilter("Audacity labels (*.txt)")
    dialog.filterSelected.emit("Audacity labels (*.txt)")
    assert Path(dialog.selectedFiles()[0]).name == "street.txt"
    dialog.accept()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [(Level.INFO, "2 regions written to street.txt.")]
    written = (tmp_path / "street.txt").read_text(encoding="utf-8")
    assert written == "20.000000\t26.000000\tLOGMEL 0.90\n40.000000\t43.000000\tLOGMEL 0.70\n"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_edit_decision_list_has_the_frame_rate_of_the_video(
    qtbot: QtBot, dialog: QFileDialog, tmp_path: Path, heard: Heard
) -> None:
    dialog.selectNameFilter("Edit decision list (*.edl)")
    dialog.filterSelected.emit("Edit decision list (*.edl)")
    dialog.accept()
    qtbot.waitUntil(lambda: bool(heard))
    assert "* FRAME RATE: 29.97" in (tmp_path / "street.edl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("frame", "name"),
    [(1 / 25, "25"), (1001 / 24000, "23.976"), (1 / 24, "24"), (1001 / 60000, "59.94"), (0.1, "23.976")],
)
def test_the_frame_rate_is_the_nearest(frame: float, name: str) -> None:
    assert frame_rate_name(frame) == name


def test_a_folder_that_takes_no_file_is_told_of(
    qtbot: QtBot, panel: ResultsPanel, dialog: QFileDialog, tmp_path: Path, heard: Heard
) -> None:
    from eightcut_client.formats import RegionList

    panel._exporter.write(RegionList("a.mp4", "LOGMEL", []), tmp_path / "missing" / "a.csv", "csv")
    qtbot.waitUntil(lambda: bool(heard.errors()))
    assert "no such file or directory" in heard.errors()[0]


@pytest.mark.parametrize(
    ("file", "chosen", "name", "kind"),
    [
        ("a", "Audacity labels (*.txt)", "a.txt", "audacity"),
        ("a.vtt", "Audacity labels (*.txt)", "a.vtt", "webvtt"),
        ("a.llc.csv", "Table with a header (*.csv)", "a.llc.csv", "csv"),
        ("a.llc.csv", "JSON (*.json)", "a.llc.csv", "losslesscut"),
        ("a.selections.txt", "JSON (*.json)", "a.selections.txt", "raven"),
        ("a.labels", "JSON (*.json)", "a.labels", "json"),
    ],
)
def test_the_format_is_that_of_the_ending_or_the_chosen_one(file: str, chosen: str, name: str, kind: str) -> None:
    assert target(f"/x/{file}", chosen) == (Path("/x") / name, kind)
