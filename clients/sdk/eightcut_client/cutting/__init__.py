"""Cutting: one stretch of media to one file, by ffmpeg.

Example:
    Cut eight seconds out of a video::

        from eightcut_client.cutting import CutJob, CutOptions, find_ffmpeg, run_cut

        job = CutJob(Path("holiday.mp4"), 61.5, 8.0, CutOptions(), target=Path("clips/.door.part.mp4"))
        outcome = run_cut(job, find_ffmpeg(), on_progress=print)

The names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eightcut_client.cutting.command import CutJob, command_for
    from eightcut_client.cutting.crops import crop_box, crop_center_at
    from eightcut_client.cutting.encoders import encoder_works
    from eightcut_client.cutting.errors import (
        CutError,
        DiskFullError,
        FfmpegMissingError,
        TargetUnwritableError,
        TooShortError,
    )
    from eightcut_client.cutting.ffmpeg import Ffmpeg, find_ffmpeg
    from eightcut_client.cutting.options import CropKeyframe, CutOptions
    from eightcut_client.cutting.plan import SubClip, cut_again, frames_of, spread_crops, sub_clips, suffix_of
    from eightcut_client.cutting.run import CutOutcome, run_cut

_MODULES = {
    "CropKeyframe": "options",
    "CutError": "errors",
    "CutJob": "command",
    "CutOptions": "options",
    "CutOutcome": "run",
    "DiskFullError": "errors",
    "Ffmpeg": "ffmpeg",
    "FfmpegMissingError": "errors",
    "SubClip": "plan",
    "TargetUnwritableError": "errors",
    "TooShortError": "errors",
    "command_for": "command",
    "crop_box": "crops",
    "crop_center_at": "crops",
    "cut_again": "plan",
    "encoder_works": "encoders",
    "find_ffmpeg": "ffmpeg",
    "frames_of": "plan",
    "run_cut": "run",
    "spread_crops": "plan",
    "sub_clips": "plan",
    "suffix_of": "plan",
}

__all__ = [
    "CropKeyframe",
    "CutError",
    "CutJob",
    "CutOptions",
    "CutOutcome",
    "DiskFullError",
    "Ffmpeg",
    "FfmpegMissingError",
    "SubClip",
    "TargetUnwritableError",
    "TooShortError",
    "command_for",
    "crop_box",
    "crop_center_at",
    "cut_again",
    "encoder_works",
    "find_ffmpeg",
    "frames_of",
    "run_cut",
    "spread_crops",
    "sub_clips",
    "suffix_of",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
