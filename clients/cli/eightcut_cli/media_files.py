"""Which files a person means by folders, and by "all"."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eightcut_cli.session import Session

# What the table of file types does not know everywhere.
_MORE_SUFFIXES = {".mkv", ".mka", ".flac", ".opus", ".m4a", ".mts", ".m2ts", ".ts", ".w64", ".caf", ".webm", ".ogg"}


def expand(paths: Iterable[Path]) -> list[Path]:
    """The files, with folders replaced by the media files in them, each file once.

    What is named itself is taken as it is: only in folders does the name decide what is a media file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.is_file() and _looks_like_media(file))
            found.update(dict.fromkeys(sorted(inside)))
        else:
            found[path] = None
    return list(found)


def known_files(session: Session) -> tuple[list[Path], list[str]]:
    """The files of all media in which the profile has clips, hard negatives or scans, hidden ones left out.

    Returns:
        Files with the right content, and the names of media of which no file was found.
    """
    from eightcut.store.v1.media_service_pb2 import ListHiddenMediaRequest, ListMediaRequest
    from eightcut_client.local_files import find_file
    from eightcut_client.paging import pages

    stub = session.connection.media
    hidden_request = ListHiddenMediaRequest(profile=session.profile, page_size=1000)
    hidden = {media.digest for page in pages(stub.ListHiddenMedia, hidden_request) for media in page.media}
    request = ListMediaRequest(profile=session.profile, page_size=1000)
    found: list[Path] = []
    absent: list[str] = []
    for page in pages(stub.ListMedia, request):
        for media in page.media:
            if media.digest in hidden:
                continue
            local = find_file(media.digest, media.path_hint, size=media.size_bytes or None)
            if local is None:
                absent.append(media.filename)
            else:
                found.append(local.path)
    return found, absent


def _looks_like_media(file: Path) -> bool:
    kind = mimetypes.guess_type(file.name)[0] or ""
    return kind.startswith(("audio/", "video/")) or file.suffix.lower() in _MORE_SUFFIXES
