"""Media that were imported by name get their file."""

from __future__ import annotations

import grpc
import pytest
from eightcut.store.v1 import clip_pb2, export_service_pb2, hard_negative_service_pb2
from eightcut.store.v1 import media_service_pb2 as pb

from tests.store.export_kit import new_file, record
from tests.store.harness import Store, a_spec, digest_of, refusal, seconds, to_seconds
from tests.store.import_kit import NOON, TABLES, Library, clips_of, counts, media_of

FOUND = digest_of(7)


def adopt(store: Store, unlocated: str, digest: str = FOUND) -> pb.AdoptMediaResponse:
    return store.media.AdoptMedia(request(unlocated, digest))


def request(unlocated: str, digest: str = FOUND) -> pb.AdoptMediaRequest:
    file = pb.RegisterMediaRequest(
        digest=digest, filename="film.mkv", path_hint="/new/film.mkv", size_bytes=5, duration=seconds(100)
    )
    return pb.AdoptMediaRequest(unlocated=unlocated, file=file)


def a_lost_film() -> Library:
    library = Library()
    film = library.media("", "film.mkv", "/old/film.mkv")
    library.clip(film, 5, "vid_004/d_004_m2_0.mp4", label="Bello")
    library.clip(film, 5, "vid_004/d_004_m2_1.mp4", label="Bello", index=1)
    library.clip(film, 20, "vid_004/d_004_a1_0.mp4", exported=True)
    library.region(library.scan(film, "LOGMEL"), 1, 9)
    library.region(library.scan(film, "LOGMEL", made=None), 1, 9)
    library.negative(film, 40, "LOGMEL")
    library.negative(film, 60)
    library.hide(film)
    return library


def bring_film(store: Store) -> str:
    a_lost_film().bring(store)
    return media_of(store, unlocated=True)[0].digest


def negatives_of(store: Store) -> list[tuple[str, float, str]]:
    asked = hard_negative_service_pb2.ListHardNegativesRequest(profile="default")
    found = store.negatives.ListHardNegatives(asked).hard_negatives
    return sorted((one.media, to_seconds(one.start), one.source_model) for one in found)


def next_numbers(store: Store, media: str) -> tuple[int, int, int]:
    asked = export_service_pb2.PeekNumbersRequest(export_folder="/clips/dog", media=media)
    answer = store.exports.PeekNumbers(asked)
    return answer.video_number, answer.next_marked, answer.next_scan_export


def hidden(store: Store) -> list[str]:
    asked = pb.ListHiddenMediaRequest(profile="default")
    return [media.digest for media in store.media.ListHiddenMedia(asked).media]


def test_all_that_belongs_to_it_moves(store: Store) -> None:
    lost = bring_film(store)
    etags = {clip.id: clip.etag for clip in clips_of(store)}
    answer = adopt(store, lost)
    # Two clips, two scans, two hard negatives, hidden once.
    assert (answer.moved, answer.merged) == (7, 0)
    assert (answer.media.digest, answer.media.unlocated, answer.media.path_hint) == (FOUND, False, "/new/film.mkv")
    assert media_of(store) == [answer.media]
    assert {clip.media for clip in clips_of(store)} == {FOUND}
    assert all(clip.etag != etags[clip.id] for clip in clips_of(store))
    files = store.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(media=FOUND)).files
    assert len(files) == 3
    (version,) = store.versions(FOUND)
    assert (version.create_time.seconds, version.region_count) == (NOON, 1)
    assert negatives_of(store) == [(FOUND, 40, "LOGMEL"), (FOUND, 60, "")]
    assert hidden(store) == [FOUND]
    assert next_numbers(store, FOUND) == (4, 3, 2)
    assert [start for _, start, _, kind in store.examples(a_spec()) if kind == "POSITIVE"] == [5]


def test_what_is_there_already_is_joined(store: Store) -> None:
    lost = bring_film(store)
    store.register(7)
    mine = store.mark(FOUND, 5, exported=True)
    record(store, new_file(mine, "vid_009/mine_009_a1_0.mp4", export_folder="/clips/dog"))
    store.mark(FOUND, 30, label="other")
    store.mark_wrong(FOUND, 40, model="mine")
    store.scan(FOUND, [(2, 3, 0.5)])
    store.media.SetMediaHidden(pb.SetMediaHiddenRequest(profile="default", digests=[FOUND], hidden=True))

    answer = adopt(store, lost)
    assert (answer.moved, answer.merged) == (7, 3)
    joined, exported, other = clips_of(store)
    # Its mark, its label and its files came along; what it said itself stays.
    assert (joined.id, joined.label, joined.origin) == (mine.id, "Bello", clip_pb2.CLIP_ORIGIN_MARKED)
    assert (to_seconds(exported.start), to_seconds(other.start), other.label) == (20, 30, "other")
    files = store.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(clip_ids=[mine.id])).files
    assert sorted(file.path for file in files) == [
        "vid_004/d_004_m2_0.mp4",
        "vid_004/d_004_m2_1.mp4",
        "vid_009/mine_009_a1_0.mp4",
    ]
    assert negatives_of(store) == [(FOUND, 40, "mine"), (FOUND, 60, "")]
    assert [version.region_count for version in store.versions(FOUND)] == [1, 1]
    assert store.latest(FOUND).id == store.versions(FOUND)[0].id
    assert hidden(store) == [FOUND]
    video, _, exports = next_numbers(store, FOUND)
    assert (video, exports) == (9, 2)
    # The number that it had is not given out again.
    assert next_numbers(store, store.register(8))[0] == 10


def test_what_stood_for_it_is_read_as_what_it_is(store: Store) -> None:
    lost, other = bring_film(store), store.register(8)
    asked = pb.BatchGetMediaRequest(digests=[other, lost, digest_of(9), lost])
    assert [media.digest for media in store.media.BatchGetMedia(asked).media] == [other, lost, lost]
    adopt(store, lost)
    assert [media.digest for media in store.media.BatchGetMedia(asked).media] == [other, FOUND, FOUND]
    assert store.media.GetMedia(pb.GetMediaRequest(digest=lost)).media.digest == FOUND
    assert refusal(store.media.GetMedia, pb.GetMediaRequest(digest=digest_of(9))).reason == "MEDIA_UNKNOWN"


def test_an_import_after_it_adds_nothing(store: Store) -> None:
    adopt(store, bring_film(store))
    library = a_lost_film()
    answer = library.bring(store)
    assert [counts(answer, table) for table in TABLES] == [
        {"received": 3, "known": 3},
        {"received": 2, "known": 2},
        {"received": 2, "known": 2},
        {"received": 1, "known": 1},
    ]
    assert [table.found for table in answer.tables] == library.sums()
    assert len(media_of(store)) == 1


def test_an_import_after_it_adds_to_the_media_that_it_is(store: Store) -> None:
    adopt(store, bring_film(store))
    library = a_lost_film()
    library.clip(0, 70, "vid_004/d_004_m3_0.mp4")
    # The same film under the path where it is now.
    here = library.media(FOUND, "film.mkv", "/new/film.mkv")
    library.clip(here, 80, "vid_004/d_004_m4_0.mp4")
    answer = library.bring(store)
    assert counts(answer, "processed") == {"received": 5, "known": 3, "added": 2}
    assert [table.found for table in answer.tables] == library.sums()
    assert {clip.media for clip in clips_of(store)} == {FOUND}
    assert len(media_of(store)) == 1


def test_a_joined_hard_negative_stays_joined_in_later_imports(store: Store) -> None:
    lost = bring_film(store)
    store.register(7)
    store.mark_wrong(FOUND, 40, model="mine")
    adopt(store, lost)
    assert counts(a_lost_film().bring(store), "hard_negatives") == {"received": 2, "known": 1, "merged": 1}


def test_it_is_idempotent(store: Store) -> None:
    lost = bring_film(store)
    first = adopt(store, lost)
    again = adopt(store, lost)
    assert (again.media, again.moved, again.merged) == (first.media, 0, 0)


@pytest.mark.parametrize("located", [True, False])
def test_media_that_have_a_file_do_not_get_another(store: Store, located: bool) -> None:
    if located:
        unlocated = store.register(1)
    else:
        unlocated = bring_film(store)
        adopt(store, unlocated)
    refused = refusal(store.media.AdoptMedia, request(unlocated, digest_of(8)))
    assert (refused.code, refused.message) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "This media is located already.",
    )
    assert digest_of(8) not in [media.digest for media in media_of(store)]


def test_unknown_media_and_files_that_are_none(store: Store) -> None:
    refused = refusal(store.media.AdoptMedia, request(digest_of(9)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "MEDIA_UNKNOWN")
    lost = bring_film(store)
    refused = refusal(store.media.AdoptMedia, request(lost, lost))
    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION
    assert media_of(store)[0].unlocated


def test_unlocated_media_are_listed_by_pages(store: Store) -> None:
    library = Library()
    for number in range(5):
        library.negative(library.media("" if number % 2 == 0 else digest_of(number), f"{number}.mp4", "/old"), 1)
    library.bring(store)
    first = store.media.ListMedia(pb.ListMediaRequest(unlocated=True, page_size=2))
    rest = store.media.ListMedia(pb.ListMediaRequest(unlocated=True, page_token=first.next_page_token))
    assert [media.filename for media in [*first.media, *rest.media]] == ["0.mp4", "2.mp4", "4.mp4"]
    named = store.media.ListMedia(pb.ListMediaRequest(unlocated=True, filename="2.mp4", profile="default"))
    assert [media.filename for media in named.media] == ["2.mp4"]
