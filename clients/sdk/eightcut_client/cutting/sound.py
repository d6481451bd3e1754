"""The sound of a clip: of exact length, its first sample at the clip's beginning."""

from __future__ import annotations

from dataclasses import dataclass

from eightcut_client.cutting.options import Format
from eightcut_client.cutting.source import Sound

TOLERANCE = 0.5
"""Seconds by which sound or picture may end before the clip does: silence or the last picture goes on."""

_AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True, slots=True)
class SoundKind:
    """How the sound of one format is written.

    Attributes:
        codec: ffmpeg's name of the encoder.
        container: Arguments that choose the file format.
        rates: Those that the codec takes; empty: all between 8,000 Hz and ``highest``.
        highest: Hz.
        most_channels: More are mixed down to stereo.
        quality: Arguments.
        bit_rate: Bits a second of each channel; 0: as ``quality`` says.
    """

    codec: str
    container: tuple[str, ...]
    rates: tuple[int, ...] = ()
    highest: int = 192_000
    most_channels: int = 2
    quality: tuple[str, ...] = ()
    bit_rate: int = 0

    def rate_for(self, rate: int) -> int:
        """Return the rate of the file for that of the source: the same, or the next one up that the codec takes."""
        if self.rates:
            return next((possible for possible in self.rates if possible >= rate), self.rates[-1])
        return min(max(rate, 8_000), self.highest)

    def arguments(self, channels: int, rate: int) -> list[str]:
        """Return those of the encoder."""
        # Low rates cannot hold so many bits.
        bits = min(self.bit_rate, rate * 3) * min(channels, self.most_channels)
        # The edit list that tells decoders where the sound ends counts in this; the default is milliseconds.
        exact = ("-movie_timescale", str(rate)) if self.codec == "aac" else ()
        return ["-c:a", self.codec, *self.quality, *(("-b:a", str(bits)) if bits else ()), *exact]


_MP4 = ("-f", "mp4", "-movflags", "+faststart")

SOUNDS: dict[Format, SoundKind] = {
    "mp4": SoundKind("pcm_s16le", _MP4, most_channels=8),
    "webp": SoundKind("pcm_s16le", ("-f", "wav"), most_channels=8),
    "wav": SoundKind("pcm_s16le", ("-f", "wav"), most_channels=8),
    "flac": SoundKind("flac", ("-f", "flac"), most_channels=8, quality=("-sample_fmt", "s16")),
    "mp3": SoundKind("libmp3lame", ("-f", "mp3"), rates=_MP3_RATES, quality=("-q:a", "2")),
    "m4a": SoundKind("aac", ("-f", "ipod", "-movflags", "+faststart"), rates=_AAC_RATES, bit_rate=128_000),
    # With a single page, which a second would be, decoders do not find the end to the sample.
    "ogg": SoundKind("libvorbis", ("-f", "ogg", "-page_duration", "50000"), quality=("-q:a", "6")),
    "opus": SoundKind("libopus", ("-f", "opus"), rates=(48_000,), bit_rate=96_000),
}


def sound_filters(kind: SoundKind, sound: Sound, samples: int, rate: int, moment: str) -> str:
    """Return the chain of filters.

    Gaps in the source are filled with silence, so that sound and pictures stay together.

    Args:
        kind: Of the format.
        sound: Of the source.
        samples: Of the clip.
        rate: Of the clip, Hz.
        moment: Its timestamp, 0 where the clip begins; an expression.
    """
    # ffmpeg takes the block size of a FLAC file from the first frame, which may be a rest of few samples: FLAC has none
    # below 16, and small ones make large files.
    blocks = ",asetnsamples=n=4096:p=0" if kind.codec == "flac" else ""
    layout = "" if sound.channels <= kind.most_channels else "aformat=channel_layouts=stereo,"
    return (
        f"asetpts='round({moment})',{layout}"
        f"aresample={rate}:async=1:min_hard_comp=0.1:first_pts=0,"
        f"apad=pad_dur={TOLERANCE},atrim=end_sample={samples}{blocks}"
    )
