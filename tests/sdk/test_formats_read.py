"""Labels as other programs write them, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from eightcut_client.errors import InvalidError
from eightcut_client.formats import (
    FORMATS,
    FRAME_RATES,
    Entry,
    LabelError,
    RegionList,
    load_labels,
    read_labels,
    write,
    write_clips,
)
from eightcut_client.formats.entries import ClipEntry
from eightcut_client.formats.read import format_of
from hypothesis import given, settings
from hypothesis import strategies as st


def spans(text: str, name: str = "auto", fps: str | None = None) -> list[tuple[float, float, str]]:
    return [(one.start, one.end, one.label) for one in read_labels(text, name, fps=fps)]


def test_audacity_with_frequencies_and_points() -> None:
    text = "1.5\t2.5\tdoor\n\\\t100.0\t2000.0\n3.0\t3.0\tpoint\r\n4,25\t5,5\tcomma\n6\t7\n8.0\tno end\n"
    assert format_of(text) == "audacity"
    assert spans(text) == [
        (1.5, 2.5, "door"), (3.0, 3.0, "point"), (4.25, 5.5, "comma"), (6.0, 7.0, ""), (8.0, 8.0, "no end"),
    ]  # fmt: skip


def test_raven_with_columns_in_any_order_and_two_views() -> None:
    text = (
        "Selection\tView\tEnd Time (s)\tSpecies\tBegin Time (s)\tBegin File\tDelta Power\n"
        "1\tWaveform 1\t2.5\towl\t1.5\ta.wav\t3\n1\tSpectrogram 1\t2.5\towl\t1.5\ta.wav\t3\n"
        "2\tSpectrogram 1\t4\t\t3\tb.wav\t\n\n"
    )
    assert format_of(text) == "raven"
    found = read_labels(text)
    assert [(one.start, one.end, one.label, one.file) for one in found] == [
        (1.5, 2.5, "owl", "a.wav"), (3.0, 4.0, "", "b.wav"),
    ]  # fmt: skip


def test_raven_of_several_files_counts_from_the_beginning_of_each() -> None:
    text = "Begin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tAnnotation\n3605\t3607.5\tb.wav\t5\towl\n"
    assert spans(text) == [(5.0, 7.5, "owl")]


@pytest.mark.parametrize(
    "text",
    [
        "start,end,label\n1.5,2.5,owl\n",
        "Label;End;Start\nowl;2,5;1,5\n",
        "\ufefflabel\tduration\tonset\nowl\t1\t1.5\n",
        "onset,offset,event_label\r\n1.5,2.5,owl\r\n",
        '"Begin Time (s)","End Time (s)","Name","Other"\n"1.5","2.5","owl","x, y"\n',
        "start_time,end_time,text\n0:01.5,0:00:02.5,owl\n",
    ],
)
def test_tables_with_a_header_in_any_order(text: str) -> None:
    assert format_of(text.removeprefix("\ufeff")) == "csv"
    assert spans(text) == [(1.5, 2.5, "owl")]


def test_a_line_in_a_table_is_counted_in_the_file() -> None:
    text = 'start,end,label\n1,2,"two\nlines"\n\n3,2,x\n'
    with pytest.raises(LabelError, match=r"^line 5: it ends at 2 s, before it starts at 3 s\.$"):
        read_labels(text)


def test_losslesscut_with_open_ends() -> None:
    text = ',10.5,intro\n1.0,2.0,"a;b;c"\n3.5,,rest\n'
    assert format_of(text) == "losslesscut"
    assert spans(text) == [(0, 10.5, "intro"), (1, 2, "a;b;c"), (3.5, 3.5, "rest")]


def test_webvtt_with_notes_styles_settings_and_tags() -> None:
    text = (
        "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\na note --> not a cue\n\n"
        "intro\n01:01.500 --> 01:02.000 align:start line:0\n<v Anna><b>Hello</b> &amp; good bye\nsecond line\n\n"
        "1:00:00.000 --> 1:00:01.000\n\n"
    )
    assert spans(text) == [(61.5, 62.0, "Hello & good bye second line"), (3600.0, 3601.0, "")]


def test_webvtt_as_machines_and_people_write_it() -> None:
    text = (
        "WEBVTT\n\nNOTE7\n00:01.000 --> 00:02.000\n \nknock<00:01.500><c> knock</c>\n\n"
        " \n8\n00:03.000 --> 00:04.000\nslam\n00:05.000 --> 00:06.000\n9\n00:07.000 --> 00:08.000\nbark\n"
    )
    assert spans(text) == [(1, 2, "knock knock"), (3, 4, "slam"), (5, 6, ""), (7, 8, "bark")]
    assert [one.line for one in read_labels(text)] == [4, 10, 12, 14]


def test_a_subtitle_after_a_missing_empty_line_is_one_of_its_own() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nowl\n2\n00:00:03,000 --> 00:00:04,000\n3\n00:00:05,000 --> 00:00:06,000\n"
    assert spans(text) == [(1, 2, "owl"), (3, 4, ""), (5, 6, "")]


def test_srt_without_numbers_and_with_points() -> None:
    text = "00:00:01.500 --> 00:00:02,5\nowl\nagain\n\n\n2\n00:00:03,000-->00:00:04,000\n"
    assert format_of(text) == "srt"
    assert spans(text) == [(1.5, 2.5, "owl again"), (3.0, 4.0, "")]


EDL = """TITLE: Reel 1
FCM: NON-DROP FRAME

001  AX       V     C        00:00:01:00 00:00:02:15 01:00:00:00 01:00:01:15
* FROM CLIP NAME: street.mp4
002  BL       V     C        00:00:00:00 00:00:01:00 01:00:01:15 01:00:02:15
* COMMENT: black
003  AX       V     C        00:00:05:00 00:00:05:00 01:00:02:15 01:00:02:15
003  AX       V     D    025 00:00:05:00 00:00:06:00 01:00:02:15 01:00:03:15
M2   AX       025.0          00:00:05:00
* FROM CLIP NAME: street.mp4
* TO CLIP NAME: yard.mp4
* LOC: 01:00:02:20 RED     door slams
004  001      V     C        00:00:10:00 00:00:10:01 01:00:10:00 01:00:10:01
 |C:ResolveColorBlue |M:knock knock |D:50
005  001      V     C        00:00:20:00 00:00:20:01 01:00:20:00 01:00:20:01
a note |C:ResolveColorRed |M:slam
"""


def test_a_list_of_cuts_with_what_editors_put_into_it() -> None:
    assert spans(EDL) == [(1.0, 2.6, ""), (5.0, 6.0, "door slams"), (10.0, 12.0, "knock knock"), (20.0, 20.04, "slam")]
    assert [one.file for one in read_labels(EDL)] == ["street.mp4", "yard.mp4", "", ""]
    assert spans(EDL, fps="24")[0] == (1.0, 2.625, "")


def test_a_frame_rate_that_was_guessed_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.edl"
    file.write_text(EDL)
    assert "25 frames a second" in load_labels(file).note
    assert load_labels(file, fps="25").note == ""
    file.write_text(EDL.replace("02:15", "02:29"))
    assert "30 frames a second" in load_labels(file).note
    file.write_text(EDL.replace("NON-DROP", "DROP"))
    assert load_labels(file).note == ""
    assert load_labels(file).labels[2].start == pytest.approx(10.01)


def test_json_of_other_programs() -> None:
    assert spans('[{"start": 1, "end": 2.5, "label": "owl"}]') == [(1, 2.5, "owl")]
    assert spans('{"segments": [{"id": 0, "start": 1.0, "end": 2.5, "text": " owl"}]}') == [(1, 2.5, " owl")]
    scans = '{"scans": [{"file": "a.mp4", "model": "LOGMEL", "regions": [{"start": 1, "end": 2, "disabled": true}]}]}'
    found = read_labels(scans)
    assert [(one.file, one.label, one.disabled) for one in found] == [("a.mp4", "LOGMEL", True)]


def test_a_note_beside_ours_is_read_as_ours() -> None:
    clip = ClipEntry("1", "/a/b.mp4", 1.5, 8.0, "door", "knock", "Household")
    for name in ("csv", "json"):
        (found,) = read_labels(write_clips([clip], name))
        assert (found.file, found.start, found.end) == ("/a/b.mp4", 1.5, 9.5)
        assert (found.folder, found.label, found.category) == ("door", "knock", "Household")


def test_clips_of_several_files_need_a_table() -> None:
    clips = [ClipEntry("1", "a.mp4", 1, 8, "door"), ClipEntry("2", "b.mp4", 1, 8, "door")]
    for name in FORMATS:
        if name in ("csv", "json"):
            assert len(read_labels(write_clips(clips, name))) == 2
        else:
            with pytest.raises(InvalidError, match="2 files"):
                write_clips(clips, name)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("audacity", "1\t2\ta\nsoon\t3\tb\n", "line 2, start: “soon”"),
        ("audacity", "1\t2\ta\n5\t3\tb\n", "line 2: it ends at 3 s"),
        ("audacity", "-1\t2\ta\n", "line 1, start: a time lies before"),
        ("audacity", "1e400\t2\ta\n", "line 1, start"),
        ("audacity", "nan\t2\ta\n", "line 1, start"),
        ("raven", "Begin Time (s)\tLow\n1\t2\n", "End Time"),
        ("raven", "Begin Time (s)\tEnd Time (s)\n1\n", "line 2, column end"),
        ("csv", "end,label\n1,a\n", "“start”"),
        ("csv", "start,label\n1,a\n", "“end”"),
        ("csv", "start,end\n1,2\n1:75,90\n", "line 3, column start"),
        ("csv", 'start,end,label\n1,2,"a\n', "line 2: this is no CSV"),
        ("losslesscut", "1,2,a\n3,x,b\n", "line 2, end"),
        ("json", "{", "line 1: this is no JSON"),
        ("json", "[\n{}]", "label 1, start"),
        ("json", '[{"start": true}]', "label 1, start"),
        ("json", '[{"start": "1"}]', "label 1, start"),
        ("json", '[{"start": NaN}]', "number that is none"),
        ("json", '[{"start": 1' + "0" * 400 + "}]", "label 1, start"),
        ("json", '[{"start": 1e999}]', "label 1, start"),
        ("json", '[{"start": 2, "end": 1}]', "label 1: it ends"),
        ("json", "[1]", "label 1: it is no object"),
        ("json", "7", "neither a list"),
        ("json", '{"a": []}', "no list of labels"),
        ("json", "[" * 100_000, "nested too deeply"),
        ("webvtt", "1\n00:01.000 --> 00:02.000\n", "line 1: a WebVTT file begins"),
        ("webvtt", "WEBVTT\n\na\nb\nc\n", "line 3: here should be times"),
        ("srt", "1\n00:00:02,000 --> 00:00:01,000\nx\n", "line 2: it ends"),
        ("srt", "1\n00:00:01,000 --> 00:00:02,000\nx\n\nlost text\n", "line 5: here should be times"),
        ("srt", "1\n00:99:01,000 --> 00:00:02,000\nx\n", "line 1: here should be times"),
        ("edl", "something\n", "no list of cuts"),
        ("edl", "001  AX  V  C  00:00:01:00 00:00:02:00\n", "line 1: an event has four"),
        ("edl", "001 AX V C 00:00:02:00 00:00:01:00 00:00:00:00 00:00:00:00\n", "line 1: it ends"),
        ("edl", "* FRAME RATE: 24\n1 AX V C 00:00:02:24 00:00:03:00 00:00:00:00 00:00:00:00\n", "line 2: 00:00:02:24"),
        ("midi", "", "no format of labels"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_told_in_a_sentence(name: str, text: str, words: str) -> None:
    with pytest.raises(LabelError) as caught:
        read_labels(text, name)
    message = str(caught.value)
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_frame_rate_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidError, match="no frame rate"):
        read_labels(EDL, fps="26")
    assert "29.97df" in FRAME_RATES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x00\x00\x18ftypmp42\xff", "no text file"),
        (b"\xff\xfe1\x00\n", "damaged"),
        (b"1\t2\ta\nx\ty\tz\n", "labels.txt line 2"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes(data)
    with pytest.raises(LabelError, match=words):
        load_labels(file)


def test_things_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none.txt", tmp_path / "pipe", Path("a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(LabelError, match=r"\.$"):
            load_labels(path)


@pytest.mark.parametrize("name", ["auto", *FORMATS])
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=200) | st.text("0123456789.,;:\t\n-> \"'\\{}[]*|FCM:TITLE", max_size=200))
def test_any_text_gives_labels_or_one_sentence(name: str, text: str) -> None:
    try:
        found = read_labels(text, name)
    except LabelError as error:
        told = str(error)
    else:
        told = "."
        assert all(0 <= one.start <= one.end for one in found)
    assert told.endswith(".")


@pytest.mark.parametrize(
    ("name", "told"), [("a.srt", "times"), ("a.VTT", "WEBVTT"), ("a.edl", "EDL"), ("a.json", "JSON"), ("a", "“start”")]
)
def test_the_suffix_tells_what_damaged_text_was_meant_to_be(tmp_path: Path, name: str, told: str) -> None:
    file = tmp_path / name
    file.write_text("something else\n")
    with pytest.raises(LabelError, match=told):
        load_labels(file)
    file.write_text("start,end,label\n1,2,owl\n")
    assert load_labels(file).format == "csv"


def test_a_list_of_cuts_as_editors_expect_it() -> None:
    regions = RegionList("street.mp4", "LOGMEL", [Entry("1", 1.0, 3.5, 0.9), Entry("2", 61.0, 61.0)])
    assert write(regions, "edl", fps="29.97df") == (
        "TITLE: street.mp4 LOGMEL\nFCM: DROP FRAME\n* FRAME RATE: 29.97df\n\n"
        "001  AX       AA/V  C        00:00:01;00 00:00:03;15 01:00:00;00 01:00:02;15\n"
        "* FROM CLIP NAME: street.mp4\n* COMMENT: LOGMEL 0.90\n\n"
        "002  AX       AA/V  C        00:01:01;00 00:01:01;01 01:00:02;15 01:00:02;16\n"
        "* FROM CLIP NAME: street.mp4\n* COMMENT: LOGMEL\n"
    )
    for fps in FRAME_RATES:
        # The new sequence begins with the second hour, as counted in timecode.
        event = next(line for line in write(regions, "edl", fps=fps).splitlines() if line.startswith("001"))
        assert event.split()[6].replace(";", ":") == "01:00:00:00"
    assert write(regions, "edl").splitlines()[1:3] == ["FCM: NON-DROP FRAME", "* FRAME RATE: 25"]
    with pytest.raises(InvalidError, match="frame rate"):
        write(regions, "edl", fps="26")
