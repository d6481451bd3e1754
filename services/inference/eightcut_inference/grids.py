"""Windows as the API writes them, and as the arithmetic takes them."""

from __future__ import annotations

from eightcut.common.v1 import window_pb2
from eightcut_runtime import InvalidArgument
from eightcut_scoring.windows import WindowGrid, seconds_to_us
from google.protobuf.duration_pb2 import Duration

from eightcut_inference.embedders.base import Model

_US = 1_000_000


def to_duration(seconds: float) -> Duration:
    """Seconds as a Duration, in whole microseconds."""
    duration = Duration()
    duration.FromMicroseconds(seconds_to_us(seconds))
    return duration


def grid_of(message: window_pb2.WindowGrid | None, model: Model, sample_rate: int) -> WindowGrid:
    """The windows that were asked for, on audio of the embedder's rate; what is absent is the default.

    Raises:
        InvalidArgument: They are none, or the embedder cannot work on them.
    """
    default = WindowGrid(sample_rate=sample_rate)
    window_s, hop_s = default.window_s, default.hop_s
    if message is not None and message.HasField("window"):
        window_s = message.window.ToMicroseconds() / _US
    if message is not None and message.HasField("hop"):
        hop_s = message.hop.ToMicroseconds() / _US
    try:
        grid = WindowGrid(window_s, hop_s, sample_rate)
        model.check_grid(grid)
    except ValueError as error:
        text = str(error)
        raise InvalidArgument(f"{text[:1].upper()}{text[1:].rstrip('.')}.", field="grid") from error
    return grid


def to_message(grid: WindowGrid) -> window_pb2.WindowGrid:
    """The windows as the API writes them."""
    return window_pb2.WindowGrid(window=to_duration(grid.window_s), hop=to_duration(grid.hop_s))
