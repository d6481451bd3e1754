"""Importing an old library: rows that came in a stream become clips, files, scans, hard negatives and hidden media."""

from eightcut_store.areas.importing.library import Imported, import_library

__all__ = ["Imported", "import_library"]
