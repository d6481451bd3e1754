"""Which files a clip is made into; which of a batch are cropped."""

from __future__ import annotations

import pytest
from eightcut_client.cutting import (
    CropKeyframe,
    CutOptions,
    SubClip,
    TooShortError,
    crop_center_at,
    cut_again,
    frames_of,
    spread_crops,
    sub_clips,
    suffix_of,
)
from eightcut_client.cutting.options import FORMATS


def spans(start: float, duration: float | None, **chosen: object) -> list[tuple[int, float, float]]:
    files = sub_clips(start, CutOptions(**chosen), duration)  # type: ignore[arg-type]
    return [(file.index, file.start, file.duration) for file in files]


def test_one_file_or_several_that_overlap() -> None:
    assert spans(10.0, 100.0) == [(0, 10.0, 8.0)]
    assert spans(10.0, 100.0, count=3, spread=2.5) == [(0, 10.0, 8.0), (1, 12.5, 8.0), (2, 15.0, 8.0)]
    assert spans(10.0, None, count=2) == [(0, 10.0, 8.0), (1, 13.0, 8.0)]


def test_what_would_reach_beyond_the_end_ends_there() -> None:
    assert spans(95.0, 100.0) == [(0, 92.0, 8.0)]
    assert spans(88.0, 100.0, count=4, spread=3.0) == [(0, 88.0, 8.0), (1, 91.0, 8.0), (2, 92.0, 8.0)]
    assert spans(99.0, 100.0, count=4) == [(0, 92.0, 8.0)]
    assert spans(0.0, 8.0) == [(0, 0.0, 8.0)]
    assert spans(0.0, 7.9995) == [(0, 0.0, 8.0)]


def test_a_media_that_is_shorter_than_a_clip() -> None:
    with pytest.raises(TooShortError, match=r"^The file is 7\.50 s long, shorter than a clip of 8\.00 s; .*\.$"):
        spans(0.0, 7.5)


def test_ltx2_takes_the_nearest_legal_length() -> None:
    assert [frames_of(seconds) for seconds in (8.0, 7.7, 1.0, 0.01, 5.0)] == [201, 193, 25, 1, 121]
    assert all(frames_of(hundredth / 100) % 8 == 1 for hundredth in range(1, 2000))
    assert spans(10.0, 100.0, ltx2=True) == [(0, 10.0, 8.04)]
    assert spans(99.0, 100.0, ltx2=True) == [(0, 91.96, 8.04)]
    assert spans(0.0, 8.0, ltx2=True) == [(0, 0.0, 7.72)]
    with pytest.raises(TooShortError):
        spans(0.0, 7.0, ltx2=True)


def test_cut_again_at_the_same_places() -> None:
    made = (SubClip(0, 10.0, 8.0), SubClip(2, 92.0, 8.0))
    assert cut_again(made, CutOptions(count=5), 100.0) == made
    assert cut_again(made, CutOptions(), 99.0) == made
    assert cut_again(made, CutOptions(), 100.0, duration=4.0) == (SubClip(0, 10.0, 4.0), SubClip(2, 92.0, 4.0))
    # LTX-2 has lengths of its own.
    assert cut_again(made, CutOptions(ltx2=True), 100.0) == (SubClip(0, 10.0, 8.04), SubClip(2, 91.96, 8.04))
    with pytest.raises(TooShortError):
        cut_again(made, CutOptions(), 100.0, duration=101.0)


def test_about_a_third_of_a_batch_is_cropped() -> None:
    options = CutOptions(random_crops=("9:16", "1:1"), seed=7)
    for count in (30, 300):
        batch = spread_crops(options, count)
        cropped = [found for found in batch if found.crop is not None]
        assert len(batch) == count
        assert abs(len(cropped) - count / 3) < 1
        assert {found.crop for found in cropped} == {"9:16", "1:1"}
        assert not any(found.random_crops for found in batch)
        assert batch == spread_crops(options, count)
    assert spread_crops(options, 30) != spread_crops(CutOptions(random_crops=("9:16", "1:1"), seed=8), 30)
    single = [spread_crops(CutOptions(random_crops=("1:1",), seed=seed), 1)[0].crop for seed in range(300)]
    assert 60 < sum(crop is not None for crop in single) < 140
    apart = [spread_crops(options, 1, f"batch {number}")[0].crop for number in range(300)]
    assert 60 < sum(crop is not None for crop in apart) < 140


def test_what_has_no_picture_or_wishes_no_crops_is_left() -> None:
    assert spread_crops(CutOptions(crop="4:5"), 3) == [CutOptions(crop="4:5")] * 3
    assert all(found.crop is None for found in spread_crops(CutOptions(format="wav", random_crops=("1:1",)), 9))


def test_center_between_keyframes() -> None:
    options = CutOptions(keyframes=(CropKeyframe(2.0, 0.0), CropKeyframe(4.0, 1.0)))
    assert [crop_center_at(options, time) for time in (0.0, 2.0, 2.5, 4.0, 9.0)] == [0.0, 0.0, 0.25, 1.0, 1.0]
    assert crop_center_at(CutOptions(crop_center=0.7), 3.0) == 0.7


def test_suffixes() -> None:
    assert [suffix_of(kind) for kind in FORMATS] == [".mp4", "", ".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus"]
