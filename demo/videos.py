"""The demo's videos: a picture of the sound's level over time, and the sound."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from demo.sounds import RATE, Audio, mix

WIDTH, HEIGHT, FPS = 320, 180, 5

DURATION = 240.0
# File name, background, and where (in seconds) which sound begins.
SCRIPTS = {
    "kitchen.mp4": (
        "room",
        "12 bell, 27 knock, 49 bark, 66 knock, 88 knock, 104 bark, 121 knock, 139 bell, 157 knock, 178 knock, 222 bark",
    ),
    "street.mp4": (
        "street",
        "15 ball, 38 knock, 57 bell, 76 ball, 97 knock, 118 bark, 138 ball, 159 knock, 181 bell, 203 knock, 224 ball",
    ),
    "garden.mp4": (
        "rain",
        "18 knock, 41 ball, 62 bark, 85 knock, 107 bell, 129 knock, 150 ball, 171 knock, 193 bark, 214 ball",
    ),
}


def events(script: str) -> list[tuple[float, str]]:
    """Start in seconds and name of each sound in a script."""
    return [(float(start), name) for start, name in (entry.split() for entry in script.split(", "))]


def picture(levels: NDArray[np.float64], position: float) -> NDArray[np.uint8]:
    """One frame, uint8 [height, width, 3]: the level of the last seconds as bars, how far it is as a line."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[...] = np.linspace(60, 20, HEIGHT).astype(np.uint8)[:, None, None]
    bar = WIDTH // levels.size
    for index, level in enumerate(levels):
        top = HEIGHT - 12 - int(min(level, 1.0) * (HEIGHT - 30))
        frame[top : HEIGHT - 12, index * bar : (index + 1) * bar - 2] = (90, 190, 220)
    frame[HEIGHT - 6 : HEIGHT - 2, : int(position * WIDTH)] = (240, 180, 60)
    return frame


def write(path: Path, audio: Audio) -> None:
    """Writes audio with its picture as H.264 and AAC."""
    frames = audio.size * FPS // RATE
    levels = np.abs(audio[: frames * RATE // FPS]).reshape(frames, -1).max(axis=1).astype(np.float64)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "30"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="mono")
        for index in range(frames):
            recent = np.pad(levels[max(0, index - 15) : index + 1], (max(0, 15 - index), 0))
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture(recent, index / frames), format="rgb24")))
            part = audio[index * RATE // FPS : (index + 1) * RATE // FPS]
            frame = av.AudioFrame.from_ndarray(part[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, index * RATE // FPS
            frame.time_base = Fraction(1, RATE)
            container.mux(sound.encode(frame))
        container.mux(video.encode())
        container.mux(sound.encode())


def make(folder: Path) -> dict[str, list[tuple[float, float, str]]]:
    """Makes the three videos and marks.csv (8-second clips of the knocks in kitchen.mp4) in folder.

    Returns:
        For each file the truth: start, end and name of every sound, in seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for seed, (name, (background, script)) in enumerate(SCRIPTS.items()):
        audio, truth[name] = mix(np.random.default_rng(seed), background, DURATION, events(script))
        write(folder / name, audio)
    with (folder / "marks.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "start", "duration", "folder", "label"])
        rows.writerows(
            ["kitchen.mp4", round(start - 1, 3), 8, "door_knock", "three or more knocks"]
            for start, _, name in truth["kitchen.mp4"]
            if name == "knock"
        )
    return truth
