"""Which files a clip is made into, and how long they are."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import replace

from eightcut_client.cutting.errors import TooShortError
from eightcut_client.cutting.options import CutOptions, Format
from eightcut_client.exports.items import SubClip

__all__ = ["LTX2_RATE", "SubClip", "cut_again", "frames_of", "spread_crops", "sub_clips", "suffix_of"]

LTX2_RATE = 25
"""Frames a second in LTX-2 mode."""

SLACK = 0.001
"""Seconds by which a clip may reach beyond the media: clips are marked in microseconds, media end at a sample."""


def suffix_of(format: Format) -> str:  # noqa: A002  what it is called everywhere else
    """Return the suffix of a clip's file, with its dot; empty for "webp", which is a folder."""
    return "" if format == "webp" else f".{format}"


def frames_of(duration: float) -> int:
    """Return the number of frames in LTX-2 mode: of those that are one more than a multiple of 8, the nearest."""
    # Of two that are as near, the shorter: 5 s are 121 frames, as everybody has them.
    return 8 * max(math.ceil((duration * LTX2_RATE - 1) / 8 - 0.5), 0) + 1


def sub_clips(start: float, options: CutOptions, media_duration: float | None) -> tuple[SubClip, ...]:
    """Return the files that a marked clip is made into.

    A file that would reach beyond the end of the media begins earlier, so that it ends there; those that would then
    be the same as another are left out.

    Args:
        start: Of the clip, seconds.
        options: Duration, count and spread.
        media_duration: Seconds; None where it is not known: then nothing is moved.

    Raises:
        TooShortError: The media is shorter than one file.
    """
    duration = _duration(options, media_duration)
    latest = None if media_duration is None else max(media_duration - duration, 0.0)
    starts: list[float] = []
    for index in range(options.count):
        at = max(start + index * options.spread, 0.0)
        at = at if latest is None else min(at, latest)
        if not starts or at - starts[-1] > SLACK:
            starts.append(at)
    return tuple(SubClip(index, round(at, 6), duration) for index, at in enumerate(starts))


def cut_again(
    made: Iterable[SubClip], options: CutOptions, media_duration: float | None, *, duration: float | None = None
) -> tuple[SubClip, ...]:
    """Return files that were made before, as they are now to be made at the same places.

    Args:
        made: As they are.
        options: Only LTX-2 counts here, which has lengths of its own.
        media_duration: Seconds; None where it is not known.
        duration: Seconds of each; None: as long as they are.

    Raises:
        TooShortError: The media is shorter than one file.
    """
    files = []
    for file in made:
        wanted = replace(options, duration=duration or file.duration, count=1)
        changed = options.ltx2 or wanted.duration != file.duration
        found = sub_clips(file.start, wanted, media_duration)[0] if changed else file
        files.append(SubClip(file.index, found.start, found.duration))
    return tuple(files)


def _duration(options: CutOptions, media_duration: float | None) -> float:
    duration = options.duration
    if options.ltx2:
        frames = frames_of(duration)
        # A media of exactly 8 s holds 193 frames and not the 201 that are nearest.
        if media_duration is not None and frames / LTX2_RATE > media_duration + SLACK and frames > 8:
            frames -= 8
        duration = frames / LTX2_RATE
    if media_duration is not None and duration > media_duration + SLACK:
        raise TooShortError(
            f"The file is {media_duration:.2f} s long, shorter than a clip of {duration:.2f} s; "
            "choose a shorter duration."
        )
    return duration


def spread_crops(options: CutOptions, count: int, place: str = "") -> list[CutOptions]:
    """Return the options of each file of a batch: about a third of them get one of the random crops.

    The same seed, count and place give the same crops. A batch of one gets a crop with a chance of a third.

    Args:
        options: With ``random_crops``; without them all files get ``options`` as they are.
        count: Files in the batch.
        place: Whatever tells batches of the same seed apart: those of one clip each shall not all fall alike.
    """
    plain = replace(options, random_crops=())
    if not options.random_crops or not options.has_pictures:
        return [plain] * count
    chance = random.Random(f"{options.seed} {place}")  # noqa: S311  nothing secret
    chosen = set(chance.sample(range(count), min(int(count / 3 + chance.random()), count)))
    return [
        replace(plain, crop=chance.choice(options.random_crops)) if index in chosen else plain for index in range(count)
    ]
