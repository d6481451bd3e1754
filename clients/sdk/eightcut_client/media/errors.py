"""What can be wrong with a media file, one exception class and one sentence each."""

from __future__ import annotations

import os
from pathlib import Path


def display_name(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return the file's name for a message: one line, always encodable as UTF-8.

    Control characters, newlines and bytes that are no UTF-8 are shown as backslash escapes.
    """
    name = Path(os.fsdecode(path)).name or os.fsdecode(path)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)


class MediaError(Exception):
    """Base of everything this package raises about a file; ``str()`` is one sentence for the user."""


class MediaNotFoundError(MediaError):
    """There is no file at the path."""


class MediaUnreadableError(MediaError):
    """The file cannot be opened or read: a permission, a folder, an I/O error."""


class NotRegularFileError(MediaUnreadableError):
    """The path names a pipe, a socket or a device; it is never opened for reading."""


class EmptyFileError(MediaError):
    """The file has no bytes."""


class NotMediaError(MediaError):
    """The content is no audio or video container that 8-cut reads (playlists are none either)."""


class TruncatedMediaError(MediaError):
    """The file was cut off before anything in it could be decoded."""


class NoAudioTrackError(MediaError):
    """The file has no audio track."""


class NoAudioError(MediaError):
    """The file has an audio track, but not one sample could be decoded from it."""


class UnsupportedAudioError(MediaError):
    """No decoder for the audio codec is built in, or the track is encrypted."""


class InvalidSamplesError(MediaError):
    """The audio holds samples that are no finite numbers (NaN or infinity)."""


class FileChangedError(MediaError):
    """The file was changed, replaced or removed while it was read."""


class DecoderCrashedError(MediaError):
    """The decoder process died; the file is damaged or made to do harm."""


class DecodeCancelledError(MediaError):
    """Decoding was stopped by ``close()`` while somebody was still reading."""


#: Every concrete error by class name: how the decoder process names them to its parent.
ERRORS_BY_NAME: dict[str, type[MediaError]] = {
    kind.__name__: kind
    for kind in (
        MediaNotFoundError,
        MediaUnreadableError,
        NotRegularFileError,
        EmptyFileError,
        NotMediaError,
        TruncatedMediaError,
        NoAudioTrackError,
        NoAudioError,
        UnsupportedAudioError,
        InvalidSamplesError,
        FileChangedError,
        DecoderCrashedError,
        DecodeCancelledError,
    )
}
