"""An export folder in the old layout, with the records that an import makes of it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from eightcut.store.v1 import clip_file_pb2, clip_service_pb2, export_service_pb2, media_service_pb2
from eightcut_client.exports.migrate import Migration, migrate_layout
from eightcut_client.exports.migrate_survey import Move
from eightcut_client.times import to_duration

from tests.exports.conftest import Desk


class Library:
    """Old files of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.folder = desk.folder
        self._starts = iter(range(1, 10_000))

    def video(self, name: str) -> str:
        """Registers a video of the test's own; returns its digest."""
        digest = hashlib.sha256(f"{self.desk.profile} {name}".encode()).hexdigest()
        request = media_service_pb2.RegisterMediaRequest(
            digest=digest, filename=name, size_bytes=1, duration=to_duration(100_000.0)
        )
        self.desk.conn.media.RegisterMedia(request)
        return digest

    def record(
        self,
        video: str,
        path: str,
        *,
        profile: str = "",
        images: bool = False,
        size: int = 0,
        folder: Path | None = None,
    ) -> clip_file_pb2.ClipFile:
        """Lets the Store know of a file of a new clip."""
        start = to_duration(float(next(self._starts)))
        clip = clip_service_pb2.NewClip(media=video, start=start, duration=to_duration(8.0), folder="door", origin=1)
        new = export_service_pb2.NewClipFile(
            clip=clip,
            export_folder=str(folder or self.folder),
            path=path,
            start=start,
            duration=to_duration(8.0),
            settings=clip_file_pb2.CutSettings(format="webp" if images else "mp4"),
            size_bytes=size,
        )
        request = export_service_pb2.RecordClipFilesRequest(profile=profile or self.desk.profile, files=[new])
        return self.desk.conn.exports.RecordClipFiles(request).files[0]

    def put(self, *paths: str, content: str = "") -> None:
        """Writes files; one says its own path unless another content is given."""
        for path in paths:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content or path)

    def add(self, video: str, path: str, **values: Any) -> clip_file_pb2.ClipFile:
        """A file on the disk that the Store knows."""
        self.put(path)
        return self.record(video, path, **values)

    def list(self, paths: Iterable[str]) -> None:
        """Writes dataset.json."""
        entries = [{"path": path, "label": f"label of {path}", "more": 1} for path in paths]
        (self.folder / "dataset.json").write_text(json.dumps(entries))

    def migrate(self, *, apply: bool = True) -> Migration:
        (found,) = migrate_layout(self.desk.conn, folders=[self.folder], apply=apply, journal=self.desk.journal)
        return found

    def disk(self) -> dict[str, str]:
        """Content by path, but for dataset.json."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name != "dataset.json"
        }

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir())

    def rows(self, profile: str | None = None) -> list[str]:
        return [row.path for row in self.desk.rows(profile)]


def part_disks(set_attribute: Callable[[object, str, object], None]) -> None:
    """Lets every rename between folders fail as between two disks."""
    link, rename = os.link, Path.rename

    def refuse(source: Any, target: Any) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))

    def other_link(source: Any, target: Any, **more: Any) -> None:
        refuse(source, target)
        link(source, target, **more)

    def other_rename(self: Path, target: Any) -> Path:
        refuse(self, target)
        return rename(self, target)

    set_attribute(os, "link", other_link)
    set_attribute(Path, "rename", other_rename)


def pairs(moves: Iterable[Move]) -> list[tuple[str, str]]:
    return [(move.source, move.target) for move in moves]
