"""What a training came to, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eightcut_cli.output import plural

if TYPE_CHECKING:
    from eightcut.store.v1.classifier_pb2 import Classifier

_FIGURES = {
    "window_average_precision": "window average precision",
    "event_precision": "event precision",
    "event_recall": "event recall",
    "event_f1": "event F1",
}


def classifier_lines(classifier: Classifier) -> Iterator[str]:
    """A classifier version for reading: name, examples, figures, notes."""
    state = "active" if classifier.active else "not active"
    version = f"{classifier.model} v{classifier.version} (id {classifier.id})"
    yield f"{version}, {state}, threshold {classifier.threshold:.3g}"
    counts = classifier.metrics.examples
    kinds = {
        "positive clip": counts.positive,
        "negative clip": counts.negative,
        "hard negative": counts.hard_negative,
        "automatic negative": counts.auto_negative,
    }
    used = ", ".join(plural(count, kind) for kind, count in kinds.items() if count)
    yield f"  made from {used or 'nothing'} in {plural(counts.media, 'file')}"
    measured = {field.name: value for field, value in classifier.metrics.ListFields()}
    for name, title in _FIGURES.items():
        yield f"  {title:<26}{measured[name]:.3f}" if name in measured else f"  {title:<26}-"
    for note in classifier.metrics.notes:
        yield f"  note: {note}"
