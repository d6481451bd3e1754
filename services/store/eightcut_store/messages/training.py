"""Classifiers, training runs and specs as messages; specs and metrics are kept as JSON."""

from __future__ import annotations

import hashlib

from eightcut.common.v1.training_pb2 import TrainingMetrics, TrainingSpec
from eightcut.store.v1 import classifier_pb2, training_run_pb2
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from eightcut_store.areas.training_examples import Example
from eightcut_store.messages.times import duration, maybe_duration, maybe_timestamp, timestamp
from eightcut_store.tables import Classifier, TrainingEvent, TrainingRun

_DEFAULT_MARGIN = Duration(seconds=30)


def document(message: Message) -> str:
    """Returns a message as JSON, with the names of the .proto files."""
    return json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)


def spec_hash(spec: TrainingSpec) -> str:
    """Returns what equal specs have in common: absent fields count as their defaults, folders have no order."""
    equal = TrainingSpec()
    equal.CopyFrom(spec)
    equal.ClearField("profile")
    equal.ClearField("positive_folders")
    equal.positive_folders.extend(sorted(spec.positive_folders))
    equal.use_hard_negatives = spec.use_hard_negatives if spec.HasField("use_hard_negatives") else True
    equal.activate = activates(spec)
    if not spec.HasField("margin"):
        equal.margin.CopyFrom(_DEFAULT_MARGIN)
    return hashlib.sha256(equal.SerializeToString(deterministic=True)).hexdigest()


def activates(spec: TrainingSpec) -> bool:
    """Says whether the new version is to be the active one."""
    return spec.activate if spec.HasField("activate") else True


def parse_spec(text: str, profile: str) -> TrainingSpec:
    """Returns a kept spec; profiles can be renamed, so that the present name is set."""
    spec = json_format.Parse(text, TrainingSpec(), ignore_unknown_fields=True)
    spec.profile = profile
    return spec


def classifier_message(classifier: Classifier, profile: str, weights: bytes = b"") -> classifier_pb2.Classifier:
    """Returns the message of a classifier version."""
    return classifier_pb2.Classifier(
        id=str(classifier.id),
        profile=profile,
        embedder=classifier.embedder,
        name=classifier.name,
        model=classifier.model,
        version=classifier.version,
        active=classifier.active,
        card_hash=classifier.card_hash,
        threshold=classifier.threshold,
        metrics=json_format.Parse(classifier.metrics, TrainingMetrics(), ignore_unknown_fields=True),
        spec=parse_spec(classifier.spec, profile),
        create_time=timestamp(classifier.create_us),
        weights_sha256=classifier.weights_sha256,
        weights=weights,
    )


def run_message(run: TrainingRun, profile: str) -> training_run_pb2.TrainingRun:
    """Returns the message of a run."""
    return training_run_pb2.TrainingRun(
        id=str(run.id),
        spec=parse_spec(run.spec, profile),
        state=training_run_pb2.TrainingState.ValueType(run.state),
        create_time=timestamp(run.create_us),
        end_time=maybe_timestamp(run.end_us),
        classifier_id="" if run.classifier_id is None else str(run.classifier_id),
        error_reason=run.error_reason,
        error_message=run.error_message,
        last_seq=run.last_seq,
        cancel_requested=run.cancel_requested,
    )


def event_message(event: TrainingEvent) -> training_run_pb2.TrainingEvent:
    """Returns the message of an event."""
    message = training_run_pb2.TrainingEvent(seq=event.seq, time=timestamp(event.time_us))
    if event.state is not None:
        message.state = training_run_pb2.TrainingState.ValueType(event.state)
    elif event.stage is not None:
        message.progress.stage = event.stage
        message.progress.done = event.done or 0
        message.progress.total = event.total or 0
    else:
        message.note = event.note or ""
    return message


def example_message(example: Example, media: str) -> training_run_pb2.TrainingExample:
    """Returns the message of an example."""
    return training_run_pb2.TrainingExample(
        media=media,
        start=duration(example.start_us),
        duration=maybe_duration(example.duration_us),
        kind=training_run_pb2.ExampleKind.ValueType(example.kind),
    )
