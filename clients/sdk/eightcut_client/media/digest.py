"""The SHA-256 of a media file: its identity everywhere in 8-cut."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from eightcut_client.media.digest_cache import DigestCache
from eightcut_client.media.files import (
    AnyPath,
    FileStamp,
    absolute,
    changed,
    open_error,
    open_regular,
    require_unchanged,
)

#: A file changed less than this long ago may change again without its time showing it (file systems
#: keep times in steps of up to 2 s), so its digest is not kept. Seconds.
SETTLING_TIME = 2.0

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaDigest:
    """A digest and what it was taken of.

    Attributes:
        sha256: 64 lower-case hexadecimal digits.
        stamp: State of the file; give it to ``decode(expect=…)`` to be sure of decoding the same bytes.
        cached: The file was not read; its digest was known.
    """

    sha256: str
    stamp: FileStamp
    cached: bool


def digest(
    path: AnyPath,
    *,
    progress: Callable[[int, int], None] | None = None,
    cache_dir: Path | None = None,
    use_cache: bool = True,
) -> MediaDigest:
    """Return the SHA-256 of the file's bytes, from the cache where its state is known there.

    Args:
        path: A regular file.
        progress: Called with (bytes done, bytes in all) after each 4 MiB; what it raises ends the work.
        cache_dir: Folder of the cache; by default the platform's cache folder for 8-cut.
        use_cache: Whether to look into the cache and to write to it.

    Raises:
        MediaNotFoundError: There is no file.
        MediaUnreadableError: It cannot be read, or is no regular file.
        EmptyFileError: It has no bytes.
        FileChangedError: It changed while it was read.
    """
    name = absolute(path)
    cache = DigestCache(cache_dir or default_cache_dir()) if use_cache else None
    file, stamp = open_regular(name)
    with file:
        begun = time.time_ns()
        status = os.fstat(file.fileno())
        # The inode's change time also tells of an edit after which the modification time was set back.
        state = f"{stamp.size}:{stamp.mtime_ns}:{stamp.inode}:{status.st_ctime_ns}"
        if cache is not None and (known := cache.get(name, state)) is not None:
            return MediaDigest(known, stamp, cached=True)
        sha256 = hashlib.sha256()
        done = 0
        try:
            while block := file.read(_BLOCK):
                sha256.update(block)
                done += len(block)
                if done > stamp.size:
                    # It grows, perhaps faster than we read: this would never end.
                    raise changed(name)
                if progress is not None:
                    progress(done, stamp.size)
        except OSError as error:
            raise open_error(name, error) from error
        require_unchanged(name, file, stamp)
        if cache is not None and begun - max(stamp.mtime_ns, status.st_ctime_ns) > SETTLING_TIME * 1e9:
            cache.put(name, state, sha256.hexdigest())
    return MediaDigest(sha256.hexdigest(), stamp, cached=False)


def known_paths(sha256: str, *, cache_dir: Path | None = None) -> list[str]:
    """Return where files of this digest were seen by `digest`, the latest first; they may be gone or changed."""
    return DigestCache(cache_dir or default_cache_dir()).paths(sha256)


def default_cache_dir() -> Path:
    """Return the folder where digests are kept by default."""
    return Path(platformdirs.user_cache_dir("8cut", appauthor=False))
