"""Sizes and crops, looked at in the clips."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from eightcut_client.cutting import CropKeyframe, CutError, Ffmpeg, crop_box
from eightcut_client.cutting.options import CROP_RATIOS

from tests.cutting.conftest import Cut
from tests.cutting.numbered import read_images, read_numbers, read_sound, write_numbered
from tests.support.media import noise, write_media


@pytest.fixture(scope="session")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """320x180, 10 pictures a second: the brightness is the column (0 to 1), the redness the line."""
    path = tmp_path_factory.mktemp("source") / "ramp.mp4"
    return write_ramp(path, 320, 180)


def write_ramp(path: Path, width: int, height: int, seconds: int = 6) -> Path:
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, height)[:, None]
    image[..., 1] = np.linspace(0, 255, width)[None, :]
    sounded = write_media(path.with_name("sound.wav"), noise(seconds, 16_000), 16_000)
    with av.open(str(path), "w") as output, av.open(str(sounded)) as source:
        video = output.add_stream("libx264", rate=10, options={"crf": "12"})
        audio = output.add_stream("aac", rate=16_000, layout="mono")
        video.width, video.height, video.pix_fmt = width, height, "yuv420p" if not width % 2 else "yuv444p"
        for index in range(seconds * 10):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for heard in source.decode(audio=0):
            output.mux(audio.encode(heard))
        output.mux(audio.encode(None))
    return path


def size_of(path: Path) -> tuple[int, int]:
    image = read_images(path)[0]
    return image.shape[1], image.shape[0]


def place(image: np.ndarray) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of what is shown, as fractions of the source."""
    columns, lines = image[..., 1].mean(axis=0) / 255, image[..., 0].mean(axis=1) / 255
    return float(columns[1]), float(columns[-2]), float(lines[1]), float(lines[-2])


@pytest.mark.parametrize(
    ("short_side", "expected"), [(None, (320, 180)), (90, (160, 90)), (91, (160, 90)), (240, (426, 240))]
)
def test_short_side_keeps_the_aspect(ramp: Path, cut: Cut, short_side: int | None, expected: tuple[int, int]) -> None:
    assert size_of(cut(ramp, 1.0, 0.5, short_side=short_side)) == expected


def test_odd_sizes_lose_a_line(tmp_path: Path, cut: Cut) -> None:
    assert size_of(cut(write_ramp(tmp_path / "odd.mkv", 161, 91), 0.0, 0.5)) == (160, 90)


@pytest.mark.parametrize("center", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("ratio", CROP_RATIOS)
def test_crop_of_a_wide_picture_moves_sideways(ramp: Path, cut: Cut, ratio: str, center: float) -> None:
    image = read_images(cut(ramp, 1.0, 0.5, crop=ratio, crop_center=center))[0]
    part = Fraction(*map(int, ratio.split(":")))
    assert image.shape[0] == 180
    assert abs(image.shape[1] - 180 * part) <= 2
    left = (1 - image.shape[1] / 320) * center
    assert place(image) == pytest.approx((left, left + image.shape[1] / 320, 0, 1), abs=0.03)


@pytest.mark.parametrize("center", [0.0, 0.3, 1.0])
def test_crop_of_a_narrow_picture_moves_up_and_down(tmp_path: Path, cut: Cut, center: float) -> None:
    image = read_images(cut(write_ramp(tmp_path / "narrow.mp4", 90, 320), 0.0, 0.5, crop="4:5", crop_center=center))[0]
    assert image.shape[:2] == (112, 90)
    top = (1 - 112 / 320) * center
    assert place(image) == pytest.approx((0, 1, top, top + 112 / 320), abs=0.03)


def test_the_crop_moves_between_keyframes(ramp: Path, cut: Cut) -> None:
    keys = (CropKeyframe(2.0, 0.0), CropKeyframe(3.0, 1.0), CropKeyframe(4.0, 0.5))
    images = read_images(cut(ramp, 1.5, 3.5, crop="9:16", keyframes=keys))
    found = [place(image)[0] for image in images]
    times = 1.5 + np.arange(len(images)) / 10
    expected = np.interp(times, [2, 3, 4], [0, 1, 0.5]) * (1 - images[0].shape[1] / 320)
    assert found == pytest.approx(list(expected), abs=0.03)


def test_a_thousand_keyframes(ramp: Path, cut: Cut) -> None:
    times = np.linspace(0, 6, 1000)
    centers = 0.5 + 0.5 * np.sin(times * 2)
    keys = tuple(CropKeyframe(float(time), float(center)) for time, center in zip(times, centers, strict=True))
    images = read_images(cut(ramp, 1.0, 4.0, crop="1:1", keyframes=keys))
    found = [place(image)[0] for image in images]
    expected = np.interp(1.0 + np.arange(len(images)) / 10, times, centers) * (1 - 180 / 320)
    assert found == pytest.approx(list(expected), abs=0.03)


@pytest.mark.parametrize(("duration", "frames"), [(8.0, 201), (7.7, 193), (1.0, 25), (0.1, 1), (4.03, 97)])
def test_ltx2(tmp_path: Path, numbered: Path, cut: Cut, duration: float, frames: int) -> None:
    clip = cut(numbered, 1.0, frames / 25, short_side=80, ltx2=True)
    assert frames % 8 == 1
    assert len(read_images(clip)) == frames
    assert size_of(clip) == (128, 64)
    assert len(read_sound(clip)) == round(frames / 25 * 48_000)
    with av.open(str(clip)) as container:
        assert container.streams.video[0].average_rate == 25


def test_ltx2_makes_25_pictures_a_second_of_others(tmp_path: Path, cut: Cut) -> None:
    source = write_numbered(tmp_path / "fast.mp4", fps=50, seconds=6)
    assert read_numbers(cut(source, 1.0, 49 / 25, ltx2=True)) == list(range(50, 148, 2))


def test_ltx2_of_a_tiny_picture_is_refused(numbered: Path, cut: Cut) -> None:
    with pytest.raises(
        CutError, match=r"^The picture of numbered.mkv is too small for LTX-2: .* 32 pixels each way\.$"
    ):
        cut(numbered, 1.0, 1.0, short_side=30, ltx2=True)


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_what_was_filmed_upright_stays_so(tmp_path: Path, cut: Cut, rotation: int) -> None:
    source = write_numbered(tmp_path / "phone.mp4", seconds=3, rotation=rotation)
    image = read_images(cut(source, 1.0, 0.5, short_side=64))[0]
    assert image.shape[:2] == ((64, 106) if rotation == 180 else (106, 64))
    if rotation != 180:
        # Bars that were upright lie now: each line is of one colour.
        assert image.std(axis=1).max() < 40
        assert image.mean(axis=(1, 2)).std() > 10


def combing(path: Path) -> float:
    """By how much lines differ from those beside them."""
    images = [image[..., 1].astype(int) for image in read_images(path)]
    return float(np.mean([np.abs(2 * image[1:-1] - image[:-2] - image[2:])[2::2].mean() for image in images]))


@pytest.mark.parametrize("short_side", [None, 48])
def test_interlaced_pictures_become_whole(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg, short_side: int | None) -> None:
    bars = "nullsrc=s=96x64:r=50:d=2,geq=lum='16+219*lt(mod(X-6*N+600,48),24)':cb=128:cr=128,interlace"
    source = tmp_path / "source.mp4"
    inputs = ["-f", "lavfi", "-i", bars, "-f", "lavfi", "-i", "sine=d=2"]
    run_ffmpeg(ffmpeg, *inputs, "-c:v", "libx264", "-flags", "+ilme+ildct", "-pix_fmt", "yuv420p", str(source))
    assert combing(source) > 20
    clip = cut(source, 0.6, 1.0, short_side=short_side)
    assert len(read_images(clip)) == 25
    assert combing(clip) < 2


def test_pixels_that_are_not_square_become_so(tmp_path: Path, cut: Cut) -> None:
    source = write_numbered(tmp_path / "tape.mkv", seconds=3, shape=Fraction(4, 3))
    assert size_of(cut(source, 1.0, 0.5)) == (212, 96)
    assert read_numbers(cut(source, 1.0, 0.2)) == [25, 26, 27, 28, 29]
    square = cut(source, 1.0, 0.5, crop="1:1", crop_center=0.0)
    assert size_of(square) == (96, 96)


@pytest.mark.parametrize("ratio", CROP_RATIOS)
def test_webp_is_cropped_and_scaled_as_well(ramp: Path, cut: Cut, ratio: str) -> None:
    folder = cut(ramp, 1.0, 0.2, format="webp", crop=ratio, short_side=64)
    with av.open(str(folder / "frame_0001.webp")) as container:
        frame = next(container.decode(video=0))
    assert frame.width == 64
    assert frame.height == {"9:16": 114, "4:5": 80, "1:1": 64}[ratio]


@pytest.mark.parametrize("kind", ["mp4", "webp"])
@pytest.mark.parametrize("picture", ["bt709", "jpeg"])
def test_colours_stay(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg, kind: str, picture: str) -> None:
    source = tmp_path / "source.mkv"
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-c:v", "libx264"]
    if picture == "jpeg":
        tags = ["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2"]
    matrix = "scale=out_color_matrix=bt709" if picture == "bt709" else "null"
    inputs = ["-f", "lavfi", "-i", "color=0x20C040:s=64x64:r=10:d=2,format=rgb24", "-f", "lavfi", "-i", "sine=d=2"]
    run_ffmpeg(ffmpeg, *inputs, "-vf", matrix, *tags, "-c:a", "flac", str(source))
    clip = cut(source, 0.5, 1.0, format=kind)
    found = clip / "frame_0001.webp" if kind == "webp" else clip
    shown = run_ffmpeg(ffmpeg, "-i", str(found), "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-")
    colour = np.frombuffer(shown, np.uint8).reshape(-1, 3).mean(axis=0)
    assert colour == pytest.approx([0x20, 0xC0, 0x40], abs=4)
    if kind == "mp4":
        with av.open(str(clip)) as container:
            assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def run_ffmpeg(ffmpeg: Ffmpeg, *arguments: str) -> bytes:
    return subprocess.run([str(ffmpeg.path), "-v", "error", *arguments], check=True, capture_output=True).stdout


def test_crop_box() -> None:
    assert crop_box(320, 180, "1:1", 0.5) == (70, 0, 180, 180)
    assert crop_box(90, 320, "9:16", 1.0) == (0, 160, 90, 160)
