"""Fixtures of the tests of cutting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.cutting import CutJob, CutOptions, CutOutcome, Ffmpeg, find_ffmpeg, run_cut, suffix_of

from tests.cutting.numbered import write_numbered


@pytest.fixture
def ffmpeg() -> Ffmpeg:
    return find_ffmpeg()


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s at 25 pictures a second, H.264 with B-frames, and FLAC at 48 kHz."""
    return write_numbered(tmp_path_factory.mktemp("source") / "numbered.mkv")


Cut = Callable[..., Path]


@pytest.fixture
def cut(tmp_path: Path, ffmpeg: Ffmpeg) -> Cut:
    """Cuts and returns the file; further arguments are of `CutOptions`."""

    def run(source: Path, start: float, duration: float, *, name: str = "clip", **chosen: Any) -> Path:
        options = CutOptions(duration=duration, **chosen)
        job = job_for(tmp_path / f"{name}{suffix_of(options.format)}", source, start, duration, options)
        outcome = run_cut(job, ffmpeg, threads=1)
        assert isinstance(outcome, CutOutcome)
        return job.target

    return run


def job_for(target: Path, source: Path, start: float, duration: float, options: CutOptions) -> CutJob:
    sound = target.with_name(target.name + ".wav") if options.format == "webp" else None
    return CutJob(source, start, duration, options, target, sound=sound)
