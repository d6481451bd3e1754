"""The player on real videos whose frames say their number."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.playback.player import Player
from pytestqt.qtbot import QtBot

from tests.qt.playback.videos import QT_SAYS, Screen, open_in, shows, write_numbered
from tests.support.media import tone, truncated, write_empty_wav, write_media, write_video_only

pytestmark = QT_SAYS


def test_open_shows_the_first_frame_and_knows_the_file(
    player: Player, screen: Screen, qtbot: QtBot, video: Path
) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    assert player.path == video
    assert player.duration == pytest.approx(2.4, abs=0.1)
    assert player.frame_duration == pytest.approx(0.04)
    assert (player.playing, player.position) == (False, 0.0)


@pytest.mark.parametrize(
    ("rate", "name"),
    [
        (Fraction(25), "v.mp4"),
        (Fraction(25), "v.mkv"),
        (Fraction(30000, 1001), "v.mp4"),
        (Fraction(30000, 1001), "v.mkv"),
        (Fraction(24000, 1001), "v.mp4"),
        (Fraction(60), "v.mkv"),
    ],
)
def test_steps_are_exact_at_every_rate(
    player: Player, screen: Screen, qtbot: QtBot, tmp_path: Path, *, rate: Fraction, name: str
) -> None:
    open_in(player, qtbot, write_numbered(tmp_path / name, 40, rate=rate, sound=False))
    shows(qtbot, screen, 0)
    for number in range(1, 20):
        player.step(1)
        shows(qtbot, screen, number)
        qtbot.waitUntil(lambda number=number: abs(player.position - number / rate) < 0.0015)
    for number in range(18, 10, -1):
        player.step(-1)
        shows(qtbot, screen, number)
    assert set(map(abs, (after - before for before, after in pairwise(screen.numbers)))) <= {0, 1}


def test_steps_asked_for_at_once_are_all_done(player: Player, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    for _ in range(12):
        player.step(1)
    shows(qtbot, screen, 12)
    player.step(-5)
    player.step(2)
    shows(qtbot, screen, 9)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_steps_follow_frames_of_different_lengths(
    player: Player, screen: Screen, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    times = [0.0, 0.04, 0.08, 0.28, 0.30, 0.32, 0.70, 0.74, 0.75, 0.9, 1.0, 1.04]
    open_in(player, qtbot, write_numbered(tmp_path / f"v{suffix}", len(times), times=times, sound=False))
    shows(qtbot, screen, 0)
    for number in range(1, len(times)):
        player.step(1)
        qtbot.waitUntil(lambda number=number: abs(player.position - times[number]) < 0.002 and screen.number == number)
    for number in range(len(times) - 2, -1, -1):
        player.step(-1)
        qtbot.waitUntil(lambda number=number: abs(player.position - times[number]) < 0.002 and screen.number == number)


def test_sound_that_begins_before_the_picture_moves_no_step(
    player: Player, screen: Screen, qtbot: QtBot, tmp_path: Path
) -> None:
    open_in(player, qtbot, write_numbered(tmp_path / "v.mkv", 12))  # The sound's encoder adds 21 ms in front.
    for number in range(1, 8):
        player.step(1)
        shows(qtbot, screen, number)
    player.step(-3)
    shows(qtbot, screen, 4)
    player.step(-8)
    shows(qtbot, screen, 0)


def test_steps_stop_at_both_ends(player: Player, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    player.step(-3)
    assert player.position == 0.0
    player.seek(2.0)
    shows(qtbot, screen, 50)
    player.step(50)
    shows(qtbot, screen, 59)
    player.step(1)
    player.step(-1)
    shows(qtbot, screen, 58)


def test_seek_shows_the_frame_of_the_moment(
    player: Player, screen: Screen, context: Context, qtbot: QtBot, video: Path
) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    for seconds, number in ((1.0, 25), (1.039, 25), (1.04, 26), (0.36, 9), (2.3, 57), (0.0, 0)):
        player.seek(seconds)
        assert context.state.position == seconds
        assert context.state.cursor == seconds
        shows(qtbot, screen, number)


def test_of_many_seeks_the_newest_is_shown(player: Player, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    for number in range(5, 55):
        player.seek(number * 0.04)
    shows(qtbot, screen, 54)
    assert len(screen.numbers) < 10


def test_locked_cursor_stays(player: Player, context: Context, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    player.seek(1.0)
    context.settings.update("playback", cursor_locked=True)
    player.seek(0.5)
    assert (context.state.position, context.state.cursor) == (0.5, 1.0)
    player.play()
    player.return_to_cursor()
    assert (context.state.position, player.playing) == (1.0, False)


def test_plays_without_going_back_and_stops_at_the_end(
    player: Player, context: Context, screen: Screen, qtbot: QtBot, video: Path
) -> None:
    told: list[float] = []
    open_in(player, qtbot, video)
    player.seek(1.6)
    shows(qtbot, screen, 40)
    context.state.position_changed.connect(told.append)
    player.play()
    qtbot.waitUntil(lambda: not player.playing)
    assert told == sorted(told)
    assert len(told) > 20
    assert player.position == player.duration
    shows(qtbot, screen, 59)
    player.play()
    qtbot.waitUntil(lambda: 0.1 < player.position < 1.0)


def test_pause_stands_on_the_frame_that_is_shown(player: Player, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    player.play()
    qtbot.waitUntil(lambda: player.position > 0.5)
    player.pause()
    number = screen.number
    assert number is not None
    assert number * 0.04 - 0.001 <= player.position < (number + 1) * 0.04
    player.step(1)
    shows(qtbot, screen, number + 1)


def test_range_stops_at_its_end(player: Player, context: Context, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    screen.numbers.clear()
    with qtbot.waitSignal(player.range_ended):
        player.play_range(1.0, 1.4)
    assert not player.playing
    assert player.position == context.state.position == 1.4
    shows(qtbot, screen, 35)
    assert max(screen.numbers) == 35
    assert min(screen.numbers) == 25


def test_range_that_ends_with_the_file_ends(player: Player, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    with qtbot.waitSignal(player.range_ended):
        player.play_range(2.2, 99.0)
    assert player.position == player.duration


def test_interrupted_range_is_not_told_as_ended(player: Player, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    with qtbot.assertNotEmitted(player.range_ended, wait=400):
        player.play_range(0.2, 0.5)
        player.seek(1.0)


def test_range_that_loops_begins_again_and_follows_its_bounds(
    player: Player, screen: Screen, qtbot: QtBot, video: Path
) -> None:
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
    screen.numbers.clear()
    player.play_range(1.0, 1.2, loop=True)
    assert player.looping
    qtbot.waitUntil(lambda: sum(after < before for before, after in pairwise(screen.numbers)) >= 3)
    assert min(screen.numbers) >= 25
    assert max(screen.numbers) <= 30
    player.change_range(1.0, 1.4)
    qtbot.waitUntil(lambda: max(screen.numbers) >= 33)
    with qtbot.waitSignal(player.looping_changed):
        player.pause()
    assert not player.looping


def test_loop_up_to_the_end_of_the_file_begins_again(player: Player, screen: Screen, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    player.play_range(2.1, 9.0, loop=True)
    qtbot.waitUntil(lambda: sum(after < before for before, after in pairwise(screen.numbers)) >= 2)
    assert player.playing


def test_speeds(player: Player, qtbot: QtBot, video: Path) -> None:
    open_in(player, qtbot, video)
    with qtbot.waitSignal(player.rate_changed) as told:
        player.set_rate(4.0)
    assert told.args == [4.0]
    with qtbot.waitSignal(player.range_ended):
        player.play_range(0.0, 2.0)
    assert player.position == 2.0


def test_what_is_asked_for_while_the_file_opens_is_done_then(
    player: Player, screen: Screen, qtbot: QtBot, video: Path
) -> None:
    player.open(video)
    player.seek(1.0)
    shows(qtbot, screen, 25)
    player.open(video)
    with qtbot.waitSignal(player.range_ended):
        player.play_range(0.4, 0.6)
    shows(qtbot, screen, 15)


def test_of_two_opens_the_last_wins(player: Player, screen: Screen, qtbot: QtBot, video: Path, tmp_path: Path) -> None:
    other = write_numbered(tmp_path / "other.mp4", 10)
    opened: list[Path] = []
    player.opened.connect(opened.append)
    player.open(video)
    player.open(other)
    qtbot.waitUntil(lambda: opened != [])
    shows(qtbot, screen, 0)
    assert opened == [other]
    assert player.duration == pytest.approx(0.4, abs=0.1)


def test_sound_without_a_picture_is_played_and_stepped(player: Player, qtbot: QtBot, tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(2.0, 16_000), 16_000)
    open_in(player, qtbot, path)
    assert not player.has_video
    assert player.frame_duration == 1 / 25
    player.seek(1.0)
    player.step(2)
    assert player.position == pytest.approx(1.08)
    with qtbot.waitSignal(player.range_ended):
        player.play_range(0.2, 0.5)
    assert player.position == 0.5


def test_picture_without_sound_is_played(player: Player, qtbot: QtBot, tmp_path: Path) -> None:
    open_in(player, qtbot, write_video_only(tmp_path / "v.mp4", 1.0))
    with qtbot.waitSignal(player.range_ended):
        player.play_range(0.2, 0.5)


def test_files_that_cannot_be_played_fail_with_a_sentence(
    player: Player, qtbot: QtBot, tmp_path: Path, video: Path
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video at all\n" * 100)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    cut = truncated(video, tmp_path / "cut.mp4", 0.5)
    for path in (text, empty, cut, tmp_path / "gone.mp4", tmp_path):
        with qtbot.waitSignal(player.failed) as told:
            player.open(path)
        assert told.args is not None
        assert told.args[0] == path
        assert path.name in told.args[1]
        assert told.args[1].endswith(".")
        player.play()
        player.seek(3.0)
        player.step(1)
        assert (player.playing, player.position) == (False, 0.0)
    open_in(player, qtbot, video)


def test_sound_of_no_length_does_no_harm(player: Player, qtbot: QtBot, tmp_path: Path) -> None:
    ends: list[object] = []
    player.opened.connect(ends.append)
    player.failed.connect(lambda path, _sentence: ends.append(path))
    player.open(write_empty_wav(tmp_path / "empty.wav"))
    qtbot.waitUntil(lambda: ends != [])
    player.play()
    player.step(1)
    player.seek(5.0)
    player.pause()


def test_file_that_goes_away_while_it_is_open_plays_on_or_fails_with_a_sentence(
    player: Player, qtbot: QtBot, tmp_path: Path
) -> None:
    path = write_numbered(tmp_path / "v.mp4", 30)
    open_in(player, qtbot, path)
    path.rename(tmp_path / "renamed.mp4")
    ends: list[str] = []
    player.range_ended.connect(lambda: ends.append("played"))
    player.failed.connect(lambda _path, sentence: ends.append(sentence))
    player.play_range(0.4, 0.6)
    qtbot.waitUntil(lambda: ends != [])


def test_closed_player_shows_nothing_and_can_open_again(
    player: Player, screen: Screen, qtbot: QtBot, video: Path
) -> None:
    open_in(player, qtbot, video)
    player.play()
    player.close()
    player.close()
    assert (player.path, player.playing, player.duration) == (None, False, 0.0)
    open_in(player, qtbot, video)
    shows(qtbot, screen, 0)
