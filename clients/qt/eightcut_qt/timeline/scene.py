"""Everything that the timeline shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto
from typing import TYPE_CHECKING

from eightcut_qt.core.theme import LIGHT, Colors
from eightcut_qt.timeline.marks import ClipMarks, Curve, Flags, RegionMarks

if TYPE_CHECKING:
    from eightcut_qt.timeline.peaks import SoundPicture


class Part(Flag):
    """What of the picture has to be drawn again."""

    NOTHING = 0
    RULER = auto()
    CLIPS = auto()
    SOUND = auto()
    REGIONS = auto()
    SCORES = auto()
    ALL = RULER | CLIPS | SOUND | REGIONS | SCORES


@dataclass(slots=True)
class Scene:
    """What is shown; the canvas changes it and says which parts that concerns.

    Attributes:
        colors: Of the theme.
        sound: Waveform and spectrogram, as far as they are known.
        sound_note: One sentence in place of the sound (none, being computed …).
        regions: Of the version that is shown.
        selection: Ids of the selected regions.
        threshold: Score below which regions are faint.
        clips: Of the media.
        score: The version's curve, or the live one.
        comparison: A second version's curve.
        spectrogram: Whether it is shown.
    """

    colors: Colors = LIGHT
    sound: SoundPicture | None = None
    sound_note: str = ""
    regions: RegionMarks = field(default_factory=RegionMarks.none)
    selection: frozenset[str] = frozenset()
    threshold: float = 0.0
    clips: ClipMarks = field(default_factory=lambda: ClipMarks.of(()))
    score: Curve | None = None
    comparison: Curve | None = None
    spectrogram: bool = True
    _chosen: tuple[RegionMarks, frozenset[str], Flags] | None = None

    @property
    def chosen(self) -> Flags:
        """Which regions are selected; kept until another selection or other regions are set."""
        known = self._chosen
        if known is None or known[0] is not self.regions or known[1] is not self.selection:
            known = self._chosen = (self.regions, self.selection, self.regions.chosen(self.selection))
        return known[2]
