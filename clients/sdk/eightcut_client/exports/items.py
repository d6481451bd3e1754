"""What is to be cut: one item for each clip, whether it is marked already or comes from a scan."""

from __future__ import annotations

from dataclasses import dataclass

from eightcut_client.register import LocalMedia


@dataclass(frozen=True, slots=True)
class SubClip:
    """One file of a clip; overlapping ones have the same number in their names, and indexes that count up.

    Attributes:
        index: S in the name.
        start: Seconds from the beginning of the media.
        duration: Seconds.
    """

    index: int
    start: float
    duration: float

    @property
    def end(self) -> float:
        """Seconds."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class CutItem:
    """A clip, and the files that it is to be made into.

    Attributes:
        media: The file that it is cut from, identified.
        files: At least one.
        start: Of the clip, seconds from the beginning of the media.
        duration: Of the clip, seconds.
        folder: Of the clip.
        label: Of the clip; also in dataset.json.
        category: Of the clip.
        clip_id: Its id in the Store; empty: a scan export, whose clip is made together with the record of its files.
        exported: A clip that is there already was exported from a scan.
    """

    media: LocalMedia
    files: tuple[SubClip, ...]
    start: float
    duration: float
    folder: str
    label: str = ""
    category: str = ""
    clip_id: str = ""
    exported: bool = False

    @property
    def is_scan_export(self) -> bool:
        """Whether its name has an ``a`` instead of an ``m``."""
        return self.exported or not self.clip_id
