"""The errors of embedding as clients see them."""

from __future__ import annotations

from eightcut_runtime import FailedPrecondition, ResourceExhausted, Unavailable

from eightcut_inference.embedders.base import NotReadyError


def not_ready(embedder_id: str, error: NotReadyError) -> FailedPrecondition:
    """The embedder cannot run here."""
    return FailedPrecondition(
        str(error), reason="EMBEDDER_NOT_READY", subject=embedder_id, metadata={"embedder": embedder_id}
    )


def device_memory(embedder_id: str, device: str) -> ResourceExhausted:
    """The device cannot hold the embedder, or not one window beside it."""
    return ResourceExhausted(
        f"The memory of {device} is too small for {embedder_id} beside what else is on it.",
        reason="DEVICE_MEMORY",
        subject=device,
        metadata={"device": device, "embedder": embedder_id},
    )


def device_lost(device: str) -> Unavailable:
    """The device stopped answering."""
    return Unavailable(
        f"The device {device} stopped answering; what was embedded is kept: try again.",
        reason="DEVICE_LOST",
        metadata={"device": device},
        retry_after=1.0,
    )


def stopping() -> Unavailable:
    """The server is stopping."""
    return Unavailable("The server is stopping: open the stream again, what was embedded is kept.", retry_after=1.0)
