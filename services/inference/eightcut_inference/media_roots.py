"""Media that the server reads itself, from folders that its operator named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from eightcut_client.media import FileChangedError, FileStamp, MediaError, digest
from eightcut_runtime import Aborted, FailedPrecondition, InvalidArgument, NotFound


class MediaRoots:
    """Finds files by their path relative to one of the roots, and nothing outside of them.

    Args:
        roots: Folders, the first that has the file counts.
        digest_cache: Folder in which the digests of files are kept by path, size and times.
    """

    def __init__(self, roots: Sequence[Path], digest_cache: Path) -> None:
        self._roots = [root.resolve() for root in roots]
        self._digest_cache = digest_cache

    def open(self, server_path: str, expected_digest: str) -> tuple[Path, FileStamp]:
        """The file and the state that its digest was taken of; blocks while the file is read.

        Raises:
            NotFound: No root has it, or it lies outside (through ``..`` or a link).
            FailedPrecondition: Its bytes have another digest.
            Aborted: It changed while it was read.
            InvalidArgument: BAD_AUDIO, it is empty or unreadable.
        """
        path = self._find(server_path)
        if path is None:
            raise NotFound(
                f"None of the server's media roots has a file {server_path!r}.",
                resource_type="file",
                resource_name=server_path,
                metadata={"type": "file", "id": server_path},
            )
        try:
            found = digest(path, cache_dir=self._digest_cache)
        except MediaError as error:
            raise media_error(error) from error
        if found.sha256 != expected_digest:
            raise FailedPrecondition(
                f"The file {server_path!r} on the server is another one: its digest differs.",
                reason="DIGEST_MISMATCH",
                subject=server_path,
                metadata={"media": found.sha256},
            )
        return path, found.stamp

    def _find(self, server_path: str) -> Path | None:
        relative = PurePosixPath(server_path)
        if "\0" in server_path or relative.is_absolute() or ".." in relative.parts:
            return None
        for root in self._roots:
            try:
                path = (root / relative).resolve(strict=True)
            except (OSError, RuntimeError, ValueError):
                continue
            # Links are resolved: what lies outside the root is not there.
            if path.is_relative_to(root) and path.is_file():
                return path
        return None


def media_error(error: MediaError) -> Aborted | InvalidArgument:
    """The status of what the decoder says about a file."""
    if isinstance(error, FileChangedError):
        return Aborted(str(error))
    return InvalidArgument(str(error), reason="BAD_AUDIO")
