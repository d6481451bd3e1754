"""Somebody comes from the old program: the library is offered, comes along, and its results become clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.register import identify_file
from eightcut_qt.importing.library_dialog import LibraryDialog
from eightcut_qt.importing.locate_dialog import LocateDialog
from eightcut_qt.importing.offer import LibraryOffer
from eightcut_qt.results.clip_dialog import ClipExportDialog
from eightcut_qt.results.panel import ResultsPanel

from tests.qt.importing.conftest import make_library
from tests.qt.loop.conftest import Person
from tests.support.media import noise, write_media


@pytest.fixture
def films(tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two videos of an old library in the home folder; the second one was moved since. Made before the window is."""
    folder, home = tmp_path / "films", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    films = [
        write_media(folder / f"{profile}-{name}.mp4", noise(30, 16_000, seed=seed), 16_000, video=True)
        for seed, name in enumerate("ab")
    ]
    make_library(home / ".8cut.db", profile, films)
    (home / "films").mkdir()
    films[1] = films[1].rename(home / "films" / films[1].name)
    return films


@pytest.mark.parametrize("person", ["light", "dark"], indirect=True)
def test_an_old_library_comes_along(films: list[Path], person: Person, tmp_path: Path) -> None:
    window, context = person.window, person.context
    (offer,) = window.findChildren(LibraryOffer)
    person.wait(offer.isVisible)
    person.picture("offer")
    offer.import_button.click()
    dialog = person.dialog(LibraryDialog)
    assert isinstance(dialog, LibraryDialog)
    person.wait(dialog.choose.path.text)
    dialog.go_button.click()
    person.wait(lambda: dialog.pages.currentWidget() is dialog.report)
    person.picture("report", dialog)
    dialog.go_button.click()
    asked: list[str] = []
    window.ask_to_close = lambda sentence: bool(asked.append(sentence))
    window.close()
    assert asked == ["An old library is being imported. If you close 8-cut, it stops; it can be imported again."]
    person.wait(lambda: dialog.pages.currentWidget() is dialog.outcome)
    person.picture("imported", dialog)
    assert dialog.outcome.sentence.text().startswith(
        "13 rows were added; counts and contents of all tables are the same"
    )
    dialog.close_button.click()
    assert not offer.isVisible()

    # What the old program found is there.
    window.take([films[0]])
    results = window.panels.results
    assert isinstance(results, ResultsPanel)
    person.wait(lambda: results.model.rowCount() == 3)
    assert results.bar.tabs.tabText(0).startswith("EAT_door (3)")

    # It becomes clips.
    own = context.gateway.profile  # Numbers of a folder are shared by all tests.
    context.settings.update("clips", folder=own)
    person.do("results.export_clips")
    export = person.dialog(ClipExportDialog)
    assert isinstance(export, ClipExportDialog)
    export.form.export_folder.setText(str(tmp_path / "clips"))
    person.wait(export.export_button.isEnabled)
    person.picture("export", export)
    export.export_button.click()
    person.wait(lambda: len(list((tmp_path / "clips").glob(f"{own}/vid_001/*_a*_0.mp4"))) == 3, seconds=60)
    person.wait(lambda: not context.exports.busy)
    person.wait(lambda: len(results.exported.ids(results.model.shown)) == 3)
    person.picture("exported")

    # The video that was moved is found, with everything that belongs to it.
    person.do("importing.locate")
    locate = person.dialog(LocateDialog)
    assert isinstance(locate, LocateDialog)
    locate.search(films[1].parent)
    person.wait(lambda: not locate.busy and "found" in locate.status.text())
    locate.close()
    digest = identify_file(films[1]).digest
    assert len(context.gateway.clips.list(media=digest)) == 2
    context.navigator.open(films[1])
    person.wait(lambda: context.state.document is not None and context.state.document.scan.media == digest)
    person.wait(lambda: results.model.rowCount() == 3)
    person.picture("located")
    assert person.heard.errors() == []
