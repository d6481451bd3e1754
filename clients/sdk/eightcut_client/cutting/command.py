"""The command that cuts one clip: a list of arguments for ffmpeg."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from eightcut_client.cutting.clocks import can_follow, can_seek, clock_at, moment, used_clocks
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
_LEAD_LONG = 60.0
"""The same where key frames turned out to be farther apart than that."""
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


def command_for(
    job: CutJob, ffmpeg: Ffmpeg, threads: int = 0, *, encoder: VideoEncoder = SOFTWARE, early: bool = False
) -> list[str]:
    """Return the whole command line.

    Args:
        job: What to cut; its source is looked at if that was not done before.
        ffmpeg: The program.
        threads: Of decoder and encoder each; 0: as many as ffmpeg likes.
        encoder: Of the picture in MP4.
        early: Begin to read long before the clip.

    Raises:
        CutError: The format does not fit the source, or the ffmpeg not the format.
        MediaError: The source cannot be read.
    """
    source = look_at(job.source, job.expect)
    amount = amount_of(job, source)
    kind = SOUNDS[job.options.format]
    _require(job, ffmpeg, encoder)
    parallel = ("-threads", str(threads)) if threads > 0 else ()
    lead = _lead(job, source, early=early)
    origin, seek = _seek(job, source, lead)
    heard, seen = _moments(job, source, lead, origin)
    sound = f"[0:{source.sound.index}]{sound_filters(kind, source.sound, amount.samples, amount.rate, heard)}[a]"
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
        rate = frame_rate(job.options, source)
        chain = picture_filters(source.picture, job, amount.frames, rate, seen, sought=lead is not None)
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


def can_begin_earlier(job: CutJob) -> bool:
    """Tell whether `command_for` has more to read before the clip than it does at first."""
    source = look_at(job.source, job.expect)
    return _lead(job, source, early=False) is not None


def _lead(job: CutJob, source: Source, *, early: bool) -> float | None:
    """Return the seconds before the clip at which reading begins; None: it begins with the file."""
    lead = _LEAD_LONG if early else _LEAD_BROADCAST if source.restarts else _LEAD
    listed = any(name in _LISTED for name in source.container.split(","))
    begin, end = job.start - lead, job.start + job.duration
    return lead if listed and begin > 0 and can_seek(source.clocks, begin, end) else None


def _seek(job: CutJob, source: Source, lead: float | None) -> tuple[float, tuple[str, ...]]:
    """Return which timestamp of the file becomes 0, and the options that make it so."""
    clock = _own_clock(job, source)
    begin = 0.0 if lead is None else job.start - lead
    origin = round(clock_at(source.clocks, begin).zero + begin, 6)
    seek = () if lead is None else ("-ss", f"{origin:.6f}")
    # A seek moves timestamps as well, unless they have a clock of their own.
    shift = ("-itsoffset", f"{-origin:.6f}") if clock or not seek else ()
    return origin, (*clock, *seek, *shift)


def _own_clock(job: CutJob, source: Source) -> tuple[str, ...]:
    """Return what keeps ffmpeg from moving timestamps by itself.

    It does so in formats whose clock may jump, where a track begins before all those that it is to read, and at jumps,
    not always by the same for sound and pictures.
    """
    used = (source.sound, source.picture) if job.options.has_pictures else (source.sound,)
    moved = len(source.clocks) > 1 or not any(track is not None and track.first for track in used)
    return ("-copyts",) if source.restarts and moved else ()


def _moments(job: CutJob, source: Source, lead: float | None, origin: float) -> tuple[str, str]:
    """Return the timestamps of sound and of pictures, as expressions.

    Raises:
        CutError: It cannot be told which of them belong together.
    """
    name, end = display_name(job.source), job.start + job.duration
    clocks = used_clocks(source.clocks, 0.0 if lead is None else job.start - lead, end)
    count = lead is None and not can_seek(clocks, -math.inf, math.inf)
    if not can_follow(clocks):
        raise CutError(
            f"The timestamps of {name} jump in a way that cannot be followed; convert it to MP4 and cut from that."
        )
    if count and job.options.has_pictures and source.picture is not None and not source.picture.agrees:
        raise CutError(
            f"Sound and pictures of {name} do not fit together where its parts were joined; "
            "choose an audio format such as wav, or convert it to MP4 and cut from that."
        )
    lengths = ("S/SR", "0") if count else ("", "")
    heard, seen = (moment(clocks, job.start, origin, count=length) for length in lengths)
    return heard, seen


def _picture_codec(job: CutJob, encoder: VideoEncoder) -> list[str]:
    if job.options.format == "webp":
        return ["-c:v", "libwebp", "-quality", "90"]
    return ["-c:v", encoder.codec, *encoder.arguments]


def _url(path: Path) -> str:
    """Return the path in such a form that no name is taken for an option, a protocol or a list of files."""
    return f"file:{absolute(path)}"
