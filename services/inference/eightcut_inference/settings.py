"""The options of the service, and what they mean."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from eightcut_runtime import StartError
from eightcut_runtime.addresses import TcpAddress, parse_address

from eightcut_inference.devices.detection import COMPILE_MODES, DeviceSettings
from eightcut_inference.servicer import ServerLimits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this service."""
    limits = ServerLimits()
    add = parser.add_argument
    add("--data-dir", type=Path, required=True, metavar="D", help="folder of the tracks (in D/tracks)")
    add("--store", required=True, metavar="ADDR", help="the Store: unix:/path or host:port; may start later")
    add("--media-root", type=Path, action="append", default=[], metavar="DIR", help="media the server may read itself")
    add("--peer-token-file", type=Path, metavar="PATH", help="file with the Store's token (default: this service's)")
    add("--peer-ca", type=Path, metavar="PEM", help="certificate authority of the Store; speaks TLS to it")
    add("--max-media-seconds", type=_positive, default=limits.max_media_seconds, metavar="S", help="longest media")
    add("--max-streams", type=_positive, default=limits.max_concurrent_streams, metavar="N", help="streams at once")
    _add_network_arguments(parser)


def _add_network_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--weights-dir", type=Path, metavar="DIR", help="folder of the networks' weights (default: D/weights)")
    add("--device", default="auto", metavar="NAME", help="auto, cpu, mps, cuda (all), or cuda:0,cuda:1")
    add("--dtype", default="auto", choices=("auto", "float32", "bfloat16"), help="arithmetic of networks")
    add("--compile", default="off", choices=COMPILE_MODES, help="mode of torch.compile for networks")
    add("--max-batch", type=_positive, metavar="N", help="windows in one batch, at most (default: by the device)")
    add(
        "--embedder-option", action="append", default=[], metavar="ID.NAME=VALUE", help="such as EAT.frames=1024"
    )  # fmt: skip
    add("--metrics-listen", metavar="HOST:PORT", help="serves metrics for Prometheus there (default: not at all)")


def device_settings(arguments: argparse.Namespace) -> DeviceSettings:
    """Which devices the person chose."""
    return DeviceSettings(arguments.device, arguments.dtype, arguments.compile)


def weights_dir(arguments: argparse.Namespace) -> Path:
    """Folder of the networks' weights."""
    folder: Path = arguments.weights_dir or arguments.data_dir / "weights"
    return folder


def embedder_options(arguments: argparse.Namespace) -> Mapping[str, Mapping[str, str]]:
    """The embedders' options by id and name; StartError when one is not written as ID.NAME=VALUE."""
    options: dict[str, dict[str, str]] = {}
    for text in arguments.embedder_option:
        name, equals, value = text.partition("=")
        embedder_id, dot, option = name.partition(".")
        if not (embedder_id and dot and option and equals and value):
            raise StartError(f"An embedder's option is written ID.NAME=VALUE, such as EAT.frames=1024, not {text!r}.")
        options.setdefault(embedder_id, {})[option] = value
    return options


def metrics_address(arguments: argparse.Namespace) -> TcpAddress | None:
    """Where metrics are served; StartError when it is no address of TCP."""
    if arguments.metrics_listen is None:
        return None
    address = parse_address(arguments.metrics_listen)
    if not isinstance(address, TcpAddress):
        raise StartError("Metrics are served over HTTP: --metrics-listen takes HOST:PORT.")
    return address


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value
