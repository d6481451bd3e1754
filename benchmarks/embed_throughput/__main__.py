"""How fast windows are embedded, for every embedder, with random weights of the true size.

    python -m benchmarks.embed_throughput [--embedder ID ...] [--quick] [--device auto] [--compile off default ...]
    python -m benchmarks.embed_throughput --hour [--embedder ID ...]

Three contestants in turns on the same device: the ancestor's loop re-implemented from its description (float32, batch
16, each window prepared on its own on the processor), our engine in this process, fed from memory, and our service
through gRPC, decoding and upload included. --hour measures one long file end to end, and whether the service's memory
depends on its length.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from eightcut_inference.devices.detection import COMPILE_MODES, DeviceChoiceError, DeviceSettings, find_devices
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import SPECS
from transformers.utils import logging

from benchmarks.embed_throughput.checkpoints import bring, publish
from benchmarks.embed_throughput.hour import HEADER as HOUR_HEADER
from benchmarks.embed_throughput.hour import measure_lengths
from benchmarks.embed_throughput.machine import load_average, machine_line
from benchmarks.embed_throughput.measuring import measure, say
from benchmarks.embed_throughput.media import Shelf
from benchmarks.embed_throughput.setting import Setting
from benchmarks.embed_throughput.tally import (
    DEVICE_HEADER,
    SPEED_HEADER,
    Figures,
    device_row,
    peaks_line,
    speed_row,
)
from benchmarks.support import fresh_home, table

BY_ID = {spec.id: spec for spec in SPECS}
BASE_SIZE = ("HUBERT_BASE", "WAV2VEC2_BASE", "AST", "EAT", "BEATS")


def main() -> None:
    arguments = _arguments()
    if "OMP_NUM_THREADS" not in os.environ and hasattr(os, "sched_getaffinity"):
        torch.set_num_threads(len(os.sched_getaffinity(0)))  # as the service does
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # of transformers
    try:
        devices = find_devices(DeviceSettings(arguments.device, arguments.dtype)).devices
    except DeviceChoiceError as error:
        raise SystemExit(str(error)) from error
    print(machine_line(devices[0].name))
    print(f"Load average before: {load_average()}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fresh_home(folder)
        setting = Setting(
            folder=folder,
            devices=devices,
            shelf=Shelf(folder, arguments.media),
            streams=arguments.streams or (4 if devices[0].kind == "cuda" else 1),
            max_batch=arguments.max_batch,
            seconds=arguments.seconds,
            rounds=arguments.rounds or (1 if arguments.quick else None),
            embedder_options=_embedder_options(arguments.embedder_option),
        )
        (_hour if arguments.hour else _speeds)(arguments, setting)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.embed_throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--embedder", nargs="+", metavar="ID", choices=sorted(BY_ID), help="which; default: all but the _ML variants")
    add("--quick", action="store_true", help=f"one round of {', '.join(BASE_SIZE)}")
    add("--hour", action="store_true", help="one long file end to end instead, and the memory it takes")
    add("--lengths", nargs=2, type=int, default=(600, 3600), metavar="S", help="of --hour, short and long, in seconds")
    add("--seconds", type=int, metavar="N", help="length of the file; default: by the speed of the reference")
    add("--rounds", type=int, metavar="N", help="how often each is measured; default: by the speed of the reference")
    add("--device", default="auto", metavar="D", help="auto, cpu, mps, cuda, cuda:0,cuda:1")
    add("--dtype", default="auto", choices=["auto", "float32", "bfloat16"], help="arithmetic of our networks")
    add("--compile", nargs="+", default=["off"], choices=COMPILE_MODES, help="modes of torch.compile to compare")
    add("--max-batch", type=int, metavar="N", help="most windows in a batch of the service")
    add("--embedder-option", nargs="+", default=[], metavar="ID.NAME=VALUE", help="as of the service")
    add("--streams", type=int, metavar="N", help="files uploaded at once (default: 4 on CUDA, else 1)")
    add("--media", default="mp4", choices=["mp4", "wav"], help="what is decoded: AAC in MP4, or 16 kHz WAV")
    return parser.parse_args()


def _embedder_options(given: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in given:
        name, _, value = text.partition("=")
        embedder, _, option = name.partition(".")
        found.setdefault(embedder, {})[option] = value
    return found


def _specs(arguments: argparse.Namespace) -> list[NetworkSpec]:
    if arguments.embedder:
        return [BY_ID[name] for name in arguments.embedder]
    if arguments.quick:
        return [BY_ID[name] for name in BASE_SIZE]
    return [spec for spec in SPECS if len(spec.layers) == 1]


def _with_weights(specs: Sequence[NetworkSpec], setting: Setting) -> Iterator[tuple[NetworkSpec, Path]]:
    """Each embedder with the folder that holds its weights as published; imported, and deleted after the last use."""
    published = setting.folder / "published"
    for index, spec in enumerate(specs, 1):
        folder = published / spec.weights
        if not folder.exists():
            say(f"{spec.weights}: random weights are made and imported")
            bring(spec, publish(spec, folder), setting.weights_dir)
        yield spec, folder
        if not any(later.weights == spec.weights for later in specs[index:]):
            shutil.rmtree(folder)
            shutil.rmtree(setting.weights_dir / spec.weights)


def _speeds(arguments: argparse.Namespace, setting: Setting) -> None:
    found: list[Figures] = []
    try:
        for spec, published in _with_weights(_specs(arguments), setting):
            found += [measure(spec, published, setting, mode) for mode in arguments.compile]
    finally:
        if found:
            _print_speeds(found, setting, arguments.media)


def _print_speeds(found: Sequence[Figures], setting: Setting, form: str) -> None:
    files = f"{setting.streams} {form} file{'s' if setting.streams > 1 else ''} at once"
    where = f"{', '.join(device.name for device in setting.devices)}, reference float32, ours {setting.dtype}, {files}"
    table(f"Windows of 8 s every 1 s, medians; {where}", SPEED_HEADER, [speed_row(row) for row in found])
    table("Where it ran, and what it needed", DEVICE_HEADER, [device_row(row) for row in found])
    print(f"\n{peaks_line(found)}\nLoad average after: {load_average()}")


def _hour(arguments: argparse.Namespace, setting: Setting) -> None:
    rows: list[list[str]] = []
    for spec, _ in _with_weights(_specs(arguments), setting):
        rows += [measure_lengths(spec, setting, mode, arguments.lengths) for mode in arguments.compile]
    table(f"One {arguments.media} file end to end; {setting.device}, {setting.dtype}", HOUR_HEADER, rows)


if __name__ == "__main__":
    main()
