"""Which files the rows of an old library belong to, which clip files are there, and what old classifiers were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eightcut_client.ancestor.classifiers import EMBEDDERS, list_classifiers
from eightcut_client.ancestor.files import check_files
from eightcut_client.ancestor.finding import MediaBook, find_media
from eightcut_client.ancestor.reading import OldLibrary, read_library
from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError

from tests.ancestor.old_library import clip, make, region
from tests.support.media import noise, write_media


def sound(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_media(path, noise(2.0, 16_000, seed=seed), 16_000)


def library(tmp_path: Path, **rows: Any) -> OldLibrary:
    return read_library(make(tmp_path / "8cut.db", **rows))


def place(book: MediaBook, filename: str, path: str = "") -> str | None:
    file = book.of(filename, path).file
    return str(file.path) if file is not None else None


def test_rows_go_to_the_file_that_they_name(tmp_path: Path) -> None:
    one, two = str(sound(tmp_path / "a/x.wav", 1)), str(sound(tmp_path / "b/x.wav", 2))
    rows = [clip("x.wav", source_path=one)] + [clip("x.wav", number=number, source_path=two) for number in (2, 3)]
    old = library(tmp_path, processed=[*rows, clip("x.wav", number=4)], scan_results=[region("x.wav")])
    book = find_media(old)
    assert (place(book, "x.wav", one), place(book, "x.wav", two)) == (one, two)
    # What names no place goes to the file that is used most, which is said.
    assert place(book, "x.wav") == two
    assert book.ambiguous == [f"Several files were named x.wav; what does not say which it belongs to goes to {two}."]
    assert [round(media.duration, 3) for media in book.media] == [2.0, 2.0]


def test_of_files_that_are_used_alike_the_last_counts(tmp_path: Path) -> None:
    one, two = str(sound(tmp_path / "a/x.wav", 1)), str(sound(tmp_path / "b/x.wav", 2))
    rows = [clip("x.wav", number=2, source_path=two), clip("x.wav", source_path=one)]
    book = find_media(library(tmp_path, processed=rows, hidden_files=[{"filename": "x.wav"}]))
    assert place(book, "x.wav") == one


def test_copies_are_one_media(tmp_path: Path) -> None:
    one, two = str(sound(tmp_path / "a/x.wav", 1)), str(sound(tmp_path / "b/y.wav", 1))
    rows = [clip("x.wav", source_path=one), clip("y.wav", number=2, source_path=two)]
    book = find_media(library(tmp_path, processed=rows))
    assert len(book.media) == 1
    assert book.ambiguous == []


def test_what_is_not_found_waits_under_name_and_place(tmp_path: Path) -> None:
    rows = [clip("x.wav", source_path="/usb/a/x.wav"), clip("x.wav", number=2, source_path="/usb/b/x.wav")]
    book = find_media(library(tmp_path, processed=[*rows, clip("y.wav")], scan_results=[region("x.wav")]))
    assert [(media.filename, media.path_hint) for media in book.unlocated] == [
        ("x.wav", "/usb/a/x.wav"),
        ("x.wav", "/usb/b/x.wav"),
        ("y.wav", ""),
    ]
    assert book.of("x.wav", "").path_hint == "/usb/b/x.wav"


def test_files_are_looked_for_by_name(tmp_path: Path) -> None:
    moved = sound(tmp_path / "new/deep/x.wav", 1)
    sound(tmp_path / "new/deep/other.wav", 2)
    rows = [clip("x.wav", 1.0, source_path=r"D:\videos\x.wav"), clip("y.wav", number=2)]
    old = library(tmp_path, processed=rows)
    book = find_media(old, folders=[tmp_path / "new"])
    assert place(book, "x.wav", r"D:\videos\x.wav") == str(moved)
    assert [media.filename for media in book.unlocated] == ["y.wav"]
    assert len(find_media(old, folders=[tmp_path / "new"], look=False).unlocated) == 2


def test_accents_are_the_same_in_both_of_their_forms(tmp_path: Path) -> None:
    composed, apart = "T\u00fcr.wav", "Tu\u0308r.wav"
    moved = sound(tmp_path / "new" / apart)
    book = find_media(library(tmp_path, processed=[clip(composed, 1.0)]), folders=[tmp_path / "new"])
    assert place(book, composed) == str(moved)


def test_a_file_that_is_taken_for_several_places_is_named(tmp_path: Path) -> None:
    one = sound(tmp_path / "a/x.wav")
    places = [str(one), "/old/x.wav", r"D:\x.wav"]
    rows = [clip("x.wav", 1.0, number=number, source_path=path) for number, path in enumerate(places)]
    old = library(tmp_path, processed=rows)
    assert find_media(old).ambiguous == []
    assert find_media(old, folders=[one.parent]).ambiguous == [
        f"The file x.wav in {one.parent} is taken for all that were at {one}, /old/x.wav, D:\\x.wav."
    ]


def test_a_file_that_ends_before_what_is_marked_is_another_one(tmp_path: Path) -> None:
    sound(tmp_path / "new/x.wav")
    rows = [clip("x.wav", 1.0, source_path="/old/x.wav"), clip("x.wav", 50.0, number=2)]
    far = {"filename": "x.wav", "start_time": 2.1, "source_path": "/old/x.wav"}
    assert not find_media(library(tmp_path, processed=rows), folders=[tmp_path / "new"]).unlocated
    (tmp_path / "8cut.db").unlink()
    book = find_media(library(tmp_path, processed=rows, hard_negatives=[far]), folders=[tmp_path / "new"])
    assert [media.path_hint for media in book.unlocated] == ["/old/x.wav"]
    why = "it is 2.0 s long, and what is known of this name goes up to 2.1 s."
    assert book.ambiguous == [f"The file x.wav in {tmp_path / 'new'} was not taken: {why}"]


def test_of_several_files_of_a_name_the_one_in_folders_of_the_same_names_is_meant(tmp_path: Path) -> None:
    first, second = sound(tmp_path / "disk/may/x.wav", 1), sound(tmp_path / "disk/june/x.wav", 2)
    rows = [
        clip("x.wav", 1.0, source_path=r"D:\videos\May\x.wav"),
        clip("x.wav", 1.0, number=2, source_path="/old/june/x.wav"),
        clip("x.wav", number=3, source_path="/old/july/x.wav"),
    ]
    book = find_media(library(tmp_path, processed=rows), folders=[tmp_path / "disk"])
    assert place(book, "x.wav", r"D:\videos\May\x.wav") == str(first)
    assert place(book, "x.wav", "/old/june/x.wav") == str(second)
    assert place(book, "x.wav", "/old/july/x.wav") is None
    assert "Several files are named x.wav, so none was taken" in book.ambiguous[0]


def test_durations_that_are_known_are_not_measured(tmp_path: Path) -> None:
    path = sound(tmp_path / "x.wav")
    old = library(tmp_path, processed=[clip("x.wav", source_path=str(path))])
    asked: list[str] = []

    def known(digests: list[str]) -> dict[str, float]:
        asked.extend(digests)
        return dict.fromkeys(digests, 77.0)

    (media,) = find_media(old, known_durations=known).media
    assert media.duration == 77.0
    assert media.file is not None
    assert asked == [media.file.digest]


def test_what_is_no_media_keeps_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_text("not a sound")
    (media,) = find_media(library(tmp_path, processed=[clip("x.wav", source_path=str(path))])).media
    assert (media.duration, media.file is not None) == (0.0, True)


def test_the_search_can_be_ended(tmp_path: Path) -> None:
    path = sound(tmp_path / "x.wav")
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(CancelledError):
        find_media(library(tmp_path, processed=[clip("x.wav", source_path=str(path))]), cancel=cancel)


def test_clip_files_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "knock"
    (folder / "vid_001").mkdir(parents=True)
    (folder / "vid_001" / "street_001_m1_0.mp4").touch()
    rows = [
        clip(folder=str(folder)),
        clip(folder=str(folder), profile="pets"),
        clip(folder=str(folder), index=1),
        clip(folder=str(folder), video=2),
        clip() | {"output_path": r"C:\clips\knock\vid_001\a.mp4"},
        clip() | {"output_path": "out/vid_001/a.mp4"},
    ]
    check = check_files(library(tmp_path, processed=rows))
    assert (check.present, check.missing, check.unknown) == (2, 3, 1)
    assert check.first_missing == [
        f"{folder}/vid_001/street_001_m1_1.mp4",
        f"{folder}/vid_002/street_002_m1_0.mp4",
        f"{Path.home()}/out/vid_001/a.mp4",
    ]


def test_old_classifiers_are_listed_with_what_makes_them_anew(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for name in (
        "default_HUBERT_XLARGE_knock.joblib",
        "default_HUBERT_XLARGE_knock_20250302_120000.joblib",
        "pets_dog.joblib",
        "it's -new.JOBLIB",
        "wav2vec2_base.joblib",
        "a.txt",
    ):
        # Opening one of these would never end.
        (models / name).symlink_to("/dev/zero")
    rows = [clip(number=number) for number in (1, 2)] + [clip(number=3, folder="/clips/door slam", start=99.0)]
    rows += [
        clip(number=4, folder="/clips/dog", profile="pets"),
        clip(number=5, folder="/clips/x", kind="a", scan_export=1),
    ]
    old = library(
        tmp_path, processed=rows, scan_results=[region(model="HUBERT_LARGE_door"), region(model="HUBERT_XLARGE_knock")]
    )
    found = {Path(one.file).name: (one.command, one.guessed) for one in list_classifiers(old)}
    assert found == {
        "default_HUBERT_XLARGE_knock.joblib": ("8cut train --folder knock --model HUBERT_XLARGE_knock", False),
        "default_HUBERT_XLARGE_knock_20250302_120000.joblib": (
            "8cut train --folder knock --model HUBERT_XLARGE_knock",
            False,
        ),
        "pets_dog.joblib": ("8cut train --folder dog --model LOGMEL_dog --profile pets", True),
        "it's -new.JOBLIB": ("8cut train --folder 'door slam' --model LOGMEL_it_s_-new", True),
        "wav2vec2_base.joblib": ("8cut train --folder 'door slam' --model WAV2VEC2_BASE", True),
        "": ("8cut train --folder 'door slam' --model HUBERT_LARGE_door", True),
    }


def test_without_marked_clips_there_is_no_command(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/LOGMEL.joblib").touch()
    rows = [clip(folder="/clips/knock_disabled")]
    (one,) = list_classifiers(library(tmp_path, processed=rows))
    assert (one.command, one.folders) == ("", ())


def test_the_embedders_are_those_of_the_service() -> None:
    from eightcut_inference.networks.zoo import SPECS

    assert set(EMBEDDERS) == {"LOGMEL", *(spec.id for spec in SPECS)}
