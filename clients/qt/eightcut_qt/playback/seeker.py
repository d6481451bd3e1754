"""Goes to moments and frames: one seek at a time, the newest wish next, and shows what comes."""

from __future__ import annotations

import time

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal
from PyQt6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink

from eightcut_qt.core.tasks import Tasks
from eightcut_qt.playback.frame_grid import Frame, FrameGrid
from eightcut_qt.playback.pictures import PictureMaker
from eightcut_qt.playback.steps import Step

_PATIENCE = 400  # Milliseconds: a frame that has not come by then does not come.
_THROTTLE = 30  # Milliseconds between seeks where no frame says that the last one is done.
_COSTLY = 0.012  # Seconds: a picture that takes longer to make is not made for every frame.
_LAG = 0.2  # Seconds by which the frame on the screen may differ from the clock.


class Seeker(QObject):
    """What the player asks of Qt's player when it goes somewhere, and the frames that come. Times are seconds."""

    placed = pyqtSignal(float)
    """A step has led to the frame that begins here, or will."""
    picture_changed = pyqtSignal(object)
    """QImage of the frame to show, None: there is none."""

    def __init__(self, media: QMediaPlayer, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._media = media
        self._pictures = PictureMaker(tasks, self)
        self._pictures.made.connect(self.picture_changed)
        self._sink = QVideoSink(self)
        media.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._take_frame)
        self._grid = FrameGrid()
        self._waiting = precise_timer(self)
        self._waiting.timeout.connect(self._settle)
        self._open = False
        self._playing = False
        self._duration = 0.0
        self._wanted: float | None = None
        self._step: Step | None = None
        self._steps = 0
        self._next_picture = 0.0

    @property
    def frame_duration(self) -> float:
        """Seconds of a frame; 1/25 where there are none."""
        return self._grid.frame_duration

    @property
    def busy(self) -> bool:
        """Whether a seek is under way."""
        return self._waiting.isActive()

    def reset(self) -> None:
        """Forget the file."""
        self._waiting.stop()
        self._open = self._playing = False
        self._duration = 0.0
        self._wanted = self._step = None
        self._steps = 0
        self._grid.reset(0.0)
        self._pictures.stop()
        self.picture_changed.emit(None)

    def begin(self, frame_rate: float) -> None:
        """The file is open: go where one wanted to go meanwhile."""
        self._open = True
        self._grid.reset(frame_rate)
        self._next_seek()

    def wait_for_frame(self) -> None:
        """A frame comes by itself; what is wanted meanwhile is done then."""
        if not self._waiting.isActive():
            self._waiting.start(_PATIENCE)

    def set_duration(self, seconds: float) -> None:
        """Ask for nothing beyond this."""
        self._duration = seconds

    def set_playing(self, playing: bool) -> None:
        """While it plays frames come by themselves, and are not waited for."""
        self._playing = playing
        if playing:
            self._step, self._steps = None, 0
            self._next_seek()

    def go(self, seconds: float) -> None:
        """Show the frame of a moment. Of many in a row only the newest is shown."""
        self._wanted = seconds
        self._step, self._steps = None, 0
        if self._open and not self._waiting.isActive():
            self._next_seek()

    def go_at_once(self, seconds: float) -> None:
        """Go to a moment, whatever is under way."""
        self._wanted, self._step, self._steps = None, None, 0
        self._ask(self._grid.aim_at(seconds))

    def step(self, count: int) -> None:
        """Show the frame that is so many frames on (back if negative) from where earlier steps lead."""
        self._steps += count
        if not self._waiting.isActive():
            self._next_step()

    def within_frame(self, seconds: float) -> float:
        """Return the moment nearest to this one that lies in the frame on the screen."""
        shown = self._grid.shown
        if shown is None or not shown.start - _LAG < seconds < shown.end + _LAG:
            return seconds
        return min(max(seconds, shown.start), max(shown.end - 0.001, shown.start))

    def _next_seek(self) -> None:
        if self._wanted is not None:
            seconds, self._wanted = self._wanted, None
            self._ask(self._grid.aim_at(seconds))

    def _ask(self, seconds: float) -> None:
        if self._duration:
            seconds = min(seconds, self._duration - 0.001)
        self._media.setPosition(max(round(seconds * 1000), 0))
        if self._media.playbackState() == QMediaPlayer.PlaybackState.StoppedState and not self._playing:
            self._media.pause()  # After the end Qt has stopped, and shows nothing.
        frame_comes = self._media.hasVideo() and not self._playing
        self._waiting.start(_PATIENCE if frame_comes else _THROTTLE)

    def _settle(self) -> None:
        """The last seek is done, or as good as: go on with what was wanted meanwhile."""
        self._waiting.stop()
        if self._step is not None:  # There is no frame where it should be.
            self._step, self._steps = None, 0
            if self._grid.shown is not None:
                self.placed.emit(self._grid.shown.start)
                self.go(self._grid.shown.start)
        elif self._wanted is not None:
            self._next_seek()
        elif self._steps:
            self._next_step()

    def _next_step(self) -> None:
        shown = self._grid.shown
        if shown is None:
            self._steps = 0
            return
        count = self._possible(self._steps, shown)
        if not count:
            self._steps = 0
            self.placed.emit(shown.start)
            return
        self._steps -= count
        self._step = Step(self._grid, shown, count)
        self.placed.emit(self._step.expected)
        self._ask(self._step.ask)

    def _possible(self, count: int, shown: Frame) -> int:
        """Return how many frames can be stepped at once without leaving the file; 0: none."""
        length = self._grid.frame_duration
        if self._grid.regular:
            ahead = int((self._duration - shown.end) / length + 0.5) if self._duration else count
            return max(min(count, ahead), -int(shown.start / length + 0.5))
        if count > 0:
            return int(not self._duration or self._duration - shown.end > length / 10)
        return -int(shown.start > 0)

    def _take_frame(self, frame: QVideoFrame) -> None:
        """Show a frame; it is not kept beyond this slot, only its copy as an image."""
        if not self._open:
            return
        if not frame.isValid():
            if self._step is not None:  # Beyond the last frame.
                self._settle()
            return
        if frame.startTime() >= 0:
            start = frame.startTime() / 1e6
            self._grid.learn(Frame(start, max(frame.endTime() / 1e6, start)))
        began = time.monotonic()
        if not self._playing or began >= self._next_picture:
            self._pictures.take(frame)
            took = time.monotonic() - began
            # The window has at least half of the time for the rest.
            self._next_picture = began + 2 * took if took > _COSTLY else 0.0
        if not self._playing and self._waiting.isActive():
            self._arrive()

    def _arrive(self) -> None:
        """The frame that was asked for has come."""
        shown = self._grid.shown
        if self._step is None or self._wanted is not None or shown is None:
            self._step = None
            self._settle()
        elif not self._step.take(shown):
            self._ask(self._step.ask)
        else:
            self._step = None
            self.placed.emit(shown.start)
            self._settle()


def precise_timer(parent: QObject) -> QTimer:
    """Return a timer that fires once, to the millisecond."""
    timer = QTimer(parent)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setSingleShot(True)
    return timer
