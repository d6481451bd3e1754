"""Batches that are done when they are launched: for embedders without a device that works on its own."""

from __future__ import annotations

from collections.abc import Mapping

from eightcut_inference.embedders.base import FloatArray


class Computed:
    """A batch whose vectors are there.

    Args:
        rows: float32 ``[n, dim]``.
        stages: Seconds of each stage that was measured, for the meters.
    """

    def __init__(self, rows: FloatArray, stages: Mapping[str, float] | None = None) -> None:
        self._rows = rows
        self.stages = stages or {}

    def rows(self) -> FloatArray:
        """See `Launched.rows`; never waits."""
        return self._rows
