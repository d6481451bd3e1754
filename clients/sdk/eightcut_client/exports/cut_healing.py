"""After a kill in the middle of an export: complete files are recorded, incomplete ones removed."""

from __future__ import annotations

from pathlib import Path

from eightcut_client.connection import Connection
from eightcut_client.exports.dataset import tidy
from eightcut_client.exports.disk import DiskError
from eightcut_client.exports.erasing import remove_empty
from eightcut_client.exports.journal import JournalEntry
from eightcut_client.exports.places import is_here
from eightcut_client.exports.publishing import NewClip, publish_clips, remove_temporaries


def heal_entry(conn: Connection, entry: JournalEntry) -> list[str]:
    """Roll an export forward as far as its files are complete.

    Raises:
        OSError: A disk did not do it.
        EightcutError: The Store did not answer, or the export folder is not there.
    """
    document = entry.document
    if not is_here(document["export_folder"]):
        raise DiskError(f"{document['export_folder']} is not on this machine.")
    folder = Path(document["export_folder"])
    clips = [NewClip.from_document(each) for each in document["publishing"]]
    if not folder.is_dir():
        if not clips and not document["temporaries"]:
            return []
        raise DiskError(f"{folder} is not there: connect its disk, or make the folder anew if it is gone for good.")
    files = publish_clips(conn, document["profile"], folder, clips, live=False).files if clips else []
    remove_temporaries(folder, document["temporaries"])
    remove_empty(folder, document["temporaries"])
    tidy(folder)
    if not files:
        if not document["temporaries"]:
            return []
        return [f"An export to {folder} was interrupted last time; cut again what is missing."]
    what = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return [f"An export to {folder} was interrupted last time; {what} of it could still be recorded."]
