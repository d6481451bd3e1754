"""Files that a training needs and the server has not embedded: finding them on this machine, and embedding them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from eightcut_client.embed import embed_file
from eightcut_client.errors import EightcutError
from eightcut_client.media import MediaError
from eightcut_client.parallel import default_jobs, work_on_all
from eightcut_client.search_folder import SearchProgress, WantedMedia, search_folder
from eightcut_client.train import MissingMedia, find_missing

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation
    from eightcut_client.progress import Progress

    from eightcut_qt.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Bringing:
    """A moment of an embedding: how far one file is."""

    media: MissingMedia
    fraction: float
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of it: why files were not embedded, by digest, in one sentence each; empty: all were."""

    failures: dict[str, str]


OnBringing: TypeAlias = Callable[[Bringing], None]


def locate(
    gateway: Gateway,
    digests: Iterable[str],
    video_folder: str,
    *,
    on_search: Callable[[SearchProgress], None],
    cancel: Cancellation,
) -> list[MissingMedia]:
    """Look for media where they were registered, where they were seen, and in the video folder.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store cannot be reached.
    """
    found = find_missing(gateway.connection(), digests, cancel=cancel)
    lost = [media.digest for media in found if media.local is None]
    if not lost or not video_folder:
        return found
    known = gateway.media.get_many(lost)
    wanted = [WantedMedia(record.digest, record.size, record.filename) for record in known.values()]
    located = search_folder(wanted, video_folder, on_progress=on_search, cancel=cancel)
    return [MissingMedia(media.digest, media.filename, media.local or located.get(media.digest)) for media in found]


def bring(
    gateway: Gateway,
    embedder: str,
    missing: Sequence[MissingMedia],
    *,
    on_bringing: OnBringing,
    cancel: Cancellation,
) -> Brought:
    """Embed the files that were found, several at once. One that fails does not keep the others from it.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    conn = gateway.connection()
    failures: dict[str, str] = {}
    lock = threading.Lock()

    def tell(media: MissingMedia, progress: Progress) -> None:
        on_bringing(Bringing(media, progress.fraction))

    def embed(media: MissingMedia, stop: Cancellation) -> None:
        assert media.local is not None
        try:
            embed_file(conn, media.local, embedder, on_progress=functools.partial(tell, media), cancel=stop)
        except (EightcutError, MediaError) as error:
            stop.check()
            with lock:
                failures[media.digest] = f"{media.filename}: {error}"
        on_bringing(Bringing(media, 1.0, finished=True))

    here = [media for media in missing if media.local is not None]
    if here:
        work_on_all(here, _as_it_is, embed, jobs=default_jobs(), cancel=cancel)
    return Brought(failures)


def _as_it_is(media: MissingMedia, _stop: Cancellation) -> MissingMedia:
    return media


def unlocated_sentence(count: int) -> str:
    """Return how many examples are left out because the file of their media was not found yet."""
    which = "1 example is" if count == 1 else f"{count:,} examples are"
    return f"{which} left out: the file was not found yet. Locate Media in the File menu looks for it."


def missing_sentence(missing: Sequence[MissingMedia], embedder: str) -> str:
    """Return what is missing and what can be done."""
    absent = [media.filename for media in missing if media.local is None]
    count = len(missing)
    which = "1 file is" if count == 1 else f"{count:,} files are"
    begun = f"{which} not embedded with {embedder} yet"
    if not absent:
        return f"{begun}; {'it is' if count == 1 else 'they are'} on this machine and can be uploaded."
    shown = ", ".join(absent[:3]) + (f" and {len(absent) - 3:,} more" if len(absent) > 3 else "")
    them = "it lies" if len(absent) == 1 else "they lie"
    return f"{begun}. Not found on this machine: {shown}. Choose the folder that {them} in as the video folder."
