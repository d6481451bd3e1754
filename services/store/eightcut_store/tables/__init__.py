"""The tables of the Store, one module an area."""

from eightcut_store.tables.base import Base
from eightcut_store.tables.classifiers import Classifier, ClassifierWeights, ModelCounter
from eightcut_store.tables.clips import Clip, Label
from eightcut_store.tables.hard_negatives import HardNegative
from eightcut_store.tables.media import HiddenMedia, Media
from eightcut_store.tables.profiles import Profile
from eightcut_store.tables.requests import AnsweredRequest
from eightcut_store.tables.scans import CHUNK_WINDOWS, Region, Scan, ScoreChunk
from eightcut_store.tables.training_runs import TrainingEvent, TrainingRun

__all__ = [
    "CHUNK_WINDOWS",
    "AnsweredRequest",
    "Base",
    "Classifier",
    "ClassifierWeights",
    "Clip",
    "HardNegative",
    "HiddenMedia",
    "Label",
    "Media",
    "ModelCounter",
    "Profile",
    "Region",
    "Scan",
    "ScoreChunk",
    "TrainingEvent",
    "TrainingRun",
]
