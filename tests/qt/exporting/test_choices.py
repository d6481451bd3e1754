"""What settings mean for a clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eightcut_client.cutting import crop_center_at
from eightcut_client.cutting.options import CropKeyframe, CutOptions
from eightcut_qt.core.records import ClipFileRecord, ClipRecord
from eightcut_qt.core.settings import ClipSettings, ExportSettings
from eightcut_qt.exporting.choices import cut_options, file_name, guide_ratio, next_path, target_folder
from eightcut_qt.exporting.crop import center_at, center_under, crop_area
from eightcut_qt.exporting.files import FilesOf, sign_of
from eightcut_qt.exporting.orders import Progress, sum_up
from PyQt6.QtCore import QPointF, QRectF

CHOSEN = Path("/data/door")
WIDE, TALL = QRectF(10, 20, 160, 90), QRectF(0, 0, 90, 400)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("door", "/data/door"),
        ("door_oak", "/data/door_oak"),
        ("door_disabled", "/data/door_disabled"),
        ("dog", "/data/door/dog"),
        ("doorbell", "/data/door/doorbell"),
        ("CON", "/data/door/_CON"),
        ("", "/data/door"),
    ],
)
def test_every_class_has_its_own_export_folder(folder: str, expected: str) -> None:
    assert target_folder(CHOSEN, folder, by_folder=True) == Path(expected)
    apart = folder == "door_disabled"  # Disabled clips never go where those are that are trained on.
    assert target_folder(CHOSEN, folder, by_folder=False) == (Path("/data/door_disabled") if apart else CHOSEN)


def test_a_disabled_export_folder_that_was_chosen_has_the_same_siblings() -> None:
    assert target_folder(Path("/data/door_disabled"), "door", by_folder=True) == CHOSEN


def test_files_are_named_as_their_folder_or_as_the_person_says() -> None:
    assert file_name(ExportSettings(), "door_disabled") == "door"
    assert file_name(ExportSettings(name=" a/b "), "door") == "a_b"
    assert next_path(CHOSEN, "door", video=3, number=5, suffix=".mp4") == CHOSEN / "vid_003" / "door_003_m5_0.mp4"


def test_settings_that_make_no_sense_mean_the_defaults() -> None:
    broken = ExportSettings(format="exe", crop="7:3", crop_center=9.0, short_side=-4, encoder="magic")
    made = cut_options(broken, ClipSettings(duration=0.0, count=0, spread=-1.0))
    assert (made.format, made.crop, made.crop_center, made.short_side, made.encoder) == (
        "mp4",
        None,
        1.0,
        None,
        "software",
    )
    assert made.count == 1


def test_random_crops_and_keyframes_are_passed_on() -> None:
    keys = [CropKeyframe(2.0, 1.0), CropKeyframe(1.0, 0.0)]
    settings = ExportSettings(random_portrait=True, random_square=True)
    made = cut_options(settings, ClipSettings(), keyframes=keys, seed=7)
    assert (made.random_crops, made.seed, made.keyframes) == (("9:16", "1:1"), 7, (keys[1], keys[0]))
    assert guide_ratio(settings) == "9:16"
    assert guide_ratio(replace(settings, crop="4:5")) == "4:5"
    assert guide_ratio(replace(settings, format="wav")) is None
    assert cut_options(ExportSettings(), ClipSettings(), keyframes=keys).keyframes == ()


def test_the_guide_shows_what_is_cut() -> None:
    assert crop_area(WIDE, "1:1", 0.0) == QRectF(10, 20, 90, 90)
    assert crop_area(WIDE, "1:1", 1.0) == QRectF(80, 20, 90, 90)
    assert crop_area(TALL, "1:1", 0.5) == QRectF(0, 155, 90, 90)


def test_the_crop_goes_where_it_is_dragged_and_no_further() -> None:
    assert center_under(WIDE, "1:1", QPointF(90, 0)) == pytest.approx(0.5)
    assert center_under(WIDE, "1:1", QPointF(-500, 0)) == 0.0
    assert center_under(TALL, "1:1", QPointF(0, 500)) == 1.0
    assert center_under(WIDE, "1:1", QPointF(100, 0), QPointF(10, 0)) == pytest.approx(0.5)
    assert center_under(QRectF(0, 0, 9, 16), "9:16", QPointF(9, 9)) == 0.5


def test_the_crop_moves_as_the_cut_does() -> None:
    keys = (CropKeyframe(1.0, 0.0), CropKeyframe(3.0, 1.0), CropKeyframe(4.0, 0.5))
    options = CutOptions(crop="1:1", crop_center=0.3, keyframes=keys)
    for time in (0.0, 1.0, 1.7, 3.0, 3.5, 4.0, 9.0):
        assert center_at(keys, 0.3, time) == pytest.approx(crop_center_at(options, time))
    assert center_at((), 0.3, 1.0) == 0.3


def record(
    start: float,
    index: int = 0,
    *,
    label: str = "",
    folder: str = "/data/door",
    duration: float = 1.0,
    ltx2: bool = False,
) -> ClipFileRecord:
    path = f"vid_001/x_{index}.mp4"
    return ClipFileRecord(str(index), "1", "m", "door", folder, path, index, start, duration, label, ltx2)


@pytest.mark.parametrize(
    ("files", "missing", "text"),
    [
        ([record(5.0), record(5.5, 1)], 0, "2"),
        ([record(5.0), record(5.5, 1)], 1, "1 missing"),
        ([record(4.0)], 0, "1, changed"),
        ([record(5.0, label="other")], 0, "1, changed"),
        ([record(4.9)], 0, "1"),  # Moved so as to end with the media, at 5.9 s.
        ([record(5.0, duration=0.7)], 0, "1, changed"),
        ([record(5.0, duration=0.68, ltx2=True)], 0, "1"),
        ([record(5.0, folder="/data/car")], 0, "elsewhere"),
        ([record(4.0, folder="/data/car"), record(5.0)], 0, "2"),  # What lies elsewhere may be as it was.
    ],
)
def test_what_the_table_says_of_files(files: list[ClipFileRecord], missing: int, text: str) -> None:
    clip = ClipRecord("1", "m", 5.0, 1.0, "door", "", "", False, "")
    sign = sign_of(clip, FilesOf(tuple(files), missing), 5.9, Path("/data/door"))
    assert sign.text == text
    assert sign.tip.endswith(".")
    assert sign.warns == (text not in {"1", "2"})


def test_progress_and_failures_in_words() -> None:
    assert Progress("Cutting", 2, 12).text() == "Cutting 3 of 12 …"
    assert Progress("Cutting", 12, 12).text() == "Cutting 12 of 12 …"
    assert Progress("Moving files", 0, 0).text() == "Moving files …"
    assert sum_up(["The disk is full."], 3) == "The disk is full."
    assert sum_up(["A.", "A."], 3) == "2 of 3 clips were not cut. A."
    assert sum_up(["A.", "B."], 0) == "2 clips were not cut, the first because: A."
