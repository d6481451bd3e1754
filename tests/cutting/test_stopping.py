"""Progress, cancelling, and what becomes of ffmpeg when its client is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from eightcut_client import Cancellation, CancelledError
from eightcut_client.cutting import CutJob, CutOptions, Ffmpeg, run_cut

from tests.cutting.conftest import job_for
from tests.cutting.test_ffmpeg import script


def slow(target: Path, source: Path) -> CutJob:
    """A job of minutes."""
    return CutJob(source, 0.0, 11.0, CutOptions(short_side=4096), target)


def recorded(tmp_path: Path, ffmpeg: Ffmpeg) -> Ffmpeg:
    """An ffmpeg that notes its process id."""
    return Ffmpeg(
        script(tmp_path / "noting", f'echo $$ > "{tmp_path}/pid"; exec "{ffmpeg.path}" "$@"'), "9", ffmpeg.encoders
    )


def wait_for(what: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", ["mp4", "webp", "flac"])
def test_progress_goes_up_to_one(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, kind: str) -> None:
    seen: list[float] = []
    job = job_for(tmp_path / f"a.{kind}", numbered, 1.0, 5.0, CutOptions(format=kind, short_side=400))  # type: ignore[arg-type]
    run_cut(job, ffmpeg, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert all(0 <= done <= 1 for done in seen)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_cancelling_kills_ffmpeg_and_leaves_nothing(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg) -> None:
    cancel = Cancellation()
    seen: list[BaseException] = []
    target = tmp_path / "a.mp4"

    def work() -> None:
        try:
            run_cut(slow(target, numbered), recorded(tmp_path, ffmpeg), cancel=cancel)
        except BaseException as error:
            seen.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_for(target.exists)
    pid = int((tmp_path / "pid").read_text())
    assert runs(pid)
    cancel.cancel()
    thread.join(30)
    assert isinstance(seen[0], CancelledError)
    assert not runs(pid)
    assert not target.exists()
    with pytest.raises(CancelledError):
        run_cut(slow(target, numbered), ffmpeg, cancel=cancel)


CLIENT = """
import sys
from pathlib import Path
from eightcut_client.cutting import CutJob, CutOptions, Ffmpeg, run_cut
ffmpeg = Ffmpeg(Path(sys.argv[1]), "9", frozenset({"libx264", "pcm_s16le"}))
run_cut(CutJob(Path(sys.argv[2]), 0.0, 11.0, CutOptions(short_side=4096), Path(sys.argv[3])), ffmpeg)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ffmpeg_dies_with_its_client(tmp_path: Path, numbered: Path, ffmpeg: Ffmpeg, number: signal.Signals) -> None:
    target = tmp_path / "a.mp4"
    program = recorded(tmp_path, ffmpeg).path
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(program), str(numbered), str(target)], stderr=subprocess.DEVNULL
    )
    try:
        wait_for(target.exists)
        pid = int((tmp_path / "pid").read_text())
        assert runs(pid)
        client.send_signal(number)
        client.wait(30)
        wait_for(lambda: not runs(pid))
    finally:
        client.kill()
        client.wait()
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    if number == signal.SIGINT:
        assert not target.exists()
