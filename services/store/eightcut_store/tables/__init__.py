"""The tables of the Store, one module an area."""

from eightcut_store.tables.base import Base
from eightcut_store.tables.classifiers import Classifier, ClassifierWeights, ModelCounter
from eightcut_store.tables.clip_files import ClipFile, ExportCounter, ExportVideo
from eightcut_store.tables.clips import Clip, Label
from eightcut_store.tables.hard_negatives import HardNegative
from eightcut_store.tables.imports import AdoptedMedia, ImportedRow
from eightcut_store.tables.media import HiddenMedia, Media
from eightcut_store.tables.profiles import Profile
from eightcut_store.tables.requests import AnsweredRequest
from eightcut_store.tables.scans import CHUNK_WINDOWS, Region, Scan, ScoreChunk
from eightcut_store.tables.training_runs import TrainingEvent, TrainingRun

__all__ = [
    "CHUNK_WINDOWS",
    "AdoptedMedia",
    "AnsweredRequest",
    "Base",
    "Classifier",
    "ClassifierWeights",
    "Clip",
    "ClipFile",
    "ExportCounter",
    "ExportVideo",
    "HardNegative",
    "HiddenMedia",
    "ImportedRow",
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
