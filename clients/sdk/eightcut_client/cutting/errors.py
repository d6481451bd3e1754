"""What can go wrong while a clip is cut, one sentence each."""

from __future__ import annotations

from eightcut_client.media.errors import MediaError


class CutError(MediaError):
    """A file could not be cut; ``str()`` is one sentence for the person."""


class FfmpegMissingError(CutError):
    """There is no ffmpeg, or none that can do it."""


class TooShortError(CutError):
    """The media, its pictures or its sound end before the clip does."""


class TargetUnwritableError(CutError):
    """The disk does not take files now: trying the next clip makes no sense."""


class DiskFullError(TargetUnwritableError):
    """No room is left, or a quota or limit is reached."""
