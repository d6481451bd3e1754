"""A small old library, and the stream that brings it into a Store; the sums are computed again, from the contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2, media_pb2, media_service_pb2
from eightcut.store.v1 import import_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from tests.store.harness import Store, seconds

TABLES = ("processed", "scan_results", "hard_negatives", "hidden_files")
DAY = 86_400
NOON = 1_700_000_000


def moment(value: float) -> Timestamp:
    micros = round(value * 1e6)
    return Timestamp(seconds=micros // 10**6, nanos=micros % 10**6 * 1000)


def micros(value: float) -> int:
    return round(value * 1e6)


def key_of(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


@dataclass
class Library:
    """Rows are added in the order in which they are sent; what they are known by is their place in it."""

    name: str = "library"
    rows: list[pb.ImportedRows] = field(default_factory=list)
    lines: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in TABLES})
    _media: dict[int, str] = field(default_factory=dict)
    _scans: dict[int, list[Any]] = field(default_factory=dict)
    _numbers: int = 0

    def media(self, digest: str = "", filename: str = "a.mp4", path: str = "/old/a.mp4", duration: float = 0.0) -> int:
        key = len(self._media)
        self._media[key] = digest or f"{filename}\0{path}"
        self._send(
            media=[
                pb.ImportedMedia(
                    key=key, digest=digest, filename=filename, path_hint=path, duration=seconds(duration), size_bytes=7
                )
            ]
        )
        return key

    def clip(
        self,
        media: int,
        start: float,
        path: str,
        *,
        profile: str = "default",
        folder: str = "dog",
        label: str = "",
        category: str = "",
        exported: bool = False,
        export_folder: str = "/clips/dog",
        duration: float = 8.0,
        index: int = 0,
        made: float = NOON,
        key: object = None,
    ) -> None:
        settings = clip_file_pb2.CutSettings(
            format="mp4",
            short_side=512,
            crop_ratio="9:16",
            crop_center=0.25,
            clip_count=3,
            clip_duration=seconds(duration),
            spread=seconds(3),
        )
        origin = clip_pb2.CLIP_ORIGIN_SCAN_EXPORT if exported else clip_pb2.CLIP_ORIGIN_MARKED
        row = pb.ImportedClipFile(
            source_key=key_of(self.name, "processed", path if key is None else key, profile),
            profile=profile,
            media=media,
            start=seconds(start),
            folder=folder,
            label=label,
            category=category,
            origin=origin,
            export_folder=export_folder,
            path=path,
            index=index,
            settings=settings,
            create_time=moment(made),
        )
        head = [profile, self._media[media], micros(start), micros(duration), folder, label, category, int(exported)]
        tail = [export_folder, path, "mp4", 512, "9:16", 0.25, 3, 3_000_000, micros(made)]
        self._line("processed", head + tail)
        self._send(clip_files=[row])

    def scan(self, media: int, model: str = "EAT_LARGE", *, profile: str = "default", made: float | None = NOON) -> int:
        key = len(self._scans)
        time = None if made is None else moment(made)
        source = key_of(self.name, "scan", media, model, profile, made)
        row = pb.ImportedScan(key=key, source_key=source, profile=profile, media=media, model=model, create_time=time)
        self._scans[key] = [profile, self._media[media], model, -1 if made is None else micros(made)]
        self._send(scans=[row])
        return key

    def region(
        self,
        scan: int,
        start: float,
        end: float,
        score: float = 0.75,
        *,
        disabled: bool = False,
        original: tuple[float, float] | None = None,
        key: object = None,
    ) -> None:
        found = original or (start, end)
        row = pb.ImportedRegion(
            source_key=key_of(self.name, "region", self._scans[scan], start if key is None else key),
            scan=scan,
            start=seconds(start),
            end=seconds(end),
            original_start=seconds(found[0]),
            original_end=seconds(found[1]),
            score=score,
            disabled=disabled,
        )
        times = [micros(start), micros(end), micros(found[0]), micros(found[1])]
        self._line("scan_results", [*self._scans[scan], *times, score, int(disabled)])
        self._send(regions=[row])

    def negative(
        self, media: int, start: float, model: str = "", *, profile: str = "default", key: object = None
    ) -> None:
        source = key_of(self.name, "negative", profile, media, start if key is None else key)
        row = pb.ImportedHardNegative(
            source_key=source, profile=profile, media=media, start=seconds(start), source_model=model
        )
        self._line("hard_negatives", [profile, self._media[media], micros(start), model])
        self._send(hard_negatives=[row])

    def hide(self, media: int, *, profile: str = "default") -> None:
        row = pb.ImportedHidden(source_key=key_of(self.name, "hidden", profile, media), profile=profile, media=media)
        self._line("hidden_files", [profile, self._media[media]])
        self._send(hidden=[row])

    def sums(self) -> list[pb.TableSum]:
        found = []
        for number, table in enumerate(TABLES, 1):
            lines = sorted(line.encode() + b"\n" for line in self.lines[table])
            digest = hashlib.sha256(b"".join(lines)).hexdigest()
            found.append(pb.TableSum(table=pb.ImportedTable.ValueType(number), rows=len(lines), sha256=digest))
        return found

    def messages(self, *, validate_only: bool = False, restore: bool = False) -> Iterator[pb.ImportLibraryRequest]:
        yield pb.ImportLibraryRequest(header=pb.ImportHeader(validate_only=validate_only, restore_deleted=restore))
        for rows in self.rows:
            yield pb.ImportLibraryRequest(rows=rows)
        yield pb.ImportLibraryRequest(end=pb.ImportEnd(sums=self.sums()))

    def bring(self, store: Store, *, validate_only: bool = False, restore: bool = False) -> pb.ImportLibraryResponse:
        return store.imports.ImportLibrary(self.messages(validate_only=validate_only, restore=restore))

    def _line(self, table: str, values: list[Any]) -> None:
        self.lines[table].add(json.dumps(values, ensure_ascii=False, separators=(",", ":")))

    def _send(self, **rows: Any) -> None:
        """Puts rows into the message before where there is room, so that messages hold rows of several kinds."""
        new = pb.ImportedRows(**rows)
        self._numbers += 1
        if self.rows and self._numbers % 7:
            self.rows[-1].MergeFrom(new)
        else:
            self.rows.append(new)


def counts(answer: pb.ImportLibraryResponse, table: str) -> dict[str, int]:
    """What happened to the rows of a table, without what did not happen."""
    found = answer.tables[TABLES.index(table)]
    values = {name: int(getattr(found, name)) for name in ("received", "added", "known", "changed", "merged")}
    return {name: value for name, value in values.items() if value}


def clips_of(store: Store, profile: str = "default") -> list[clip_pb2.Clip]:
    return list(store.clips.ListClips(clip_service_pb2.ListClipsRequest(profile=profile)).clips)


def media_of(store: Store, **values: Any) -> list[media_pb2.Media]:
    return list(store.media.ListMedia(media_service_pb2.ListMediaRequest(**values)).media)


def a_library() -> Library:
    """Two videos, one of which is not found; two profiles; a bit of everything."""
    library = Library()
    here = library.media("a" * 64, "here.mp4", "/videos/here.mp4", 120.0)
    lost = library.media("", 'lost "ö"\n.mp4', "/old/lost.mp4")
    for index in range(3):
        library.clip(here, 12.5, f"vid_001/dog_001_m1_{index}.mp4", label="Bello", category="Animal", index=index)
    library.clip(here, 40, "vid_001/dog_001_a1_0.mp4", exported=True, made=NOON + 5)
    library.clip(lost, 1, "vid_002/dog_002_m4_0.mp4", label="Rex", made=NOON + DAY)
    library.clip(lost, 1, "vid_002/dog_002_m4_0.mp4", profile="other", label="Rex", made=NOON + DAY)
    first = library.scan(here, made=NOON)
    second = library.scan(here, made=NOON + 100)
    legacy = library.scan(lost, made=None)
    library.region(first, 1, 9, 0.5)
    library.region(second, 1, 9, 0.25, disabled=True)
    library.region(second, 20.125, 30, 0.1 + 0.2, original=(19, 31))
    library.region(legacy, 5, 5, 1.5)
    library.negative(here, 60, "EAT_LARGE")
    library.negative(lost, 3)
    library.hide(lost)
    library.hide(lost, profile="other")
    return library
