"""CPU time of the decoder process, against FFmpeg alone.

    python -m benchmarks.decode_speed [--minutes 60] [--runs 3]

Two recordings: stereo AAC at 48 kHz in an MP4, which must be decoded, mixed down and resampled, and a mono WAV at
16 kHz, whose samples only pass through. The reference decodes the same file with bare PyAV in a process of its own
and drops the frames: it neither checks, mixes, resamples nor hands on a sample. Both turns count the start of Python;
the runs alternate and the fastest of each is taken, since other load on the machine only ever adds time.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from eightcut_client import media

from benchmarks.support import table, write_recording

RATE = 48_000
FRAME = 1024
BARE = """
import sys, av
with av.open(sys.argv[1]) as container:
    for _ in container.decode(audio=0):
        pass
"""


def write_aac(path: Path, minutes: int) -> None:
    """Writes stereo AAC: one minute of tones and noise is encoded, and its packets are repeated."""
    generator = np.random.default_rng(0)
    at = np.arange(60 * RATE // FRAME * FRAME) / RATE
    tones = np.stack([0.3 * np.sin(2 * np.pi * frequency * at) for frequency in (440, 660)])
    signal = (tones + 0.1 * generator.standard_normal(tones.shape)).astype(np.float32)
    with av.open(path, "w") as output:
        stream = output.add_stream("aac", rate=RATE, layout="stereo")
        encoded: list[Packet[AudioStream]] = []
        for begin in range(0, signal.shape[1], FRAME):
            block = np.ascontiguousarray(signal[:, begin : begin + FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
            encoded += stream.encode(frame)
        data = [bytes(packet) for packet in encoded + stream.encode(None)]
        for index in range(minutes * 60 * RATE // FRAME):
            packet = Packet(data[index % len(data)])
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = index * FRAME
            packet.duration = FRAME
            output.mux(packet)


def decode_bare(path: Path) -> None:
    """Decodes with PyAV, in a process of its own."""
    subprocess.run([sys.executable, "-c", BARE, str(path)], check=True)


def decode_ours(path: Path) -> None:
    """Decodes as the client does; the process is the client's own decoder."""
    with media.decode(path) as audio:
        for _ in audio:
            pass


def cost(work: Callable[[Path], None], path: Path) -> tuple[float, float]:
    """CPU seconds of the processes that one run starts, and its wall-clock seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work(path)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, seconds


def measure(path: Path, runs: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lowest CPU and wall-clock seconds of the reference, and ours; they take turns."""
    pairs = [(cost(decode_bare, path), cost(decode_ours, path)) for _ in range(runs)]
    bare, ours = zip(*pairs, strict=True)
    return _lowest(bare), _lowest(ours)


def _lowest(costs: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    return min(cpu for cpu, _ in costs), min(wall for _, wall in costs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        aac, wav = Path(scratch) / "recording.mp4", Path(scratch) / "recording.wav"
        write_aac(aac, options.minutes)
        write_recording(wav, options.minutes * 60)
        for name, path in (("AAC 48 kHz stereo, MP4", aac), ("PCM 16 kHz mono, WAV", wav)):
            bare, ours = measure(path, options.runs)
            for what, (cpu, wall) in (("bare PyAV (reference)", bare), ("decoder process", ours)):
                times = options.minutes * 60 / cpu
                rows.append([name, what, f"{cpu:.2f}", f"{wall:.2f}", f"{times:,.0f}", f"{cpu / bare[0]:.2f}"])
    table(
        f"Decoding {options.minutes} minutes",
        ["recording", "what", "CPU s", "wall s", "times real time (CPU)", "CPU ratio"],
        rows,
    )


if __name__ == "__main__":
    main()
