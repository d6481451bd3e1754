"""The picture of a clip: its moments, its crop and its size, as filters of ffmpeg."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from eightcut_client.cutting.crops import center_expression, crop_box
from eightcut_client.cutting.errors import CutError
from eightcut_client.cutting.options import CutOptions
from eightcut_client.cutting.sound import TOLERANCE
from eightcut_client.cutting.source import Picture
from eightcut_client.media.errors import display_name

if TYPE_CHECKING:
    from eightcut_client.cutting.command import CutJob

_LTX2_GRID = 32


def picture_filters(picture: Picture, job: CutJob, frames: int, rate: Fraction, moment: str, *, sought: bool) -> str:
    """Return the chain of filters.

    Each picture of the clip is the one that the source shows at that moment, also where the source's rate varies, and
    where the clip begins between two of them.

    Args:
        picture: Of the source.
        job: What to cut.
        frames: Of the clip.
        rate: Of the clip, frames a second.
        moment: Its timestamp, 0 where the clip begins; an expression.
        sought: The file is not read from its beginning.

    Raises:
        CutError: The picture is too small.
    """
    # The first picture of a file is shown from the beginning on; the first one after a seek must not stand for those
    # that could not be decoded without a key frame.
    begin = f"fps=fps={rate}:round=near,trim=start_pts=0" if sought else f"fps=fps={rate}:start_time=0:round=near"
    # What is written is not interlaced, and scaling would mix the fields. Pictures that are whole are left alone.
    whole = ("bwdif=mode=send_frame:deint=interlaced",) if picture.interlaced else ()
    return ",".join(
        (
            *whole,
            f"setpts='{moment}'",
            begin,
            f"tpad=stop_mode=clone:stop_duration={TOLERANCE}",
            f"trim=end_pts={frames}",
            *_geometry(picture, job),
        )
    )


def _geometry(picture: Picture, job: CutJob) -> list[str]:
    options = job.options
    width, height = picture.width, picture.height
    # What is kept, in pixels of the source, and how large it is shown, in square ones.
    kept_width, kept_height = width, height
    if options.crop is not None:
        _, _, shown_width, shown_height = crop_box(width * picture.shape, height, options.crop, 0.0)
        kept_width, kept_height = round(shown_width / picture.shape), round(shown_height)
    size = _size(kept_width * picture.shape, kept_height, options.short_side)
    if options.short_side is None and picture.shape == 1:
        # Nothing is scaled: a picture of odd size loses a line.
        kept_width, kept_height = size
    filters: list[str] = []
    if (kept_width, kept_height) != (width, height):
        filters.append(_crop(options, job, kept_width, kept_height))
    if (kept_width, kept_height) != size or picture.full_range:
        filters.append(f"scale={size[0]}:{size[1]}:flags=bicubic:out_range=tv")
    filters.append("setsar=1")
    if options.ltx2:
        filters += _grid(size, job)
    return filters


def _size(width: float, height: float, short_side: int | None) -> tuple[int, int]:
    """Return even width and height."""
    if short_side is None:
        return _even(width), _even(height)
    short = _even(short_side)
    long = max(2 * round(short * max(width, height) / min(width, height) / 2), 2)
    return (short, long) if width <= height else (long, short)


def _even(length: float) -> int:
    return max(int(length) // 2 * 2, 2)


def _crop(options: CutOptions, job: CutJob, width: int, height: int) -> str:
    center = center_expression(options, job.start, job.duration) if options.crop is not None else "0"
    return f"crop=w={width}:h={height}:x='(in_w-out_w)*({center})':y='(in_h-out_h)*({center})'"


def _grid(size: tuple[int, int], job: CutJob) -> list[str]:
    width, height = (length // _LTX2_GRID * _LTX2_GRID for length in size)
    if not width or not height:
        raise CutError(
            f"The picture of {display_name(job.source)} is too small for LTX-2: "
            f"it needs at least {_LTX2_GRID} pixels each way."
        )
    return [] if (width, height) == size else [f"crop=w={width}:h={height}"]
