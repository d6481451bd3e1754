"""Export folders: where files go, and what lies there already."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eightcut.store.v1 import clip_file_pb2, clip_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import ConfigError, InvalidError
from eightcut_client.exports.disk import DiskError, DiskFullError, FolderGoneError, explain, explained, make_folder
from eightcut_client.exports.names import DISABLED, Kind, parse_name, video_number
from eightcut_client.paging import pages

_BATCH = 1000
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """Where clips go.

    Attributes:
        folder: The export folder.
        name: What the files are called, before their numbers.
    """

    folder: Path
    name: str


@dataclass(frozen=True, slots=True)
class NextNumbers:
    """The numbers that the next clips of a video would get; nothing is reserved.

    Attributes:
        video: Of the video.
        video_known: The video has it already.
        marked: Of a marked clip.
        scan_export: Of a scan export.
    """

    video: int
    video_known: bool
    marked: int
    scan_export: int


def absolute(folder: Path) -> Path:
    """Return the export folder as it is recorded: absolute, without ".", ".." and "~", links as they are.

    Raises:
        InvalidError: The Store cannot hold such a path.
    """
    text = os.path.normpath(folder.expanduser().absolute())
    if "\0" in text or len(text) > _LONGEST:
        raise InvalidError("The path of the export folder is too long, or no path at all.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidError(
            f"The path of the export folder {text!a} is no UTF-8 text: choose a folder with another name."
        ) from None
    if not Path(text).name:
        raise InvalidError(f"{text} is a whole disk: choose a folder on it to export to.")
    return Path(text)


def sibling(folder: str, *, disabled: bool) -> str:
    """Return the export folder (or a folder of clips) with or without the ending "_disabled"."""
    plain = folder.removesuffix(DISABLED)
    return plain + DISABLED if disabled else plain


def open_folder(conn: Connection, folder: Path, *, create: bool = False) -> None:
    """See that files can be put into an export folder, making it if it is new.

    Args:
        conn: The services.
        folder: Absolute.
        create: Also a folder in which there should be files already, such as one on a disk that is not connected.

    Raises:
        DiskError: It cannot be made, or cannot be written to; FolderGoneError: it should be there.
        InvalidError: It is a file, or inside the folder of the Store.
        EightcutError: The Store did not answer.
    """
    _refuse_data_folder(conn, folder)
    with explained(folder.parent):
        there = folder.is_dir()
    if there:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise DiskError(f"Nothing can be written to {folder}: it is on a disk that can only be read, or protected.")
        return
    if os.path.lexists(folder):
        raise InvalidError(f"{folder} is no folder: choose another one to export to.")
    if not create and has_files(conn, str(folder)):
        raise FolderGoneError(f"{folder} is not there, but clips were exported to it: connect its disk.")
    try:
        make_folder(folder, parents=True)
    except OSError as error:
        trouble = explain(error, folder)
        if isinstance(trouble, DiskFullError):
            raise trouble from error
        raise DiskError(
            f"The export folder {folder} cannot be made: {(error.strerror or 'refused').lower()}."
        ) from error


def has_files(conn: Connection, folder: str) -> bool:
    """Whether any profile has recorded files there."""
    request = export_service_pb2.ListClipFilesRequest(export_folder=folder, page_size=1)
    return bool(conn.exports.ListClipFiles(request).files)


def list_files(
    conn: Connection,
    *,
    profile: str = "",
    clip_ids: Collection[str] | None = None,
    media: str = "",
    folder: str = "",
    export_folder: str = "",
    paths: Collection[str] | None = None,
) -> Iterator[clip_file_pb2.ClipFile]:
    """Yield all files for which the conditions of ListClipFilesRequest hold; ids and paths of any number, also none.

    Raises:
        EightcutError: The Store did not answer.
    """
    for ids in [[]] if clip_ids is None else batches(clip_ids):
        for names in [[]] if paths is None else batches(paths):
            request = export_service_pb2.ListClipFilesRequest(
                profile=profile,
                clip_ids=ids,
                media=media,
                folder=folder,
                export_folder=export_folder,
                paths=names,
                page_size=_BATCH,
            )
            for page in pages(conn.exports.ListClipFiles, request):
                yield from page.files


def batches(items: Iterable[str]) -> Iterator[list[str]]:
    """Yield them in pieces that one call takes."""
    all_of_them = list(items)
    for start in range(0, len(all_of_them), _BATCH):
        yield all_of_them[start : start + _BATCH]


def is_here(export_folder: str) -> bool:
    """Whether an export folder can be one of this machine; an imported one may be of another system, or not known."""
    return Path(export_folder).is_absolute()


def away(export_folders: Iterable[str], then: str) -> list[str]:
    """Return a sentence for each export folder, one for each file, that is not of this machine; ``then`` ends them."""
    counts = Counter(folder for folder in export_folders if not is_here(folder))
    return [
        f"{'1 file' if count == 1 else f'{count:,} files'} in {folder or 'a folder that is not known'} "
        f"{'is' if count == 1 else 'are'} not on this machine: {then}."
        for folder, count in sorted(counts.items())
    ]


def location(file: clip_file_pb2.ClipFile) -> Path:
    """Return where a recorded file lies on this machine.

    Raises:
        InvalidError: It is elsewhere, or its path would lead out of its export folder.
    """
    if not is_here(file.export_folder):
        raise InvalidError(f"{spelled(file)} is not on this machine.")
    return inside(Path(file.export_folder), file.path)


def is_there(file: clip_file_pb2.ClipFile) -> bool:
    """Whether there is something where a recorded file should lie on this machine."""
    return is_here(file.export_folder) and os.path.lexists(location(file))


def is_of_scan(file: clip_file_pb2.ClipFile) -> bool:
    """Whether a file was exported from a scan, perhaps as one more file of a clip that a person had marked there."""
    name = parse_name(file.path.rpartition("/")[2])
    return file.origin == clip_pb2.CLIP_ORIGIN_SCAN_EXPORT or (name is not None and name.kind == "a")


def spelled(file: clip_file_pb2.ClipFile) -> str:
    """Return the path of a recorded file as the machine writes it where it lies; for reading only."""
    folder = file.export_folder
    if is_here(folder):
        return str(inside(Path(folder), file.path))
    separator = "\\" if "\\" in folder else "/"
    return f"{folder}{separator}{file.path.replace('/', separator)}" if folder else file.path


def inside(folder: Path, path: str) -> Path:
    """Return a path below an export folder.

    Raises:
        InvalidError: It would lead out of it.
    """
    parts = path.split("/")
    drives = sys.platform == "win32" and ":" in path
    if drives or not path or any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise InvalidError(f"{path!r} is no path below an export folder.")
    return folder.joinpath(*parts)


def peek_numbers(conn: Connection, export_folder: Path, digest: str) -> NextNumbers:
    """Return the numbers that the next clips of a video would get in an export folder, also by what its disk holds.

    Raises:
        DiskError: The folder cannot be read.
        EightcutError: The Store did not answer, or does not know the media.
    """
    folder = absolute(export_folder)
    with explained(folder):
        floor = video_floor(folder)
    request = export_service_pb2.PeekNumbersRequest(export_folder=str(folder), media=digest, video_floor=floor)
    answer = conn.exports.PeekNumbers(request)
    number = answer.video_number
    with explained(folder):
        floors = clip_floors(folder, number) if answer.video_known else {"m": 0, "a": 0}
    return NextNumbers(
        number,
        answer.video_known,
        max(answer.next_marked, floors["m"] + 1),
        max(answer.next_scan_export, floors["a"] + 1),
    )


def video_floor(folder: Path) -> int:
    """Return the largest number of a video's folder, in the export folder or its "_disabled" sibling."""
    return max(
        (number for place in _both(folder) for name in _names(place) if (number := video_number(name))), default=0
    )


def clip_floors(folder: Path, video: int) -> dict[Kind, int]:
    """Return the largest number of a clip of each kind in a video's folder, or its sibling's."""
    floors: dict[Kind, int] = {"m": 0, "a": 0}
    for place in _both(folder):
        for name in _names(place):
            if video_number(name) != video:
                continue
            for filename in _names(place / name):
                found = parse_name(filename)
                if found is not None:
                    floors[found.kind] = max(floors[found.kind], found.number)
    return floors


def _both(folder: Path) -> tuple[Path, Path]:
    return (
        folder.with_name(sibling(folder.name, disabled=False) or folder.name),
        folder.with_name(sibling(folder.name, disabled=True)),
    )


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _refuse_data_folder(conn: Connection, folder: Path) -> None:
    if conn.data_dir is None:
        return
    data = os.path.realpath(conn.data_dir)
    if os.path.realpath(folder) == data or Path(os.path.realpath(folder)).is_relative_to(data):
        raise InvalidError(f"{folder} is inside the folder where 8-cut keeps its own data: choose another one.")


def store_key(conn: Connection) -> str:
    """Return which Store a journal entry is for."""
    if conn.data_dir is not None:
        return f"data:{os.path.realpath(conn.data_dir)}"
    try:
        return f"server:{conn.address('store')}"
    except ConfigError:
        return "server:"
