"""An old library as the stream that ImportLibrary takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from eightcut.store.v1 import clip_file_pb2, clip_pb2
from eightcut.store.v1 import import_service_pb2 as pb
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from eightcut_client.ancestor.finding import MediaBook, OldMedia
from eightcut_client.ancestor.lines import LineSum
from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.ancestor.rows import OldClipFile, OldRegion, source_key
from eightcut_client.ancestor.schema import TABLES

ImportedPart = (
    pb.ImportedMedia
    | pb.ImportedClipFile
    | pb.ImportedScan
    | pb.ImportedRegion
    | pb.ImportedHardNegative
    | pb.ImportedHidden
)

MOST_ROWS = 1000
MOST_BYTES = 500_000
"""Of the rows in a message; the limit of a message is 1 MiB."""

TABLE_NUMBERS: Mapping[str, pb.ImportedTable.ValueType] = dict(
    zip(
        TABLES,
        (
            pb.IMPORTED_TABLE_PROCESSED,
            pb.IMPORTED_TABLE_SCAN_RESULTS,
            pb.IMPORTED_TABLE_HARD_NEGATIVES,
            pb.IMPORTED_TABLE_HIDDEN_FILES,
        ),
        strict=True,
    )
)


def requests(
    library: OldLibrary,
    book: MediaBook,
    sums: Mapping[str, LineSum],
    *,
    validate_only: bool,
    restore: bool = False,
    on_sent: Callable[[int], None] | None = None,
) -> Iterator[pb.ImportLibraryRequest]:
    """Yield the whole stream.

    Args:
        library: The rows.
        book: Their media.
        sums: Of the tables.
        validate_only: Only ask what would happen.
        restore: Also bring what was deleted here since.
        on_sent: Told how many rows of the library were sent so far.
    """
    yield pb.ImportLibraryRequest(header=pb.ImportHeader(validate_only=validate_only, restore_deleted=restore))
    sent = 0
    for rows in _batches(_parts(library, book)):
        yield pb.ImportLibraryRequest(rows=rows)
        sent += sum(len(items) for kind, items in rows.ListFields() if kind.name not in {"media", "scans"})
        if on_sent is not None:
            on_sent(sent)
    tables = [pb.TableSum(table=TABLE_NUMBERS[table], rows=one.rows, sha256=one.sha256) for table, one in sums.items()]
    yield pb.ImportLibraryRequest(end=pb.ImportEnd(sums=tables))


def _batches(parts: Iterable[tuple[str, ImportedPart]]) -> Iterator[pb.ImportedRows]:
    rows: dict[str, list[ImportedPart]] = {}
    count = size = 0
    for kind, part in parts:
        room = part.ByteSize() + 8
        if count >= MOST_ROWS or size + room > MOST_BYTES:
            yield pb.ImportedRows(**rows)  # type: ignore[arg-type]  # each kind under its own name
            rows, count, size = {}, 0, 0
        rows.setdefault(kind, []).append(part)
        count += 1
        size += room
    if rows:
        yield pb.ImportedRows(**rows)  # type: ignore[arg-type]  # likewise


def _parts(library: OldLibrary, book: MediaBook) -> Iterator[tuple[str, ImportedPart]]:
    for media in book.media:
        yield "media", _media(media)
    # Files under the names and places that stand for them where they are not found, in an import before or in one to
    # come; how they are registered say those above.
    others = [
        (place, media) for media in book.located for place in media.places if place != (media.filename, media.path_hint)
    ]
    for key, ((filename, path_hint), media) in enumerate(others, start=len(book.media)):
        yield "media", _media(dataclasses.replace(media, key=key, filename=filename, path_hint=path_hint))
    for file in library.files:
        yield "clip_files", _clip_file(file, book.of(file.filename, file.source_path).key)
    scans = _scans(library.regions)
    for number, region in enumerate(scans.values()):
        yield "scans", _scan(region, number, book.of(region.filename).key)
    numbers = {scan: number for number, scan in enumerate(scans)}
    for region in library.regions:
        yield "regions", _region(region, numbers[region.scan])
    for negative in library.negatives:
        yield (
            "hard_negatives",
            pb.ImportedHardNegative(
                source_key=negative.key,
                profile=negative.profile,
                media=book.of(negative.filename, negative.source_path).key,
                start=_duration(negative.start_us),
                source_model=negative.source_model,
            ),
        )
    for hidden in library.hidden:
        media_key = book.of(hidden.filename).key
        yield "hidden", pb.ImportedHidden(source_key=hidden.key, profile=hidden.profile, media=media_key)


def _scans(regions: Iterable[OldRegion]) -> dict[tuple[str, str, str, str], OldRegion]:
    """Return a region of each scan, in the order in which the scans were made: those without a time first."""
    firsts: dict[tuple[str, str, str, str], OldRegion] = {}
    for region in regions:
        firsts.setdefault(region.scan, region)
    order = sorted(firsts.items(), key=lambda item: (item[1].scanned_us, item[1].row))
    return dict(order)


def _media(media: OldMedia) -> pb.ImportedMedia:
    return pb.ImportedMedia(
        key=media.key,
        digest=media.file.digest if media.file is not None else "",
        filename=media.filename,
        path_hint=media.path_hint,
        size_bytes=media.file.stamp.size if media.file is not None else 0,
        duration=_duration(round(media.duration * 1_000_000)),
    )


def _clip_file(row: OldClipFile, media: int) -> pb.ImportedClipFile:
    settings = clip_file_pb2.CutSettings(
        format=row.format,
        short_side=row.short_side,
        crop_ratio=row.crop_ratio,
        crop_center=row.crop_center,
        clip_count=row.clip_count,
        clip_duration=_duration(row.duration_us),
        spread=_duration(row.spread_us),
    )
    return pb.ImportedClipFile(
        source_key=row.key,
        profile=row.profile,
        media=media,
        start=_duration(row.start_us),
        folder=row.folder,
        label=row.label,
        category=row.category,
        origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT if row.scan_export else clip_pb2.CLIP_ORIGIN_MARKED,
        export_folder=row.export_folder,
        path=row.path,
        index=row.sub_index,
        settings=settings,
        create_time=_moment(row.create_us) if row.create_us else None,
    )


def _scan(region: OldRegion, number: int, media: int) -> pb.ImportedScan:
    return pb.ImportedScan(
        key=number,
        source_key=source_key("scan", *region.scan),
        profile=region.profile,
        media=media,
        model=region.model,
        create_time=_moment(region.scanned_us) if region.scanned_us != -1 else None,
    )


def _region(row: OldRegion, scan: int) -> pb.ImportedRegion:
    return pb.ImportedRegion(
        source_key=row.key,
        scan=scan,
        start=_duration(row.start_us),
        end=_duration(row.end_us),
        original_start=_duration(row.original_start_us),
        original_end=_duration(row.original_end_us),
        score=row.score,
        disabled=row.disabled,
    )


def _duration(micros: int) -> Duration:
    return Duration(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def _moment(micros: int) -> Timestamp:
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)
