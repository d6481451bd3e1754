"""A label that a person changes, in what was cut already: dataset.json and the records of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from eightcut.store.v1 import clip_file_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.exports.dataset import update_dataset
from eightcut_client.exports.disk import explained
from eightcut_client.exports.places import is_there, list_files
from eightcut_client.exports.relisting import relist_damaged

_BATCH = 1000


def relabel_files(conn: Connection, profile: str, labels: Mapping[str, str]) -> int:
    """Give the files of clips other labels; files that are not on this machine only in the Store.

    Can be done again: what was done already is left alone.

    Args:
        conn: The services; only the Store is needed.
        profile: Whose clips.
        labels: By clip id.

    Returns:
        How many files have another label now.

    Raises:
        DiskError: A dataset.json cannot be written; the records are as they were.
        EightcutError: The Store did not answer.
    """
    rows = [
        row for row in list_files(conn, profile=profile, clip_ids=labels.keys()) if row.label != labels[row.clip_id]
    ]
    by_folder: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if is_there(row):
            by_folder[row.export_folder][row.path] = labels[row.clip_id]
    # First what cannot be seen from the outside as undone: a kill in between leaves the records for another try.
    for folder, put in by_folder.items():
        relist_damaged(conn, [folder])
        with explained(Path(folder)):
            update_dataset(Path(folder), put=put)
    for start in range(0, len(rows), _BATCH):
        files = [_relabelled(row, labels[row.clip_id]) for row in rows[start : start + _BATCH]]
        conn.exports.RecordClipFiles(export_service_pb2.RecordClipFilesRequest(profile=profile, files=files))
    return len(rows)


def _relabelled(row: clip_file_pb2.ClipFile, label: str) -> export_service_pb2.NewClipFile:
    return export_service_pb2.NewClipFile(
        clip_id=row.clip_id,
        export_folder=row.export_folder,
        path=row.path,
        index=row.index,
        start=row.start,
        duration=row.duration,
        label=label,
        settings=row.settings,
        size_bytes=row.size_bytes,
    )
