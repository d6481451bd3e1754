"""Files as people name them, and the media that they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.register import LocalMedia, identify_file, record_file
from eightcut_client.times import SAMPLE_RATE, to_seconds

from eightcut_cli.failures import CommandError

if TYPE_CHECKING:
    from eightcut.store.v1.media_pb2 import Media

    from eightcut_cli.session import Session


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that was looked at: its identity, and the length of its audio in seconds."""

    local: LocalMedia
    duration: float


def inspect(session: Session, path: Path) -> Inspected:
    """Looks at a file: its digest, and its duration unless the Store knows that. Writes nothing.

    Raises:
        MediaError: It is no usable media file.
    """
    local = identify_file(path)
    known = session.media_of([local.digest]).get(local.digest)
    if known is not None and to_seconds(known.duration) > 0:
        return Inspected(local, to_seconds(known.duration))
    from eightcut_client.media.decode import probe

    info = probe(local.path, expect=local.stamp)
    exact = info.duration is not None and not info.duration_is_estimate
    return Inspected(local, info.duration if exact and info.duration is not None else _measure(local))


def _measure(local: LocalMedia) -> float:
    """The duration of a file that does not say it: by decoding it, at about a thousand times real time."""
    from eightcut_client.media.decode import decode

    with decode(local.path, expect=local.stamp) as audio:
        for _ in audio:
            pass
        return audio.total_samples / SAMPLE_RATE


def register(session: Session, found: Inspected) -> Media:
    """Makes a media known to the Store, or refreshes its name and place there."""
    return record_file(session.connection, found.local, found.duration)


def find(session: Session, path: Path) -> str:
    """The digest of a file; also of one that is gone, by its name, if only one media was known by it, or by digest.

    Raises:
        CommandError: No or more than one media was known by this name.
        MediaError: The file is there, but cannot be read.
    """
    if path.exists():
        return identify_file(path).digest
    return str(path) if re.fullmatch(r"[0-9a-f]{64}", str(path)) else _find_by_name(session, path)


def _find_by_name(session: Session, path: Path) -> str:
    from eightcut.store.v1.media_service_pb2 import ListMediaRequest
    from eightcut_client.media.errors import display_name
    from eightcut_client.paging import pages

    name = display_name(path)
    request = ListMediaRequest(filename=name, page_size=1000)
    known = [media for page in pages(session.connection.media.ListMedia, request) for media in page.media]
    if len(known) > 1:
        # The same name in several places: the place decides, if it does.
        known = [media for media in known if media.path_hint == str(path.absolute())] or known
    if not known:
        raise CommandError(f"There is no file {path}, and no media is known by the name {name}.")
    if len(known) > 1:
        raise CommandError(f"There is no file {path}, and {len(known)} media were known by the name {name}.")
    return known[0].digest
