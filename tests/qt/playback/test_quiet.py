"""FFmpeg prints nothing on the terminal from which the window was started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from eightcut_qt.playback.quiet import hush_ffmpeg
from PyQt6.QtCore import QTimer, QUrl
from PyQt6.QtMultimedia import QMediaPlayer
from PyQt6.QtWidgets import QApplication
application = QApplication([])
player = QMediaPlayer()
if sys.argv[2] == "quiet":
    hush_ffmpeg()
player.mediaStatusChanged.connect(lambda status: status is QMediaPlayer.MediaStatus.LoadedMedia and application.quit())
player.setSource(QUrl.fromLocalFile(sys.argv[1]))
QTimer.singleShot(20_000, lambda: application.exit(1))
sys.exit(application.exec())
"""


def printed(file: Path, how: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file), how], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout + done.stderr


def test_ffmpeg_is_quiet(video: Path) -> None:
    assert "Input #0" in printed(video, "as it is"), "otherwise there is nothing to keep quiet"
    assert "Input #0" not in printed(video, "quiet")
