"""From the first mark to the better second version, through the window alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eightcut_qt.classifiers.rescan import Rescan
from eightcut_qt.negatives.dialog import NegativesDialog
from eightcut_qt.training.dialog import TrainDialog
from PyQt6.QtCore import Qt

from tests.qt.loop.conftest import CTRL, Person
from tests.support.media import noise, tone, write_media

RATE = 16_000
Sounds = list[tuple[float, float]]
"""When a beep begins (seconds), and its frequency (Hz)."""

WANTED = 1000.0
KITCHEN: Sounds = [(12, WANTED), (30, WANTED), (48, WANTED), (66, WANTED), (84, WANTED), (100, 3000.0)]
STREET: Sounds = [(10, 3000.0), (25, WANTED), (45, 1150.0), (65, WANTED), (85, 1150.0)]


def video(path: Path, sounds: Sounds, seed: int) -> Path:
    """A picture and beeps in noise."""
    signal = noise(115.0, RATE, amplitude=0.05, seed=seed)
    for start, frequency in sounds:
        beep = tone(1.5, RATE, frequency=frequency, amplitude=0.4)
        at = round(start * RATE)
        signal[at : at + len(beep)] += beep
    return write_media(path, signal.astype(np.float32), RATE, video=True)


def train(person: Person) -> None:
    """Trains on the folder "beep" and takes the new version."""
    person.press(Qt.Key.Key_T, CTRL)
    dialog = person.dialog(TrainDialog)
    assert isinstance(dialog, TrainDialog)
    folders = dialog.form.folders
    person.wait(lambda: [folder.name for folder in folders.folders] == ["beep"])
    folders.setData(folders.index(0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    dialog.form.margin.setValue(5)
    person.wait(dialog.train_button.isEnabled)
    person.picture("train-preview", dialog)
    dialog.train_button.click()
    person.wait(lambda: dialog.pages.currentWidget() is dialog.outcome_page, seconds=25)
    person.picture("train-result", dialog)
    outcome = dialog.outcome_page.outcome
    assert outcome is not None
    assert outcome.new is not None
    dialog.outcome_page.rescan.choose(Rescan.NOTHING)  # F5 does it.
    dialog.outcome_page.new.click()
    person.wait(lambda: not dialog.isVisible())
    person.wait(lambda: (active := person.context.gateway.classifiers.active("LOGMEL")) and active.id == outcome.new.id)
    person.come_back()


def scan(person: Person, versions: int) -> None:
    """Scans the open file and waits until its newest version is shown."""
    person.press(Qt.Key.Key_F5)
    results = person.window.panels.results
    person.wait(lambda: len(results.versions.all()) == versions, seconds=25)
    person.wait(lambda: (document := person.context.state.document) is not None and document.is_loaded)
    person.wait(lambda: not person.context.scans.busy)


def open_file(person: Person, path: Path) -> None:
    person.context.navigator.open(path)
    person.wait(lambda: (media := person.context.state.media) and media.path == path and media.registered)
    person.wait(lambda: person.context.player.path == path and person.context.player.duration > 100)


@pytest.mark.slow
@pytest.mark.screen
@pytest.mark.timeout(240)
@pytest.mark.parametrize("person", ["light", "dark"], indirect=True)
def test_the_whole_loop(person: Person, tmp_path: Path) -> None:
    context, panels = person.context, person.window.panels
    kitchen, street = video(tmp_path / "kitchen.mp4", KITCHEN, 1), video(tmp_path / "street.mp4", STREET, 2)
    person.picture("welcome")

    # Open.
    panels.add_paths([kitchen, street])
    open_file(person, kitchen)

    # Mark: go there, press E.
    context.settings.update("clips", folder="beep", duration=4.0)
    for start, frequency in KITCHEN:
        if frequency == WANTED:
            context.player.seek(start - 1)
            person.wait(lambda at=start - 1: abs(context.state.cursor - at) < 0.2)
            person.press(Qt.Key.Key_E, at=panels.timeline)
    person.wait(lambda: len(context.gateway.clips.list()) == 5)
    assert {clip.folder for clip in context.gateway.clips.list()} == {"beep"}
    person.picture("marked")

    # Train, and scan the other file.
    train(person)
    open_file(person, street)
    scan(person, versions=1)
    first = context.state.document
    assert first is not None
    assert any(region.start < 26.5 and region.end > 25 for region in first.regions)
    person.wait(lambda: first.scores is not None and len(first.scores) > 100)
    person.picture("scanned")

    # A wrong one becomes a hard negative: N in the panel; in the window it would be the next file.
    context.state.set_threshold(0.0)
    wrong = min(first.regions, key=lambda region: abs(region.start - 45))
    context.state.set_selection((wrong.id,))
    person.press(Qt.Key.Key_N, at=panels.results.table)
    person.wait(lambda: len(context.gateway.negatives.list()) == 1)
    assert context.gateway.negatives.list()[0].source_model == "LOGMEL"
    person.press(Qt.Key.Key_Delete, at=panels.results.table)
    person.wait(lambda: [r.id for r in context.gateway.scans.regions(first.scan.id) if r.disabled] == [wrong.id])
    person.press(Qt.Key.Key_H, CTRL)
    negatives = person.dialog(NegativesDialog)
    person.picture("negatives", negatives)
    negatives.close()
    person.come_back()

    # Train again, scan again: a second version, and the first is still there.
    train(person)
    scan(person, versions=2)
    second = context.state.document
    assert second is not None
    assert second is not first
    assert second.scan.classifier_version == 2
    person.picture("scanned-again")

    # Switch the version; undo there touches nothing of the other.
    before = context.gateway.scans.regions(second.scan.id)
    selector = panels.results.bar.selector
    assert selector.isVisible()
    assert [selector.itemData(row) for row in range(selector.count())] == [second.scan.id, first.scan.id]
    selector.setFocus()
    person.press(Qt.Key.Key_Down, at=selector)
    person.wait(lambda: context.state.document is first)
    assert context.undo.activeStack() is first.undo
    person.press(Qt.Key.Key_Z, CTRL, at=panels.results.table)
    person.wait(lambda: not any(region.disabled for region in context.gateway.scans.regions(first.scan.id)))
    assert context.gateway.scans.regions(second.scan.id) == before

    # Compare, and look at three zoom levels.
    person.do("results.compare")
    person.wait(lambda: context.state.comparison is not None)
    person.picture("compared")
    for _ in range(4):
        person.do("timeline.zoom_in")
    person.picture("zoomed")
    for _ in range(6):
        person.do("timeline.zoom_in")
    person.picture("zoomed-far")
    assert person.heard.errors() == []
