"""What is known about a media file: before decoding it, and after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the file says of itself and of its audio track.

    Attributes:
        size: Bytes of the file.
        container: FFmpeg's name of the container, e.g. ``matroska,webm``.
        codec: FFmpeg's name of the audio codec, e.g. ``aac``.
        sample_rate: Of the track, Hz.
        channels: Of the track.
        layout: FFmpeg's name of the channel layout, e.g. ``5.1``.
        has_video: There is a moving picture (cover art does not count).
        start: When the audio begins, seconds of media time (see `timeline`); before it there is silence.
        duration: When the audio ends, seconds of media time; None where the file does not say.
        duration_is_estimate: ``duration`` is not taken from the audio track itself: it was guessed from
            the bit rate, or is the length of the whole file, which may be a longer video.
    """

    size: int
    container: str
    codec: str
    sample_rate: int
    channels: int
    layout: str
    has_video: bool
    start: float
    duration: float | None
    duration_is_estimate: bool


@dataclass(frozen=True, slots=True)
class DecodeSummary:
    """What a decoding run to the end has found.

    Attributes:
        total_samples: Samples per channel of the whole file at the output rate, those before
            ``start_sample`` included.
        truncated_at: Where the audio ends, seconds, when the file says that there should be more, or
            when it could not be read further; else None.
        declared_duration: When the audio should end by the file's own word, seconds; None if unknown.
        missing_bytes: Bytes that the container's own length says are missing from the end; 0 if none.
        damaged_packets: Packets that could not be decoded; their time is silent.
        silence_inserted: Seconds of silence put where the track has gaps (not before its start).
    """

    total_samples: int
    truncated_at: float | None
    declared_duration: float | None
    missing_bytes: int
    damaged_packets: int
    silence_inserted: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing that a user should know about the result."""
        found: list[str] = []
        if self.truncated_at is not None and self.missing_bytes:
            found.append(
                f"The file is cut off: {self.missing_bytes:,} bytes are missing, and its audio ends at "
                f"{self.truncated_at:.1f} s."
            )
        elif self.truncated_at is not None and self.declared_duration is not None:
            found.append(
                f"The file should have {self.declared_duration:.1f} s of audio, but ends at {self.truncated_at:.1f} s."
            )
        elif self.truncated_at is not None:
            found.append(f"The file could not be read beyond {self.truncated_at:.1f} s.")
        if self.damaged_packets:
            pieces = "piece of audio was" if self.damaged_packets == 1 else "pieces of audio were"
            found.append(f"{self.damaged_packets:,} damaged {pieces} left silent.")
        if self.silence_inserted:
            found.append(f"Gaps of {self.silence_inserted:.1f} s in all were filled with silence.")
        return tuple(found)
