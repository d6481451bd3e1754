"""Media files: their digest, what they say of themselves, and their audio as PCM.

Example:
    Hash a file, decode exactly the bytes that were hashed, and show what is odd about it::

        found = digest(path)
        with decode(path, expect=found.stamp) as audio:
            for chunk in audio:  # bytes, 16 kHz mono s16le, 256 KiB each
                send(chunk)
        for sentence in audio.summary.warnings:
            show(sentence)
"""

from eightcut_client.media.decode import CHUNK_SAMPLES, DecodedAudio, decode, probe
from eightcut_client.media.digest import MediaDigest, default_cache_dir, digest
from eightcut_client.media.errors import (
    DecodeCancelledError,
    DecoderCrashedError,
    EmptyFileError,
    FileChangedError,
    InvalidSamplesError,
    MediaError,
    MediaNotFoundError,
    MediaUnreadableError,
    NoAudioError,
    NoAudioTrackError,
    NotMediaError,
    NotRegularFileError,
    TruncatedMediaError,
    UnsupportedAudioError,
    display_name,
)
from eightcut_client.media.files import FileStamp
from eightcut_client.media.info import DecodeSummary, MediaInfo

__all__ = [
    "CHUNK_SAMPLES",
    "DecodeCancelledError",
    "DecodeSummary",
    "DecodedAudio",
    "DecoderCrashedError",
    "EmptyFileError",
    "FileChangedError",
    "FileStamp",
    "InvalidSamplesError",
    "MediaDigest",
    "MediaError",
    "MediaInfo",
    "MediaNotFoundError",
    "MediaUnreadableError",
    "NoAudioError",
    "NoAudioTrackError",
    "NotMediaError",
    "NotRegularFileError",
    "TruncatedMediaError",
    "UnsupportedAudioError",
    "decode",
    "default_cache_dir",
    "digest",
    "display_name",
    "probe",
]
