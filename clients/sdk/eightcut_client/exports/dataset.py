"""``dataset.json`` in an export folder: which clips there are, with their labels, for the pipelines that read them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from eightcut_client.exports.disk import DiskError, sweep_writes, sync_file, write_atomically
from eightcut_client.exports.names import DISABLED
from eightcut_client.locks import drop_lock, take_lock

NAME = "dataset.json"

_LOCK = ".dataset.lock"
_PATIENCE = 30.0  # Seconds; an update takes milliseconds.
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")

Entry: TypeAlias = Any
"""An object with "path" and "label"; a file that people edit may hold anything."""


def update_dataset(
    export_folder: Path,
    *,
    put: Mapping[str, str] | None = None,
    remove: Collection[str] = (),
    rename: Mapping[str, str] | None = None,
) -> None:
    """Change entries; everything else in the file stays as it is, in its order. Atomic, also against other clients.

    A file that is damaged is set aside (``dataset.json.damaged``), and a new one begun.

    Args:
        export_folder: Where the file lies; it is made when there is something to put into it.
        put: Labels by path below the export folder, with "/".
        remove: Such paths.
        rename: New paths by old ones; a new path that has an entry already loses that. Can be done again, as long as no
            new path is an old one, too.

    Raises:
        OSError: The disk does not take it; the file is as it was.
    """
    if not (put or remove or rename):
        return
    with _alone(export_folder):
        entries, found = _read(export_folder)
        changed = _renamed(entries, export_folder, rename or {})
        changed = _without(changed, export_folder, set(remove))
        changed = _with(changed, export_folder, put or {})
        if changed != entries or (changed and not found):
            _write(export_folder, changed)


def tidy(export_folder: Path) -> None:
    """Remove what a client left that was killed while it changed the file.

    Raises:
        OSError: The disk does not do it.
    """
    file = Path(os.path.realpath(export_folder / NAME))
    if os.path.lexists(export_folder / _LOCK) or any(file.parent.glob(f".{NAME}.*.part")):
        with _alone(export_folder):
            sweep_writes(file)


def renew_damaged(export_folder: Path, known: Callable[[], Mapping[str, str]]) -> Path | None:
    """Begin a damaged file anew with all clips that there are; it is set aside, and stays in place until then.

    Args:
        export_folder: Where the file lies.
        known: Asked for labels by path below the export folder.

    Returns:
        What the damaged file is called now; None: it is not damaged.

    Raises:
        OSError: The disk does not take it; the file is as it was.
    """
    file = export_folder / NAME
    if not _is_damaged(file):
        return None
    labels = known()
    with _alone(export_folder):
        if not _is_damaged(file):
            return None  # Another client was faster.
        aside = _name_aside(file)
        shutil.copy2(file, aside)
        sync_file(aside)
        _write(export_folder, [{"path": path, "label": label} for path, label in labels.items()])
    return aside


def move_entries(source: Path, target: Path, labels: Mapping[str, str]) -> None:
    """Take entries from one export folder to another, with all that they say; idempotent.

    Args:
        source: The export folder that has them.
        target: The one that is to have them.
        labels: Labels by path below the export folder, for those that have no entry yet.

    Raises:
        OSError: A disk does not take it; entries may be in both then, never in none.
    """
    moved: list[Entry] = []
    if source.is_dir():
        moved = [entry for entry in _read(source)[0] if _key(entry, source) in labels]
    with _alone(target):
        entries, _ = _read(target)
        there = {_key(entry, target) for entry in entries}
        new = [_relocated(entry, source, target) for entry in moved if _key(entry, source) not in there]
        there |= {_key(entry, target) for entry in new}
        new += [{"path": path, "label": label} for path, label in labels.items() if path not in there]
        if new:
            _write(target, [*entries, *new])
    if source.is_dir():
        update_dataset(source, remove=labels.keys())


def read_entries(export_folder: Path) -> dict[str, str]:
    """Return labels by path below the export folder, of the entries that are understood.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        content = _parse((export_folder / NAME).read_bytes())
    except FileNotFoundError:
        return {}
    found = {_key(entry, export_folder): str(entry.get("label", "")) for entry in content or [] if _is_ours(entry)}
    return {path: label for path, label in found.items() if path is not None}


def _renamed(entries: list[Entry], folder: Path, names: Mapping[str, str]) -> list[Entry]:
    # Only what has its old name yet takes the place of another: done again after a kill, it must not remove itself.
    taken = {names[key] for key in (_key(entry, folder) for entry in entries) if key is not None and key in names}
    kept = _without(entries, folder, taken - names.keys())
    result = []
    for entry in kept:
        key = _key(entry, folder)
        if key is None or key not in names:
            result.append(entry)
            continue
        text: str = entry["path"]
        separator = "\\" if "\\" in text else "/"
        result.append({**entry, "path": text[: len(text) - len(key)] + names[key].replace("/", separator)})
    return result


def _without(entries: list[Entry], folder: Path, paths: set[str]) -> list[Entry]:
    return [entry for entry in entries if _key(entry, folder) not in paths] if paths else entries


def _with(entries: list[Entry], folder: Path, labels: Mapping[str, str]) -> list[Entry]:
    missing = dict(labels)
    result = []
    for entry in entries:
        key = _key(entry, folder)
        if key is None or key not in labels:
            result.append(entry)
            continue
        missing.pop(key, None)
        result.append({**entry, "label": labels[key]})
    return [*result, *({"path": path, "label": label} for path, label in missing.items())]


def _relocated(entry: Entry, source: Path, target: Path) -> Entry:
    key = _key(entry, source)
    text: str = entry["path"]
    if key is None or not _ABSOLUTE.match(text):
        return entry
    # An absolute path keeps its style: only the name of the export folder in it is another one now.
    head = text[: len(text) - len(key)]
    separator = head[-1]
    parent = head[:-1].rpartition(separator)[0]
    return {**entry, "path": f"{parent}{separator}{target.name}{separator}{text[len(head) :]}"}


def _is_ours(entry: Entry) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("path"), str)


def _key(entry: Entry, folder: Path) -> str | None:
    """The path below the export folder that an entry is about, None where it is about something else."""
    if not _is_ours(entry):
        return None
    text = str(entry["path"]).replace("\\", "/")
    if not _ABSOLUTE.match(text):
        return text.removeprefix("./")
    for base in (str(folder), os.path.realpath(folder)):
        head = base.replace("\\", "/").rstrip("/") + "/"
        if text.startswith(head):
            return text[len(head) :]
    # Written on another machine, or when the disk was mounted elsewhere: the folder is known by its name.
    parts = text.split("/")
    own = _plain(folder.name)
    for index in range(len(parts) - 2, 0, -1):
        if _plain(parts[index]) == own:
            key = "/".join(parts[index + 1 :])
            return None if _is_another(text, folder / key) else key
    return None


def _is_another(text: str, here: Path) -> bool:
    """Whether there is a file of this path, and it is not ours: of another export folder with the same name."""
    if not os.path.lexists(text):
        return False
    try:
        return not Path(text).samefile(here)
    except OSError:
        return True


def _plain(name: str) -> str:
    return name.removesuffix(DISABLED).casefold()


def _read(folder: Path) -> tuple[list[Entry], bool]:
    """The entries, and whether there is a file; a damaged one is set aside."""
    file = folder / NAME
    try:
        entries = _parse(file.read_bytes())
    except FileNotFoundError:
        return [], False
    except IsADirectoryError:
        entries = None
    if entries is not None:
        return entries, True
    file.rename(_name_aside(file))
    return [], False


def _is_damaged(file: Path) -> bool:
    try:
        return _parse(file.read_bytes()) is None
    except (FileNotFoundError, IsADirectoryError):
        return False


def _name_aside(file: Path) -> Path:
    aside = file.with_name(f"{NAME}.damaged")
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = file.with_name(f"{NAME}.damaged-{number}")
    return aside


def _parse(data: bytes) -> list[Entry] | None:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, list) else None


def _write(folder: Path, entries: list[Entry]) -> None:
    # A link stays a link: what it points to is replaced.
    file = Path(os.path.realpath(folder / NAME))
    text = json.dumps(entries, ensure_ascii=False, indent=2) + "\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = (json.dumps(entries, indent=2) + "\n").encode()
    try:
        mode = file.stat().st_mode & 0o7777
    except FileNotFoundError:
        mode = None
    write_atomically(file, data, mode=mode)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lets clients change the file one after the other."""
    lock = folder / _LOCK
    end = time.monotonic() + _PATIENCE
    while (descriptor := _locked(lock)) is None:
        if time.monotonic() > end:
            raise DiskError(f"Another program has been changing {folder / NAME} for too long: try again later.")
        time.sleep(0.01)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink(missing_ok=True)
        drop_lock(descriptor)


def _locked(lock: Path) -> int | None:
    try:
        descriptor = take_lock(lock, shared=True)
    except BlockingIOError:
        return None
    try:
        if os.path.samestat(os.fstat(descriptor), lock.stat()):
            return descriptor
    except FileNotFoundError:
        pass  # Its last holder has just removed it.
    drop_lock(descriptor)
    return None
