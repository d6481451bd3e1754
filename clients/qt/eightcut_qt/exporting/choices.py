"""What the person's settings mean for a clip: how it is cut, and where its files go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from eightcut_client.cutting.options import (
    AUDIO_FORMATS,
    CROP_RATIOS,
    ENCODERS,
    FORMATS,
    CropKeyframe,
    CropRatio,
    CutOptions,
)
from eightcut_client.exports.names import DISABLED, ClipName, Kind, safe_name

from eightcut_qt.core.settings import ClipSettings, ExportSettings

PORTRAIT: Final[CropRatio] = "9:16"
SQUARE: Final[CropRatio] = "1:1"

MOST_WORKERS: Final = 32
"""Files that are cut at the same time, whatever a settings file says."""

_DAMAGED = 16  # Pixels: a short side below it makes no sense, and means as in the source.


def cut_options(
    export: ExportSettings, clips: ClipSettings, *, keyframes: Iterable[CropKeyframe] = (), seed: int = 0
) -> CutOptions:
    """Return how clips are cut; settings that make no sense (of a damaged file) count as their defaults.

    Args:
        export: Format, crop and the like.
        clips: Length, count and spread.
        keyframes: Where the crop lies over time.
        seed: Of random crops.
    """
    random_crops = tuple(
        ratio for ratio, on in ((PORTRAIT, export.random_portrait), (SQUARE, export.random_square)) if on
    )
    crop = export.crop if export.crop in CROP_RATIOS else None
    return CutOptions(
        format=export.format if export.format in FORMATS else "mp4",
        duration=min(max(clips.duration, 0.001), 3600.0),
        count=min(max(clips.count, 1), 1000),
        spread=min(max(clips.spread, 0.001), 3600.0),
        short_side=export.short_side if _DAMAGED <= export.short_side <= 16384 else None,
        crop=crop,
        crop_center=min(max(export.crop_center, 0.0), 1.0),
        keyframes=tuple(sorted(keyframes)) if crop is not None or random_crops else (),
        random_crops=random_crops,
        ltx2=export.ltx2,
        encoder=export.encoder if export.encoder in ENCODERS else "software",
        seed=seed,
    )


def guide_ratio(export: ExportSettings) -> CropRatio | None:
    """Return the crop that is shown over the picture: the chosen one, else one that some files get."""
    if export.format in AUDIO_FORMATS:
        return None
    if export.crop in CROP_RATIOS:
        return export.crop
    return PORTRAIT if export.random_portrait else SQUARE if export.random_square else None


def for_clip(options: CutOptions, duration: float) -> CutOptions:
    """Return the same for a clip of another length, seconds."""
    return options if options.duration == duration else replace(options, duration=duration)


def target_folder(chosen: Path, folder: str, *, by_folder: bool) -> Path:
    """Return the export folder of clips.

    With a folder for each class, what was chosen is taken for the class itself where it has its name, for its sibling
    where the class is one of its sub-profiles (or is disabled), and for the parent of all classes else. Without, all
    go to what was chosen, but disabled clips to its sibling, where disabling moves their files.

    Args:
        chosen: By the person, for the tab.
        folder: Of the clips: their class.
        by_folder: Clips of each folder go to an export folder of their own.
    """
    if not by_folder or not folder:
        disabled = folder.endswith(DISABLED) and chosen.name and not chosen.name.endswith(DISABLED)
        return chosen.with_name(chosen.name + DISABLED) if disabled else chosen
    own, name = safe_name(folder), chosen.name
    if own == name:
        return chosen
    main = name.removesuffix(DISABLED)
    if main and (own == main or own.startswith(f"{main}_")):
        return chosen.with_name(own)
    return chosen / own


def file_name(export: ExportSettings, folder: str) -> str:
    """Return how the names of a folder's files begin."""
    return safe_name(export.name.strip() or folder.removesuffix(DISABLED))


def next_path(folder: Path, name: str, *, video: int, number: int, suffix: str, kind: Kind = "m") -> Path:
    """Return where the first file of the next clip comes to lie."""
    return folder.joinpath(*ClipName(name, video, kind, number, 0).path(suffix).split("/"))


def suffix_of(format_: str) -> str:
    """Return the suffix of a format's files; a folder of images has none."""
    return "" if format_ == "webp" else f".{format_}"


def short_target(target: Path, roots: Sequence[Path] = ()) -> str:
    """Return a path as it is shown: below the person's home with "~"."""
    for root in (*roots, Path.home()):
        if target.is_relative_to(root):
            return str(Path("~", target.relative_to(root)))
    return str(target)
