"""Collecting the messages of ImportLibrary: each row is checked and laid aside, and summed up, as it comes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from eightcut.store.v1 import import_service_pb2 as pb
from eightcut_runtime import InvalidArgument
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from eightcut_store.areas.clips import MARKED, SCAN_EXPORT
from eightcut_store.areas.export_paths import check_path
from eightcut_store.areas.importing import rows
from eightcut_store.areas.importing.ledger import mismatch
from eightcut_store.areas.importing.received import Received
from eightcut_store.areas.importing.rows import Table
from eightcut_store.areas.importing.sums import Sum
from eightcut_store.messages.clip_files import settings_columns
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import check_text

MOST_ROWS = 5_000_000
"""Rows that one import may have, of all kinds together."""

_LARGEST = 2**63 - 1
# google.protobuf.Timestamp: the years 1 to 9999.
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799


class ImportUpload:
    """What arrived of an import so far."""

    def __init__(self) -> None:
        self.header: pb.ImportHeader | None = None
        self.received = Received()
        self._scans: dict[int, tuple[str, str, str, int]] = {}
        self._rows = 0
        self._ended = False
        self._lock = threading.Lock()
        self._adding = self._closed = False

    def add(self, request: pb.ImportLibraryRequest) -> None:
        """Adds a message; nothing after `close`.

        Raises:
            DataLoss: IMPORT_MISMATCH: what arrived is not what the end announces.
            InvalidArgument: It does not belong here, a row breaks its rule, or refers to what did not come.
        """
        with self._lock:
            if self._closed:
                return
            self._adding = True
        try:
            self._add(request)
        finally:
            with self._lock:
                self._adding = False
                if self._closed:
                    self.received.close()

    def _add(self, request: pb.ImportLibraryRequest) -> None:
        part = request.WhichOneof("part")
        if self.header is None:
            if part != "header":
                raise InvalidArgument("The first message must be the header.", field="header")
            self.header = request.header
        elif self._ended:
            raise InvalidArgument("Nothing may follow the end.", field="end")
        elif part == "rows":
            self._add_rows(request.rows)
        elif part == "end":
            self._end(request.end)
        else:
            raise InvalidArgument("The header is sent once, first.", field="header")

    def finish(self) -> tuple[pb.ImportHeader, Received]:
        """Returns how to import what.

        Raises:
            InvalidArgument: The stream ended before its end.
        """
        if self.header is None or not self._ended:
            raise InvalidArgument("The stream ended without its last message.", field="end")
        return self.header, self.received

    def close(self) -> None:
        """Forgets the rows, those of a message that another thread is still adding as soon as it is done."""
        with self._lock:
            self._closed = True
            self.received.abandoned = True
            if not self._adding:
                self.received.close()

    def _add_rows(self, batch: pb.ImportedRows) -> None:
        parts: tuple[Sequence[object], ...] = (
            batch.media,
            batch.clip_files,
            batch.scans,
            batch.regions,
            batch.hard_negatives,
            batch.hidden,
        )
        self._rows += sum(map(len, parts))
        if self._rows > MOST_ROWS:
            raise InvalidArgument(f"An import may have at most {MOST_ROWS:,} rows.", field="rows")
        for index, media in enumerate(batch.media):
            self._add_media(media, f"rows.media[{index}]")
        received = self.received
        files = [self._clip_row(row, f"rows.clip_files[{index}]") for index, row in enumerate(batch.clip_files)]
        received.marked.write([row for row in files if row.origin == MARKED])
        received.exported.write([row for row in files if row.origin == SCAN_EXPORT])
        scans = [self._scan_row(row, f"rows.scans[{index}]") for index, row in enumerate(batch.scans)]
        received.scans.write(scans)
        regions = [self._region_row(row, f"rows.regions[{index}]") for index, row in enumerate(batch.regions)]
        received.regions.write(regions)
        negatives = [
            self._negative_row(row, f"rows.hard_negatives[{index}]") for index, row in enumerate(batch.hard_negatives)
        ]
        received.negatives.write(negatives)
        hidden = [self._hidden_row(row, f"rows.hidden[{index}]") for index, row in enumerate(batch.hidden)]
        received.hidden.write(hidden)

    def _end(self, end: pb.ImportEnd) -> None:
        self.received.finish()
        announced = {one.table: Sum(one.rows, one.sha256) for one in end.sums}
        for table, arrived in self.received.sums.items():
            expected = announced.get(pb.ImportedTable.ValueType(table), Sum(0, ""))
            if (expected != arrived) and (expected.rows or arrived.rows):
                raise mismatch(table, expected, arrived)
        self._ended = True

    def _add_media(self, media: pb.ImportedMedia, field: str) -> None:
        if media.key in self.received.media:
            raise InvalidArgument(f"{field}.key: came before.", field=f"{field}.key")
        _refuse_nul(media, field, media.filename, media.path_hint)
        unlocated = not media.digest
        digest = media.digest or rows.stand_in(media.filename, media.path_hint)
        self.received.media[media.key] = rows.MediaRow(
            digest=digest,
            unlocated=unlocated,
            text=rows.media_text(digest, unlocated, media.filename, media.path_hint),
            filename=media.filename,
            path_hint=media.path_hint,
            size_bytes=media.size_bytes,
            duration_us=to_micros(media.duration, f"{field}.duration"),
        )

    def _clip_row(self, row: pb.ImportedClipFile, field: str) -> rows.ClipRow:
        texts = (row.profile, row.folder, row.label, row.category, row.export_folder, row.path, row.settings.crop_ratio)
        _refuse_nul(row, field, *texts)
        check_path(row.path, f"{field}.path")
        settings = settings_columns(row.settings, f"{field}.settings")
        start_us = to_micros(row.start, f"{field}.start")
        if settings["clip_duration_us"] < 1:
            where = f"{field}.settings.clip_duration"
            raise InvalidArgument(f"{where}: a clip must last at least a microsecond.", field=where)
        if start_us + row.index * settings["spread_us"] > _LARGEST:
            raise InvalidArgument(f"{field}.index: lies too far away.", field=f"{field}.index")
        origin = SCAN_EXPORT if row.origin == SCAN_EXPORT else MARKED
        create_us = _moment(row.create_time, f"{field}.create_time")
        line = rows.line_of(
            row.profile,
            self._media_text(row.media, field),
            start_us,
            settings["clip_duration_us"],
            row.folder,
            row.label,
            row.category,
            int(origin == SCAN_EXPORT),
            row.export_folder,
            row.path,
            settings["format"],
            settings["short_side"],
            settings["crop_ratio"],
            settings["crop_center"],
            settings["clip_count"],
            settings["spread_us"],
            create_us,
        )
        self.received.lines[Table.PROCESSED].add(line)
        return rows.ClipRow(
            key=row.source_key.hex(),
            line=line,
            profile=row.profile,
            media=row.media,
            start_us=start_us,
            folder=row.folder,
            label=row.label,
            category=row.category,
            origin=origin,
            export_folder=row.export_folder,
            path=row.path,
            sub_index=row.index,
            settings=settings,
            create_us=create_us,
        )

    def _scan_row(self, row: pb.ImportedScan, field: str) -> rows.ScanRow:
        if row.key in self._scans:
            raise InvalidArgument(f"{field}.key: came before.", field=f"{field}.key")
        _refuse_nul(row, field, row.profile, row.model)
        create_us = _moment(row.create_time, f"{field}.create_time") if row.HasField("create_time") else -1
        self._scans[row.key] = (row.profile, self._media_text(row.media, field), row.model, create_us)
        return rows.ScanRow(row.key, row.source_key.hex(), row.profile, row.media, row.model, create_us)

    def _region_row(self, row: pb.ImportedRegion, field: str) -> rows.RegionRow:
        scan = self._scans.get(row.scan)
        if scan is None:
            raise InvalidArgument(f"{field}.scan: no scan with the key {row.scan} came before.", field=f"{field}.scan")
        start, end = to_micros(row.start, f"{field}.start"), to_micros(row.end, f"{field}.end")
        has_original = row.HasField("original_start") or row.HasField("original_end")
        original_start = to_micros(row.original_start, f"{field}.original_start") if has_original else start
        original_end = to_micros(row.original_end, f"{field}.original_end") if has_original else end
        if end < start or original_end < original_start:
            raise InvalidArgument(f"{field}.end: a region cannot end before it starts.", field=f"{field}.end")
        line = rows.line_of(*scan, start, end, original_start, original_end, row.score, int(row.disabled))
        self.received.lines[Table.SCAN_RESULTS].add(line)
        return rows.RegionRow(
            row.source_key.hex(), line, row.scan, start, end, original_start, original_end, row.score, row.disabled
        )

    def _negative_row(self, row: pb.ImportedHardNegative, field: str) -> rows.NegativeRow:
        _refuse_nul(row, field, row.profile, row.source_model)
        start_us = to_micros(row.start, f"{field}.start")
        line = rows.line_of(row.profile, self._media_text(row.media, field), start_us, row.source_model)
        self.received.lines[Table.HARD_NEGATIVES].add(line)
        return rows.NegativeRow(row.source_key.hex(), line, row.profile, row.media, start_us, row.source_model)

    def _hidden_row(self, row: pb.ImportedHidden, field: str) -> rows.HiddenRow:
        _refuse_nul(row, field, row.profile)
        line = rows.line_of(row.profile, self._media_text(row.media, field))
        self.received.lines[Table.HIDDEN_FILES].add(line)
        return rows.HiddenRow(row.source_key.hex(), line, row.profile, row.media)

    def _media_text(self, key: int, field: str) -> str:
        media = self.received.media.get(key)
        if media is None:
            raise InvalidArgument(f"{field}.media: no media with the key {key} came before.", field=f"{field}.media")
        return media.text


def _refuse_nul(row: Message, field: str, *texts: str) -> None:
    """Does `check_text` only where it will refuse: of a whole library it would take long."""
    if "\0" in "".join(texts):
        check_text(row, f"{field}.")


def _moment(time: Timestamp, field: str) -> int:
    if not _FIRST_SECOND <= time.seconds <= _LAST_SECOND or not 0 <= time.nanos < 1_000_000_000:
        raise InvalidArgument(f"{field}: is not a valid moment.", field=field)
    return time.seconds * 1_000_000 + time.nanos // 1000
