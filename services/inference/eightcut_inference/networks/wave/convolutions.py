"""The convolutions from samples to frames, channels last, as matrix products.

A convolution of kernel k and stride s over rows of C channels is a product of overlapping rows of k·C numbers, one
every s·C, so nothing is transposed between a convolution and the norm over its channels. A signal is worked on in
blocks of frames that fit the cache (a block sees 400 - 320 samples more than its own).

The group norm after the first convolution of some networks normalises each channel over the whole window. Its mean and
variance follow from those of the 10 samples under the kernel, ``w·μ`` and ``wᵀ Σ w``, so it is folded into one
set of weights per window, exactly, and costs no pass over the convolution's output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch.nn import functional

from eightcut_inference.networks.architecture import Config
from eightcut_inference.networks.products import PackedLinear
from eightcut_inference.networks.wave.normalisation import exact_dtype
from eightcut_inference.networks.wave.settings import FRAME, STEP

_EPS = 1e-5  # of the norms inside the convolutions
_PREFIX = "feature_extractor.conv_layers"
_BLOCK_PACKED = 64  # frames at once on a processor: 8 MiB after the first convolution
_MOMENT_ROWS = 256
_BLOCK = 16_384  # frames at once elsewhere; 1 GiB of bfloat16 after the first convolution


class Convolutions:
    """All convolutions of one network.

    Args:
        tensors: float32, by their names in our file.
        config: The settings.
        device: Where to.
        dtype: Of the output, and of all but the first convolution's arithmetic.
        packed: Use `PackedLinear`.
    """

    def __init__(
        self,
        tensors: Mapping[str, torch.Tensor],
        config: Config,
        device: torch.device,
        dtype: torch.dtype,
        *,
        packed: bool,
    ) -> None:
        self._dtype = dtype
        self._packed = packed
        self._block = _BLOCK_PACKED if packed else _BLOCK
        self._grouped: bool = config["feat_extract_norm"] == "group"
        self._kernel, self._stride = config["conv_kernel"][0], config["conv_stride"][0]

        def find(name: str) -> torch.Tensor | None:
            found = tensors.get(f"{_PREFIX}.{name}")
            return None if found is None else found.to(device)

        first = find("0.conv.weight")
        assert first is not None
        self._weight = first[:, 0]
        self._bias = find("0.conv.bias")
        self._norm = (find("0.layer_norm.weight"), find("0.layer_norm.bias"))
        gelu = self._grouped
        if not self._grouped:
            self._first = self._first_product(self._weight, self._bias, gelu=False)
        self._rest = []
        for index in range(1, len(config["conv_dim"])):
            weight = find(f"{index}.conv.weight")
            assert weight is not None
            self._rest.append(
                _Convolution(weight, find(f"{index}.conv.bias"), config["conv_stride"][index], dtype, packed, gelu=gelu)
            )
        self._norms = [
            tuple(_cast(find(f"{index}.layer_norm.{name}"), dtype) for name in ("weight", "bias"))
            for index in range(len(config["conv_dim"]))
        ]

    @property
    def whole_windows(self) -> bool:
        """Frames depend on their whole window: only `window_frames` can make them."""
        return self._grouped

    def frames(self, signal: torch.Tensor) -> torch.Tensor:
        """Frames ``[(N - 400) // 320 + 1, C]`` of a signal ``[N]``, float32; frame k sees samples 320·k to 320·k + 399.

        For networks that normalise over channels.
        """
        return self._in_blocks(signal, lambda part: self._normalised(0, self._first(part)))

    def window_frames(self, windows: torch.Tensor) -> torch.Tensor:
        """Frames ``[n, T, C]`` of windows ``[n, N]``, float32, each on its own; for any network."""
        count, length = windows.shape
        total = (length - FRAME) // STEP + 1
        # Windows on the grid of frames, one after another, are one signal; the frames across their seams are left out.
        period = -(-length // STEP) * STEP
        if self._grouped:
            weight, bias = self._group_normed(windows)
            if self._packed:
                return torch.stack([self._window(windows[k], weight[k], bias[k]) for k in range(count)])
        padded = functional.pad(windows, (0, period - length))
        if self._grouped:
            step = max(1, self._block * STEP // period)
            parts = [
                self._windows(padded[k : k + step], weight[k : k + step], bias[k : k + step], total)
                for k in range(0, count, step)
            ]
            return parts[0] if len(parts) == 1 else torch.cat(parts)
        frames = self.frames(padded.reshape(-1)[: (count - 1) * period + length])
        return frames.as_strided(
            (count, total, frames.shape[1]), (period // STEP * frames.shape[1], frames.shape[1], 1)
        )

    def _in_blocks(self, signal: torch.Tensor, first: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        total = (len(signal) - FRAME) // STEP + 1
        parts = []
        for begin in range(0, total, self._block):
            end = min(begin + self._block, total)
            parts.append(self._onwards(first(signal[begin * STEP : (end - 1) * STEP + FRAME])))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _onwards(self, rows: torch.Tensor) -> torch.Tensor:
        for index, convolution in enumerate(self._rest, start=1):
            rows = convolution(rows)
            if not self._grouped:
                rows = self._normalised(index, rows)
        return rows

    def _normalised(self, index: int, rows: torch.Tensor) -> torch.Tensor:
        scale, shift = self._norms[index]
        return functional.gelu(functional.layer_norm(rows, rows.shape[-1:], scale, shift, _EPS))

    def _window(self, window: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return self._in_blocks(window, self._first_product(weight, bias, gelu=True))

    def _windows(self, padded: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, total: int) -> torch.Tensor:
        """Frames ``[n, total, C]`` of windows ``[n, period]``, each with weights of its own."""
        count, period = padded.shape
        tail = functional.pad(padded, (0, self._kernel - self._stride))  # so that every window gives period / 5 rows
        taps, factors = self._operands(tail.unfold(1, self._kernel, self._stride), weight, bias)
        rows = functional.gelu(torch.bmm(taps, factors))
        frames = self._onwards(rows.flatten(0, 1))
        width = frames.shape[1]
        return frames.as_strided((count, total, width), (period // STEP * width, width, 1))

    def _first_product(
        self, weight: torch.Tensor, bias: torch.Tensor | None, *, gelu: bool
    ) -> Callable[[torch.Tensor], torch.Tensor]:
        """The first convolution of a signal ``[N]``, float32, to rows ``[L, C]``."""
        kernel, stride = self._kernel, self._stride
        if self._packed:
            product = PackedLinear(weight, bias, gelu=gelu)
            return lambda signal: product(signal.unfold(0, kernel, stride).contiguous())

        def run(signal: torch.Tensor) -> torch.Tensor:
            taps, factors = self._operands(signal.unfold(0, kernel, stride), weight, bias)
            return taps @ factors

        return run

    def _operands(
        self, taps: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Two factors whose product is ``taps @ weight.T + bias`` to about float32, in one product of the dtype.

        In bfloat16 both sides are split into a coarse and a fine half, which keeps 16 bits of each number: a b ≈ a₁b₁ +
        a₂b₁ + a₁b₂, summed in float32 by the product itself.
        """
        factors = weight.transpose(-1, -2)
        shift = weight.new_zeros(weight.shape[:-1]) if bias is None else bias
        shift = shift.unsqueeze(-2)
        if self._dtype == torch.float32:
            ones = taps.new_ones((*taps.shape[:-1], 1))
            return torch.cat((taps, ones), -1), torch.cat((factors, shift), -2)
        ones = taps.new_ones((*taps.shape[:-1], 2), dtype=self._dtype)
        coarse, fine = _halves(taps, self._dtype)
        left = torch.cat((coarse, fine, coarse, ones), -1)
        factor, rest = _halves(factors, self._dtype)
        return left, torch.cat((factor, factor, rest, *_halves(shift, self._dtype)), -2)

    def _group_normed(self, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights ``[n, C, 10]`` and biases ``[n, C]`` of the first convolution with the group norm after it.

        The convolution's own bias falls out of it.
        """
        # Exact, since a channel may hear little of what is loud.
        exact = exact_dtype(windows.device)
        mean, covariance = _moments(windows.to(exact).unfold(1, self._kernel, self._stride))
        weight = self._weight.to(exact)
        variance = ((weight @ covariance) * weight).sum(-1).clamp_min(0)
        gamma, beta = self._norm
        assert gamma is not None
        assert beta is not None
        scale = gamma.to(exact) * torch.rsqrt(variance + _EPS)
        return (weight * scale[..., None]).float(), (beta.to(exact) - (mean @ weight.T) * scale).float()


class _Convolution:
    """One convolution but the first, over rows ``[L, C]``.

    Args:
        weight: ``[out, C, kernel]``.
        bias: ``[out]`` or None.
        stride: Rows between outputs.
        dtype: Arithmetic.
        packed: Use `PackedLinear`.
        gelu: Apply the GELU.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        stride: int,
        dtype: torch.dtype,
        packed: bool,
        *,
        gelu: bool,
    ) -> None:
        self._kernel, self._stride, self._gelu = weight.shape[2], stride, gelu
        rows = weight.permute(0, 2, 1)  # [out, kernel, C]
        self._whole = PackedLinear(rows.flatten(1), bias, gelu=gelu) if packed else None
        # BLAS takes rows that overlap nowhere: the kernel in parts no longer than the stride.
        self._parts = (
            []
            if packed
            else [
                (begin, rows[:, begin : begin + stride].flatten(1).T.to(dtype))
                for begin in range(0, self._kernel, stride)
            ]
        )
        self._bias = None if packed or bias is None else bias.to(dtype)

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """``[(L - kernel) // stride + 1, out]``."""
        length, width = rows.shape
        count = (length - self._kernel) // self._stride + 1
        if self._whole is not None:
            overlapping = rows.as_strided((count, self._kernel * width), (self._stride * width, 1))
            packed: torch.Tensor = self._whole(overlapping.contiguous())
            return packed
        found: torch.Tensor | None = None
        for begin, factor in self._parts:
            part = rows[begin:].as_strided((count, len(factor)), (self._stride * width, 1))
            if found is not None:
                found.addmm_(part, factor)
            else:
                found = part @ factor if self._bias is None else torch.addmm(self._bias, part, factor)
        assert found is not None
        return functional.gelu(found) if self._gelu else found


def _moments(taps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Means ``[n, k]`` and covariances ``[n, k, k]`` (over the count) of rows ``[n, L, k]``."""
    count, length, width = taps.shape
    mean = taps.mean(1, keepdim=True)
    # A sum of many short products: one long product of so few columns would keep one core of a GPU busy.
    padded = functional.pad(taps - mean, (0, 0, 0, -length % _MOMENT_ROWS)).view(-1, _MOMENT_ROWS, width)
    products = torch.bmm(padded.transpose(1, 2), padded)
    return mean[:, 0], products.view(count, -1, width, width).sum(1) / length


def _halves(numbers: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    coarse = numbers.to(dtype)
    return coarse, (numbers - coarse).to(dtype)


def _cast(tensor: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor | None:
    return None if tensor is None else tensor.to(dtype)
