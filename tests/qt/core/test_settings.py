"""Settings: kept, typed, never lost to damage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eightcut_qt.core import settings as module
from eightcut_qt.core.settings import Settings, SettingsStore
from pytestqt.qtbot import QtBot


def test_what_was_set_is_there_at_the_next_start(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "new" / "desktop.json"
    store = SettingsStore(file)
    assert store.value == Settings()
    store.update("clips", folder="door", sub_profiles=("near", "far"), duration=4)
    store.update("connection", server="box:7700", tls=False)
    store.set_keys({"playback.play": ("Ctrl+P",)})
    store.close()
    again = SettingsStore(file).value
    assert again.clips.folder == "door"
    assert again.clips.sub_profiles == ("near", "far")
    assert again.clips.duration == 4.0
    assert again.connection.server == "box:7700"
    assert again.connection.tls is False
    assert again.keys == {"playback.play": ("Ctrl+P",)}
    assert [path.name for path in file.parent.iterdir()] == ["desktop.json"]


def test_it_is_written_soon_after_a_change(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SAVE_AFTER", 1)
    store = SettingsStore(tmp_path / "desktop.json")
    with qtbot.waitSignal(store.changed) as signal:
        store.update("appearance", theme="dark")
    assert signal.args == ["appearance"]
    qtbot.waitUntil((tmp_path / "desktop.json").exists)


def test_setting_what_is_set_changes_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "desktop.json")
    with qtbot.assertNotEmitted(store.changed):
        store.update("appearance", theme="system")
    store.close()
    assert not (tmp_path / "desktop.json").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", "\x00", '"text"'])
def test_a_damaged_file_is_kept_beside_and_said(qapp: object, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "desktop.json"
    file.write_text(damage)
    store = SettingsStore(file)
    assert store.value == Settings()
    assert "desktop.json.damaged" in store.problem
    assert (tmp_path / "desktop.json.damaged").read_text() == damage


def test_values_that_do_not_fit_become_the_default_and_the_others_stay(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "desktop.json"
    file.write_text(
        json.dumps(
            {
                "version": 1,
                "clips": {"duration": "long", "count": True, "folder": "door", "sub_profiles": ["a", 3], "later": 1},
                "playback": 7,
                "keys": {"a.b": ["X"], "c.d": "Y"},
                "unknown": {},
            }
        )
    )
    value = SettingsStore(file).value
    assert value.clips.folder == "door"
    assert (value.clips.duration, value.clips.count, value.clips.sub_profiles) == (8.0, 1, ())
    assert value.playback == Settings().playback
    assert value.keys == {}


def test_settings_of_a_newer_version_are_read_and_not_overwritten(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "desktop.json"
    text = json.dumps({"version": 99, "clips": {"folder": "door"}})
    file.write_text(text)
    store = SettingsStore(file)
    assert store.value.clips.folder == "door"
    assert "newer" in store.problem
    store.update("clips", folder="dog")
    store.close()
    assert file.read_text() == text


def test_a_folder_that_cannot_be_written_is_no_disaster(qapp: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SettingsStore(tmp_path / "file" / "desktop.json")
    store.update("clips", folder="door")
    store.close()
    assert store.value.clips.folder == "door"
