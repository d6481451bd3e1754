"""What is written in a format is read back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.formats import (
    FORMATS,
    FRAME_RATES,
    READABLE,
    ClipEntry,
    Entry,
    RegionList,
    load_labels,
    read_labels,
    write,
    write_clips,
)
from eightcut_client.formats.read import format_of
from eightcut_client.formats.timecode import FrameRate
from eightcut_client.formats.write import plain
from hypothesis import example, given, settings
from hypothesis import strategies as st

# Half of the last digit that a format writes.
PRECISION = {"csv": 5e-7, "json": 0, "audacity": 5e-7, "raven": 5e-7, "losslesscut": 5e-4, "webvtt": 5e-4, "srt": 5e-4}
# Formats that have room for any text; the others take it on one line.
VERBATIM = {"csv", "json", "losslesscut"}
ODD = [
    "", " ", "a,b;c\td", 'say "no"', "'", "line\nbreak", "carriage\rreturn", "both\r\n", "-->",
    "00:00:01,000 --> 00:00:02,000",
    "<b>&amp;</b> &lt;", "ünï 犬 🐕", "\u2028\x85\x0b", "\\", "WEBVTT", "1", "NOTE x", "* COMMENT: y",
    "\ufeff", "=1+1", "a  b",
    "001 AX V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00", ";;;;", ",,,,", "{}", "TITLE: x", "e\u0301",
]  # fmt: skip
labels = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
times = st.integers(0, 40_000_000_000).map(lambda us: us / 1e6)
entries = st.builds(
    lambda start, length, label: Entry("7", start, round(start + length, 6), 0.5, label=label),
    times,
    st.integers(1, 4_000_000_000).map(lambda us: us / 1e6),
    labels,
)


def test_every_format_that_is_written_can_be_read() -> None:
    assert set(FORMATS) == set(READABLE)


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in {"csv", "json", "edl"}])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@settings(deadline=None, max_examples=60)
@given(found=st.lists(entries, min_size=1, max_size=6))
def test_labels_come_back(name: str, newline: str, found: list[Entry]) -> None:
    text = write(RegionList("a.mp4", "LOGMEL", found), name)
    if newline != "\n" and name not in VERBATIM:
        text = text.replace("\n", newline)
    assert format_of(text) == name
    back = read_labels(text)
    assert back == read_labels(text, name)
    assert [one.label for one in back] == [one.label if name in VERBATIM else plain(one.label or "") for one in found]
    for before, after in zip(found, back, strict=True):
        assert abs(before.start - after.start) <= PRECISION[name] + 1e-9
        assert abs(before.end - after.end) <= PRECISION[name] + 1e-9


@pytest.mark.parametrize("name", ["csv", "json"])
@settings(deadline=None, max_examples=60)
@given(found=st.lists(entries, min_size=1, max_size=6), file=labels, model=labels)
def test_regions_come_back_from_tables(name: str, found: list[Entry], file: str, model: str) -> None:
    text = write(RegionList(file, model, found), name)
    assert format_of(text) == name
    back = read_labels(text)
    assert [one.label for one in back] == [model] * len(found)
    assert {one.file for one in back} == {file}
    assert [one.score for one in back] == [0.5] * len(found)
    for before, after in zip(found, back, strict=True):
        assert (after.start, after.end) == pytest.approx((before.start, before.end), abs=PRECISION[name] + 1e-9)


clips = st.builds(
    ClipEntry,
    id=st.just("3"),
    file=labels.filter(bool),
    start=times,
    duration=st.integers(1, 3_600_000_000).map(lambda us: us / 1e6),
    folder=labels,
    label=labels,
    category=labels,
    origin=st.sampled_from(["marked", "scan_export"]),
)


@pytest.mark.parametrize("name", ["csv", "json"])
@settings(deadline=None, max_examples=60)
@given(marked=st.lists(clips, min_size=1, max_size=6))
def test_clips_come_back_whole_from_tables(name: str, marked: list[ClipEntry]) -> None:
    text = write_clips(marked, name)
    assert format_of(text) == name
    back = read_labels(text)
    for before, after in zip(marked, back, strict=True):
        assert (after.label, after.folder, after.category) == (before.label, before.folder, before.category)
        assert (after.file, after.scan_export) == (before.file, before.origin == "scan_export")
        assert (after.start, after.end) == pytest.approx((before.start, before.end), abs=2e-6)


@pytest.mark.parametrize("rate", FRAME_RATES.values(), ids=list(FRAME_RATES))
@settings(deadline=None, max_examples=60)
@given(found=st.lists(entries, min_size=1, max_size=6))
def test_lists_of_cuts_come_back_to_the_frame(rate: FrameRate, found: list[Entry]) -> None:
    text = write(RegionList("a.mp4", "LOGMEL", found), "edl", fps=rate.name)
    assert format_of(text) == "edl"
    back = read_labels(text)
    assert [one.label for one in back] == [plain(one.label or "") for one in found]
    half = float(1 / rate.exact) / 2 + 1e-6
    for before, after in zip(found, back, strict=True):
        assert abs(before.start - after.start) <= half
        # No event is shorter than a frame.
        assert after.end > after.start
        assert abs(before.end - after.end) <= half if before.end - before.start > 2 * half else True
        assert after.file == "a.mp4"


@pytest.mark.parametrize("rate", FRAME_RATES.values(), ids=list(FRAME_RATES))
@settings(deadline=None, max_examples=60)
@given(frame=st.integers(0, 20_000_000))
@example(frame=1799)
@example(frame=1800)
@example(frame=17981)
@example(frame=17982)
def test_every_frame_has_its_own_timecode(rate: FrameRate, frame: int) -> None:
    assert rate.parse(rate.timecode(frame)) == frame
    assert (";" in rate.timecode(frame)) == rate.drop


def test_drop_frame_timecode_keeps_up_with_the_clock() -> None:
    rate = FRAME_RATES["29.97df"]
    assert rate.timecode(1799) == "00:00:59;29"
    assert rate.timecode(1800) == "00:01:00;02"
    assert rate.timecode(17982) == "00:10:00;00"
    assert rate.timecode(rate.frames(3600)) == "01:00:00;00"
    assert FRAME_RATES["29.97"].timecode(FRAME_RATES["29.97"].frames(3600)) == "00:59:56:12"
    for wrong in ("00:01:00;00", "00:00:00:30", "00:60:00:00", "1:2:3"):
        with pytest.raises(ValueError):
            rate.parse(wrong)


@pytest.mark.parametrize("name", FORMATS)
def test_no_labels_are_no_labels(name: str) -> None:
    text = write(RegionList("a", "m", []), name)
    assert read_labels(text, name) == []
    assert read_labels(text) == []
    assert read_labels("", name) == [] if name != "webvtt" else True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", FORMATS)
def test_encodings_with_a_mark_are_read(tmp_path: Path, name: str, encoding: str) -> None:
    label = "Tür 犬"
    text = write_clips([ClipEntry("1", "a.mp4", 1.0, 2.0, "door", label)], name)
    file = tmp_path / "labels"
    file.write_bytes(text.encode(encoding))
    found = load_labels(file)
    assert [one.label for one in found.labels] == [label]
    assert (found.format, found.note) == (name, "")


def test_other_bytes_are_latin_1_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes("1.0\t2.0\tTür\n".encode("latin-1"))
    found = load_labels(file)
    assert found.labels[0].label == "Tür"
    assert "Latin-1" in found.note
