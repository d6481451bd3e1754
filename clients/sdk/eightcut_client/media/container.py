"""Opening a container with FFmpeg so that nothing but the one file can be read.

FFmpeg gets an open file and never a name. Two locks, each enough on its own (a test opens the other), keep
a demuxer from opening something else (an HLS segment, the next file of an ffconcat list, a URL): only
demuxers on `FORMATS` may parse the file, and no protocol is allowed to FFmpeg. Besides, an ``io_open`` that
always fails and ``enable_drefs`` off stand against a demuxer that is on the list and has external references
(QuickTime). ``io_open`` alone would not do: FFmpeg's concat demuxer does not hand it on (measured).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, NoReturn, cast

import av
import av.error
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream

from eightcut_client.media.completeness import is_mp4_without_index, missing_bytes
from eightcut_client.media.errors import (
    MediaError,
    MediaUnreadableError,
    NoAudioTrackError,
    NotMediaError,
    TruncatedMediaError,
    UnsupportedAudioError,
    display_name,
)
from eightcut_client.media.files import AnyPath
from eightcut_client.media.info import MediaInfo

#: Demuxers of self-contained audio and video files. None of them reads a second file: no hls, dash,
#: concat, sdp, image2, imf, vobsub, webm_dash_manifest, lavfi; and no device.
FORMATS = (
    "mov,mp4,matroska,webm,ogg,wav,w64,flac,mp3,aac,ac3,eac3,aiff,au,caf,avi,flv,asf,mpeg,mpegts,mxf,"
    "nut,amr,amrnb,amrwb,ape,wv,tta,tak,dts,dtshd,truehd,mlp,rm,voc,oma,dv,gxf,wtv,mpc,mpc8,dsf,iff,"
    "sox,ircam,avr,nsv,nistsphere,gsm,sds,qcp,xwma,bonk,osq,qoa,loas,latm,spdif,smjpeg,ivf,obu,h264,hevc,"
    "mpegvideo,m4v,swf,4xm,bink,smk,roq,pmp,mtv,ty,lmlm4,film_cpk,kux,f4v,dirac,vc1,av1"
)
#: Hz. A damaged header with a rate of a gigahertz would make the resampler ask for all memory.
MAX_SAMPLE_RATE = 1_536_000
_OPTIONS = {
    "format_whitelist": FORMATS,
    "protocol_whitelist": "none",
    "enable_drefs": "0",
}
# Below, a log line of FFmpeg is the only place where it says how it came to a duration.
_GUESSED_DURATION = "Estimating duration from bitrate"
# AVFMT_TS_DISCONT, libavformat/avformat.h.
_TS_DISCONT = 0x0200
_READ_BUFFER = 256 * 1024


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """An opened container and what was found in it.

    Attributes:
        container: To demux from.
        stream: The audio track.
        zero: Media time zero as a timestamp of the file, seconds.
        declared_end: When the track ends by its own word, seconds of media time; None if it does not say.
        container_end: The same for the whole file.
        restarts: The format's clock may jump (broadcast streams, chained Ogg).
        watch_others: Whether the file is complete can only be told from all its tracks together, so they
            must all be demuxed; else the others are skipped, in MP4 without reading them.
        missing_bytes: The container's own length says that the file lacks so many.
        info: For the user.
    """

    container: InputContainer
    stream: AudioStream
    zero: Fraction
    declared_end: Fraction | None
    container_end: Fraction | None
    restarts: bool
    watch_others: bool
    missing_bytes: int
    info: MediaInfo


class _Nameless:
    """A file without a name: FFmpeg shall judge by content, never by extension."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _refuse_open(*_: object) -> NoReturn:
    raise PermissionError("a media file must not open other files")


def open_media(path: AnyPath, file: BinaryIO, size: int) -> OpenMedia:
    """Open a container and choose its audio track.

    Args:
        path: Only for messages.
        file: The open file, at its start.
        size: Its size in bytes.

    Raises:
        NotMediaError: No container on the list.
        TruncatedMediaError: An MP4 whose index is missing.
        NoAudioTrackError: There is none.
        UnsupportedAudioError: There is one, but no decoder for it.
        MediaUnreadableError: The file system failed.
    """
    missing = missing_bytes(file, size)
    file.seek(0)
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as log:
            container = av.open(
                _Nameless(file),
                mode="r",
                container_options=_OPTIONS,
                metadata_errors="replace",
                buffer_size=_READ_BUFFER,
                io_open=_refuse_open,
            )
    except (av.error.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise _why_not(path, file, error) from error
    finally:
        av.logging.set_level(level)
    try:
        guessed = any(_GUESSED_DURATION in message for _, _, message in log)
        return _describe(path, container, size, guessed=guessed, missing=missing)
    except BaseException:
        container.close()
        raise


def _why_not(path: AnyPath, file: BinaryIO, error: Exception) -> MediaError:
    name = display_name(path)
    if isinstance(error, OSError) and not isinstance(error, av.error.FFmpegError):
        return MediaUnreadableError(f"{name} cannot be read: {error.strerror or 'an I/O error'}.")
    if is_mp4_without_index(file):
        return TruncatedMediaError(
            f"{name} is incomplete: it is an MP4 whose index ('moov') is missing, as after a broken copy or recording."
        )
    return NotMediaError(f"{name} is not an audio or video file that 8-cut can read.")


def _describe(path: AnyPath, container: InputContainer, size: int, *, guessed: bool, missing: int) -> OpenMedia:
    stream = _choose_track(path, container)
    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    if not 0 < rate <= MAX_SAMPLE_RATE or channels <= 0:
        raise UnsupportedAudioError(f"The audio track of {display_name(path)} has no possible sample rate.")
    # Players (mpv, and ffmpeg -ss) count from the earliest timestamp in the file. Timestamps before 0
    # are only codec delay, which is to be thrown away.
    zero = max(Fraction(container.start_time or 0, av.time_base), Fraction(0))
    start = Fraction(0)
    if stream.start_time is not None and stream.time_base is not None:
        start = stream.start_time * stream.time_base - zero
    declared = None if guessed else _declared_end(stream, start)
    container_end = None
    if container.duration is not None:
        container_end = Fraction(container.duration, av.time_base) + min(
            Fraction(container.start_time or 0, av.time_base), Fraction(0)
        )
    watch_others = declared is None and container_end is not None and not guessed
    for other in container.streams:
        if other.index != stream.index and not watch_others:
            other.discard = Discard.all
    shown = declared if declared is not None else container_end
    info = MediaInfo(
        size=size,
        container=container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        sample_rate=rate,
        channels=channels,
        layout=stream.codec_context.layout.name,
        has_video=any(_is_picture(other) for other in container.streams),
        start=float(max(start, Fraction(0))),
        duration=None if shown is None else float(shown),
        duration_is_estimate=shown is not None and declared is None,
    )
    return OpenMedia(
        container=container,
        stream=stream,
        zero=zero,
        declared_end=declared,
        container_end=None if guessed else container_end,
        restarts=bool(container.format.flags & _TS_DISCONT),
        watch_others=watch_others,
        missing_bytes=missing,
        info=info,
    )


def _is_picture(stream: Stream) -> bool:
    return stream.type == "video" and Disposition.attached_pic not in stream.disposition


def _choose_track(path: AnyPath, container: InputContainer) -> AudioStream:
    """Take the track marked default, else the first; of those that can be decoded."""
    tracks = [cast(AudioStream, stream) for stream in container.streams if stream.type == "audio"]
    name = display_name(path)
    if not tracks:
        raise NoAudioTrackError(f"{name} has no audio track.")
    usable = [track for track in tracks if cast("object | None", track.codec_context) is not None]
    if not usable:
        raise UnsupportedAudioError(f"The audio of {name} is in a format that cannot be decoded.")
    return next((track for track in usable if Disposition.default in track.disposition), usable[0])


def _declared_end(stream: AudioStream, start: Fraction) -> Fraction | None:
    if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
        return start + stream.duration * stream.time_base
    # Matroska has no duration per track, but mkvmerge and FFmpeg write it as a tag: its end time.
    text = next((value for key, value in stream.metadata.items() if key.upper().startswith("DURATION")), "")
    parts = text.split(":")
    try:
        hours, minutes, seconds = int(parts[0]), int(parts[1]), Fraction(parts[2])
    except (ValueError, IndexError):
        return None
    end = hours * 3600 + minutes * 60 + seconds
    return end if end > 0 else None
