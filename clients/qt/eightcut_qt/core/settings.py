"""Settings: typed, versioned, in one JSON file that is written whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

VERSION = 1
"""Raised when a setting changes its meaning; `_MIGRATIONS` then brings older files along."""

_SAVE_AFTER = 500  # Milliseconds: changes that come together are written once.

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Which services are used. Without a server: those that the shared configuration names, else own ones."""

    server: str = ""
    tls: bool = True
    """Whether an address that is not this machine's is spoken to with TLS."""
    ca: str = ""
    """PEM file of the certificate authority; empty: the system's."""
    token_file: str = ""
    """File that holds the token; empty: the shared configuration's."""
    profile: str = ""
    """Empty: the shared configuration's, else "default"."""


@dataclass(frozen=True, slots=True)
class AppearanceSettings:
    """How the window looks."""

    theme: str = "system"
    """``system``, ``light`` or ``dark``."""
    geometry: str = ""
    """Of the window, base64."""
    layout: str = ""
    """Of its docks, base64."""
    seen_version: str = ""
    """Newest version whose changes the person has seen."""


@dataclass(frozen=True, slots=True)
class PlaybackSettings:
    """How media are played."""

    volume: float = 0.8
    muted: bool = False
    context: float = 2.0
    """Seconds played before and after a region in review."""
    cursor_locked: bool = False


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """How clips are marked."""

    duration: float = 8.0
    count: int = 1
    spread: float = 3.0
    """Seconds between the starts of several clips that are marked at once."""
    folder: str = ""
    sub_profiles: tuple[str, ...] = ()
    """Suffixes of the folder, on the keys 1 to 9."""
    label: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How clips are made into files; length, count and spread are those of `ClipSettings`."""

    cut_when_marking: bool = True
    """Where an export folder is chosen: what is marked is cut at once."""
    by_folder: bool = True
    """Clips of each folder go to an export folder of their own."""
    name: str = ""
    """How the files' names begin; empty: as their folder."""
    format: str = "mp4"
    short_side: int = 0
    """Pixels; 0: as in the source."""
    crop: str = ""
    """``9:16``, ``4:5``, ``1:1``; empty: the whole picture."""
    crop_center: float = 0.5
    random_portrait: bool = False
    random_square: bool = False
    ltx2: bool = False
    encoder: str = "software"
    workers: int = 2
    """Files that are cut at the same time."""


@dataclass(frozen=True, slots=True)
class RegionExportSettings:
    """How scan results are made into clips; the form of the files is that of `ExportSettings`."""

    duration: float = 8.0
    spread: float = 4.0
    """Seconds between the starts of the files of a long region."""
    min_duration: float = 0.0
    """Shorter regions are left out."""
    fuse_gap: float = 0.0
    """Regions that are not farther apart are one clip."""
    folder: str = ""
    label: str = ""
    category: str = ""
    export_folder: str = ""


@dataclass(frozen=True, slots=True)
class ImportingSettings:
    """What is known of the old program's library."""

    imported: bool = False
    """A library was imported; it is not offered any more."""
    declined: bool = False
    """The person wants no offer."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How files are scanned."""

    model: str = ""
    jobs: int = 0
    """Files at once; 0: by the number of cores."""
    fuse_gap: float = 0.0


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What the dialog was last used with."""

    positive_folders: tuple[str, ...] = ()
    negative_folder: str = ""
    embedder: str = "LOGMEL"
    name: str = ""
    margin: float = 30.0
    video_folder: str = ""
    include_scan_exports: bool = False
    use_hard_negatives: bool = True


@dataclass(frozen=True, slots=True)
class TimelineSettings:
    """What the timeline shows."""

    spectrogram: bool = True


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """How the review queue is ordered: ``score``, ``uncertainty`` or ``disagreement``."""

    order: str = "score"
    all_files: bool = False
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. `keys` holds only keys that differ from the default, by action id."""

    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)
    playback: PlaybackSettings = field(default_factory=PlaybackSettings)
    clips: ClipSettings = field(default_factory=ClipSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    region_export: RegionExportSettings = field(default_factory=RegionExportSettings)
    importing: ImportingSettings = field(default_factory=ImportingSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    timeline: TimelineSettings = field(default_factory=TimelineSettings)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)


class SettingsStore(QObject):
    """The settings and their file; saved soon after a change, and by `close`.

    Attributes:
        problem: One sentence when the file could not be used as it was; else empty. It is kept beside the new one.
    """

    changed = pyqtSignal(str)
    """Name of the section that changed, such as ``clips``."""

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        """Read the file, if there is one."""
        super().__init__(parent)
        self.problem = ""
        self._file = file
        self._writable = True
        self._value = self._read()
        self._dirty = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER)
        self._timer.timeout.connect(self.save)

    @property
    def value(self) -> Settings:
        """The settings as they are now."""
        return self._value

    def update(self, section: str, **values: Any) -> None:  # noqa: ANN401  checked by the section's class
        """Change values of a section, such as ``update("clips", folder="door")``.

        Raises:
            TypeError: There is no such value.
        """
        old = getattr(self._value, section)
        new = dataclasses.replace(old, **values)
        self._set(section, new)

    def set_keys(self, keys: dict[str, tuple[str, ...]]) -> None:
        """Change the person's own keys."""
        self._set("keys", keys)

    def save(self) -> None:
        """Write what has changed; a file that cannot be written is told of in the log and left."""
        self._timer.stop()
        if not self._dirty or not self._writable:
            return
        self._dirty = False
        values = {"version": VERSION, **_plain(self._value)}
        unfinished = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            unfinished.replace(self._file)
        except OSError as error:
            _log.warning("the settings cannot be written: %s", error)

    def close(self) -> None:
        """Write what has changed."""
        self.save()

    def _set(self, section: str, new: object) -> None:
        if new == getattr(self._value, section):
            return
        self._value = dataclasses.replace(self._value, **{section: new})  # type: ignore[arg-type]
        self._dirty = True
        self._timer.start()
        self.changed.emit(section)

    def _read(self) -> Settings:
        try:
            values = json.loads(self._file.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise TypeError("no object")  # noqa: TRY301  handled as any other damage
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError, TypeError) as error:
            _log.warning("the settings cannot be read: %s", error)
            self._keep_aside()
            return Settings()
        version = values.pop("version", None)
        if isinstance(version, int) and version > VERSION:
            self._writable = False
            self.problem = "The settings were written by a newer version of 8-cut; changes to them are not saved."
        return typing.cast("Settings", _typed(Settings, values))

    def _keep_aside(self) -> None:
        aside = self._file.with_name(self._file.name + ".damaged")
        self.problem = f"The settings could not be read and start anew; the old file is kept as {aside.name}."
        try:
            self._file.replace(aside)
        except OSError as error:
            _log.warning("the damaged settings cannot be kept: %s", error)


def _plain(value: object) -> Any:  # noqa: ANN401  what JSON takes
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _typed(kind: Any, value: object) -> object:  # noqa: ANN401  a type, or an alias of one
    """Make a value of a type from what JSON gave; what does not fit becomes the default (`_UnfitError`)."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        given = value if isinstance(value, dict) else {}
        fitting = {}
        for item in dataclasses.fields(kind):
            if item.name in given:
                try:
                    fitting[item.name] = _typed(hints[item.name], given[item.name])
                except _UnfitError:
                    _log.warning("the setting %s has a value that does not fit, and is set anew", item.name)
        return kind(**fitting)
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(arguments[0], item) for item in value)
    if origin is dict and isinstance(value, dict):
        return {str(key): _typed(arguments[1], item) for key, item in value.items()}
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise _UnfitError


class _UnfitError(ValueError):
    pass
