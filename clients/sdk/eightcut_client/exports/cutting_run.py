"""One run of an export: threads that cut, and the caller's thread, which publishes and records what is complete."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.cutting import CutJob, Ffmpeg, TargetUnwritableError, run_cut
from eightcut_client.errors import CancelledError
from eightcut_client.exports.cut import ExportEvent, ExportResult, OnEvent
from eightcut_client.exports.disk import DiskError, DiskFullError, explained, gone, make_folder, step, sync_tree
from eightcut_client.exports.erasing import remove_empty
from eightcut_client.exports.journal import Document, JournalEntry
from eightcut_client.exports.places import inside
from eightcut_client.exports.planning import PlannedClip, Planner, is_taken
from eightcut_client.exports.publishing import NewFile, identify, publish_clips, remove_temporaries
from eightcut_client.media.errors import MediaError

_BATCH = 32  # Files that are recorded together, about.
_PERIOD = 1.0  # Seconds after which also fewer are.
_LITTLE_ROOM = 1 << 16


@dataclass(slots=True, eq=False)
class _Progress:
    """A clip on its way."""

    planned: PlannedClip
    left: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A file that a thread is done with."""

    clip: _Progress
    note: str = ""
    error: BaseException | None = None


class CuttingRun:
    """See the module."""

    def __init__(
        self,
        conn: Connection,
        planner: Planner,
        entry: JournalEntry,
        clips: Sequence[PlannedClip],
        *,
        folder: Path,
        result: ExportResult,
        on_event: OnEvent | None,
    ) -> None:
        """Takes what was planned; ``result`` grows as files are recorded."""
        self._conn = conn
        self._planner = planner
        self._entry = entry
        self._clips = [_Progress(planned, len(planned.clip.files)) for planned in clips]
        self._folder = folder
        self._status = folder.stat()
        self._result = result
        self._on_event = on_event
        self._stop = Cancellation()
        self._ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._total = sum(clip.left for clip in self._clips)
        self._over = 0
        self._publishing: list[_Progress] = []

    def go(self, ffmpeg: Ffmpeg, workers: int, cancel: Cancellation) -> None:
        """Cut, publish and record everything; see `cut_items`."""
        threads = max((os.cpu_count() or 1) // workers, 1)
        pool = ThreadPoolExecutor(workers, thread_name_prefix="cut")
        with cancel.calling(self._stop.cancel):
            try:
                for clip in self._clips:
                    for place in range(clip.left):
                        pool.submit(self._cut, clip, place, ffmpeg, threads)
                self._collect()
                self._arrange()
            finally:
                self._stop.cancel()
                pool.shutdown(cancel_futures=True)
                # Nothing is removed that the journal still has to bring to its end.
                self._tidy()
        cancel.check()

    def _cut(self, clip: _Progress, place: int, ffmpeg: Ffmpeg, threads: int) -> None:
        """In a thread of its own: one file."""
        note, error = "", None
        try:
            if not clip.failure:
                note = self._run_job(clip, place, ffmpeg, threads)
        except BaseException as raised:  # noqa: BLE001  handled in the caller's thread
            error = raised
        self._ended.put(_Ended(clip, note, error))

    def _run_job(self, clip: _Progress, place: int, ffmpeg: Ffmpeg, threads: int) -> str:
        self._stop.check()
        item, file = clip.planned.item, clip.planned.clip.files[place]
        target = inside(self._folder, file.temporary)
        job = CutJob(
            source=item.media.path,
            start=item.files[place].start,
            duration=item.files[place].duration,
            options=clip.planned.options[place],
            target=target,
            sound=target.with_name(target.name + ".wav") if file.sound else None,
            expect=item.media.stamp,
        )
        self._tell("started", clip, file)
        self._provide(target.parent)

        def progress(fraction: float) -> None:
            self._tell("progress", clip, file, fraction=fraction)

        watch = progress if self._on_event is not None else None
        outcome = run_cut(job, ffmpeg, threads=threads, cancel=self._stop, on_progress=watch)
        step("cut: one file")
        return outcome.note

    def _provide(self, place: Path) -> None:
        """Make the folder of a video again, which another client may have emptied and removed since."""
        if place.is_dir():
            return
        if not self._is_there():
            raise gone(self._folder)
        make_folder(place)

    def _is_there(self) -> bool:
        """Whether the export folder is the one that it was: a disk that is gone leaves what it was mounted on."""
        return self._folder.is_dir() and os.path.samestat(self._folder.stat(), self._status)

    def _collect(self) -> None:
        """In the caller's thread, until nothing is on its way any more."""
        ready: list[_Progress] = []
        last = time.monotonic()
        left = self._total
        try:
            while left and not self._stop.cancelled:
                with contextlib.suppress(queue.Empty):
                    ended = self._ended.get(timeout=_PERIOD / 4)
                    left -= 1
                    self._note(ended, ready)
                files = sum(len(clip.planned.clip.files) for clip in ready)
                if files >= _BATCH or (ready and (not left or time.monotonic() - last > _PERIOD)):
                    self._commit(ready)
                    ready, last = [], time.monotonic()
        except BaseException:
            # Ctrl+C, a full disk, …: what is complete is kept, if that can be done.
            self._stop.cancel()
            with contextlib.suppress(Exception):
                self._keep(ready)
            raise
        self._keep(ready)

    def _keep(self, ready: list[_Progress]) -> None:
        """Commit what was complete when everything was stopped, perhaps in the middle of a commit."""
        with contextlib.suppress(queue.Empty):
            while True:
                ended = self._ended.get_nowait()
                if ended.error is None:
                    self._note(ended, ready)
        begun = self._publishing if self._entry.document["publishing"] else []
        if begun:
            self._publish()
        self._commit([clip for clip in ready if clip not in begun])

    def _note(self, ended: _Ended, ready: list[_Progress]) -> None:
        clip = ended.clip
        clip.left -= 1
        if ended.note and ended.note not in self._result.notes:
            self._result.notes.append(ended.note)
        if ended.error is not None:
            if isinstance(ended.error, CancelledError) and self._stop.cancelled:
                return
            self._judge(ended.error)
            clip.failure = clip.failure or str(ended.error)
        if clip.left:
            return
        if clip.failure:
            self._fail(clip)
        else:
            ready.append(clip)

    def _judge(self, error: BaseException) -> None:
        """Raise what stops all: only what is wrong with one clip lets the others go on."""
        if isinstance(error, OSError):
            with explained(self._folder):
                raise error
        if not isinstance(error, MediaError) or isinstance(error, TargetUnwritableError):
            raise error
        trouble = disk_trouble(self._folder)
        if trouble is not None:
            raise trouble from error

    def _fail(self, clip: _Progress) -> None:
        self._result.failed.append((clip.planned.item, clip.failure))
        with explained(self._folder):
            remove_temporaries(self._folder, _hidden(clip))
        self._over += len(clip.planned.clip.files)
        for file in clip.planned.clip.files:
            self._tell("failed", clip, file, sentence=clip.failure)

    def _arrange(self) -> None:
        """Put what was recorded into the order in which it was asked for, not that in which it became complete."""
        paths = [file.path for clip in self._clips for file in clip.planned.clip.files]
        order = {path: number for number, path in enumerate(paths)}
        # Files of another client, which was faster, come last.
        self._result.files.sort(key=lambda row: order.get(row.path, len(order)))

    def _commit(self, ready: list[_Progress]) -> None:
        """Publish and record clips, and forget that they were on their way."""
        if not ready:
            return
        with explained(self._folder):
            for clip in ready:
                while clip.planned.fresh and is_taken(self._folder, clip.planned.clip):
                    self._planner.renumber(clip.planned)
                for file in clip.planned.clip.files:
                    for hidden, _ in file.names:
                        sync_tree(inside(self._folder, hidden))
                    complete = inside(self._folder, file.temporary)
                    file.identity = identify(complete)
                    file.record.size_bytes = 0 if file.sound else file.identity[0]
        self._publishing = list(ready)  # Not what becomes complete meanwhile: the journal does not know of that.
        documents = [clip.planned.clip.to_document() for clip in ready]
        self._write({**self._entry.document, "publishing": documents})
        self._publish()

    def _publish(self) -> None:
        """Bring to its end what the journal says is to be published; done again after an interrupt."""
        document, clips = self._entry.document, self._publishing
        with explained(self._folder):
            published = publish_clips(
                self._conn, document["profile"], self._folder, [clip.planned.clip for clip in clips]
            )
        self._result.files.extend(published.files)
        self._write({**document, "publishing": []})
        failures = {id(clip): sentence for clip, sentence in published.failed}
        for clip in clips:
            clip.failure = failures.get(id(clip.planned.clip), "")
            if clip.failure:
                self._fail(clip)
                continue
            for file in clip.planned.clip.files:
                self._over += 1
                self._tell("done", clip, file, fraction=1.0)

    def _write(self, document: Document) -> None:
        with explained(self._entry.folder):
            self._entry.update(document)

    def _tidy(self) -> None:
        """Remove hidden files of clips that came to nothing; leave to healing what could not be brought to its end."""
        if self._entry.document["publishing"]:
            kept = {file["temporary"] for clip in self._entry.document["publishing"] for file in clip["files"]}
        else:
            kept = set()
        if not self._is_there():
            return  # Its disk is gone: healing comes back to it.
        names = [name for clip in self._clips for name in _hidden(clip) if name.removesuffix(".wav") not in kept]
        try:
            remove_temporaries(self._folder, names)
            remove_empty(self._folder, [file.path for clip in self._clips for file in clip.planned.clip.files])
        except OSError:
            return  # Likewise.
        if not kept:
            self._entry.done()

    def _tell(
        self,
        kind: str,
        clip: _Progress,
        file: NewFile,
        *,
        fraction: float = 0.0,
        sentence: str = "",
    ) -> None:
        if self._on_event is None:
            return
        with self._lock:
            self._on_event(
                ExportEvent(kind, clip.planned.item, file.path, self._over, self._total, fraction, sentence)  # type: ignore[arg-type]
            )


def disk_trouble(folder: Path) -> DiskError | None:
    """Return what is wrong with the disk of an export folder, None where another file might go well."""
    if not folder.is_dir():
        return gone(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        return DiskError(f"Nothing can be written to {folder}: it is on a disk that can only be read, or protected.")
    if shutil.disk_usage(folder).free < _LITTLE_ROOM:
        return DiskFullError(f"There is no room left on the disk of {folder}: make room, and do it again.")
    return None


def _hidden(clip: _Progress) -> list[str]:
    return [hidden for file in clip.planned.clip.files for hidden, _ in file.names]
