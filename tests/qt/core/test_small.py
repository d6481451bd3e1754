"""Times, colours, records, notices."""

from __future__ import annotations

import pytest
from eightcut.store.v1 import clip_pb2, scan_pb2
from eightcut_client.errors import NotFoundError
from eightcut_client.times import to_duration
from eightcut_qt.core.clock import format_time, parse_time
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.records import ClipRecord, RegionRecord, ScanRecord
from eightcut_qt.core.theme import DARK, LIGHT, Colors, Theme
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00.0"),
        (83.44, "1:23.4"),
        (59.96, "1:00.0"),
        (3599.96, "1:00:00.0"),
        (3723.4, "1:02:03.4"),
        (-1.5, "-0:01.5"),
    ],
)
def test_times_as_people_read_them(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:23.4", 83.4),
        ("1:02:03.4", 3723.4),
        ("83.4", 83.4),
        (" 83,4 ", 83.4),
        (".5", 0.5),
        ("0:75", 75.0),
        ("7", 7.0),
        ("", None),
        ("1:2:3:4", None),
        ("-3", None),
        ("nan", None),
        ("1e5", None),
        ("1::2", None),
        ("9" * 400, None),
    ],
)
def test_times_as_people_type_them(text: str, seconds: float | None) -> None:
    assert parse_time(text) == (None if seconds is None else pytest.approx(seconds))


@given(st.floats(0, 400_000))
def test_what_is_shown_can_be_typed_again(seconds: float) -> None:
    found = parse_time(format_time(seconds, 3))
    assert found == pytest.approx(seconds, abs=6e-4)


def luminance(text: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = QColor(text).getRgbF()[:3]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in map(float, parts)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_can_be_read(colors: Colors) -> None:
    for ground in (colors.background, colors.raised):
        for name in ("text", "muted", "accent", "gained", "lost", "moved", "good", "warning", "error"):
            assert contrast(getattr(colors, name), ground) >= 4.5, name
    for folder in colors.folders:
        assert contrast(folder, colors.background) >= 3, folder  # graphics: WCAG 1.4.11
    for name in ("cursor", "playhead", "score", "comparison", "threshold", "selection"):
        assert contrast(getattr(colors, name), colors.background) >= 3, name


def test_a_folder_keeps_its_colour() -> None:
    assert LIGHT.folder_color("door") == LIGHT.folder_color("door")
    assert len({LIGHT.folder_color(f"folder {number}") for number in range(100)}) == len(LIGHT.folders)


def test_the_theme_changes_at_once(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    assert not theme.colors.dark
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("dark")
    assert theme.colors.dark
    theme.set_mode("nonsense")
    assert theme.mode == "system"


def test_records_have_seconds() -> None:
    clip = ClipRecord.of(
        clip_pb2.Clip(
            id="1",
            start=to_duration(1.5),
            duration=to_duration(8),
            origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT,
            category="Tool",
        )
    )
    assert (clip.start, clip.end, clip.scan_export, clip.category) == (1.5, 9.5, True, "Tool")
    region = RegionRecord.of(
        scan_pb2.Region(
            start=to_duration(1), end=to_duration(2), original_start=to_duration(1), original_end=to_duration(3)
        )
    )
    assert region.resized
    scan = ScanRecord.of(scan_pb2.Scan(id="3"))
    assert (scan.created, scan.best_score, scan.window, scan.hop) == (None, None, 8.0, 1.0)


def test_what_the_person_is_told_of_an_error() -> None:
    assert sentence_of(NotFoundError("There is no such clip.")) == "There is no such clip."
    assert sentence_of(PermissionError(13, "Permission denied", "/x/y.mp4")) == "/x/y.mp4: permission denied."
    assert "KeyError" not in sentence_of(KeyError("secret"))
    assert "secret" not in sentence_of(KeyError("secret"))
