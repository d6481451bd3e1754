"""Sounds made from arithmetic, so that the demo needs no recordings: float32, mono, about -1 to 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE = 44_100
Audio = NDArray[np.float32]
Random = np.random.Generator


def seconds(duration: float) -> NDArray[np.float64]:
    """Sample times of a stretch of this many seconds."""
    return np.arange(round(duration * RATE)) / RATE


def band(noise: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Noise between two frequencies in Hz."""
    filtered: NDArray[np.float64] = signal.sosfilt(
        signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos"), noise
    )
    return filtered


def strike(random: Random, modes: Sequence[tuple[float, float]], click: float, duration: float) -> NDArray[np.float64]:
    """Something hit once: damped modes (frequency in Hz, decay in s), detuned a little, after a click of noise."""
    time = seconds(duration)
    sound = click * random.standard_normal(time.size) * np.exp(-time / 0.004)
    for frequency, decay in modes:
        detuned = frequency * random.uniform(0.93, 1.07)
        sound += np.sin(2 * np.pi * detuned * time + random.uniform(0, 6)) * np.exp(-time / decay)
    return sound


def repeated(random: Random, one: Callable[[], NDArray[np.float64]], count: int, gap: float) -> NDArray[np.float64]:
    """The same kind of strike several times, gap seconds apart, unevenly."""
    strikes = [one() * random.uniform(0.7, 1.0) for _ in range(count)]
    starts = np.cumsum([0.0, *(gap * random.uniform(0.85, 1.2, count - 1))])
    sound = np.zeros(round(starts[-1] * RATE) + max(s.size for s in strikes))
    for start, part in zip(starts, strikes, strict=True):
        at = round(start * RATE)
        sound[at : at + part.size] += part
    return sound


def knock(random: Random) -> NDArray[np.float64]:
    """Knuckles on a wooden door, three to five times: this is what the demo looks for."""
    wood = [(165, 0.05), (310, 0.035), (560, 0.02), (820, 0.012)]
    return repeated(
        random, lambda: strike(random, wood, 0.5, 0.25), int(random.integers(3, 6)), random.uniform(0.22, 0.3)
    )


def ball(random: Random) -> NDArray[np.float64]:
    """A ball that bounces on a floor: near enough to a knock to fool a first classifier."""
    rubber = [(110, 0.06), (225, 0.04), (430, 0.02)]
    bounces = [strike(random, rubber, 0.25, 0.25) * 0.8**n for n in range(6)]
    starts = np.cumsum([0.0, *(0.5 * 0.78 ** np.arange(5))])
    sound = np.zeros(round(starts[-1] * RATE) + bounces[0].size)
    for start, part in zip(starts, bounces, strict=True):
        at = round(start * RATE)
        sound[at : at + part.size] += part
    return sound


def bell(random: Random) -> NDArray[np.float64]:
    """A small bell, struck twice."""
    metal = [(880, 0.9), (1320, 0.6), (2140, 0.4), (3350, 0.25)]
    return repeated(random, lambda: strike(random, metal, 0.1, 1.6), 2, 0.8)


def bark(random: Random) -> NDArray[np.float64]:
    """A dog, two or three times: a falling buzz through two formants."""

    def one() -> NDArray[np.float64]:
        time = seconds(0.22)
        pitch = random.uniform(380, 480) * np.exp(-1.5 * time)
        buzz = signal.sawtooth(2 * np.pi * np.cumsum(pitch) / RATE) + 0.4 * random.standard_normal(time.size)
        voice: NDArray[np.float64] = band(buzz, 500, 1000) + band(buzz, 1300, 2400)
        return voice * np.hanning(time.size)

    return repeated(random, one, int(random.integers(2, 4)), 0.4)


def rain(random: Random, duration: float) -> NDArray[np.float64]:
    """Rain: bright noise and single drops."""
    noise = band(random.standard_normal(round(duration * RATE)), 800, 9000)
    drops = (random.random(noise.size) < 30 / RATE) * random.uniform(2, 6, noise.size)
    return noise + band(drops, 1500, 6000)


def room(random: Random, duration: float) -> NDArray[np.float64]:
    """A room with a refrigerator: mains hum and soft dark noise."""
    time = seconds(duration)
    hum = sum(np.sin(2 * np.pi * 50 * n * time) / n**1.5 for n in range(1, 8))
    air = band(random.standard_normal(time.size), 60, 500)
    return 0.5 * np.asarray(hum) + 2 * air


def street(random: Random, duration: float) -> NDArray[np.float64]:
    """A street: cars that swell and fade."""
    noise = band(random.standard_normal(round(duration * RATE)), 80, 2500)
    knots = np.arange(0, duration + 6, 6)
    swell = np.interp(seconds(duration), knots, random.uniform(0.3, 1.4, knots.size))
    return noise * swell


SOUNDS: dict[str, Callable[[Random], NDArray[np.float64]]] = {"knock": knock, "ball": ball, "bell": bell, "bark": bark}
BACKGROUNDS: dict[str, Callable[[Random, float], NDArray[np.float64]]] = {"room": room, "rain": rain, "street": street}


def mix(
    random: Random, background: str, duration: float, events: Sequence[tuple[float, str]]
) -> tuple[Audio, list[tuple[float, float, str]]]:
    """Puts sounds (start in s, name) onto a background.

    Returns:
        The audio, and for each sound its start, end and name, in seconds.
    """
    bed = BACKGROUNDS[background](random, duration)
    audio = bed * 0.04 / np.sqrt(np.mean(bed**2))
    truth = []
    for start, name in events:
        sound = SOUNDS[name](random)
        at = round(start * RATE)
        level = random.uniform(0.3, 0.6)
        audio[at : at + sound.size] += level * sound[: audio.size - at] / np.abs(sound).max()
        truth.append((start, start + sound.size / RATE, name))
    return np.clip(audio, -1, 1).astype(np.float32), truth
