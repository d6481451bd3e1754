"""A dataset.json that somebody has damaged, by hand or with a full disk: begun anew with what the Store knows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eightcut_client.connection import Connection
from eightcut_client.exports.dataset import NAME, renew_damaged
from eightcut_client.exports.disk import explained
from eightcut_client.exports.places import is_here, is_there, list_files


def relist_damaged(conn: Connection, export_folders: Iterable[str]) -> list[str]:
    """See that dataset.json can be read in export folders before it is changed there.

    Returns:
        A sentence for each that could not, and was set aside: the new one lists all clips that are in the folder.

    Raises:
        DiskError: A disk does not take it.
        EightcutError: The Store did not answer.
    """
    said = []
    for place in sorted(set(export_folders)):
        if not is_here(place):
            continue

        def known(place: str = place) -> dict[str, str]:
            return {row.path: row.label for row in list_files(conn, export_folder=place) if is_there(row)}

        folder = Path(place)
        with explained(folder):
            aside = renew_damaged(folder, known)
        if aside is not None:
            said.append(
                f"{folder / NAME} was damaged: it is kept as {aside.name}, and was made anew from what is known."
            )
    return said
