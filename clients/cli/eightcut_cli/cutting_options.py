"""The options of commands that cut clips to files."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_client.cutting import CutOptions
    from eightcut_client.exports import ExportTarget

FOLDER = "{folder}"
"""In --to: replaced by the folder of the clip, so that each goes to an export folder of its own."""


class Format(StrEnum):
    """What a clip is made into."""

    MP4 = "mp4"
    WEBP = "webp"
    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    M4A = "m4a"
    OGG = "ogg"
    OPUS = "opus"


class Crop(StrEnum):
    """Ratio of width to height."""

    PORTRAIT = "9:16"
    FOUR_TO_FIVE = "4:5"
    SQUARE = "1:1"


class Encoder(StrEnum):
    """Who encodes H.264."""

    SOFTWARE = "software"
    AUTO = "auto"
    NVENC = "nvenc"
    VAAPI = "vaapi"
    QSV = "qsv"
    AMF = "amf"
    VIDEOTOOLBOX = "videotoolbox"


def parse_folder(given: str | Path) -> Path:
    """Reads an export folder.

    Raises:
        UsageMistake: It is empty, such as a variable of a script that was never set.
    """
    if not str(given).strip():
        raise UsageMistake("--to is empty: name the export folder.")
    return Path(given)


def parse_keys(given: str) -> tuple[tuple[float, float], ...]:
    """Reads crop keyframes: "0:0.2,4.5:0.8", times in seconds from the beginning of the file.

    Raises:
        UsageMistake: They are none.
    """
    keys = []
    for part in given.split(",") if given else ():
        time, _, center = part.strip().rpartition(":")
        try:
            keys.append((parse_seconds(time), float(center)))
        except (ValueError, UsageMistake):
            raise UsageMistake(f"“{part}” is no crop keyframe: write time:centre, such as 4.5:0.8.") from None
    return tuple(sorted(keys))


def parse_center(given: str | float) -> float:
    """Reads a centre.

    Raises:
        UsageMistake: It is none.
    """
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageMistake(f"“{given}” is no centre: it lies between 0 (left or top) and 1 (right or bottom).")
    return value


def _options(
    *,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="DIR",
            parser=parse_folder,
            help="Export folder; {folder} in it stands for the folder of each clip.",
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", metavar="N", help="What the files are called. Default: as the export folder.")
    ] = "",
    file_format: Annotated[
        Format, typer.Option("--format", help="H.264 video, a folder of images with a .wav, or audio only.")
    ] = Format.MP4,
    duration: Annotated[
        float | None,
        typer.Option("--duration", metavar="S", parser=parse_seconds, help="Length of each file."),
    ] = None,
    spread: Annotated[
        float,
        typer.Option(
            "--spread", metavar="S", parser=parse_seconds, help="Seconds from one file of a clip to the next."
        ),
    ] = 3.0,
    short_side: Annotated[
        int | None,
        typer.Option("--short-side", metavar="N", min=16, max=16384, help="Pixels of the shorter side."),
    ] = None,
    crop: Annotated[Crop | None, typer.Option("--crop", help="Crop to this ratio of width to height.")] = None,
    crop_center: Annotated[
        float,
        typer.Option(
            "--crop-center",
            metavar="C",
            parser=parse_center,
            help="Where the crop lies: 0 left or top, 1 right or bottom.",
        ),
    ] = 0.5,
    crop_keys: Annotated[
        str, typer.Option("--crop-keys", metavar="T:C,…", help="Where it lies over time, in seconds of the file.")
    ] = "",
    random_portrait: Annotated[
        bool, typer.Option("--random-portrait", help="Crop about a third of the files to 9:16.")
    ] = False,
    random_square: Annotated[
        bool, typer.Option("--random-square", help="Crop about a third of the files to 1:1.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another choice of what is random.")] = 0,
    ltx2: Annotated[
        bool, typer.Option("--ltx2", help="25 fps, 8 n + 1 frames, sides that are multiples of 32.")
    ] = False,
    encoder: Annotated[
        Encoder, typer.Option("--encoder", help="Of H.264; auto takes hardware where it works.")
    ] = Encoder.SOFTWARE,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, max=32, help="Files cut at once. Default: 2 to 4.")
    ] = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make an export folder anew that is gone although it should hold files.")
    ] = False,
) -> None:
    """The options: only the signature counts."""


_PARAMETERS = list(inspect.signature(_options, eval_str=True).parameters.values())


@dataclass(frozen=True, slots=True)
class Cutting:
    """What the person said about cutting; see the options above."""

    to: Path
    name: str
    file_format: Format
    duration: float | None
    spread: float
    short_side: int | None
    crop: Crop | None
    crop_center: float
    crop_keys: str
    random_portrait: bool
    random_square: bool
    seed: int
    ltx2: bool
    encoder: Encoder
    workers: int | None
    create: bool

    def options(self, duration: float, count: int = 1) -> CutOptions:
        """How files are made.

        Args:
            duration: Seconds of each, unless the person has said it.
            count: Files of each clip.

        Raises:
            UsageMistake: Something is out of range, or does not go together.
        """
        from eightcut_client.cutting import CropKeyframe, CutOptions
        from eightcut_client.errors import InvalidError

        random = [ratio for said, ratio in ((self.random_portrait, "9:16"), (self.random_square, "1:1")) if said]
        keys = parse_keys(self.crop_keys)
        try:
            options = CutOptions(
                format=self.file_format.value,
                duration=duration if self.duration is None else self.duration,
                count=count,
                spread=self.spread,
                short_side=self.short_side,
                crop=self.crop.value if self.crop else None,
                crop_center=self.crop_center,
                keyframes=tuple(CropKeyframe(time, center) for time, center in keys),
                random_crops=tuple(random),  # type: ignore[arg-type]
                ltx2=self.ltx2,
                encoder=self.encoder.value,
                seed=self.seed,
            )
        except InvalidError as error:
            raise UsageMistake(str(error)) from None
        if not (self.crop or random) and (keys or self.crop_center != 0.5):
            where = "--crop-keys" if keys else "--crop-center"
            raise UsageMistake(f"{where} says where a crop lies: say --crop, too, or --random-portrait.")
        return options

    def target(self, folder: str) -> ExportTarget:
        """Where clips of a folder go."""
        from eightcut_client.exports import ExportTarget, export_name
        from eightcut_client.exports.names import safe_name
        from eightcut_client.exports.places import absolute

        text = str(self.to)
        # A folder of clips may be called anything, an export folder may not.
        place = absolute(Path(text.replace(FOLDER, safe_name(folder)))) if FOLDER in text else absolute(self.to)
        return ExportTarget(place, self.name or export_name(place))


def with_cutting_options(function: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options above; it gets them as ``cutting``, a `Cutting`. Below `command`."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())

    @functools.wraps(function)
    def run(*arguments: object, **given: Any) -> None:  # noqa: ANN401  whatever typer has made of the words
        function(*arguments, cutting=Cutting(**{each.name: given.pop(each.name) for each in _PARAMETERS}), **given)

    run.__dict__.pop("__wrapped__", None)
    rest = [parameter for parameter in own if parameter.name != "cutting"]
    run.__signature__ = inspect.Signature([*rest, *_PARAMETERS])  # type: ignore[attr-defined] # what inspect looks for
    return run
