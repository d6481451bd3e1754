"""The protocol of Embed and Scan: one object for each stream."""

from eightcut_inference.streams.embed import EmbedStream
from eightcut_inference.streams.scan import ScanStream

__all__ = ["EmbedStream", "ScanStream"]
