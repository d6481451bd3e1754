"""What AST, EAT and BEATs share as the import and the server see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import torch
from eightcut_scoring.windows import WindowGrid
from torch import nn

from eightcut_inference.networks.architecture import ArchitectureError, Config, DeviceStrip
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.spectrum.fbank import FRAME, RATE, STEP, Fbank, count_frames

_WINDOWS_PACKED = 4  # windows at once through the blocks on a processor, so that what they pass on stays in the cache
_WINDOWS = 128  # windows at once elsewhere


class SpectrumArchitecture:
    """What the architectures of the three families say alike."""

    title: ClassVar[str]
    """What the family is called in sentences."""
    choices: ClassVar[Mapping[str, Sequence[str]]] = MappingProxyType({})
    """Values of each option, the default first."""

    def facts(
        self,
        tensors: Mapping[str, torch.Tensor],  # noqa: ARG002 - part of the interface
        config: Config,  # noqa: ARG002 - part of the interface
    ) -> Mapping[str, str]:
        """See `Architecture.facts`: nothing of the weights decides how they are run."""
        return {}

    def options(
        self,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        chosen: Mapping[str, str],
    ) -> Mapping[str, str]:
        """See `Architecture.options`."""
        return pick_options(self.title, self.choices, chosen)


class SpectrumEncoder:
    """An `Encoder`: a filter bank and a network.

    Args:
        fbank: Gives features.
        network: Takes features ``[n, T, 128]`` and gives vectors ``[n, dim]``, float32.
        packed: The network's products are those of a processor.
        compiles: The network may be compiled.
    """

    def __init__(self, fbank: Fbank, network: nn.Module, *, packed: bool, compiles: bool = True) -> None:
        self._fbank = fbank
        self._network: Callable[[torch.Tensor], torch.Tensor] = network.eval()
        self._windows = _WINDOWS_PACKED if packed else _WINDOWS
        self._compiles = compiles and not packed

    def compile(self, mode: str) -> None:
        """Compiles the network; the filter bank is a few launches only, and packed products are compiled already."""
        if self._compiles:
            # Batches come in a few sizes only, and code for one size is faster than code for all.
            run = torch.compile(self._network, mode=mode, dynamic=False)
            # CUDA graphs write the next batch's result where the last one's is.
            self._network = lambda features: run(features.contiguous()).clone()

    def encode(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        """See `Encoder.encode`."""
        features = self._fbank.windows(strips)
        parts = [self._network(features[k : k + self._windows]) for k in range(0, len(features), self._windows)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def pick_options(name: str, choices: Mapping[str, Sequence[str]], chosen: Mapping[str, str]) -> Mapping[str, str]:
    """All options, the first of the choices where none is chosen; see `Architecture.options`."""
    for option, value in chosen.items():
        if option not in choices:
            known = f"its options are {', '.join(choices)}" if choices else "it has none"
            raise ValueError(f"{name} has no option {option!r}: {known}")
        if value not in choices[option]:
            raise ValueError(f"the option {option!r} of {name} is {' or '.join(choices[option])}, not {value!r}")
    return {option: chosen.get(option, values[0]) for option, values in choices.items()}


def check_windows(name: str, grid: WindowGrid, fewest: int, most: int) -> None:
    """Refuses windows of fewer or more frames, and of another rate; see `Architecture.check_grid`."""
    if grid.sample_rate != RATE:
        raise ValueError(f"{name} takes audio of {RATE} Hz, not of {grid.sample_rate} Hz")
    if not fewest <= count_frames(grid.window_samples) <= most:
        raise ValueError(
            f"{name} takes windows of {fewest} to {most} frames of 10 ms ({_seconds(fewest):g} to "
            f"{_seconds(most):g} s), not of {grid.window_s:g} s"
        )


def read_settings(
    published: Config | None, spec: NetworkSpec, defaults: Config, only: Config, names: tuple[str, str]
) -> Config:
    """The settings of ``defaults`` as the config, or else the spec, gives them.

    Args:
        published: See `Architecture.read_config`.
        spec: The same.
        defaults: What a config that leaves a setting out means by it.
        only: Settings of variants that no published network has, and the value that ours have.
        names: What the width and the number of blocks are called.

    Raises:
        ArchitectureError: It describes another network.
    """
    given = spec.settings if published is None else published
    for name, value in only.items():
        if given.get(name, value) != value:
            raise ArchitectureError(f"{spec.id} cannot run with {name} = {given[name]!r}, only with {value!r}")
    settings = {name: given.get(name, spec.settings.get(name, default)) for name, default in defaults.items()}
    for name, wanted in spec.settings.items():
        if name in settings and settings[name] != wanted:
            raise ArchitectureError(f"{spec.id} has {name} = {wanted!r}, but the config says {settings[name]!r}")
    bad = [name for name, default in defaults.items() if not _fits(settings[name], default)]
    if bad:
        raise ArchitectureError(f"the config for {spec.id} says {bad[0]} = {settings[bad[0]]!r}, which cannot be")
    width, depth = (settings[name] for name in names)
    if width != spec.width or max(spec.layers) > depth:
        raise ArchitectureError(
            f"{spec.id} needs {max(spec.layers)} blocks of width {spec.width}, but the config says {depth} of {width}"
        )
    return settings


def _fits(value: object, default: object) -> bool:
    """Whether a value is a number like the default: positive, and whole where that is."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    kinds = int if isinstance(default, int) else (int, float)
    return isinstance(value, kinds) and value > 0


def _seconds(frames: int) -> float:
    return ((frames - 1) * STEP + FRAME) / RATE
