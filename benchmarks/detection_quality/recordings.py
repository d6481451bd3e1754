"""Labelled recordings: their audio, their true events, and the clips that a person would have marked."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from eightcut_inference.embedders.base import EmbedSession
from eightcut_inference.embedders.logmel import CARD, LogMel
from eightcut_scoring.windows import WindowGrid

GRID = WindowGrid()
Span = tuple[float, float]


@dataclass(frozen=True)
class Recording:
    """One recording.

    Attributes:
        name: Its file's name.
        vectors: Its track, float32 ``[n, dim]``.
        events: True events by label: onset and offset in seconds, in order.
        marks: Starts of the positive clips that are given for a label; for other labels they follow from the events.
    """

    name: str
    vectors: npt.NDArray[np.float32]
    events: dict[str, list[Span]]
    marks: dict[str, list[float]]

    def clip_starts(self, label: str) -> list[float]:
        """Starts of the 8-second clips that hold a label: those given, else a second before each event."""
        return self.marks.get(label) or [max(0.0, onset - 1.0) for onset, _ in self.events.get(label, [])]


def read_recordings(folder: Path, names: tuple[str, ...]) -> list[Recording]:
    """Decodes and embeds recordings of a folder that has events.csv and marks.csv beside them."""
    events, marks = _rows(folder / "events.csv"), _rows(folder / "marks.csv")
    return [
        Recording(
            name=name,
            vectors=_embed(folder / name),
            events=_events([row for row in events if row["file"] == name]),
            marks=_marks([row for row in marks if row["file"] == name]),
        )
        for name in names
    ]


def labels_of(recordings: list[Recording]) -> list[str]:
    """Every label that an event of the recordings has."""
    return sorted({label for recording in recordings for label in recording.events})


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _events(rows: list[dict[str, str]]) -> dict[str, list[Span]]:
    spans = sorted((float(row["onset"]), float(row["offset"]), row["label"]) for row in rows)
    return {label: [(a, b) for a, b, of in spans if of == label] for label in sorted({s[2] for s in spans})}


def _marks(rows: list[dict[str, str]]) -> dict[str, list[float]]:
    return {
        task: sorted(float(row["start"]) for row in rows if row["task"] == task) for task in {r["task"] for r in rows}
    }


def _embed(path: Path) -> npt.NDArray[np.float32]:
    session = EmbedSession(LogMel(), GRID)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=CARD.sample_rate)
    parts = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [session.push(out.to_ndarray()[0]) for out in resampler.resample(frame)]
    parts += [session.push(out.to_ndarray()[0]) for out in resampler.resample(None)]
    return np.concatenate([*parts, session.finish()])
