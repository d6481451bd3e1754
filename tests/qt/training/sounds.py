"""Recordings in which a sound is heard at known places, and clips of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eightcut_client.connection import Connection
from eightcut_client.embed import embed_file
from eightcut_client.register import register_file
from eightcut_qt.gateway import Gateway, NewClip

from tests.support.media import noise, tone, write_media

RATE = 16_000
PLACES = (20.0, 60.0, 100.0)


def record(path: Path, seed: int, *, duration: float = 130.0, places: tuple[float, ...] = PLACES) -> Path:
    """Write noise in which a tone of 8 s is heard at some places."""
    signal = noise(duration, RATE, amplitude=0.05, seed=seed)
    for place in places:
        start = round(place * RATE)
        signal[start : start + 8 * RATE] += tone(8, RATE, frequency=1500, amplitude=0.2)
    return write_media(path, signal, RATE)


@dataclass(frozen=True)
class Sounds:
    """Two recordings that are embedded with LOGMEL, and one that is only registered."""

    folder: Path
    embedded: tuple[str, str]
    bare: str
    bare_path: Path

    @classmethod
    def make(cls, services: Connection, folder: Path) -> Sounds:
        first, second = (
            embed_file(services, record(folder / f"sound {seed}.wav", seed), "LOGMEL").media for seed in (1, 2)
        )
        path = record(folder / "bare.wav", 3, duration=40, places=(20.0,))
        return cls(folder, (first, second), register_file(services, path).digest, path)

    def mark(self, gateway: Gateway, folder: str = "door", places: tuple[float, ...] = PLACES) -> None:
        """Mark the sound in both embedded recordings."""
        gateway.clips.create([NewClip(media, place, 8.0, folder) for media in self.embedded for place in places])
