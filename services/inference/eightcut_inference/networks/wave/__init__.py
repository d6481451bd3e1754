"""HuBERT and Wav2Vec2: networks on raw samples."""

from eightcut_inference.networks.architecture import Architecture
from eightcut_inference.networks.wave.architecture import WaveArchitecture


def ARCHITECTURE(family: str) -> Architecture:  # noqa: N802 - the name that every family's module has
    """The architecture of "hubert" or "wav2vec2"."""
    return WaveArchitecture(family)
