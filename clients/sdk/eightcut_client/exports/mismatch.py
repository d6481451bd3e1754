"""Warnings before clips go where others like them never went."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from eightcut.store.v1 import clip_service_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.exports.names import DISABLED
from eightcut_client.exports.places import absolute


def folder_warnings(
    conn: Connection, profile: str, export_folder: Path, folders: Collection[str], digest: str = ""
) -> list[str]:
    """Return a sentence for each thing that is odd about an export folder for these clips.

    Args:
        conn: The services; only the Store is needed.
        profile: Whose clips.
        export_folder: Where they are to go.
        folders: Of the clips.
        digest: Also look where clips of this media went.

    Raises:
        EightcutError: The Store did not answer.
    """
    here = _plain(str(absolute(export_folder)))
    own = {folder.removesuffix(DISABLED) for folder in folders}
    said: list[str] = []
    off = [folder for folder in sorted(folders) if folder.endswith(DISABLED)]
    to_off = Path(export_folder).name.endswith(DISABLED)
    if off and not to_off:
        said.append(f"Clips of {_list(off)} are disabled, but {here} is an export folder of enabled ones.")
    elif to_off and len(off) < len(set(folders)):
        said.append(f"{here}{DISABLED} is an export folder of disabled clips, but these are enabled.")
    if len(own) > 1:
        said.append(f"Clips of {len(own)} folders go to one export folder: {_list(own)}.")
    request = export_service_pb2.ListExportFoldersRequest(profile=profile)
    used = [
        (_plain(entry.export_folder), entry.folder.removesuffix(DISABLED))
        for entry in conn.exports.ListExportFolders(request).export_folders
    ]
    for folder in sorted(own):
        elsewhere = list(dict.fromkeys(place for place, theirs in used if theirs == folder and place != here))
        if elsewhere and (here, folder) not in used:
            said.append(f"Clips of {folder} were exported to {elsewhere[0]} before, not to {here}.")
    others = {theirs for place, theirs in used if place == here} - own
    if others:
        said.append(f"{here} holds clips of {_list(others)}.")
    elif _is_other_class(conn, profile, Path(here).name, own):
        said.append(f"{here} has the name of another folder of clips, {Path(here).name}.")
    if digest and not said:
        said += _elsewhere(conn, profile, here, own, digest)
    return said


def _elsewhere(conn: Connection, profile: str, here: str, own: set[str], digest: str) -> list[str]:
    said = []
    for folder in sorted(own):
        request = export_service_pb2.ListExportFoldersRequest(profile=profile, folder=folder, media=digest)
        places = [_plain(entry.export_folder) for entry in conn.exports.ListExportFolders(request).export_folders]
        if places and here not in places:
            said.append(f"Clips of {folder} in this file were exported to {places[0]} before, not to {here}.")
    return said


def _is_other_class(conn: Connection, profile: str, name: str, own: set[str]) -> bool:
    request = clip_service_pb2.ListFoldersRequest(profile=profile, include_scan_exports=True)
    known = {folder.name.removesuffix(DISABLED).casefold() for folder in conn.clips.ListFolders(request).folders}
    return name.casefold() in known - {folder.casefold() for folder in own}


def _plain(path: str) -> str:
    return path.removesuffix(DISABLED)


def _list(names: Collection[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:5]) + (f" and {len(ordered) - 5} more" if len(ordered) > 5 else "")
