"""How clips are made into files: what a person chooses, once for all clips of an export."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from eightcut_client.errors import InvalidError

DEFAULT_SECONDS = 8.0
"""Length of a clip: what foley models are trained on."""

Format = Literal["mp4", "webp", "wav", "flac", "mp3", "m4a", "ogg", "opus"]
CropRatio = Literal["9:16", "4:5", "1:1"]
Encoder = Literal["software", "auto", "nvenc", "vaapi", "qsv", "amf", "videotoolbox"]

FORMATS: tuple[Format, ...] = ("mp4", "webp", "wav", "flac", "mp3", "m4a", "ogg", "opus")
AUDIO_FORMATS: tuple[Format, ...] = ("wav", "flac", "mp3", "m4a", "ogg", "opus")
CROP_RATIOS: tuple[CropRatio, ...] = ("9:16", "4:5", "1:1")
ENCODERS: tuple[Encoder, ...] = ("software", "auto", "nvenc", "vaapi", "qsv", "amf", "videotoolbox")

MAX_SECONDS = 3600.0
MAX_COUNT = 1000


@dataclass(frozen=True, slots=True, order=True)
class CropKeyframe:
    """Where the crop lies at a moment; between keyframes it moves evenly.

    Attributes:
        time: Seconds from the beginning of the media.
        center: Centre of the crop as a fraction of the way that it can be moved: 0 is left (or top), 1 right (or
            bottom).
    """

    time: float
    center: float


@dataclass(frozen=True, slots=True)
class CutOptions:
    """What a person chooses.

    Attributes:
        format: "mp4": H.264 with PCM audio; "webp": a folder of images with a .wav beside it; else audio only.
        duration: Seconds of every file.
        count: How many overlapping files a clip is made into.
        spread: Seconds by which each of them starts later than the one before.
        short_side: Pixels of the shorter side; None: as in the source.
        crop: Ratio of width to height; None: not cropped.
        crop_center: See `CropKeyframe`; where there are no keyframes.
        keyframes: Where the crop lies over time, in the order of their times.
        random_crops: Ratios of which one at random is given to about a third of the files; empty: to none.
        ltx2: 25 frames a second, 8 n + 1 frames, width and height cropped to multiples of 32.
        encoder: Which H.264 encoder; "auto": hardware where it works. One that does not work is replaced by software.
        seed: Of what is random, so that the same batch gets the same crops again.
    """

    format: Format = "mp4"
    duration: float = DEFAULT_SECONDS
    count: int = 1
    spread: float = 3.0
    short_side: int | None = None
    crop: CropRatio | None = None
    crop_center: float = 0.5
    keyframes: tuple[CropKeyframe, ...] = ()
    random_crops: tuple[CropRatio, ...] = ()
    ltx2: bool = False
    encoder: Encoder = "software"
    seed: int = field(default=0)

    def __post_init__(self) -> None:
        """Check what can be checked without a file.

        Raises:
            InvalidError: A value is out of range.
        """
        checks = (
            (0 < self.duration <= MAX_SECONDS, f"A clip lasts more than 0 and at most {MAX_SECONDS:.0f} s."),
            (1 <= self.count <= MAX_COUNT, f"A clip is made into 1 to {MAX_COUNT} files."),
            (0 <= self.spread <= MAX_SECONDS, f"The spread lies between 0 and {MAX_SECONDS:.0f} s."),
            (self.count == 1 or self.spread > 0, "Several files of one clip need a spread of more than 0 s."),
            (self.short_side is None or 16 <= self.short_side <= 16384, "The short side has 16 to 16384 pixels."),
            (0 <= self.crop_center <= 1, "The centre of the crop lies between 0 and 1."),
            (all(0 <= key.center <= 1 and key.time >= 0 for key in self.keyframes), "A crop keyframe is out of range."),
            (list(self.keyframes) == sorted(set(self.keyframes)), "Crop keyframes come in the order of their times."),
            (self.format in FORMATS, f"The format is one of {', '.join(FORMATS)}."),
        )
        for holds, sentence in checks:
            if not holds:
                raise InvalidError(sentence)

    @property
    def has_pictures(self) -> bool:
        """Whether files hold pictures."""
        return self.format not in AUDIO_FORMATS
