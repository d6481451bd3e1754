"""Bringing along the library of the desktop program that 8-cut descends from: see `importing` and `locating`."""

from eightcut_client.ancestor.by_name import FindProgress, OnFind
from eightcut_client.ancestor.classifiers import OldClassifier
from eightcut_client.ancestor.errors import DamagedRowsError, LibraryError
from eightcut_client.ancestor.files import FileCheck
from eightcut_client.ancestor.finding import MediaBook, OldMedia
from eightcut_client.ancestor.importing import ImportOutcome, ImportPlan, TableOutcome, prepare
from eightcut_client.ancestor.locating import Adopted, Located, list_unlocated, locate_media
from eightcut_client.ancestor.moments import zone_of
from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.ancestor.rows import DamagedRow

DEFAULT_NAME = ".8cut.db"
"""Of the database, in the home folder."""

__all__ = [
    "DEFAULT_NAME",
    "Adopted",
    "DamagedRow",
    "DamagedRowsError",
    "FileCheck",
    "FindProgress",
    "ImportOutcome",
    "ImportPlan",
    "LibraryError",
    "Located",
    "MediaBook",
    "OldClassifier",
    "OldLibrary",
    "OldMedia",
    "OnFind",
    "TableOutcome",
    "list_unlocated",
    "locate_media",
    "prepare",
    "zone_of",
]
