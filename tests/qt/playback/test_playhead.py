"""The playhead between two reports of the player."""

from __future__ import annotations

import pytest
from eightcut_qt.playback.playhead import Playhead


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At 100 seconds."""
    return Clock()


@pytest.fixture
def playhead(clock: Clock) -> Playhead:
    """At 5 seconds, running."""
    made = Playhead(clock)
    made.place(5.0)
    made.start(1.0)
    return made


def test_runs_with_the_clock_at_its_speed(playhead: Playhead, clock: Clock) -> None:
    clock.now += 0.5
    assert playhead.now() == pytest.approx(5.5)
    playhead.start(4.0)
    clock.now += 0.5
    assert playhead.now() == pytest.approx(7.5)


def test_stands_still_when_stopped(playhead: Playhead, clock: Clock) -> None:
    clock.now += 0.5
    assert playhead.stop() == pytest.approx(5.5)
    clock.now += 1.0
    playhead.correct(9.0)
    assert playhead.now() == pytest.approx(5.5)


def test_never_goes_back_and_comes_near_to_what_is_reported(playhead: Playhead, clock: Clock) -> None:
    shown = [playhead.now()]
    for step in range(1, 40):
        clock.now += 0.05
        shown.append(playhead.now())
        playhead.correct(5.0 + step * 0.05 - 0.1)  # The player began a tenth of a second late.
        shown.append(playhead.now())
    assert shown == sorted(shown)
    assert shown[-1] == pytest.approx(5.0 + 39 * 0.05 - 0.1, abs=0.01)


def test_waits_for_a_player_that_stalls_and_follows_one_that_jumps(playhead: Playhead, clock: Clock) -> None:
    clock.now += 1.0
    assert playhead.now() == pytest.approx(6.0)
    playhead.correct(5.0)
    assert playhead.now() == pytest.approx(6.0)
    clock.now += 0.5
    assert playhead.now() == pytest.approx(6.0)
    playhead.correct(8.0)
    assert playhead.now() == pytest.approx(8.0)
