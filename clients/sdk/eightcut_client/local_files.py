"""Finding a media on this machine by its digest."""

from __future__ import annotations

from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_client.media import FileStamp, MediaError
from eightcut_client.media.digest import known_paths
from eightcut_client.register import LocalMedia, identify_file


def find_file(
    digest: str, path_hint: str, *, size: int | None = None, cancel: Cancellation | None = None
) -> LocalMedia | None:
    """Return the file with this digest: at the hint, else where the digest cache has seen it; None if nowhere.

    A candidate is hashed (unless its digest is cached) and counts only if the digest is right.

    Args:
        digest: SHA-256, 64 hex digits.
        path_hint: Where it was once; may be empty, and may be a path of another machine.
        size: Bytes; a file of another size is not hashed.
        cancel: Ends the hashing.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    hinted = [path_hint] if path_hint and Path(path_hint).is_absolute() else []
    for candidate in dict.fromkeys([*hinted, *known_paths(digest)]):
        try:
            if size is not None and FileStamp.of(candidate).size != size:
                continue
            local = identify_file(candidate, cancel=cancel)
        except MediaError:
            continue  # Gone or unreadable: the next place.
        if local.digest == digest:
            return local
    return None
