"""Hiding files in the profile: shown at once, saved when the Store knows the files."""

from __future__ import annotations

from collections.abc import Sequence

from eightcut_client.media import MediaError, display_name
from eightcut_client.register import identify_file
from PyQt6.QtCore import QObject

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.knowledge import Knowledge


class Hiding(QObject):
    """Hides files and shows them again."""

    def __init__(self, context: Context, knowledge: Knowledge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._knowledge = knowledge

    def set_hidden(self, files: Sequence[PlaylistFile], hidden: bool) -> None:
        """Hide or show files. One that the Store does not know is hashed and made known first."""
        self._knowledge.say_hidden(files, hidden)
        ready: dict[PlaylistFile, str] = {}
        unknown: list[PlaylistFile] = []
        for file in files:
            digest = self._knowledge.digest_of(file)
            if digest and self._knowledge.is_registered(digest):
                ready[file] = digest
            else:
                unknown.append(file)
        if ready:
            self._save(ready, hidden, self._context.gateway.profile)
        if unknown:
            self._make_known(unknown, hidden)

    def _make_known(self, files: list[PlaylistFile], hidden: bool) -> None:
        gateway = self._context.gateway
        profile = gateway.profile  # Another one may be chosen while the files are hashed.

        def work(task: Task[dict[PlaylistFile, str]]) -> dict[PlaylistFile, str]:
            found: dict[PlaylistFile, str] = {}
            for file in files:
                try:
                    local = identify_file(file.path, cancel=task.cancel)
                    found[file] = gateway.media.register(local, cancel=task.cancel).digest
                except MediaError as error:
                    task.report((file, error))
            return found

        def refused(reports: list[tuple[PlaylistFile, MediaError]]) -> None:
            self._knowledge.say_hidden([file for file, _ in reports], None)
            self._context.notices.warning(
                f"{_named([file for file, _ in reports], hidden)} {sentence_of(reports[0][1])}"
            )

        def known(found: dict[PlaylistFile, str]) -> None:
            for file, digest in found.items():
                file.digest = digest
            if found:
                self._save(found, hidden, profile)

        self._context.tasks.run(
            work,
            done=known,
            failed=lambda error: self._failed(files, hidden, error),
            progress=refused,
            lane=Lane.LONG,
            owner=self,
        )

    def _save(self, digests: dict[PlaylistFile, str], hidden: bool, profile: str) -> None:
        media = frozenset(digests.values())
        gateway = self._context.gateway

        def work() -> Outcome[None]:
            with gateway.within(profile):
                gateway.media.set_hidden(media, hidden=hidden)
            return Outcome(None, Change(Topic.MEDIA, media=media, source=self))

        def done(_value: None) -> None:
            if profile == gateway.profile:
                self._knowledge.hidden_saved(media, hidden)
            self._knowledge.say_hidden(list(digests), None)

        self._context.operations.run(
            work, done=done, failed=lambda error: self._failed(list(digests), hidden, error), owner=self
        )

    def _failed(self, files: list[PlaylistFile], hidden: bool, error: BaseException) -> None:
        self._knowledge.say_hidden(files, None)
        self._context.notices.error(f"{_named(files, hidden)} {sentence_of(error)}")


def _named(files: Sequence[PlaylistFile], hidden: bool) -> str:
    what = f"“{display_name(files[0].path)}”" if len(files) == 1 else f"{len(files)} files"
    return f"{what} could not be {'hidden' if hidden else 'shown again'}."
