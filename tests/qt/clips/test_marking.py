"""Which clips a key marks."""

from __future__ import annotations

import pytest
from eightcut_qt.clips.marking import plan, sub_folder
from eightcut_qt.core.folders import folder_problem
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.settings import ClipSettings


def test_one_clip_at_the_cursor_with_all_that_the_person_chose() -> None:
    settings = ClipSettings(duration=6.5, label=" woof ", category="Animal")
    planned = plan(settings, "dog", 12.25, 60.0, ())
    (clip,) = planned.clips
    assert (clip.start, clip.duration, clip.folder, clip.label, clip.category) == (12.25, 6.5, "dog", "woof", "Animal")
    assert planned.sentence == ""


def test_several_clips_a_spread_apart() -> None:
    planned = plan(ClipSettings(count=3, spread=2.5), "dog", 1.0, None, ())
    assert [clip.start for clip in planned.clips] == [1.0, 3.5, 6.0]


def test_clips_beyond_the_end_are_not_made_and_that_is_said() -> None:
    planned = plan(ClipSettings(count=3, spread=3.0, duration=1.0), "dog", 55.0, 60.0, ())
    assert [clip.start for clip in planned.clips] == [55.0, 58.0]
    assert planned.sentence == "Only 2 of 3 clips start before the end of the file; the others were not marked."


def test_at_the_very_end_nothing_is_marked() -> None:
    planned = plan(ClipSettings(), "dog", 60.0, 60.0, ())
    assert not planned.clips
    assert "nothing was marked" in planned.sentence


def test_a_clip_that_reaches_beyond_the_end_is_marked_and_said() -> None:
    planned = plan(ClipSettings(duration=8.0), "dog", 55.0, 60.0, ())
    assert len(planned.clips) == 1
    assert planned.sentence == "The last clip reaches 3.0 s beyond the end of the file."


def test_what_is_there_is_not_marked_again() -> None:
    there = ClipRecord("1", "m", 5.0, 8.0, "dog", "", "", False, "e")
    assert plan(ClipSettings(), "dog", 5.0, 60.0, [there]).sentence == "This clip is there already."
    assert plan(ClipSettings(), "cat", 5.0, 60.0, [there]).clips
    assert [clip.start for clip in plan(ClipSettings(count=2), "dog", 5.0, 60.0, [there]).clips] == [8.0]


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [("dog", ""), ("", "Give the clips a folder first."), ("  ", "Give the clips a folder first.")],
)
def test_a_folder_has_a_name(folder: str, sentence: str) -> None:
    assert folder_problem(folder) == sentence


@pytest.mark.parametrize("folder", ["a/b", "a\\b", "a\nb", "a" * 201])
def test_names_that_no_folder_can_have(folder: str) -> None:
    assert folder_problem(folder).startswith("The name of a folder")


def test_sub_profiles_are_suffixes_of_the_folder() -> None:
    settings = ClipSettings(folder="door", sub_profiles=("knock", "slam"))
    assert [sub_folder(settings, number) for number in (0, 1, 2, 3)] == [None, "door_knock", "door_slam", None]
