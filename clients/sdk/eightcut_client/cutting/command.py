"""The command that cuts one clip: a list of arguments for ffmpeg."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from eightcut_client.cutting.encoders import SOFTWARE, VideoEncoder
from eightcut_client.cutting.errors import CutError
from eightcut_client.cutting.ffmpeg import Ffmpeg
from eightcut_client.cutting.options import CutOptions
from eightcut_client.cutting.picture import picture_filters
from eightcut_client.cutting.plan import LTX2_RATE
from eightcut_client.cutting.sound import SOUNDS, sound_filters
from eightcut_client.cutting.source import Source, look_at
from eightcut_client.media.container import FORMATS
from eightcut_client.media.errors import display_name
from eightcut_client.media.files import FileStamp, absolute

IMAGE_NAME = "frame_%04d.webp"

_WEBP_COLOURS = "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p"
"""WebP knows no other colours: those of HD video would be shown a little wrong."""

_LEAD = 1.0
"""Seconds before the clip at which reading begins: audio of a moment may lie before its picture in the file, and audio
decoders need some packets to get going."""
_LEAD_BROADCAST = 8.0
"""The same for formats without an index, in which a seek may land between two key frames."""
_LISTED = (
    "mov",
    "matroska",
    "wav",
    "w64",
    "flac",
    "ogg",
    "mp3",
    "aac",
    "ac3",
    "mpegts",
    "mpeg",
    "avi",
    "nut",
    "mxf",
    "caf",
)
"""Containers in which timestamps were found to be right after a seek; others are read from their beginning."""


@dataclass(frozen=True, slots=True)
class CutJob:
    """One file to cut.

    Attributes:
        source: What it is cut from.
        start: Seconds of media time.
        duration: Seconds.
        options: Format and picture; its duration, count and spread are not looked at here.
        target: The file to write, or for "webp" the folder; a temporary name. What is there is overwritten.
        sound: For "webp": the .wav to write.
        expect: The state in which the source must be.
    """

    source: Path
    start: float
    duration: float
    options: CutOptions
    target: Path
    sound: Path | None = None
    expect: FileStamp | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What the file must hold.

    Attributes:
        frames: Pictures; 0 for audio.
        samples: Of sound, per channel.
        rate: Of the sound, Hz.
    """

    frames: int
    samples: int
    rate: int


def amount_of(job: CutJob, source: Source) -> Amount:
    """Return how many pictures and samples the clip has.

    Raises:
        CutError: Pictures are asked for where there are none, or nothing at all.
    """
    if not (0 < job.duration < math.inf and 0 <= job.start < math.inf):
        raise CutError("A clip begins at 0 s or later and lasts more than 0 s.")
    rate = SOUNDS[job.options.format].rate_for(source.sound.rate)
    if not job.options.has_pictures:
        return Amount(0, max(round(job.duration * rate), 1), rate)
    if source.picture is None:
        raise CutError(f"{display_name(job.source)} has no moving picture; choose an audio format such as wav.")
    frames = max(round(job.duration * frame_rate(job.options, source)), 1)
    seconds = frames / LTX2_RATE if job.options.ltx2 else job.duration
    return Amount(frames, max(round(seconds * rate), 1), rate)


def command_for(job: CutJob, ffmpeg: Ffmpeg, threads: int = 0, *, encoder: VideoEncoder = SOFTWARE) -> list[str]:
    """Return the whole command line.

    Args:
        job: What to cut; its source is looked at if that was not done before.
        ffmpeg: The program.
        threads: Of decoder and encoder each; 0: as many as ffmpeg likes.
        encoder: Of the picture in MP4.

    Raises:
        CutError: The format does not fit the source, or the ffmpeg not the format.
        MediaError: The source cannot be read.
    """
    source = look_at(job.source, job.expect)
    amount = amount_of(job, source)
    kind = SOUNDS[job.options.format]
    _require(job, ffmpeg, encoder)
    parallel = ("-threads", str(threads)) if threads > 0 else ()
    origin, seek = _seek(job, source)
    offset = source.zero + job.start - origin
    sound = f"[0:{source.sound.index}]{sound_filters(kind, source.sound, amount.samples, amount.rate, offset)}[a]"
    command = [
        str(ffmpeg.path),
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"),
        *("-progress", "pipe:1", "-stats_period", "0.2"),
        *(encoder.device if job.options.format == "mp4" else ()),
        *("-protocol_whitelist", "file", "-format_whitelist", FORMATS),
        *parallel,
        *("-seek_timestamp", "1", "-noaccurate_seek", *seek, "-i", _url(job.source)),
    ]
    graph, picture_out = sound, []
    if job.options.has_pictures and source.picture is not None:
        last = encoder.filters if job.options.format == "mp4" else _WEBP_COLOURS
        chain = picture_filters(source.picture, job, amount.frames, frame_rate(job.options, source), offset)
        graph = f"[0:{source.picture.index}]{chain},{last}[v];{sound}"
        picture_out = ["-map", "[v]", *_picture_codec(job, encoder), *parallel]
    command += ["-filter_complex", graph]
    plain = ("-map_metadata", "-1", "-map_chapters", "-1")
    sound_out = ["-map", "[a]", *kind.arguments(source.sound.channels, amount.rate)]
    if job.options.format == "webp":
        if job.sound is None:
            raise ValueError("the images of a clip need a place for its sound")
        # In the name of an image sequence, ffmpeg takes a single % for the beginning of a number.
        images = f"{_url(job.target)}/".replace("%", "%%") + IMAGE_NAME
        command += [*picture_out, *plain, "-f", "image2", "-start_number", "1", "-y", images]
        return [*command, *sound_out, *plain, "-f", "wav", "-y", _url(job.sound)]
    return [*command, *picture_out, *sound_out, *plain, *kind.container, "-y", _url(job.target)]


def frame_rate(options: CutOptions, source: Source) -> Fraction:
    """Return the frames a second of the clip."""
    return Fraction(LTX2_RATE) if options.ltx2 or source.picture is None else source.picture.frame_rate


def _require(job: CutJob, ffmpeg: Ffmpeg, encoder: VideoEncoder) -> None:
    ffmpeg.require(SOUNDS[job.options.format].codec, pcm_in_mp4=job.options.format == "mp4")
    if job.options.has_pictures:
        ffmpeg.require(encoder.codec if job.options.format == "mp4" else "libwebp")


def _seek(job: CutJob, source: Source) -> tuple[float, tuple[str, ...]]:
    """Return which timestamp of the file becomes 0, and the options that make it so."""
    names = source.container.split(",")
    lead = _LEAD_BROADCAST if source.restarts else _LEAD
    if job.start <= lead or not any(name in names for name in _LISTED):
        origin = round(source.zero, 6)
        return origin, ("-itsoffset", f"{-origin:.6f}")
    origin = round(source.zero + job.start - lead, 6)
    return origin, ("-ss", f"{origin:.6f}")


def _picture_codec(job: CutJob, encoder: VideoEncoder) -> list[str]:
    if job.options.format == "webp":
        return ["-c:v", "libwebp", "-quality", "90"]
    return ["-c:v", encoder.codec, *encoder.arguments]


def _url(path: Path) -> str:
    """Return the path in such a form that no name is taken for an option, a protocol or a list of files."""
    return f"file:{absolute(path)}"
