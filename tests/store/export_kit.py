"""Short names for what tests of clips as files do all the time."""

from __future__ import annotations

from typing import Any

from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2
from eightcut.store.v1 import export_service_pb2 as pb

from tests.store.harness import Store, seconds

DOGS = "/clips/dogs"


def settings(**values: Any) -> clip_file_pb2.CutSettings:
    chosen = {"format": "mp4", "clip_count": 1, "clip_duration": seconds(8), "spread": seconds(3), "crop_center": 0.5}
    return clip_file_pb2.CutSettings(**chosen | values)


def new_file(owner: clip_pb2.Clip | clip_service_pb2.NewClip, path: str, **values: Any) -> pb.NewClipFile:
    """A file of a clip; of a `NewClip`, one that comes with it."""
    whose: dict[str, Any] = {"clip": owner}
    if isinstance(owner, clip_pb2.Clip):
        whose = {"clip_id": owner.id}
    chosen = {
        "export_folder": DOGS,
        "path": path,
        "start": owner.start,
        "duration": owner.duration,
        "label": owner.label,
        "settings": settings(),
        "size_bytes": 1000,
    }
    return pb.NewClipFile(**whose | chosen | values)


def record(store: Store, *files: pb.NewClipFile, profile: str = "default") -> list[clip_file_pb2.ClipFile]:
    return list(store.exports.RecordClipFiles(pb.RecordClipFilesRequest(profile=profile, files=files)).files)


def files_of(store: Store, **values: Any) -> list[clip_file_pb2.ClipFile]:
    return list(store.exports.ListClipFiles(pb.ListClipFilesRequest(**{"profile": "default"} | values)).files)


def paths_of(store: Store, **values: Any) -> list[str]:
    return [file.path for file in files_of(store, **values)]


def forget(
    store: Store, *files: clip_file_pb2.ClipFile, profile: str = "default", clips: bool = False
) -> pb.BatchDeleteClipFilesResponse:
    ids = [file.id for file in files]
    request = pb.BatchDeleteClipFilesRequest(profile=profile, ids=ids, delete_clips=clips)
    return store.exports.BatchDeleteClipFiles(request)


def reserve(store: Store, media: str, count: int = 1, **values: Any) -> tuple[int, int]:
    chosen = {"export_folder": DOGS, "media": media, "count": count}
    answer = store.exports.ReserveNumbers(pb.ReserveNumbersRequest(**chosen | values))
    return answer.video_number, answer.first_number


def peek(store: Store, media: str, **values: Any) -> tuple[int, bool, int, int]:
    request = pb.PeekNumbersRequest(**{"export_folder": DOGS, "media": media} | values)
    found = store.exports.PeekNumbers(request)
    return found.video_number, found.video_known, found.next_marked, found.next_scan_export


def move(
    store: Store,
    *files: tuple[clip_file_pb2.ClipFile, str] | tuple[clip_file_pb2.ClipFile, str, str],
    clips: dict[str, str] | None = None,
) -> tuple[int, int, int]:
    """Each file with its path now, and its export folder where that is another one; clips by id, with their folder."""
    moves = [
        pb.ClipFileMove(id=one[0].id, path=one[1], export_folder=one[2] if len(one) == 3 else one[0].export_folder)
        for one in files
    ]
    folders = [pb.ClipMove(id=number, folder=folder) for number, folder in (clips or {}).items()]
    answer = store.exports.MoveClipFiles(pb.MoveClipFilesRequest(files=moves, clips=folders))
    return answer.files, answer.clips, answer.merged
