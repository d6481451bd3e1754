"""What the process that trains is given: one JSON file, beside the vectors."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eightcut_scoring.windows import WindowGrid

from eightcut_trainer.learning.examples import Example, Kind

_FILE = "job.json"


@dataclass(frozen=True)
class JobMedia:
    """One media that takes part.

    Attributes:
        media: Its digest.
        file: Name of the file with its vectors, ``.npy``, float32 ``[windows, dim]``.
        examples: What is marked in it.
    """

    media: str
    file: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Job:
    """One training.

    Attributes:
        model: Name of the model.
        card_hash: Hash of the embedder card under which the vectors were made.
        window_s: Length of a window in seconds.
        hop_s: Distance between windows in seconds.
        margin_s: Windows nearer than this to a positive clip are no automatic negatives.
        max_auto_negatives: Automatic negatives at most.
        enough_negatives: Nearer windows fill up to this number where automatic negatives are fewer.
        media: What takes part.
    """

    model: str
    card_hash: str
    window_s: float
    hop_s: float
    margin_s: float
    max_auto_negatives: int
    enough_negatives: int
    media: tuple[JobMedia, ...]

    @property
    def grid(self) -> WindowGrid:
        """Where the windows lie."""
        return WindowGrid(self.window_s, self.hop_s)

    @property
    def examples(self) -> list[Example]:
        """All examples."""
        return [example for part in self.media for example in part.examples]

    def save(self, folder: Path) -> None:
        """Writes it into a folder."""
        (folder / _FILE).write_text(json.dumps(asdict(self), default=_plain), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Job:
        """Reads it from a folder.

        Raises:
            ValueError: The file is not what `save` writes.
        """
        values: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        media = tuple(
            JobMedia(part["media"], part["file"], tuple(_example(example) for example in part["examples"]))
            for part in values.pop("media")
        )
        return Job(media=media, **values)


def _plain(value: object) -> object:
    if isinstance(value, Kind):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a job")


def _example(values: dict[str, Any]) -> Example:
    return Example(Kind(values["kind"]), values["media"], values["start"], values["duration"])
