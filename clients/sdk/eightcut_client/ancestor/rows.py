"""Rows of an old library, as they were understood. Times are whole microseconds."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def source_key(*identity: object) -> bytes:
    """Return the SHA-256 of what identifies a row, so that it is known again at the next import."""
    return hashlib.sha256(_encode(identity).encode()).digest()


class DamagedRow(NamedTuple):
    """A row that could not be understood.

    Attributes:
        table: Where it stands.
        row: Its id.
        why: The column, and what is wrong with it: "start_time is negative".
    """

    table: str
    row: int
    why: str

    @property
    def sentence(self) -> str:
        """For the person."""
        return f"Row {self.row} of {self.table}: {self.why}."


class OldClipFile(NamedTuple):
    """A row of ``processed``: a file of a clip.

    Attributes:
        row: Its id.
        profile: Its profile.
        filename: Name of the media, which is its identity in the old program.
        source_path: Where the media was; may be empty.
        start_us: Of the clip.
        duration_us: Of the clip, and of each of its files.
        folder: Of the clip: the name of the export folder.
        label: Of the clip.
        category: Of the clip.
        scan_export: It was exported from a scan.
        output: Where the file is, as it stands there.
        export_folder: Absolute folder above the folder of the video; empty where the path does not say it.
        path: Of the file below that, with "/".
        sub_index: Which of the clip's files.
        format: As in CutSettings.
        short_side: Pixels; 0: as in the source.
        crop_ratio: As in CutSettings.
        crop_center: 0 to 1.
        clip_count: How many files the clip was made into.
        spread_us: How much later each of them starts.
        create_us: When, since 1970; 0: not known.
    """

    row: int
    profile: str
    filename: str
    source_path: str
    start_us: int
    duration_us: int
    folder: str
    label: str
    category: str
    scan_export: bool
    output: str
    export_folder: str
    path: str
    sub_index: int
    format: str
    short_side: int
    crop_ratio: str
    crop_center: float
    clip_count: int
    spread_us: int
    create_us: int

    @property
    def key(self) -> bytes:
        """See `source_key`."""
        return source_key("processed", self.profile, self.filename, self.output, self.start_us)


class OldRegion(NamedTuple):
    """A row of ``scan_results``.

    Attributes:
        row: Its id.
        profile: Its profile.
        filename: Name of the media.
        model: As the old program named it.
        timestamp: Of the scan, as it stands there; empty: not known.
        scanned_us: The same as a moment since 1970; -1: not known.
        start_us: As the person left it.
        end_us: Likewise.
        original_start_us: As the scan found it.
        original_end_us: Likewise.
        score: Of the classifier.
        disabled: Switched off.
        again: How many rows before this one have the same identity.
    """

    row: int
    profile: str
    filename: str
    model: str
    timestamp: str
    scanned_us: int
    start_us: int
    end_us: int
    original_start_us: int
    original_end_us: int
    score: float
    disabled: bool
    again: int = 0

    @property
    def identity(self) -> tuple[object, ...]:
        """What stays the same whatever the person does to the region."""
        bounds = (self.original_start_us, self.original_end_us)
        return (self.profile, self.filename, self.model, self.timestamp, *bounds, self.score)

    @property
    def scan(self) -> tuple[str, str, str, str]:
        """What identifies the scan."""
        return (self.profile, self.filename, self.model, self.timestamp)

    @property
    def key(self) -> bytes:
        """See `source_key`."""
        return source_key("scan_results", *self.identity, self.again)


class OldNegative(NamedTuple):
    """A row of ``hard_negatives``.

    Attributes:
        row: Its id.
        profile: Its profile.
        filename: Name of the media.
        source_path: Where the media was; may be empty.
        start_us: Where the classifier was wrong.
        source_model: The model that erred; may be empty.
    """

    row: int
    profile: str
    filename: str
    source_path: str
    start_us: int
    source_model: str

    @property
    def key(self) -> bytes:
        """See `source_key`."""
        return source_key("hard_negatives", self.profile, self.filename, self.source_path, self.start_us)


class OldHidden(NamedTuple):
    """A row of ``hidden_files``.

    Attributes:
        row: Its id, or which one it is.
        profile: Its profile.
        filename: Name of the media.
    """

    row: int
    profile: str
    filename: str

    @property
    def key(self) -> bytes:
        """See `source_key`."""
        return source_key("hidden_files", self.profile, self.filename)
