"""Calls of the services with records and seconds instead of messages. They block: only tasks make them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from eightcut_client.connection import Connection

from eightcut_qt.gateway.classifiers import ClassifierCalls
from eightcut_qt.gateway.clips import ClipCalls, NewClip
from eightcut_qt.gateway.exports import ExportCalls
from eightcut_qt.gateway.imports import ImportCalls
from eightcut_qt.gateway.media import MediaCalls
from eightcut_qt.gateway.negatives import NegativeCalls, NegativeFilter, NewNegative
from eightcut_qt.gateway.scans import RegionRef, ScanCalls, ScanDiff
from eightcut_qt.gateway.training import EmbedderRecord, TrainingCalls

__all__ = [
    "EmbedderRecord",
    "Gateway",
    "NegativeFilter",
    "NewClip",
    "NewNegative",
    "RegionRef",
    "ScanDiff",
    "Services",
]


class Services(Protocol):
    """Where the services are (see `eightcut_qt.link.link.Link`)."""

    @property
    def profile(self) -> str:
        """The profile that is worked in."""

    def connection(self) -> Connection:
        """Return the services, waiting for those that are just being started.

        Raises:
            EightcutError: There are none.
        """


class Gateway:
    """All calls, by what they are about. Every method raises `EightcutError`; safe to use from several threads."""

    def __init__(self, services: Services) -> None:
        """Use these services, whichever they are when a call is made."""
        self._services = services
        self._own = threading.local()
        self.media = MediaCalls(self)
        self.exports = ExportCalls(self)
        self.clips = ClipCalls(self, self.exports)
        self.imports = ImportCalls(self)
        self.scans = ScanCalls(self)
        self.negatives = NegativeCalls(self)
        self.classifiers = ClassifierCalls(self)
        self.training = TrainingCalls(self)

    @property
    def profile(self) -> str:
        """The profile that is worked in: that of `within` in its thread, else the one that the person has chosen."""
        return getattr(self._own, "profile", "") or self._services.profile

    @contextmanager
    def within(self, profile: str) -> Iterator[None]:
        """Inside the block this thread's calls are about a profile, whichever the person chooses meanwhile."""
        before = getattr(self._own, "profile", "")
        self._own.profile = profile
        try:
            yield
        finally:
            self._own.profile = before

    def connection(self) -> Connection:
        """Return the services, for what the sdk does (`scan_file`, `train` …)."""
        return self._services.connection()
