"""Connection, settings, keys, help, news and about."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from eightcut_qt import __version__
from eightcut_qt.core.actions import Actions, ActionSpec
from eightcut_qt.core.context import Context
from eightcut_qt.core.settings import ConnectionSettings, SettingsStore
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind, LinkState, ServiceState, Status
from eightcut_qt.shell.about import AboutDialog, versions
from eightcut_qt.shell.actions import SPECS
from eightcut_qt.shell.changelog import ENTRIES, Entry, newer_than
from eightcut_qt.shell.changelog_dialog import ChangelogDialog, entries_to_show
from eightcut_qt.shell.connection_dialog import ConnectionDialog
from eightcut_qt.shell.dialogs import Dialogs
from eightcut_qt.shell.key_edits import KeyEdits
from eightcut_qt.shell.settings_dialog import SettingsDialog
from eightcut_qt.shell.shortcuts_dialog import ShortcutsDialog, explanation, groups
from eightcut_qt.shell.window import MainWindow
from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QAbstractItemModelTester
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot


def connection_dialog(qtbot: QtBot, context: Context, folder: Path) -> ConnectionDialog:
    dialog = ConnectionDialog(context, folder)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_server_is_tested_chosen_and_kept(qtbot: QtBot, shell: Context, server: str, tmp_path: Path) -> None:
    dialog = connection_dialog(qtbot, shell, tmp_path / "settings")
    assert dialog.own.isChecked()
    assert not dialog.fields.isEnabled()
    dialog.elsewhere.setChecked(True)
    dialog.address.setText(server)
    dialog.test_button.click()
    assert "Stop" in dialog.test_button.text()
    qtbot.waitUntil(lambda: all(label.text().startswith("✔") for label in dialog.answers.values()))
    assert dialog.answers["store"].text() == "✔ The Store answers (0.1.0)."
    assert dialog.test_button.text() == "&Test"
    dialog.accept()
    qtbot.waitUntil(lambda: shell.link.state.kind is Kind.ONLINE)
    assert shell.settings.value.connection.server == server


def test_a_server_of_the_command_line_is_shown_with_what_it_answers(
    qtbot: QtBot, shell: Context, server: str, tmp_path: Path
) -> None:
    shell.link._given = Given(server=server, profile=shell.link.profile)
    shell.link.start()
    qtbot.waitUntil(lambda: shell.link.state.kind is Kind.ONLINE)
    dialog = connection_dialog(qtbot, shell, tmp_path / "settings")
    assert dialog.address.text() == server
    assert dialog.answers["store"].text() == "✔ The Store answers (0.1.0)."


def test_what_does_not_answer_is_said_for_each_service(qtbot: QtBot, shell: Context, tmp_path: Path) -> None:
    dialog = connection_dialog(qtbot, shell, tmp_path)
    dialog.elsewhere.setChecked(True)
    dialog.address.setText(f"unix:{tmp_path}")
    dialog.test_button.click()
    qtbot.waitUntil(lambda: all(label.text().startswith("✖") for label in dialog.answers.values()))
    assert "Cannot reach the Trainer" in dialog.answers["trainer"].text()
    dialog.test_button.click()
    dialog.test_button.click()  # Stops it.
    assert dialog.test_button.text() == "&Test"
    assert all(not label.text().startswith("…") for label in dialog.answers.values())


@pytest.mark.parametrize(
    "entered",
    [
        ("", "", True, "Enter the server's address"),
        ("gpu box", "", True, "is no server address"),
        ("gpu:70000", "", True, "is no server address"),
        ("gpu:7700", "secret", False, "Refusing to send the token"),
        ("gpu:7700", "se cret", True, "The token must be"),
    ],
)
def test_what_makes_no_sense_is_not_used(
    qtbot: QtBot, shell: Context, tmp_path: Path, entered: tuple[str, str, bool, str]
) -> None:
    address, token, tls, sentence = entered
    dialog = connection_dialog(qtbot, shell, tmp_path / "settings")
    dialog.elsewhere.setChecked(True)
    dialog.address.setText(address)
    dialog.token.setText(token)
    dialog.tls.setChecked(tls)
    dialog.accept()
    assert dialog.isVisible()
    assert sentence in dialog.problem.text()
    assert shell.settings.value.connection == ConnectionSettings()
    assert not (tmp_path / "settings").exists()


def test_the_token_lies_in_a_file_of_its_own(qtbot: QtBot, shell: Context, tmp_path: Path) -> None:
    dialog = connection_dialog(qtbot, shell, tmp_path / "settings")
    dialog.elsewhere.setChecked(True)
    dialog.address.setText(f"unix:{tmp_path}")
    dialog.token.setText("very-secret")
    dialog.accept()
    shell.settings.save()
    file = Path(shell.settings.value.connection.token_file)
    assert file.read_text() == "very-secret\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "very-secret" not in (tmp_path / "desktop.json").read_text()
    again = connection_dialog(qtbot, shell, tmp_path / "settings")
    assert again.token.text() == ""
    assert again.token.placeholderText() == "kept, not shown"
    again.accept()
    assert shell.settings.value.connection.token_file == str(file)
    third = connection_dialog(qtbot, shell, tmp_path / "settings")
    third.forget.click()
    third.accept()
    assert shell.settings.value.connection.token_file == ""
    assert not file.exists()


def test_own_services_come_first_with_their_folder(
    qtbot: QtBot, shell: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EIGHTCUT_DATA_DIR", "/somewhere/else")
    dialog = connection_dialog(qtbot, shell, tmp_path)
    assert any("/somewhere/else" in label.text() for label in dialog.findChildren(QLabel))
    dialog.test_button.click()
    assert all("installed" in label.text() for label in dialog.answers.values())
    monkeypatch.setenv("EIGHTCUT_SERVER", "gpu:7700")
    dialog = connection_dialog(qtbot, shell, tmp_path)
    assert any("gpu:7700" in label.text() for label in dialog.findChildren(QLabel))


_WITH_INNER_WIDGETS = (QAbstractSpinBox, QLineEdit, QTabBar, QTableView)


def test_every_control_has_a_name(qtbot: QtBot, shell: Context, tmp_path: Path) -> None:
    dialogs: list[QWidget] = [
        connection_dialog(qtbot, shell, tmp_path),
        SettingsDialog(shell),
        ShortcutsDialog(shell.actions),
        ChangelogDialog(shell.settings),
        AboutDialog(shell.link.state),
    ]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
        for kind in (QLineEdit, QAbstractSpinBox, QComboBox, QAbstractButton):
            for widget in dialog.findChildren(kind):
                inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), _WITH_INNER_WIDGETS)
                text = widget.text() if isinstance(widget, QAbstractButton) else ""
                assert inner or text or widget.accessibleName(), (dialog, widget)


def test_settings_go_round(qtbot: QtBot, shell: Context, tmp_path: Path) -> None:
    dialog = SettingsDialog(shell)
    qtbot.addWidget(dialog)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.context_seconds.setValue(3.5)
    dialog.jobs.setValue(2)
    dialog.duration.setValue(4.0)
    dialog.sub_profiles.setText("near, far,, ")
    dialog.folder.setText("door ")
    dialog.accept()
    assert shell.theme.colors.dark
    shell.settings.save()
    again = SettingsStore(tmp_path / "desktop.json").value
    assert again.appearance.theme == "dark"
    assert (again.playback.context, again.scan.jobs, again.clips.duration) == (3.5, 2, 4.0)
    assert (again.clips.sub_profiles, again.clips.folder) == (("near", "far"), "door")
    shell.theme.set_mode("light")


def test_cancelled_settings_change_nothing(qtbot: QtBot, shell: Context) -> None:
    before = shell.settings.value
    dialog = SettingsDialog(shell)
    qtbot.addWidget(dialog)
    dialog.jobs.setValue(7)
    dialog.keys_page.choose("shell.settings")
    dialog.keys.set_keys("shell.settings", ["F9"])
    dialog.reject()
    assert shell.settings.value == before
    assert shell.actions.keys("shell.settings") == ("Ctrl+,",)


def test_keys_are_changed_and_only_those_are_kept(qtbot: QtBot, shell: Context) -> None:
    dialog = SettingsDialog(shell)
    qtbot.addWidget(dialog)
    page = dialog.keys_page
    page.choose("shell.settings")
    page.fields[0].setKeySequence(QKeySequence("F9"))
    page.fields[0].editingFinished.emit()
    assert page.problem.text().strip() == ""
    dialog.accept()
    assert shell.settings.value.keys == {"shell.settings": ("F9",)}
    assert shell.actions.action("shell.settings").shortcut() == QKeySequence("F9")
    again = SettingsDialog(shell)
    qtbot.addWidget(again)
    again.keys_page.choose("shell.settings")
    again.keys_page.reset_one.click()
    again.accept()
    assert shell.settings.value.keys == {}


def test_a_key_that_is_taken_is_named_at_once_and_not_taken(qtbot: QtBot, shell: Context) -> None:
    dialog = SettingsDialog(shell)
    qtbot.addWidget(dialog)
    page = dialog.keys_page
    page.choose("shell.settings")
    page.fields[0].setKeySequence(QKeySequence("Ctrl+K"))
    page.fields[0].editingFinished.emit()
    assert "Ctrl+K means both" in page.problem.text()
    assert "Connection" in page.problem.text()
    assert dialog.keys.keys("shell.settings") == ("Ctrl+,",)
    assert page.fields[0].keySequence() == QKeySequence("Ctrl+,")
    dialog.accept()
    assert shell.settings.value.keys == {}


def test_looking_at_keys_changes_none(qtbot: QtBot, shell: Context) -> None:
    dialog = SettingsDialog(shell)
    qtbot.addWidget(dialog)
    for spec in shell.actions.specs:
        dialog.keys_page.choose(spec.id)
        for field in dialog.keys_page.fields:
            field.editingFinished.emit()
    assert dialog.keys.own() == {}


def test_the_model_of_keys(qtbot: QtBot, shell: Context) -> None:
    edits = KeyEdits(shell.actions.specs, {"shell.about": ("F9",)})
    tester = QAbstractItemModelTester(edits, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert edits.rowCount() == len(shell.actions.specs)
    assert edits.rowCount(edits.index(0, 0)) == edits.columnCount(edits.index(0, 0)) == 0
    row = [spec.id for spec in shell.actions.specs].index("shell.about")
    assert edits.data(edits.index(row, 2)) == "F9"
    assert edits.data(edits.index(row, 2), Qt.ItemDataRole.FontRole).bold()
    assert edits.data(QModelIndex()) is None
    edits.reset_all()
    assert edits.own() == {}
    assert tester.failureReportingMode() is QAbstractItemModelTester.FailureReportingMode.Fatal


def test_the_help_knows_every_action_once_with_its_keys(qtbot: QtBot, shell: Context) -> None:
    listed = [spec.id for _, specs in groups(shell.actions) for spec in specs]
    assert sorted(listed) == sorted(spec.id for spec in shell.actions.specs)
    dialog = ShortcutsDialog(shell.actions)
    qtbot.addWidget(dialog)
    texts = _shown(dialog)
    assert ("Settings…", "Ctrl+,") in [row[:2] for row in texts]
    dialog.search.setText("ctrl+k connec")
    assert [row[0] for row in _shown(dialog)] == ["Connection…"]
    dialog.search.setText("no such thing")
    assert _shown(dialog) == []


def _shown(dialog: ShortcutsDialog) -> list[tuple[str, str, str]]:
    found = []
    for index in range(dialog.tree.topLevelItemCount()):
        group: Any = dialog.tree.topLevelItem(index)
        rows = [group.child(row) for row in range(group.childCount())]
        found += [(r.text(0), r.text(1), r.text(2)) for r in rows if not r.isHidden() and not group.isHidden()]
    return found


def test_the_help_says_which_action_a_panel_takes_a_key_from(qapp: object) -> None:
    actions = Actions(
        [
            ActionSpec("playlist.next", "Next file", ("N",), "File"),
            ActionSpec("results.negative", "Hard negative", ("N",), panel="results", shadows="playlist.next"),
        ]
    )
    assert explanation(actions, actions.specs[1]) == "Elsewhere the key means “Next file”."
    assert [heading for heading, _ in groups(actions)] == ["File", "While the focus is in the results"]


def test_our_own_actions_do_not_contradict_each_other(qapp: object) -> None:
    actions = Actions(SPECS)
    assert len(actions.specs) == len(SPECS)
    assert all(spec.tip.endswith(".") for spec in SPECS if spec.tip)


def test_news_are_shown_when_the_version_rises(qtbot: QtBot, shell: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entries_to_show(shell.settings) == ()  # A fresh install.
    assert shell.settings.value.appearance.seen_version == __version__
    shell.settings.update("appearance", seen_version="0.0.9")
    entries = entries_to_show(shell.settings)
    assert [entry.version for entry in entries] == [__version__]
    dialog = ChangelogDialog(shell.settings, entries, popup=True)
    qtbot.addWidget(dialog)
    dialog.not_again.setChecked(False)
    dialog.reject()
    assert entries_to_show(shell.settings) == entries
    dialog = ChangelogDialog(shell.settings, entries, popup=True)
    qtbot.addWidget(dialog)
    dialog.reject()
    assert entries_to_show(shell.settings) == ()


def test_versions_are_ordered_as_numbers() -> None:
    entries = (Entry("0.10.0", ("c",)), Entry("0.9.1", ("b",)), Entry("0.9.0", ("a",)))
    assert [entry.version for entry in newer_than("0.9.0", entries)] == ["0.10.0", "0.9.1"]
    assert newer_than("1.0", entries) == ()
    assert ENTRIES[0].version == __version__
    assert all(line.endswith(".") for entry in ENTRIES for line in entry.lines)


def test_about_names_all_versions(qtbot: QtBot) -> None:
    state = LinkState(
        Kind.DEGRADED, "x", "The Trainer is away.", services={"store": ServiceState(Status.SERVING, "9.8")}
    )
    found = dict(versions(state))
    assert found["Store"] == "9.8"
    assert found["Trainer"] == "not known"
    assert found["Desktop client"] == __version__
    dialog = AboutDialog(state)
    qtbot.addWidget(dialog)
    assert any("GPL-3.0-or-later" in label.text() for label in dialog.findChildren(QLabel))


def test_each_dialog_is_there_once_and_blocks_nothing(qtbot: QtBot, window: MainWindow, shell: Context) -> None:
    dialogs: Dialogs = window.dialogs
    for name in ("connection", "settings", "shortcuts", "about", "changelog"):
        id_ = f"shell.{name}"
        shell.actions.action(id_).trigger()
        first = dialogs.dialog(id_)
        assert first is not None
        assert first.isVisible()
        assert not first.isModal()
        shell.actions.action(id_).trigger()
        assert dialogs.dialog(id_) is first
        first.reject()
        assert dialogs.dialog(id_) is None
