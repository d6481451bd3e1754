"""Plays the file that is shown: to the frame where it stands, to the millisecond where it stops."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtMultimedia import QAudioOutput, QMediaMetaData, QMediaPlayer

from eightcut_qt.playback.failure import why_not_played
from eightcut_qt.playback.playhead import Playhead
from eightcut_qt.playback.seeker import Seeker, precise_timer

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

RATES = (1.0, 2.0, 4.0)
"""Speeds."""

_TICK = 16  # Milliseconds between two positions that are told while it plays.
_NEAR = 0.05  # Seconds: so near to the end of a range a timer of its own takes over.
_AT_END = 0.02  # Seconds: so near to the end there is nothing left to play.

_State = QMediaPlayer.PlaybackState
_Status = QMediaPlayer.MediaStatus
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Range:
    start: float
    end: float
    loop: bool


class Player(QObject):
    """The file that is shown, playing or not. All times are seconds.

    `ViewState.position` is always where it is; `ViewState.cursor` follows seeks, steps and pauses unless it is locked.
    """

    playing_changed = pyqtSignal(bool)
    duration_changed = pyqtSignal(float)
    rate_changed = pyqtSignal(float)
    looping_changed = pyqtSignal(bool)
    opened = pyqtSignal(object)
    """Path, once it can be played."""
    failed = pyqtSignal(object, str)
    """Path, and one sentence that says why it cannot be played."""
    range_ended = pyqtSignal()
    """`play_range` reached its end; not when it loops or was interrupted."""
    picture_changed = pyqtSignal(object)
    """QImage of the frame to show, None: there is none."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._media = QMediaPlayer(self)
        self._sound = QAudioOutput(self)
        self._media.setAudioOutput(self._sound)
        self._seeker = Seeker(self._media, context.tasks, self)
        self._seeker.placed.connect(self._place)
        self._seeker.picture_changed.connect(self.picture_changed)
        self._playhead = Playhead()
        self._path: Path | None = None
        self._loaded = self._broken = self._playing = False
        self._duration = 0.0
        self._rate = 1.0
        self._range: _Range | None = None
        self._tick = precise_timer(self)
        self._tick.setSingleShot(False)
        self._tick.setInterval(_TICK)
        self._tick.timeout.connect(self._tell_position)
        self._range_timer = precise_timer(self)
        self._range_timer.timeout.connect(self._look_at_range)
        self._media.mediaStatusChanged.connect(self._take_status)
        self._media.errorOccurred.connect(self._take_error)
        self._media.durationChanged.connect(self._take_duration)
        self._media.positionChanged.connect(self._take_position)
        context.settings.changed.connect(self._set_sound)
        self._set_sound("playback")

    # What it is at

    @property
    def playing(self) -> bool:
        """Whether it plays, or will as soon as the file is open."""
        return self._playing

    @property
    def position(self) -> float:
        """Where it is."""
        return min(self._playhead.now(), self._duration) if self._duration else self._playhead.now()

    @property
    def duration(self) -> float:
        """How long the file is; 0 until it is known."""
        return self._duration

    @property
    def rate(self) -> float:
        """Speed."""
        return self._rate

    @property
    def path(self) -> Path | None:
        """The file, from the moment when it was asked for."""
        return self._path

    @property
    def is_open(self) -> bool:
        """Whether the file can be played."""
        return self._loaded

    @property
    def has_video(self) -> bool:
        """Whether there is a picture."""
        return self._loaded and self._media.hasVideo()

    @property
    def frame_duration(self) -> float:
        """Seconds of a frame; 1/25 where there are none."""
        return self._seeker.frame_duration

    @property
    def looping(self) -> bool:
        """Whether a range is played again and again."""
        return self._range is not None and self._range.loop

    # Files

    def open(self, path: Path) -> None:
        """Open a file and show its first frame; the last one asked for wins. `opened` or `failed` follows."""
        self._unload()
        self._path = path.absolute()
        self._place(0.0)
        try:
            url = QUrl.fromLocalFile(str(self._path))
        except UnicodeEncodeError:  # Bytes that are no text: Qt has no way to name such a file.
            self._fail()
            return
        self._media.setSource(url)

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        self._unload()
        self._place(0.0, follow=False)

    # Playing

    def play(self) -> None:
        """Play from here; from the start again at the end."""
        if self._path is None or self._broken or self._playing:
            return
        if self._loaded and self._duration and self._playhead.now() >= self._duration - _AT_END:
            self._go(0.0)
        self._start()

    def pause(self) -> None:
        """Stand still on the frame that is shown."""
        if self._playing:
            self._set_range(None)
            self._halt()
            self._place(self._seeker.within_frame(self._playhead.now()))

    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def return_to_cursor(self) -> None:
        """Pause and go back to the cursor."""
        if self._path is not None and not self._broken:
            self._set_range(None)
            self._halt()
            self._go(self._context.state.cursor)

    def set_rate(self, rate: float) -> None:
        """Play faster or slower."""
        if rate != self._rate:
            self._rate = rate
            self._media.setPlaybackRate(rate)
            if self._playhead.running:
                self._playhead.start(rate)
            self._range_timer.stop()
            self.rate_changed.emit(rate)

    def play_range(self, start: float, end: float, *, loop: bool = False) -> None:
        """Play a stretch, and stop exactly at its end or begin again."""
        start = max(start, 0.0)
        if self._path is None or self._broken or end <= start:
            return
        self._set_range(_Range(start, end, loop))
        self._go(start)
        self._start()

    def change_range(self, start: float, end: float) -> None:
        """Move the bounds of the range that is playing, if one is."""
        if self._range is not None and end > start:
            self._set_range(replace(self._range, start=start, end=end))

    def stop_loop(self) -> None:
        """Play on beyond the end of the range."""
        self._set_range(None)

    # Going places

    def seek(self, seconds: float) -> None:
        """Go to a moment and show the frame of it. Of many seeks in a row only the newest is done."""
        if self._path is None or self._broken:
            return
        if self._range is not None and not self._range.start <= seconds < self._range.end:
            self._set_range(None)
        self._go(max(seconds, 0.0))

    def step(self, frames: int) -> None:
        """Pause, and show the frame so many frames on (back if negative)."""
        if not self._loaded or not frames:
            return
        self.pause()
        if self.has_video:
            self._seeker.step(frames)
        else:
            self.seek(self._playhead.now() + frames * self.frame_duration)

    # Inside

    def _go(self, seconds: float) -> None:
        """Be at a moment at once, and let the media follow."""
        if self._duration:
            seconds = min(seconds, self._duration)
        self._place(seconds)
        self._seeker.go(seconds)

    def _place(self, seconds: float, *, follow: bool = True) -> None:
        self._playhead.place(seconds)
        self._context.state.set_position(seconds)
        if follow and not self._context.settings.value.playback.cursor_locked:
            self._context.state.set_cursor(seconds)

    def _start(self) -> None:
        if not self._playing:
            self._playing = True
            self.playing_changed.emit(True)
        if self._loaded and self._playing:
            self._run()

    def _run(self) -> None:
        self._seeker.set_playing(True)
        self._media.play()
        self._playhead.start(self._rate)
        self._tick.start()

    def _halt(self) -> None:
        self._tick.stop()
        self._range_timer.stop()
        self._playhead.stop()
        if self._playing:
            if self._loaded:
                self._media.pause()
            self._seeker.set_playing(False)
            self._playing = False
            self.playing_changed.emit(False)

    def _tell_position(self) -> None:
        self._context.state.set_position(self.position)
        self._look_at_range()

    def _look_at_range(self) -> None:
        found = self._range
        if found is None or not self._playhead.running:
            return
        left = (found.end - self._playhead.now()) / self._rate
        if left <= 0.0005:
            self._reach_end(found)
        elif left < _NEAR and not self._range_timer.isActive():
            self._range_timer.start(max(round(left * 1000), 1))

    def _reach_end(self, found: _Range) -> None:
        """Be at the end of the range that plays."""
        if found.loop:
            self._playhead.place(found.start)
            self._context.state.set_position(found.start)
            self._seeker.go_at_once(found.start)
            if self._media.playbackState() != _State.PlayingState:
                self._media.play()
            return
        _log.debug("a range ended %.1f ms late", (self._playhead.now() - found.end) * 1000)
        self._set_range(None)
        self._halt()
        end = min(found.end, self._duration) if self._duration else found.end
        self._place(end, follow=False)
        self._seeker.go_at_once(end)
        self.range_ended.emit()

    def _set_range(self, new: _Range | None) -> None:
        before = self.looping
        self._range = new
        self._range_timer.stop()
        if self.looping != before:
            self.looping_changed.emit(self.looping)

    # What Qt tells

    def _take_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._path is None or self._broken:
            return
        if status == _Status.LoadedMedia and not self._loaded:
            self._begin(self._path)
        elif status == _Status.EndOfMedia and self._playing:
            if self._range is not None:
                self._reach_end(self._range)
            else:
                self._halt()
                self._place(self._duration)
                self._seeker.go_at_once(self._duration)  # The last frame stays on the screen.
        elif status == _Status.InvalidMedia:
            self._fail()

    def _take_error(self, error: QMediaPlayer.Error, text: str) -> None:
        if error != QMediaPlayer.Error.NoError and self._path is not None:
            _log.info("Qt does not play %s: %s", self._path, text)
            self._fail()

    def _take_duration(self, milliseconds: int) -> None:
        if self._path is not None and milliseconds / 1000 != self._duration:
            self._duration = max(milliseconds, 0) / 1000
            self._seeker.set_duration(self._duration)
            self.duration_changed.emit(self._duration)

    def _take_position(self, milliseconds: int) -> None:
        if self._playing and not self._seeker.busy:
            self._playhead.correct(milliseconds / 1000)

    def _begin(self, path: Path) -> None:
        """The file is open."""
        self._loaded = True
        # `keys` of QMediaMetaData ends the process (PyQt 6.11); single values are safe.
        rate = self._media.metaData().value(QMediaMetaData.Key.VideoFrameRate) if self._media.hasVideo() else None
        self._seeker.begin(float(rate) if isinstance(rate, int | float) else 0.0)
        if self._playing:
            self._run()
        else:
            self._media.pause()  # Shows the first frame.
            if self._media.hasVideo():
                self._seeker.wait_for_frame()
        self.opened.emit(path)

    def _fail(self) -> None:
        path = self._path
        if path is None or self._broken:
            return
        self._broken = True
        self._set_range(None)
        self._halt()
        self._loaded = False
        self._place(0.0)

        def tell(sentence: str) -> None:
            if self._broken and self._path == path:
                self.failed.emit(path, sentence)

        self._context.tasks.run(lambda _task: why_not_played(path), done=tell, owner=self)

    def _unload(self) -> None:
        self._set_range(None)
        self._halt()
        self._path = None
        self._loaded = self._broken = False
        self._duration = 0.0
        self._seeker.reset()
        self._media.setSource(QUrl())  # Qt takes the same file again for no change.

    def _set_sound(self, section: str) -> None:
        if section == "playback":
            wanted = self._context.settings.value.playback
            # The cube of a slider is near enough to how the ear judges loudness.
            self._sound.setVolume(wanted.volume**3)
            self._sound.setMuted(wanted.muted)
