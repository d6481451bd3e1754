"""The embedding cache: content-addressed files that several processes share.

``<folder>/<aa>/<key>.track`` is a complete track, ``<key>.partial`` one that is being made (or was, when its writer
died), ``<key>.corrupt`` one that did not match its checksums and was set aside.
"""

from eightcut_inference.tracks.cache import TrackCache
from eightcut_inference.tracks.complete import CompleteTrack
from eightcut_inference.tracks.files import CorruptTrackError
from eightcut_inference.tracks.follower import TrackFollower
from eightcut_inference.tracks.key import TrackKey
from eightcut_inference.tracks.partial import PartialReader, PartialWriter

__all__ = [
    "CompleteTrack",
    "CorruptTrackError",
    "PartialReader",
    "PartialWriter",
    "TrackCache",
    "TrackFollower",
    "TrackKey",
]
