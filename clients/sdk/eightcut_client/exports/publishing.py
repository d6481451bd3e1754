"""From complete files under hidden names to files under their final names that the Store and dataset.json know.

Everything here can be done again from the journal after a kill, at whatever step that came.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eightcut.store.v1 import clip_file_pb2, export_service_pb2
from google.protobuf.json_format import MessageToDict, ParseDict

from eightcut_client.connection import Connection
from eightcut_client.errors import InvalidError, NotFoundError
from eightcut_client.exports.dataset import update_dataset
from eightcut_client.exports.disk import gone, step, sync_folder
from eightcut_client.exports.erasing import FileRow, erase, forget_files
from eightcut_client.exports.journal import Document
from eightcut_client.exports.moving import finish_replacing, publish
from eightcut_client.exports.names import is_image
from eightcut_client.exports.places import inside, is_of_scan, is_there, list_files

MOST_FILES = 1000
"""That one call records."""

CLIP_GONE = "The clip was deleted while it was being cut."

_TOLERANCE = 2_000_000_000
"""Nanoseconds by which some file systems round the time of a file."""


@dataclass(slots=True)
class NewFile:
    """A file that is complete under a hidden name, or is being made there.

    Attributes:
        temporary: Its hidden name, below the export folder with "/".
        path: Its final one.
        replaces: Final names under which there may be files of the clip's last export.
        record: What the Store is to know of it.
        identity: What it is recognised by under either name; empty: not complete yet.
        sound: It is a folder of images, and has a .wav beside it, under both names.
    """

    temporary: str
    path: str
    replaces: list[str]
    record: export_service_pb2.NewClipFile
    identity: list[int] = field(default_factory=list)
    sound: bool = False

    @property
    def names(self) -> list[tuple[str, str]]:
        """Hidden and final names of all that belongs to it; last what makes it visible."""
        own = (self.temporary, self.path)
        return [(f"{self.temporary}.wav", f"{self.path}.wav"), own] if self.sound else [own]

    def to_document(self) -> Document:
        """Return it for the journal."""
        return {
            "temporary": self.temporary,
            "path": self.path,
            "replaces": self.replaces,
            "record": MessageToDict(self.record, preserving_proto_field_name=True),
            "identity": self.identity,
            "sound": self.sound,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> NewFile:
        """Read it from the journal."""
        record = ParseDict(document["record"], export_service_pb2.NewClipFile())
        return cls(
            document["temporary"],
            document["path"],
            list(document["replaces"]),
            record,
            list(document["identity"]),
            document["sound"],
        )


@dataclass(slots=True)
class NewClip:
    """The files of one clip, which become visible together, and those of its last export that they leave over."""

    files: list[NewFile]
    surplus: list[FileRow]

    @property
    def is_fresh(self) -> bool:
        """Whether it had no files in the export folder when it was planned."""
        return not self.surplus and not any(file.replaces for file in self.files)

    def to_document(self) -> Document:
        """Return it for the journal."""
        return {"files": [f.to_document() for f in self.files], "surplus": [s.to_document() for s in self.surplus]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> NewClip:
        """Read it from the journal."""
        return cls(
            [NewFile.from_document(each) for each in document["files"]],
            [FileRow.from_document(each) for each in document["surplus"]],
        )


@dataclass(slots=True)
class Published:
    """What became of clips.

    Attributes:
        files: As the Store recorded them; where another client was the first to cut a clip, its files.
        failed: Clips that could not become files under their names, with a sentence each.
    """

    files: list[clip_file_pb2.ClipFile] = field(default_factory=list)
    failed: list[tuple[NewClip, str]] = field(default_factory=list)


def identify(path: Path) -> list[int]:
    """Return what a file, or a folder of images, is recognised by after a rename: bytes and last change."""
    if not path.is_dir():
        status = path.stat()
        return [status.st_size, status.st_mtime_ns]
    found = [entry.stat() for entry in os.scandir(path) if is_image(entry.name)]
    return [sum(status.st_size for status in found), max((status.st_mtime_ns for status in found), default=0)]


def publish_clips(
    conn: Connection, profile: str, folder: Path, clips: Sequence[NewClip], *, live: bool = True
) -> Published:
    """Give files their names, record them, remove what they leave over, and write dataset.json.

    The journal holds the clips already. Files that are neither under the one name nor under the other are left out.

    Args:
        conn: The services.
        profile: Whose clips.
        folder: The export folder.
        clips: What is complete under hidden names.
        live: They were cut just now: if their folder is gone, so is the disk.

    Raises:
        DiskError: The folder is not there any more.
        OSError: A disk did not do it; the rest is for `healing`.
        EightcutError: The Store did not answer; likewise.
    """
    result = Published()
    named: list[NewClip] = []
    for clip in clips:
        try:
            if sum(_give_name(folder, file) for file in clip.files) == len(clip.files):
                named.append(clip)
            else:
                _require_there(folder, clip, live=live)
                result.failed.append((clip, "A file that was cut has gone before it got its name."))
                _take_back(conn, folder, clip)
        except FileExistsError as error:
            taken = Path(error.filename2 or error.filename).name
            result.failed.append((clip, f"{taken} is the name of another file already; cut the clip again."))
            _take_back(conn, folder, clip)
    for place in {inside(folder, file.path).parent for clip in named for file in clip.files}:
        sync_folder(place)
    step("publish: named")
    recorded: list[tuple[NewClip, list[clip_file_pb2.ClipFile]]] = []
    for clip, answer in _record(conn, profile, named):
        if isinstance(answer, str):
            result.failed.append((clip, answer))
            _take_back(conn, folder, clip)
        else:
            recorded.append((clip, answer))
    step("publish: recorded")
    earlier = _recorded_before(conn, profile, folder, recorded)
    surplus = [row for clip in named for row in clip.surplus]
    surplus += [FileRow.of(row) for clip, rows in recorded if earlier.get(id(clip)) for row in rows]
    forget_files(conn, profile, surplus)
    result.files = [row for clip, rows in recorded for row in earlier.get(id(clip), rows)]
    update_dataset(folder, put={file.path: file.label for file in result.files})
    step("publish: listed")
    return result


def _recorded_before(
    conn: Connection, profile: str, folder: Path, clips: Sequence[tuple[NewClip, list[clip_file_pb2.ClipFile]]]
) -> dict[int, list[clip_file_pb2.ClipFile]]:
    """Files that another client made of the same clips, which had none, since these were planned; by id().

    The first that was recorded stays: so all clients agree on which one goes, and each removes only what it has made.
    """
    fresh = {rows[0].clip_id: (clip, rows) for clip, rows in clips if clip.is_fresh}
    found: dict[int, list[clip_file_pb2.ClipFile]] = defaultdict(list)
    for row in list_files(conn, profile=profile, clip_ids=fresh, export_folder=str(folder)):
        clip, own = fresh[row.clip_id]
        first = int(row.id) < min(int(each.id) for each in own) and is_of_scan(row) == is_of_scan(own[0])
        if first and is_there(row):
            found[id(clip)].append(row)
    return found


def remove_temporaries(folder: Path, names: Iterable[str]) -> None:
    """Remove files (and folders of images) under hidden names.

    Raises:
        OSError: A disk did not do it.
    """
    for name in names:
        erase(inside(folder, name))


def _require_there(folder: Path, clip: NewClip, *, live: bool) -> None:
    """A file that is gone together with its folder may come back with it."""
    places = {inside(folder, file.path).parent for file in clip.files} if live else {folder}
    for place in places:
        if not place.is_dir():
            raise gone(place)


def _give_name(folder: Path, file: NewFile) -> bool:
    done = False
    for hidden, final in file.names:
        source, target = inside(folder, hidden), inside(folder, final)
        if os.path.lexists(source):
            replace = final in file.replaces
            if not replace and os.path.lexists(target) and source.samefile(target):
                source.unlink()  # A kill came between the new name and the end of the old one.
            else:
                publish(source, target, replace=replace)
            done = True
        else:
            done = os.path.lexists(target) and (hidden != file.temporary or _is(target, file.identity))
            if done and file.sound:
                finish_replacing(target)  # A kill came in between.
        if not done:
            return False
        step("publish: one name")
    return done


def _is(path: Path, identity: list[int]) -> bool:
    size, time = identify(path)
    return size == identity[0] and abs(time - identity[1]) <= _TOLERANCE


def _take_back(conn: Connection, folder: Path, clip: NewClip) -> None:
    """Remove the files of a clip that cannot be recorded, unless somebody has recorded them."""
    paths = [file.path for file in clip.files]
    kept = {row.path for row in list_files(conn, export_folder=str(folder), paths=paths)}
    for file in clip.files:
        for hidden, final in file.names:
            source, target = inside(folder, hidden), inside(folder, final)
            # What has its hidden name yet did not get the other one: what is there is somebody else's, however like it.
            named = not os.path.lexists(source) and os.path.lexists(target)
            if file.path not in kept and named and (final != file.path or _is(target, file.identity)):
                erase(target)
        remove_temporaries(folder, [hidden for hidden, _ in file.names])


def _record(
    conn: Connection, profile: str, clips: Sequence[NewClip]
) -> Iterable[tuple[NewClip, list[clip_file_pb2.ClipFile] | str]]:
    """Record clips, as many at once as a call takes; one that the Store refuses stops no other one."""
    for part in _parts(clips):
        try:
            yield from _record_part(conn, profile, part)
        except (NotFoundError, InvalidError):
            for clip in part:
                try:
                    yield from _record_part(conn, profile, [clip])
                except (NotFoundError, InvalidError) as error:
                    gone = isinstance(error, NotFoundError) and error.reason == "RESOURCE_UNKNOWN"
                    yield clip, CLIP_GONE if gone else str(error)


def _record_part(
    conn: Connection, profile: str, clips: Sequence[NewClip]
) -> list[tuple[NewClip, list[clip_file_pb2.ClipFile] | str]]:
    request = export_service_pb2.RecordClipFilesRequest(
        profile=profile, files=[file.record for clip in clips for file in clip.files]
    )
    rows = iter(conn.exports.RecordClipFiles(request).files)
    return [(clip, [next(rows) for _ in clip.files]) for clip in clips]


def _parts(clips: Sequence[NewClip]) -> Iterable[list[NewClip]]:
    part: list[NewClip] = []
    files = 0
    for clip in clips:
        if part and files + len(clip.files) > MOST_FILES:
            yield part
            part, files = [], 0
        part.append(clip)
        files += len(clip.files)
    if part:
        yield part
