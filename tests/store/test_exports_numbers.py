"""Numbers of videos and clips: never given out twice, whoever asks and whatever happens to the files."""

from __future__ import annotations

import itertools
import json
import random
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from eightcut.store.v1 import clip_pb2
from eightcut.store.v1.profile_service_pb2 import DeleteProfileRequest
from eightcut_store.areas.export_numbers import hand_numbers_on, reserve_numbers
from eightcut_store.areas.lookups import find_media
from eightcut_store.database import Database, parse_url
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.export_kit import DOGS, files_of, forget, move, new_file, peek, record, reserve
from tests.store.harness import Store, digest_of, new_clip, refusal
from tests.store.processes import store_process
from tests.store.workers import run_together

EXPORTED = clip_pb2.CLIP_ORIGIN_SCAN_EXPORT
_folders = itertools.count(1)


def test_numbers_count_up_apart_for_marks_and_scan_exports(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    assert peek(store, one) == (1, False, 1, 1)
    assert peek(store, one) == (1, False, 1, 1), "peeking reserves nothing"
    assert reserve(store, one, 3) == (1, 1)
    assert reserve(store, one, 2) == (1, 4)
    assert reserve(store, one, origin=EXPORTED) == (1, 1)
    assert reserve(store, two) == (2, 1)
    assert peek(store, one) == (1, True, 6, 2)
    assert reserve(store, one, export_folder="/clips/cats") == (1, 1)
    assert refusal(reserve, store, digest_of(9)).reason == "MEDIA_UNKNOWN"
    assert refusal(peek, store, digest_of(9)).reason == "MEDIA_UNKNOWN"
    assert refusal(reserve, store, one, export_folder="clips").fields == ("export_folder",)


def test_no_clips_use_up_no_number_of_a_clip(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    assert reserve(store, one, 0, video_floor=4) == (5, 1)
    assert reserve(store, one, 0, clip_floor=40) == (5, 41), "what would come next"
    assert reserve(store, one, 0, origin=EXPORTED) == (5, 1)
    assert peek(store, one) == (5, True, 1, 1)
    assert reserve(store, two, 0) == (6, 1)


def test_what_the_disk_has_is_not_given_out(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    assert peek(store, one, video_floor=7) == (8, False, 1, 1)
    assert reserve(store, one, video_floor=7, clip_floor=40) == (8, 41)
    assert reserve(store, one, video_floor=99) == (8, 42), "a video keeps its number"
    assert peek(store, one, video_floor=99) == (8, True, 43, 1)
    assert reserve(store, two, origin=EXPORTED, clip_floor=3) == (9, 4)


@pytest.mark.parametrize(
    "same",
    ["/mnt/x/dogs", "/clips/dogs/", "/clips/DOGS", "/clips/dogs_disabled", "D:\\clips\\Dogs", "\\\\nas\\a\\dogs"],
)
def test_all_spellings_and_places_of_a_folder_share_its_numbers(store: Store, same: str) -> None:
    one, two = store.register(1), store.register(2)
    assert reserve(store, one) == (1, 1)
    assert reserve(store, one, export_folder=same) == (1, 2)
    assert reserve(store, two, export_folder=same) == (2, 1)
    assert reserve(store, two, export_folder="/clips/dogs2") == (1, 1)


def test_a_request_sent_again_gets_the_same_numbers(store: Store) -> None:
    media = store.register()
    assert reserve(store, media, request_id="a") == reserve(store, media, request_id="a") == (1, 1)
    assert reserve(store, media, request_id="b") == (1, 2)
    assert refusal(reserve, store, media, 2, request_id="a").reason == "REQUEST_ID_REUSED"


def test_numbers_have_an_end(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    assert reserve(store, one, video_floor=999_999_998, clip_floor=999_999_998) == (999_999_999, 999_999_999)
    for values in ({"media": one}, {"media": two}, {"media": two, "video_floor": 10**9}):
        refused = refusal(reserve, store, **values)
        assert (refused.code, "choose another" in refused.message) == (grpc.StatusCode.FAILED_PRECONDITION, True)
    assert refusal(peek, store, two).code is grpc.StatusCode.FAILED_PRECONDITION


def test_numbers_outlast_files_clips_and_profiles(store: Store) -> None:
    media, other = store.register(1), store.register(2)
    store.new_profile("gone")
    reserve(store, media, 2)
    clip = store.mark(media, 1, profile="gone")
    (file,) = record(store, new_file(clip, "vid_001/a_001_m1_0.mp4"), profile="gone")
    forget(store, file, profile="gone", clips=True)
    store.profiles.DeleteProfile(DeleteProfileRequest(profile="gone"))
    assert reserve(store, media) == (1, 3)
    assert reserve(store, other) == (2, 1)


def test_recorded_names_count_also_where_nobody_reserved_them(store: Store) -> None:
    """As for a library that was imported, or a Store that was made anew beside full folders."""
    one, two, three = (store.register(number) for number in (1, 2, 3))
    marked, heard = store.mark(one, 1), new_clip(one, 2, exported=True)
    record(store, new_file(marked, "vid_004/b_004_m7_0.mp4"), new_file(heard, "vid_004/my_b_004_a3_12"))
    assert peek(store, one) == (4, True, 8, 4), "a video keeps the folder that it has"
    assert peek(store, two) == (5, False, 1, 1)
    clip = store.mark(two, 1)
    (file,) = record(store, new_file(clip, "vid_004/x_004_m20_0.mp4"))
    assert peek(store, two) == (5, False, 1, 1), "the folder of another video is not taken away"
    assert peek(store, one) == (4, True, 21, 4)
    move(store, (file, "vid_009/x_009_m2_0.mp4"))
    assert peek(store, two) == (9, True, 3, 1)
    other = store.mark(three, 1)
    names = ["clip_077/c.mp4", "vid_0/c.mp4", "vid_abc/c", "vid_1234567890/c", "sub/vid_050/c.mp4", "vid_60"]
    record(store, *(new_file(other, name) for name in names))
    assert peek(store, three) == (10, False, 1, 1)


def test_a_located_video_keeps_its_numbers(store: Store, database: Database) -> None:
    placeholder, real, other = (store.register(number) for number in (1, 2, 3))
    reserve(store, placeholder, 5)
    reserve(store, placeholder, 5, export_folder="/clips/cats")
    reserve(store, real, export_folder="/clips/cats")

    def work(session: Any) -> None:
        hand_numbers_on(session, find_media(session, placeholder).id, find_media(session, real).id)

    database.write(work)
    assert peek(store, real) == (1, True, 6, 1)
    assert peek(store, real, export_folder="/clips/cats") == (2, True, 2, 1)
    assert peek(store, other, export_folder="/clips/cats") == (3, False, 1, 1)


def spellings(number: int) -> list[str]:
    """One folder, as many clients see it."""
    name = f"Größe {number}"
    return [
        f"/home/a/{name}",
        f"/mnt/b/{name.upper()}/",
        f"C:\\c\\{unicodedata.normalize('NFD', name)}",
        f"/d/{name}_disabled",
        f"/d/{name}_DISABLED_disabled",
    ]


class Step(NamedTuple):
    """Something that happens to an export folder."""

    what: str
    media: int
    spelling: int
    scan_export: bool
    count: int
    video: int
    clip: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["reserve"] * 4 + ["record", "forget"]),
        st.integers(1, 4),
        st.integers(0, 4),
        st.booleans(),
        st.integers(1, 4),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_number_comes_twice_and_none_below_what_the_disk_has(store: Store, steps: list[Step]) -> None:
    folders = spellings(next(_folders))
    videos: dict[int, int] = {}
    floor = 0
    used: set[tuple[int, bool, int]] = set()
    for number in range(1, 5):
        store.register(number)
    for step in steps:
        folder, media = folders[step.spelling], digest_of(step.media)
        video, known, marked, exported = peek(store, media, export_folder=folder, video_floor=step.video)
        assert known == (step.media in videos)
        if step.what == "forget":
            found = files_of(store, export_folder=folder)
            if found:
                forget(store, *found, clips=step.count > 2)
        elif step.what == "record":
            kind = "a" if step.scan_export else "m"
            name = f"vid_{step.video:03d}/x_{step.video:03d}_{kind}{step.clip}_0.mp4"
            clip = new_clip(media, step.clip, exported=True)
            record(store, new_file(clip, name, export_folder=folder))
            floor = max(floor, step.video)
            if step.media not in videos and step.video and step.video not in videos.values():
                videos[step.media] = step.video
            if step.video in videos.values():
                used.add((step.video, step.scan_export, step.clip))
        else:
            origin = EXPORTED if step.scan_export else clip_pb2.CLIP_ORIGIN_MARKED
            got, first = reserve(
                store,
                media,
                step.count,
                export_folder=folder,
                origin=origin,
                video_floor=step.video,
                clip_floor=step.clip,
            )
            assert got == video, "what was shown is what comes"
            assert first == max(exported if step.scan_export else marked, step.clip + 1)
            if known:
                assert got == videos[step.media]
            else:
                assert got > max(floor, step.video)
                assert got not in videos.values()
            videos[step.media] = got
            floor = max(floor, got)
            names = {(got, step.scan_export, first + more) for more in range(step.count)}
            assert not names & used
            assert first > step.clip
            used |= names


def test_many_threads_get_numbers_of_their_own(store: Store) -> None:
    media = [store.register(number) for number in range(1, 5)]

    def ask(turn: int) -> tuple[int, int, list[int]]:
        chance = random.Random(turn)
        which = chance.randrange(4)
        count, floor = chance.randint(1, 5), chance.randint(0, 30)
        video, first = reserve(store, media[which], count, clip_floor=floor, video_floor=chance.randint(0, 9))
        assert first > floor
        return which, video, list(range(first, first + count))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(80)))
    _all_different(answers)


def _all_different(answers: list[tuple[int, int, list[int]]]) -> None:
    videos: dict[int, set[int]] = {}
    numbers: list[tuple[int, int]] = []
    for which, video, clips in answers:
        videos.setdefault(which, set()).add(video)
        numbers += [(video, clip) for clip in clips]
    assert all(len(found) == 1 for found in videos.values()), "a video has one number"
    assert len(set().union(*videos.values())) == len(videos), "no two videos have the same"
    assert len(set(numbers)) == len(numbers)


def reserve_in_process(url: str, gate: Any, folder: str, times: int) -> None:
    """One of several processes that reserve at once; writes down what it got."""
    database = Database(parse_url(url), lock_timeout=60, connections=1)
    gate.wait(60)
    answers = []
    for turn in range(times):
        which = 1 + turn % 3

        def work(session: Any, which: int = which) -> tuple[int, int]:
            media = find_media(session, digest_of(which))
            found = reserve_numbers(session, DOGS, media, origin=1, count=2, video_floor=5, clip_floor=0)
            return found.video, found.first

        video, first = database.write(work)
        answers.append((which, video, [first, first + 1]))
    database.close()
    name = "".join(random.SystemRandom().choices("abcdefghijkl", k=12))
    Path(folder, f"{name}.json").write_text(json.dumps(answers))


def test_many_processes_get_numbers_of_their_own(own_url: str, tmp_path: Path) -> None:
    with store_process(own_url, tmp_path) as running, running.channel() as channel:
        for number in (1, 2, 3):
            Store(channel).register(number)
    folder = tmp_path / "answers"
    folder.mkdir()
    assert run_together(5, reserve_in_process, own_url, str(folder), 12) == [0] * 5
    answers = [tuple(one) for file in folder.iterdir() for one in json.loads(file.read_text())]
    assert len(answers) == 60
    _all_different(answers)
    assert min(video for _, video, _ in answers) == 6


@pytest.mark.slow
def test_a_killed_store_gives_no_number_out_twice(own_url: str, tmp_path: Path) -> None:
    answers: list[tuple[int, int, list[int]]] = []
    for turn in range(3):
        with store_process(own_url, tmp_path) as running, running.channel() as channel:
            store = Store(channel)
            media = [store.register(number) for number in range(1, 4)]

            def ask(which: int, store: Store = store, media: list[str] = media) -> tuple[int, int, list[int]] | None:
                try:
                    video, first = reserve(store, media[which % 3], 2)
                except grpc.RpcError:
                    return None
                return which % 3, video, [first, first + 1]

            with ThreadPoolExecutor(4) as pool:
                asked = [pool.submit(ask, number) for number in range(40)]
                asked[10 + turn].result(60)
                running.kill()
                answers += [answer for one in asked if (answer := one.result(60)) is not None]
    assert len(answers) >= 33
    _all_different(answers)


def test_a_field_out_of_range_is_named(store: Store) -> None:
    media = store.register()
    checks: list[tuple[Callable[[], Any], str]] = [
        (lambda: reserve(store, media, -1), "count"),
        (lambda: reserve(store, media, video_floor=-1), "video_floor"),
        (lambda: reserve(store, media, export_folder="x" * 9000), "export_folder"),
        (lambda: reserve(store, "x"), "media"),
        (lambda: reserve(store, media, export_folder="/a\0b"), "export_folder"),
    ]
    for call, field in checks:
        refused = refusal(call)
        assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, (field,))
