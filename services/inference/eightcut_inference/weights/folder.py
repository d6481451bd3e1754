"""The folder of all weights: ``<id>/{model.safetensors, manifest.json}``, changed whole or not at all.

New weights are made in ``.new-<id>-…`` beside the old ones, written through to the disk, and put in their place by two
renames, between which the old ones are ``.old-<id>``: readers look there too, so that at every moment, and wherever
somebody is killed, there are the old or the new ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.locks import drop_lock, take_lock

from eightcut_inference.weights.errors import WeightsError, reason
from eightcut_inference.weights.manifest import Manifest, ManifestError

MODEL = "model.safetensors"
MANIFEST = "manifest.json"
_BLOCK = 8 * 1024 * 1024
_LONGEST_MANIFEST = 4 * 1024 * 1024

Stamp = tuple[int, int, int]
OnBytes = Callable[[int, int], None]
"""Called with bytes done, and bytes in all."""


class MissingError(WeightsError):
    """There are no such weights."""


@dataclass(frozen=True)
class Found:
    """Weights that are there, whole as far as their size tells.

    Attributes:
        folder: Where.
        manifest: What they are.
        stamp: Changes when they are replaced.
    """

    folder: Path
    manifest: Manifest
    stamp: tuple[Stamp, Stamp]

    @property
    def model(self) -> Path:
        """The file of the tensors."""
        return self.folder / MODEL


class WeightsFolder:
    """All weights of an installation. Any number of threads and processes may look; one at a time may change an id.

    Args:
        root: The folder; it need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._read: dict[str, Found] = {}

    def find(self, weights: str) -> Found:
        """Weights by id, without reading the tensors; quick when nothing has changed since the last time.

        Raises:
            MissingError: There are none.
            WeightsError: They are unreadable, damaged or half-copied.
        """
        try:
            return self._find(weights)
        except FileNotFoundError:
            # They may just have been replaced.
            try:
                return self._find(weights)
            except FileNotFoundError as error:
                raise MissingError(f"There are no weights of {weights} in {self.root}.") from error
        except OSError as error:
            raise WeightsError(f"The weights in {self.root / weights} cannot be read: {reason(error)}.") from error

    def _find(self, weights: str) -> Found:
        folder = self._place(weights)
        stamp = (_stamp(folder / MANIFEST), _stamp(folder / MODEL))
        with self._lock:
            known = self._read.get(weights)
        if known is not None and (known.folder, known.stamp) == (folder, stamp):
            return known
        found = Found(folder, _read_manifest(folder, weights), stamp)
        with self._lock:
            self._read[weights] = found
        return found

    def _place(self, weights: str) -> Path:
        folder, old = self.root / weights, self._old(weights)
        return old if not folder.is_dir() and old.is_dir() else folder

    def _old(self, weights: str) -> Path:
        return self.root / f".old-{weights}"

    @contextlib.contextmanager
    def changing(self, weights: str) -> Iterator[Path]:
        """Gives an empty folder in which new weights are made; `install` puts them in their place.

        What earlier attempts left behind is removed, and so is the folder itself afterwards.

        Raises:
            WeightsError: Another process is doing the same, or the folder cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = take_lock(self.root / f".lock-{weights}")
        except BlockingIOError as error:
            raise WeightsError(f"Another 8cut models is bringing in the weights of {weights} right now.") from error
        except OSError as error:
            raise WeightsError(f"The weights folder {self.root} cannot be written: {reason(error)}.") from error
        try:
            self._sweep(weights)
            with tempfile.TemporaryDirectory(
                prefix=f".new-{weights}-", dir=self.root, ignore_cleanup_errors=True
            ) as new:
                yield Path(new)
        finally:
            drop_lock(lock)

    def _sweep(self, weights: str) -> None:
        """Finishes or undoes what a killed process began; under the lock."""
        old, current = self._old(weights), self.root / weights
        if old.is_dir() and not current.exists():
            old.rename(current)
        shutil.rmtree(old, ignore_errors=True)
        for leftover in self.root.glob(f".new-{weights}-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def install(self, new: Path, manifest: Manifest) -> None:
        """Puts new weights, made in the folder from `changing`, in their place.

        Raises:
            OSError: The disk is full, say; the old ones are still there.
        """
        with (new / MANIFEST).open("w", encoding="utf-8") as file:
            file.write(manifest.to_json())
            file.flush()
            os.fsync(file.fileno())
        ready = new / "weights"
        ready.mkdir()
        for name in (MODEL, MANIFEST):
            (new / name).rename(ready / name)
        sync_folder(ready)
        current, old = self.root / manifest.weights, self._old(manifest.weights)
        if current.is_symlink() or (current.exists() and not current.is_dir()):
            raise WeightsError(f"{current} is in the way: it is no folder of 8-cut.")
        if current.exists():
            current.rename(old)
        ready.rename(current)
        sync_folder(self.root)
        shutil.rmtree(old, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Writes names in a folder through to the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sha256_of(file: Path, on_bytes: OnBytes | None = None) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    with file.open("rb", buffering=0) as source:
        total, done = os.fstat(source.fileno()).st_size, 0
        while count := source.readinto(buffer):
            digest.update(buffer[:count])
            done += count
            if on_bytes is not None:
                on_bytes(done, total)
    return digest.hexdigest()


_VERIFIED: dict[tuple[str, Stamp], str] = {}


def verify(found: Found) -> None:
    """Compares the tensors' file with the digest in its manifest; once in a process as long as the file stays the same.

    Raises:
        WeightsError: It differs, or cannot be read.
    """
    key = (str(found.model), found.stamp[1])
    try:
        digest = _VERIFIED.get(key) or sha256_of(found.model)
        if _stamp(found.model) == key[1]:
            _VERIFIED[key] = digest
    except OSError as error:
        raise WeightsError(f"The weights in {found.folder} cannot be read: {reason(error)}.") from error
    if digest != found.manifest.sha256:
        raise WeightsError(
            f"The weights in {found.folder} are damaged: their SHA-256 is not the one in their manifest; "
            f"`8cut models pull {found.manifest.weights}` brings them anew."
        )


def _stamp(file: Path) -> Stamp:
    status = file.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _read_manifest(folder: Path, weights: str) -> Manifest:
    again = f"`8cut models pull {weights}` brings them anew."
    file = folder / MANIFEST
    try:
        with file.open(encoding="utf-8") as opened:
            manifest = Manifest.from_json(opened.read(_LONGEST_MANIFEST))
    except ManifestError as error:
        raise WeightsError(f"The weights in {folder} cannot be used: their manifest {error}; {again}") from error
    except UnicodeDecodeError as error:
        raise WeightsError(f"The weights in {folder} cannot be used: their manifest is no text; {again}") from error
    if manifest.weights != weights:
        raise WeightsError(f"The folder {folder} holds weights of {manifest.weights}, not of {weights}; {again}")
    size = (folder / MODEL).stat().st_size
    if size != manifest.bytes:
        raise WeightsError(
            f"The weights in {folder} are not whole: {MODEL} has {size:,} bytes instead of {manifest.bytes:,}; {again}"
        )
    return manifest
