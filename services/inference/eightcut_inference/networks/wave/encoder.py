"""HuBERT and Wav2Vec2 on a device: strips of samples in, pooled blocks out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from eightcut_inference.networks.architecture import ArchitectureError, Config, DeviceStrip
from eightcut_inference.networks.positions import BlockedPositions, FourierPositions, folded
from eightcut_inference.networks.products import PackedLinear, pack_linears, packs
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.wave.convolutions import Convolutions
from eightcut_inference.networks.wave.models import POSITIONS, meta_model
from eightcut_inference.networks.wave.normalisation import GAIN, amplified, normalised, takes_gain, with_means
from eightcut_inference.networks.wave.settings import FRAME, STEP

_WINDOWS_PACKED = 4  # windows at once through the blocks on a processor, so that what they pass on stays in the cache
_WINDOWS = 128  # windows at once elsewhere


class WaveEncoder:
    """An `Encoder`.

    Args:
        family: "hubert" or "wav2vec2".
        spec: Which blocks are pooled.
        config: The settings.
        facts: Of the weights.
        tensors: float32 on the processor, by their names in our file; not needed afterwards.
        device: Where to.
        dtype: Arithmetic.
    """

    def __init__(
        self,
        family: str,
        spec: NetworkSpec,
        config: Config,
        facts: Mapping[str, str],
        tensors: Mapping[str, torch.Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        packed = packs(device, dtype)
        self._packed = packed
        self._gain = takes_gain(facts)
        self._step = _WINDOWS_PACKED if packed else _WINDOWS
        self._pooled: dict[int, torch.Tensor] = {}
        self._layers = spec.layers
        with torch.no_grad():
            self._convolutions = Convolutions(tensors, config, device, dtype, packed=packed)
            model = _transformer(family, config, tensors, max(spec.layers), device=device, dtype=dtype, packed=packed)
        self._projection = model.feature_projection
        self._blocks = model.encoder
        for layer in set(spec.layers):
            self._blocks.layers[layer - 1].register_forward_hook(_Pool(self._pooled, layer))

    def encode(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        """See `Encoder.encode`."""
        if self._gain and strips[0].grid.hop_samples % STEP == 0:
            hidden = self._shared(strips)
        else:
            windows = torch.cat([_windows(strip) for strip in strips])
            prepared = amplified(windows) if self._gain else normalised(windows)
            hidden = self._project(self._convolutions.window_frames(prepared))
        parts = [self._embed(hidden[k : k + self._step]) for k in range(0, len(hidden), self._step)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def compile(self, mode: str) -> None:
        """Has the blocks compiled, in a mode of ``torch.compile``; not where their products are packed already."""
        if self._packed:
            return
        for block in self._blocks.layers:
            # The forward alone, so that blocks share what is compiled, and the hooks that pool stay outside.
            block.forward = torch.compile(block.forward, mode=mode, dynamic=False)

    def _shared(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        """Projected frames ``[n, T, width]`` of all windows; frames that windows share are made once."""
        grid = strips[0].grid
        frames = (grid.window_samples - FRAME) // STEP + 1
        # Strips laid on the grid of frames one after another are one signal; frames across seams belong to no window.
        laid = [functional.pad(strip.samples, (0, -len(strip.samples) % STEP)) for strip in strips]
        projected = self._project(self._convolutions.frames(torch.cat(laid) * GAIN))
        width = projected.shape[1]
        hop = grid.hop_samples // STEP * width
        views = []
        begin = 0
        for strip, samples in zip(strips, laid, strict=True):
            views.append(projected[begin:].as_strided((strip.windows, frames, width), (hop, width, 1)))
            begin += len(samples) // STEP
        hidden = torch.cat(views)
        self._replace_with_means(strips, hidden)
        return hidden

    def _replace_with_means(self, strips: Sequence[DeviceStrip], hidden: torch.Tensor) -> None:
        """Puts frames of their own in the place of those of windows that lose their mean."""
        first = 0
        for strip in strips:
            found = with_means(strip.samples if strip.host is None else strip.host, strip.grid)
            if found:
                lone = amplified(_windows(strip)[found])
                own = self._project(self._convolutions.window_frames(lone))
                for k, vectors in zip(found, own, strict=True):
                    hidden[first + k] = vectors
            first += strip.windows

    def _project(self, frames: torch.Tensor) -> torch.Tensor:
        found: Any = self._projection(frames)
        projected: torch.Tensor = found[0] if isinstance(found, tuple) else found
        return projected

    def _embed(self, hidden: torch.Tensor) -> torch.Tensor:
        self._blocks(hidden)
        vectors = torch.cat([self._pooled[layer] for layer in self._layers], dim=1)
        self._pooled.clear()
        return vectors


class _Pool:
    """A hook that keeps the mean over time of a block's output, float32 ``[n, width]``.

    Blocks give a tensor in transformers 5, and a tuple that begins with it in 4.
    """

    def __init__(self, into: dict[int, torch.Tensor], layer: int) -> None:
        self._into = into
        self._layer = layer

    def __call__(self, _block: nn.Module, _inputs: object, output: Any) -> None:  # noqa: ANN401 - see above
        hidden = output[0] if isinstance(output, tuple) else output
        self._into[self._layer] = hidden.mean(dim=1, dtype=torch.float32)


def _windows(strip: DeviceStrip) -> torch.Tensor:
    """The windows of a strip, ``[n, N]``, as views."""
    return strip.samples.unfold(0, strip.grid.window_samples, strip.grid.hop_samples)


def _transformer(
    family: str,
    config: Config,
    tensors: Mapping[str, torch.Tensor],
    depth: int,
    *,
    device: torch.device,
    dtype: torch.dtype,
    packed: bool,
) -> Any:  # noqa: ANN401 - transformers' classes of two families and two majors
    """The model after its convolutions, up to a block, with its weights; nothing of it is ever in memory twice."""
    model = meta_model(family, {**config, "num_hidden_layers": depth})
    del model.feature_extractor
    position = {name: tensors[f"{POSITIONS}.{name}"].to(device) for name in ("weight_g", "weight_v", "bias")}
    weight, bias = folded(position["weight_g"], position["weight_v"]), position["bias"]
    groups = config["num_conv_pos_embedding_groups"]
    model.encoder.pos_conv_embed = (
        FourierPositions(weight, bias, groups) if packed else BlockedPositions(weight.to(dtype), bias.to(dtype), groups)
    )
    if config["do_stable_layer_norm"]:
        model.encoder.layer_norm = nn.Identity()  # it comes after the last block, whose own output is what counts
    # On the processor these are the file's own pages still; packing copies them layer by layer.
    weights = {name: tensors[name].to(device, dtype) for name in model.state_dict() if name in tensors}
    if model.load_state_dict(weights, strict=False, assign=True).missing_keys:
        raise ArchitectureError("the weights lack tensors of the network")
    model.eval().requires_grad_(False)
    if packed:
        for layer in model.encoder.layers:
            forward = layer.feed_forward
            dense = forward.intermediate_dense
            forward.intermediate_dense = PackedLinear(dense.weight, dense.bias, gelu=True)
            forward.intermediate_act_fn = nn.Identity()
        pack_linears(model)
    return model
