"""From audio that arrives to vectors in the track's file: intake, decoding, pieces, engine, file."""

from eightcut_inference.recording.intake import Chunk, Intake
from eightcut_inference.recording.recorder import Recorder

__all__ = ["Chunk", "Intake", "Recorder"]
