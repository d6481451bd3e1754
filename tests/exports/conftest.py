"""A real Store, a profile of the test's own, and small videos to cut from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2, export_service_pb2, profile_service_pb2
from eightcut_client import Connection, register_file
from eightcut_client.cutting import CutOptions, SubClip
from eightcut_client.exports import CutItem, ExportResult, ExportTarget, Journal, cut_items
from eightcut_client.exports.places import list_files
from eightcut_client.paging import pages
from eightcut_client.register import LocalMedia, identify_file
from eightcut_client.times import to_duration, to_seconds
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.service import SPEC

from tests.support.media import noise, write_media

WAV = CutOptions(format="wav", duration=1.0)
MP4 = CutOptions(duration=1.0)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Store that all tests use."""
    folder = tmp_path_factory.mktemp("store")
    with serve_in_thread(SPEC, ["--database", f"sqlite:///{folder / 'store.sqlite3'}"]) as running:
        yield running.address


@pytest.fixture
def conn(store: str) -> Iterator[Connection]:
    with Connection.remote(f"store={store}") as connection:
        yield connection


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds with a picture."""
    folder = tmp_path_factory.mktemp("videos")
    return write_media(folder / "street.mp4", noise(12.0, 16_000, seed=1), 16_000, video=True)


@pytest.fixture(scope="session")
def other_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds with a picture."""
    folder = tmp_path_factory.mktemp("videos")
    return write_media(folder / "garden.mp4", noise(10.0, 16_000, seed=2), 16_000, video=True)


@dataclass
class Desk:
    """A person's profile, journal and export folder."""

    conn: Connection
    profile: str
    folder: Path
    journal: Journal
    store: str
    media: dict[Path, LocalMedia] = field(default_factory=dict)

    def local(self, path: Path) -> LocalMedia:
        if path not in self.media:
            self.media[path] = identify_file(path)
            register_file(self.conn, self.media[path])
        return self.media[path]

    def mark(self, path: Path, start: float, *, folder: str = "door", label: str = "a door") -> clip_pb2.Clip:
        new = clip_service_pb2.NewClip(
            media=self.local(path).digest,
            start=to_duration(start),
            duration=to_duration(1.0),
            folder=folder,
            label=label,
        )
        return self.conn.clips.CreateClip(clip_service_pb2.CreateClipRequest(profile=self.profile, clip=new)).clip

    def item(self, path: Path, clip: clip_pb2.Clip, count: int = 1, spread: float = 0.5) -> CutItem:
        start = to_seconds(clip.start)
        files = tuple(SubClip(index, start + index * spread, 1.0) for index in range(count))
        return CutItem(self.local(path), files, start, 1.0, clip.folder, clip.label, clip.category, clip.id)

    def found(self, path: Path, start: float, *, folder: str = "door", label: str = "found") -> CutItem:
        """An item of a scan export."""
        return CutItem(self.local(path), (SubClip(0, start, 1.0),), start, 1.0, folder, label)

    def cut(
        self, items: Sequence[CutItem], options: CutOptions = WAV, *, folder: Path | None = None, **more: Any
    ) -> ExportResult:
        target = ExportTarget(folder or self.folder, "door")
        return cut_items(self.conn, self.profile, items, target, options, journal=self.journal, **more)

    def rows(self, profile: str | None = None) -> list[clip_file_pb2.ClipFile]:
        return list(list_files(self.conn, profile=self.profile if profile is None else profile))

    def clips(self) -> list[clip_pb2.Clip]:
        request = clip_service_pb2.ListClipsRequest(profile=self.profile, page_size=1000)
        return [clip for page in pages(self.conn.clips.ListClips, request) for clip in page.clips]

    def again(self, name: str) -> Desk:
        """Another person's profile, on the same folder."""
        self.conn.profiles.CreateProfile(profile_service_pb2.CreateProfileRequest(profile=name))
        journal = Journal(self.journal.folder.with_name(f"journal {len(name)}"))
        return Desk(self.conn, name, self.folder, journal, self.store)


@pytest.fixture
def desk(conn: Connection, store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    name = request.node.nodeid[-60:]
    conn.profiles.CreateProfile(profile_service_pb2.CreateProfileRequest(profile=name))
    # Numbers go by the name of the export folder: each test gets one of its own.
    return Desk(conn, name, tmp_path / f"door {abs(hash(name))}", Journal(tmp_path / "journal"), store)


def share(desk: Desk, other: Desk, video: Path) -> None:
    """Records the files of one profile in another, too."""
    clip = other.mark(video, 1.0)
    for row in desk.rows():
        record = export_service_pb2.NewClipFile(
            clip_id=clip.id,
            export_folder=row.export_folder,
            path=row.path,
            start=row.start,
            duration=row.duration,
            settings=row.settings,
        )
        request = export_service_pb2.RecordClipFilesRequest(profile=other.profile, files=[record])
        desk.conn.exports.RecordClipFiles(request)


def on_disk(folder: Path) -> list[str]:
    """All files below a folder, hidden ones too, but for dataset.json."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() and path != folder / "dataset.json"
    )


def dataset(folder: Path) -> dict[str, str]:
    """Labels by path in dataset.json."""
    entries = json.loads((folder / "dataset.json").read_text())
    assert len({entry["path"] for entry in entries}) == len(entries)
    return {entry["path"]: entry["label"] for entry in entries}


def assert_whole(desk: Desk, *folders: Path) -> None:
    """Disk, Store and dataset.json say the same, and nothing is on its way any more."""
    rows = {(row.export_folder, row.path) for row in desk.rows("") if Path(row.export_folder) in folders}
    for folder in folders:
        there = {path for place, path in rows if place == str(folder)}
        assert set(on_disk(folder) if folder.is_dir() else []) == there
        if there or (folder / "dataset.json").exists():
            assert set(dataset(folder)) == there
    assert not [path.name for path in desk.journal.folder.glob("*") if path.suffix != ".lock"]
