"""What is being done to files and to the Store, written down before it begins, so that a kill leaves nothing half done.

An entry is a JSON file in the client's data folder, and a lock beside it that its process holds. An entry that nobody
holds was left by a process that died: it is *rolled forward* by `eightcut_client.exports.healing`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from eightcut_client.config import default_data_dir
from eightcut_client.exports.disk import step, sweep_writes, sync_folder, token, write_atomically
from eightcut_client.locks import drop_lock, take_lock

Document: TypeAlias = dict[str, Any]
"""What an entry holds: whatever JSON can, paths as texts (bytes that are no UTF-8 survive)."""

_ENTRY, _LOCK = ".json", ".lock"
_VERSION = 1


def journal_dir(data_dir: Path | None) -> Path:
    """Return the folder of the journal; without a data folder (remote services) that of the default one."""
    return (data_dir or default_data_dir()) / "journal"


class JournalEntry:
    """One operation, held by this process; a context manager: what is not `done` at the end stays for the next start.

    Attributes:
        kind: Which operation.
        document: What it is about, as it was last written.
    """

    def __init__(self, file: Path, descriptor: int, kind: str, document: Document) -> None:
        """Use `Journal.begin` instead."""
        self.kind = kind
        self.document = document
        self._file = file
        self._descriptor: int | None = descriptor

    @property
    def token(self) -> str:
        """Unique among all entries; temporary names of the operation hold it."""
        return self._file.stem

    @property
    def folder(self) -> Path:
        """Of the journal."""
        return self._file.parent

    def update(self, document: Document) -> None:
        """Write the next state; it is on the disk when this returns.

        Raises:
            OSError: The disk does not take it; the state before is still there.
        """
        text = json.dumps({"version": _VERSION, "kind": self.kind, "document": document})
        write_atomically(self._file, text.encode("ascii"))
        self.document = document

    def done(self) -> None:
        """Forget the operation: every step of it is over. Idempotent."""
        if self._descriptor is None:
            return
        self._file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            sweep_writes(self._file)
        # The lock goes last: nobody may take an entry that is still there for one of the dead.
        self._drop(remove=True)

    def release(self) -> None:
        """Leave the entry to whoever heals. Idempotent."""
        if self._descriptor is not None:
            self._drop(remove=False)

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it, unless it is done."""
        self.release()

    def _drop(self, *, remove: bool) -> None:
        if remove:
            with contextlib.suppress(OSError):  # Windows: an open file cannot be removed; the next sweep does.
                self._file.with_suffix(_LOCK).unlink(missing_ok=True)
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            drop_lock(descriptor)


class Journal:
    """The entries in a folder. Safe to use from several threads and processes.

    Attributes:
        folder: Where they lie; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self.folder = folder

    def begin(self, kind: str, document: Document) -> JournalEntry:
        """Write down what is about to be done; it is on the disk when this returns.

        Raises:
            OSError: The disk does not take it; then nothing must be done.
        """
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder.parent)
        while True:
            file = self.folder / f"{token()}{token()}{_ENTRY}"
            descriptor = _hold(file)
            if descriptor is not None:
                break
        entry = JournalEntry(file, descriptor, kind, {})
        try:
            entry.update(document)
        except BaseException:
            entry.done()
            raise
        step(f"{kind}: begun")
        return entry

    def pending(self) -> Iterator[JournalEntry]:
        """Yield what dead processes left, oldest first, each held by this one: use each as a context manager.

        One that cannot be understood is set aside (``….damaged``).
        """
        for file in self._files():
            descriptor = _hold(file)
            if descriptor is None:
                continue  # Somebody is at it.
            entry = _read(file, descriptor)
            if entry is None:
                continue
            try:
                yield entry
            finally:
                entry.release()
        self._sweep()

    def _files(self) -> list[Path]:
        found: list[tuple[int, str, Path]] = []
        with contextlib.suppress(FileNotFoundError):
            for file in self.folder.glob(f"*{_ENTRY}"):
                with contextlib.suppress(FileNotFoundError):
                    found.append((file.stat().st_mtime_ns, file.name, file))
        return [file for _, _, file in sorted(found)]

    def _sweep(self) -> None:
        """Remove locks without an entry, and temporary files of entries that were never begun."""
        with contextlib.suppress(OSError):
            for lock in self.folder.glob(f"*{_LOCK}"):
                file = lock.with_suffix(_ENTRY)
                descriptor = None if file.exists() else _hold(file)
                if descriptor is None:
                    continue
                if not file.exists():
                    sweep_writes(file)
                    lock.unlink(missing_ok=True)
                drop_lock(descriptor)


def _hold(file: Path) -> int | None:
    """Return the descriptor of the entry's lock, None where somebody else has it or just removed it."""
    lock = file.with_suffix(_LOCK)
    try:
        descriptor = take_lock(lock)
    except BlockingIOError:
        return None
    try:
        same = os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        same = False
    if not same:
        drop_lock(descriptor)
        return None
    return descriptor


def _read(file: Path, descriptor: int) -> JournalEntry | None:
    try:
        content = json.loads(file.read_bytes())
        if content["version"] == _VERSION:
            return JournalEntry(file, descriptor, str(content["kind"]), dict(content["document"]))
        damaged = False  # Of a later version of 8-cut, which will know what to do with it.
    except FileNotFoundError:
        damaged = False
    except (ValueError, KeyError, TypeError):
        damaged = True
    if damaged:
        file.replace(file.with_suffix(".damaged"))
    if not file.exists():
        with contextlib.suppress(OSError):
            file.with_suffix(_LOCK).unlink(missing_ok=True)
    drop_lock(descriptor)
    return None
