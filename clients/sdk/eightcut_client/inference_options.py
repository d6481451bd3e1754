"""How the Inference service of our own is to run networks: what is said once, here or in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

DTYPES = ("auto", "float32", "bfloat16")
COMPILE_MODES = ("off", "default", "reduce-overhead", "max-autotune")

_DEVICE = re.compile(r"auto|cpu|mps|cuda|cuda:\d{1,3}(,cuda:\d{1,3})*")
_EMBEDDER_OPTION = re.compile(r"[A-Z][A-Z0-9_]{0,63}\.[a-z][a-z0-9_]*=\S+")


@dataclass(frozen=True, slots=True)
class InferenceOptions:
    """Options of eightcut-inference; None: its own default.

    Attributes:
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` (all), or ``cuda:0,cuda:1``.
        dtype: Arithmetic of networks, one of `DTYPES`.
        compile: Mode of torch.compile, one of `COMPILE_MODES`.
        max_batch: Windows in one batch, at most.
        embedder_options: Such as ``EAT.frames=800``; they make vectors of their own.
        weights_dir: Folder of the weights.
        metrics_listen: ``HOST:PORT`` where metrics are served for Prometheus.
    """

    device: str | None = None
    dtype: str | None = None
    compile: str | None = None
    max_batch: int | None = None
    embedder_options: tuple[str, ...] = ()
    weights_dir: Path | None = None
    metrics_listen: str | None = None

    def over(self, others: InferenceOptions) -> InferenceOptions:
        """Return these options, and the others' where nothing is said here; embedder options of both, ours winning."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) not in (None, ())}
        if "embedder_options" in said:
            ours = {option.partition("=")[0] for option in self.embedder_options}
            kept = (option for option in others.embedder_options if option.partition("=")[0] not in ours)
            said["embedder_options"] = (*kept, *self.embedder_options)
        return replace(others, **said)

    def arguments(self) -> list[str]:
        """Return them as eightcut-inference takes them."""
        found: list[str] = []
        for name in ("device", "dtype", "compile", "max_batch", "weights_dir", "metrics_listen"):
            value = getattr(self, name)
            if value is not None:
                text = value.absolute() if isinstance(value, Path) else value
                found += [f"--{name.replace('_', '-')}", str(text)]
        for option in self.embedder_options:
            found += ["--embedder-option", option]
        return found


def check_device(text: str) -> str:
    """Return a name of devices.

    Raises:
        ValueError: It is none; the sentence tells what would be.
    """
    if not _DEVICE.fullmatch(text):
        raise ValueError(f"“{text}” names no device: use auto, cpu, mps, cuda (all), or a list such as cuda:0,cuda:1.")
    return text


def check_choice(text: str, choices: Iterable[str]) -> str:
    """Return one of several words.

    Raises:
        ValueError: It is none of them.
    """
    known = tuple(choices)
    if text not in known:
        raise ValueError(f"“{text}” is none of {', '.join(known)}.")
    return text


def check_embedder_option(text: str) -> str:
    """Return an option of an embedder; which there are, the service knows.

    Raises:
        ValueError: It is not written as one.
    """
    if not _EMBEDDER_OPTION.fullmatch(text):
        raise ValueError(f"“{text}” is no option of an embedder: it is written ID.NAME=VALUE, such as EAT.frames=800.")
    return text
