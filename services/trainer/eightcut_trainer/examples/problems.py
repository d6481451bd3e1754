"""What can stand in the way of a training, each as the error that StartTraining refuses with."""

from __future__ import annotations

from collections.abc import Sequence

from eightcut.common.v1.training_pb2 import ExampleCounts, TrainingSpec
from eightcut_client.errors import EightcutError
from eightcut_runtime.errors import FailedPrecondition, NotFound, ServiceError

FOLDER_REASONS = ("FOLDER_UNKNOWN", "FOLDER_DISABLED")
"""Reasons with which the Store refuses to list examples, and which a person can do something about."""


_SHOWN = 5


def folder_problem(refusal: EightcutError) -> ServiceError:
    """What the Store said about a folder, one of `FOLDER_REASONS`."""
    kind = NotFound if refusal.reason == "FOLDER_UNKNOWN" else FailedPrecondition
    return kind(refusal.message, reason=refusal.reason, metadata=refusal.metadata)


def embedder_unknown(embedder: str, known: Sequence[str]) -> ServiceError:
    """No embedder has this id."""
    return NotFound(
        f"There is no embedder {embedder}; this server knows {', '.join(known)}.",
        reason="EMBEDDER_UNKNOWN",
        metadata={"embedder": embedder, "known": ",".join(known)},
    )


def embedder_not_ready(embedder: str, why: str) -> ServiceError:
    """The embedder cannot run, and tracks are missing that it would have to make."""
    return FailedPrecondition(
        f"{embedder} cannot run on this server: {why or 'it is not ready'}",
        reason="EMBEDDER_NOT_READY",
        metadata={"embedder": embedder},
    )


def track_missing(embedder: str, missing: Sequence[str], needed: int) -> ServiceError:
    """Media must be embedded first."""
    return FailedPrecondition(
        f"{len(missing)} of the {needed} media with examples are not embedded with {embedder} yet; embed them first.",
        reason="TRACK_MISSING",
        metadata={"media": missing[0], "missing": str(len(missing)), "embedder": embedder},
    )


def no_positives(spec: TrainingSpec, counts: ExampleCounts) -> ServiceError:
    """Nothing shows what the sound is: no clips, or none that lies within its media."""
    folders = _listed(spec.positive_folders)
    if counts.positive:
        sentence = (
            f"None of the {counts.positive} clips in {folders} lies within its media, so there is no positive window; "
            "mark clips where the media has sound."
        )
    elif counts.unlocated:
        sentence = f"There is no clip in {folders} to learn the sound from: {unlocated(counts)}"
    else:
        exports = "" if spec.include_scan_exports else ", or include the clips that were exported from scans"
        sentence = f"There is no clip in {folders} to learn the sound from; mark some, 5 or more if you can{exports}."
    return _class_missing("positive", sentence, counts)


def unlocated(counts: ExampleCounts) -> str:
    """Returns the sentence about examples whose media are known by name only."""
    number = counts.unlocated
    examples = "1 example is" if number == 1 else f"{number:,} examples are"
    return f"{examples} left out because the file was not found yet; locate the missing media."


def no_negatives(spec: TrainingSpec, counts: ExampleCounts) -> ServiceError:
    """Nothing shows what the sound is not."""
    unused = " (hard negatives are switched off for this training)" if _switched_off(spec) else ""
    sentence = (
        f"There {_clips(counts.positive)} with the sound but no negative: {counts.negative} clips of a negative "
        f"folder, {counts.hard_negative} hard negatives{unused}, and no window that is free of clips. "
        "Mark clips without the sound in a folder and give it as the negative folder, add hard negatives, "
        "or mark clips in a longer file."
    )
    return _class_missing("negative", sentence, counts)


def _clips(number: int) -> str:
    return "is 1 clip" if number == 1 else f"are {number} clips"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _switched_off(spec: TrainingSpec) -> bool:
    return spec.HasField("use_hard_negatives") and not spec.use_hard_negatives


def _class_missing(missing: str, sentence: str, counts: ExampleCounts) -> ServiceError:
    return FailedPrecondition(
        sentence,
        reason="CLASS_MISSING",
        metadata={
            "class": missing,
            "positive": str(counts.positive),
            "negative": str(counts.negative),
            "hard_negative": str(counts.hard_negative),
            "auto_negative": str(counts.auto_negative),
        },
    )
