"""What the process that trains does. Only it imports scikit-learn, and only when the function is called.

Nothing but short texts travels between the processes: progress as lines of JSON, the figures as the JSON of a
TrainingMetrics. Vectors come, and the classifier goes, by files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eightcut.common.v1 import training_pb2
from eightcut_runtime import FailedPrecondition
from eightcut_runtime.worker import report
from eightcut_scoring.classifier import ClassifierModel
from google.protobuf import json_format

from eightcut_trainer.learning.dataset import ClassMissingError, Counts
from eightcut_trainer.learning.examples import Example, Kind, merge_duplicates
from eightcut_trainer.worker.job import Job
from eightcut_trainer.worker.track_file import open_track

if TYPE_CHECKING:
    from eightcut_trainer.learning.learn import Metrics

CLASSIFIER_FILE = "classifier"

# The API's messages end at 1 MiB; the rest of the message needs some room.
_MAX_CLASSIFIER_BYTES = 900 * 1024

_STAGES = {"cross-validate": "cross-validate", "threshold": "calibrate", "fit": "fit"}
_GROUPINGS = {
    "media": training_pb2.CROSS_VALIDATION_BY_MEDIA,
    "time_blocks": training_pb2.CROSS_VALIDATION_BY_TIME_BLOCK,
    "none": training_pb2.CROSS_VALIDATION_NONE,
}


def fit(folder: str) -> str:
    """Trains the job in a folder, and writes the classifier beside it.

    Returns:
        A TrainingMetrics as JSON.

    Raises:
        FailedPrecondition: CLASS_MISSING.
    """
    from eightcut_trainer.learning.learn import LearnOptions, learn

    place = Path(folder)
    job = Job.load(place)
    options = LearnOptions(
        margin_s=job.margin_s, max_auto_negatives=job.max_auto_negatives, enough_negatives=job.enough_negatives
    )
    try:
        learned = learn(
            job.examples,
            {part.media: open_track(place / part.file) for part in job.media},
            job.grid,
            card_hash=job.card_hash,
            model=job.model,
            options=options,
            progress=_progress,
        )
    except ClassMissingError as error:
        raise _class_missing(error) from error
    (place / CLASSIFIER_FILE).write_bytes(_with_examples(learned.model, job.examples))
    return json_format.MessageToJson(_metrics(learned.metrics), indent=None)


def _progress(stage: str, done: int, total: int) -> None:
    if stage in _STAGES:
        report(json.dumps({"stage": _STAGES[stage], "done": done, "total": total}))


def _with_examples(model: ClassifierModel, examples: Sequence[Example]) -> bytes:
    """The classifier's bytes with all that it was made from, unless that is more than a message can hold."""
    data = replace(model, metadata={**model.metadata, "examples": _by_media(examples)}).to_bytes()
    if len(data) <= _MAX_CLASSIFIER_BYTES:
        return data
    return replace(model, metadata={**model.metadata, "examples": {}, "examples_left_out": True}).to_bytes()


def _by_media(examples: Sequence[Example]) -> dict[str, dict[str, list[Any]]]:
    """Per media and kind the places as [start, duration], of hard negatives the start; in seconds."""
    found: dict[str, dict[str, list[Any]]] = {}
    for example in merge_duplicates(examples):
        if example.kind is Kind.SOFT:
            continue
        hard = example.kind is Kind.HARD_NEGATIVE
        place = example.start if hard else [example.start, example.duration]
        found.setdefault(example.media, {}).setdefault(example.kind.value, []).append(place)
    return found


def _metrics(metrics: Metrics) -> training_pb2.TrainingMetrics:
    return training_pb2.TrainingMetrics(
        window_average_precision=metrics.window_average_precision,
        event_precision=metrics.event_precision,
        event_recall=metrics.event_recall,
        event_f1=metrics.event_f1,
        cross_validation=_GROUPINGS[metrics.grouping.value],
        folds=metrics.folds,
        examples=_counts(metrics.counts),
        notes=metrics.notes,
    )


def _counts(counts: Counts) -> training_pb2.ExampleCounts:
    return training_pb2.ExampleCounts(
        positive=counts.positive,
        negative=counts.negative,
        hard_negative=counts.hard_negative,
        auto_negative=counts.auto_negative + counts.near_negative,
        soft=counts.soft,
        media=counts.media,
    )


def _class_missing(error: ClassMissingError) -> FailedPrecondition:
    counts = _counts(error.counts)
    names = ("positive", "negative", "hard_negative", "auto_negative")
    metadata = {name: str(getattr(counts, name)) for name in names}
    missing = "negative" if counts.positive else "positive"
    return FailedPrecondition(str(error), reason="CLASS_MISSING", metadata={"class": missing, **metadata})
