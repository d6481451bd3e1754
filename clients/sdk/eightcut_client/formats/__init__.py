"""Regions and clips in the formats of other programs, and labels from them.

Example:
    Labels for Audacity, and back::

        text = write(RegionList(file="a.mp4", model="LOGMEL", regions=[Entry("7", 1.0, 2.5, 0.93)]), "audacity")
        assert read_labels(text)[0].label == "LOGMEL 0.93"
"""

from eightcut_client.formats.clips import write_clips
from eightcut_client.formats.entries import ClipEntry, Entry, LabelEntry, LabelError, RegionList, file_name, folder_of
from eightcut_client.formats.read import READABLE, LabelFile, load_labels, read_labels
from eightcut_client.formats.timecode import FRAME_RATES
from eightcut_client.formats.write import FORMATS, write

__all__ = [
    "FORMATS",
    "FRAME_RATES",
    "READABLE",
    "ClipEntry",
    "Entry",
    "LabelEntry",
    "LabelError",
    "LabelFile",
    "RegionList",
    "file_name",
    "folder_of",
    "load_labels",
    "read_labels",
    "write",
    "write_clips",
]
