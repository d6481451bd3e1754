"""Crop keyframes of the files that were open."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.cutting.options import CropKeyframe
from PyQt6.QtCore import QCoreApplication, QObject, QTimer, pyqtSignal

from eightcut_qt.core.state import OpenMedia
from eightcut_qt.core.tasks import Lane
from eightcut_qt.exporting.crop import center_at
from eightcut_qt.exporting.kept_keys import read_keys, write_keys

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

SAME = 0.02
"""Seconds: keyframes that are nearer to one another are one."""

_KEPT = 200  # Files whose keyframes are kept in memory.
_SOON = 500  # Milliseconds: what is dragged is written once.


class CropKeys(QObject):
    """The keyframes of the open file, and the centre where it has none.

    Keyframes are kept from one run to the next, by the file's digest; the centre is kept in the settings.
    """

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._all: OrderedDict[Path, tuple[CropKeyframe, ...]] = OrderedDict()
        self._digests: dict[Path, str] = {}  # Files whose keyframes of earlier runs were asked for.
        self._unsaved: set[Path] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.save)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.save)
        context.state.media_changed.connect(self._media_changed)
        context.settings.changed.connect(self._settings_changed)
        self._media_changed(context.state.media)

    @property
    def keys(self) -> tuple[CropKeyframe, ...]:
        """Of the open file, by time."""
        media = self._context.state.media
        return () if media is None else self._all.get(media.path, ())

    @property
    def center(self) -> float:
        """Where the crop lies at the playhead."""
        return center_at(self.keys, self._context.settings.value.export.crop_center, self._context.state.position)

    def at_playhead(self) -> CropKeyframe | None:
        """Return the keyframe at the playhead."""
        now = self._context.state.position
        near = [key for key in self.keys if abs(key.time - now) < SAME]
        return min(near, key=lambda key: abs(key.time - now), default=None)

    def set_center(self, center: float) -> None:
        """Let the crop lie elsewhere: at the playhead where there are keyframes, else everywhere."""
        if self.keys:
            self._put(center)
        else:
            self._context.settings.update("export", crop_center=round(center, 4))

    def add(self) -> None:
        """Keep where the crop lies at the playhead."""
        self._put(self.center)

    def remove(self) -> bool:
        """Remove the keyframe at the playhead; False: there is none."""
        found = self.at_playhead()
        if found is None:
            return False
        self._set(tuple(key for key in self.keys if key is not found))
        return True

    def clear(self) -> None:
        """Remove all of the open file."""
        self._set(())

    def save(self) -> None:
        """Write what has changed, as far as its files are identified."""
        self._soon.stop()
        for path in list(self._unsaved):
            if digest := self._digests.get(path):
                write_keys(digest, self._all.get(path, ()))
                self._unsaved.discard(path)

    def _put(self, center: float) -> None:
        old = self.at_playhead()
        time = round(max(self._context.state.position, 0.0), 3) if old is None else old.time
        rest = [key for key in self.keys if key is not old]
        self._set(tuple(sorted([*rest, CropKeyframe(time, round(center, 4))])))

    def _set(self, keys: tuple[CropKeyframe, ...]) -> None:
        media = self._context.state.media
        if media is None or keys == self.keys:
            return
        self._unsaved.add(media.path)
        self._soon.start()
        self._keep(media.path, keys)

    def _keep(self, path: Path, keys: tuple[CropKeyframe, ...]) -> None:
        self._all[path] = keys
        self._all.move_to_end(path)
        if len(self._all) > _KEPT:
            self.save()
            self._digests.pop(self._all.popitem(last=False)[0], None)
        self.changed.emit()

    def _media_changed(self, media: OpenMedia | None) -> None:
        self.changed.emit()
        if media is None or not media.digest or self._digests.get(media.path) == media.digest:
            return
        path, digest = media.path, media.digest
        if path in self._digests:  # Another file has its name now.
            self.save()
            self._all.pop(path, None)
        self._digests[path] = digest
        if self._unsaved:
            self._soon.start()
        self._context.tasks.run(
            lambda _task: read_keys(digest), done=partial(self._read, path, digest), lane=Lane.LONG, owner=self
        )

    def _read(self, path: Path, digest: str, keys: tuple[CropKeyframe, ...]) -> None:
        if keys and path not in self._all and self._digests.get(path) == digest:
            self._keep(path, keys)

    def _settings_changed(self, section: str) -> None:
        if section == "export":
            self.changed.emit()
