"""What a row of an old library means, with the defaults that its program would take."""

from __future__ import annotations

import re
from datetime import tzinfo
from pathlib import Path

from eightcut_client.ancestor.moments import LocalTimes, utc_micros
from eightcut_client.ancestor.paths import take_apart
from eightcut_client.ancestor.rows import OldClipFile, OldHidden, OldNegative, OldRegion
from eightcut_client.ancestor.values import CellError, micros, number, switch, text, whole

DEFAULT_PROFILE = "default"
DEFAULT_SECONDS = 8.0
DEFAULT_SPREAD = 3.0
DEFAULT_COUNT = 3
UNKNOWN_MODEL = "unknown"

_FORMATS = ("mp4", "webp", "flac", "mp3", "m4a", "ogg", "opus", "wav")
_PLAIN_FORMAT = re.compile(r"[a-z0-9]{1,16}")
_OFF = {"", "off", "none"}


class RowError(ValueError):
    """A row cannot be understood; ``str()`` names the column and says why."""


class Cells:
    """The values of a row by column; what is wrong with one is said together with its name."""

    __slots__ = ("_values",)

    def __init__(self, names: tuple[str, ...], values: tuple[object, ...]) -> None:
        self._values = dict(zip(names, values, strict=True))

    def empty(self, column: str) -> bool:
        """Whether the column is missing or NULL."""
        return self._values[column] is None

    def text(self, column: str, default: str = "", *, limit: int) -> str:
        """See `values.text`."""
        value = self._values[column]
        if type(value) is str and len(value) <= limit and "\0" not in value:  # Nearly always.
            return value
        try:
            return text(value, default, limit=limit)
        except CellError as problem:
            raise RowError(f"{column} {problem}") from None

    def micros(self, column: str, default: float | None = None) -> int:
        """See `values.micros`."""
        try:
            return micros(self._values[column], default)
        except CellError as problem:
            raise RowError(f"{column} {problem}") from None

    def number(self, column: str, default: float | None = None) -> float:
        """See `values.number`."""
        try:
            return number(self._values[column], default)
        except CellError as problem:
            raise RowError(f"{column} {problem}") from None

    def whole(self, column: str, default: int, most: int) -> int:
        """See `values.whole`."""
        try:
            return whole(self._values[column], default, most)
        except CellError as problem:
            raise RowError(f"{column} {problem}") from None

    def switch(self, column: str) -> bool:
        """See `values.switch`."""
        try:
            return switch(self._values[column])
        except CellError as problem:
            raise RowError(f"{column} {problem}") from None


class Understanding:
    """Turns rows into what they mean; rows come table by table, in the order of their ids.

    Attributes:
        relative: Clip files whose path was relative.
        undated: Clip files whose moment could not be understood; they have none then.
        renamed: Folders of clips whose names hold characters that names of folders cannot have.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        """Take local times as of this zone; None: as of the zone of this machine."""
        self._times = LocalTimes(zone)
        self._kept: dict[str, str] = {}
        self._home = str(Path.home())
        self.undated = 0
        self.relative = 0
        self.renamed: set[str] = set()

    def clip_file(self, row: int, cells: Cells) -> OldClipFile:
        """Understand a row of ``processed``.

        Raises:
            RowError: It makes no sense.
        """
        output = cells.text("output_path", limit=12_000)
        where = take_apart(output, self._home)
        _require(bool(where.path), "output_path is empty")
        _require(where.is_sound, "output_path is no path that the files of clips can have")
        _require(len(where.path) <= 4096 and len(where.export_folder) <= 8192, "output_path is too long")
        _require(len(where.folder) <= 200, "output_path has a folder with a name of more than 200 characters")
        duration = cells.micros("clip_duration", DEFAULT_SECONDS)
        _require(duration > 0, "clip_duration is 0")
        count = cells.whole("clip_count", DEFAULT_COUNT, 1000)
        center = cells.number("crop_center", 0.5)
        _require(0 <= center <= 1, "crop_center is not between 0 and 1")
        self.relative += where.relative
        if where.renamed:
            self.renamed.add(where.folder)
        return OldClipFile(
            row=row,
            profile=self._profile(cells),
            filename=self._filename(cells),
            source_path=self._shared(cells.text("source_path", limit=8192)),
            start_us=cells.micros("start_time"),
            duration_us=duration,
            folder=self._shared(where.folder),
            label=self._shared(cells.text("label", limit=1000)),
            category=self._shared(cells.text("category", limit=200)),
            scan_export=cells.switch("scan_export"),
            output=output,
            export_folder=self._shared(where.export_folder),
            path=where.path,
            # What is no number of one of its files is part of the name: street_2024.mp4.
            sub_index=where.sub_index if where.sub_index < count else 0,
            format=_format(cells.text("format", "MP4", limit=200), where.path),
            short_side=cells.whole("short_side", 0, 16384),
            crop_ratio=self._shared(_ratio(cells.text("portrait_ratio", limit=100))),
            crop_center=center,
            clip_count=count,
            spread_us=cells.micros("spread", DEFAULT_SPREAD),
            create_us=self._created(cells.text("processed_at", limit=100)),
        )

    def region(self, row: int, cells: Cells) -> OldRegion:
        """Understand a row of ``scan_results``.

        Raises:
            RowError: It makes no sense.
        """
        start, end = cells.micros("start_time"), cells.micros("end_time")
        original_start = start if cells.empty("orig_start_time") else cells.micros("orig_start_time")
        original_end = end if cells.empty("orig_end_time") else cells.micros("orig_end_time")
        _require(end >= start, "end_time lies before start_time")
        _require(original_end >= original_start, "orig_end_time lies before orig_start_time")
        timestamp = cells.text("scan_timestamp", limit=100).strip()
        try:
            scanned = self._times.micros(timestamp) if timestamp else -1
        except ValueError:
            raise RowError("scan_timestamp is no time") from None
        return OldRegion(
            row=row,
            profile=self._profile(cells),
            filename=self._filename(cells),
            model=self._shared(cells.text("model", limit=200).strip() or UNKNOWN_MODEL),
            timestamp=self._shared(timestamp),
            scanned_us=scanned,
            start_us=start,
            end_us=end,
            original_start_us=original_start,
            original_end_us=original_end,
            score=cells.number("score"),
            disabled=cells.switch("disabled"),
        )

    def negative(self, row: int, cells: Cells) -> OldNegative:
        """Understand a row of ``hard_negatives``.

        Raises:
            RowError: It makes no sense.
        """
        return OldNegative(
            row=row,
            profile=self._profile(cells),
            filename=self._filename(cells),
            source_path=self._shared(cells.text("source_path", limit=8192)),
            start_us=cells.micros("start_time"),
            source_model=self._shared(cells.text("source_model", limit=200).strip()),
        )

    def hidden(self, row: int, cells: Cells) -> OldHidden:
        """Understand a row of ``hidden_files``.

        Raises:
            RowError: It makes no sense.
        """
        return OldHidden(row, self._profile(cells), self._filename(cells))

    def _profile(self, cells: Cells) -> str:
        name = cells.text("profile", DEFAULT_PROFILE, limit=100).strip() or DEFAULT_PROFILE
        _require(name.isprintable(), "profile holds control characters")
        return self._shared(name)

    def _filename(self, cells: Cells) -> str:
        name = cells.text("filename", limit=1024)
        _require(bool(name), "filename is empty")
        return self._shared(name)

    def _created(self, text: str) -> int:
        try:
            return utc_micros(text) if text.strip() else 0
        except ValueError:
            self.undated += 1
            return 0

    def _shared(self, text: str) -> str:
        """Return the one copy of a text that comes again and again."""
        return self._kept.setdefault(text, text)


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise RowError(why)


def _format(given: str, path: str) -> str:
    words = given.lower()
    for name in _FORMATS:
        if name in words:
            return name
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else "webp"
    return suffix if _PLAIN_FORMAT.fullmatch(suffix) else "mp4"


def _ratio(given: str) -> str:
    ratio = given.strip()
    if ratio.lower() in _OFF:
        return ""
    if len(ratio) > 16:
        raise RowError("portrait_ratio is no ratio")
    return ratio
