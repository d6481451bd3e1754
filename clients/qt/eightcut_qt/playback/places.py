"""Where on this machine a media lies."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.errors import UnavailableError
from eightcut_client.local_files import find_file
from eightcut_client.media import MediaError
from eightcut_client.register import LocalMedia, identify_file
from eightcut_client.train import find_missing

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation

    from eightcut_qt.gateway import Gateway


def find_media(
    gateway: Gateway, digest: str, place: Path | None, cancel: Cancellation
) -> tuple[str, LocalMedia | None]:
    """Return the media's name and its file, None if it was not found. It may hash files: for tasks only.

    It is looked for at ``place`` first, where it was seen in this run; while the services are away only where files
    were seen before.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store refused.
    """
    if place is not None:
        with contextlib.suppress(MediaError):  # Gone, say.
            local = identify_file(place, cancel=cancel)
            if local.digest == digest:
                return local.filename, local
    try:
        (found,) = find_missing(gateway.connection(), [digest], cancel=cancel)
    except UnavailableError:
        return f"The file {digest[:12]}…", find_file(digest, "", cancel=cancel)
    return found.filename, found.local
