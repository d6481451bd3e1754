"""Regions in the formats of other programs.

Example:
    Labels for Audacity::

        text = write(RegionList(file="a.mp4", model="LOGMEL", regions=[Entry("7", 1.0, 2.5, 0.93)]), "audacity")
"""

from eightcut_client.formats.entries import Entry, RegionList
from eightcut_client.formats.write import FORMATS, write

__all__ = ["FORMATS", "Entry", "RegionList", "write"]
