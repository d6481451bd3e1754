"""An import after an import, and rows that meet what is here already."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from eightcut.store.v1 import (
    clip_pb2,
    clip_service_pb2,
    export_service_pb2,
    hard_negative_service_pb2,
    media_service_pb2,
    profile_service_pb2,
    scan_service_pb2,
)
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.database import Database
from eightcut_store.service import SPEC
from eightcut_store.tables import Base
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import Engine, event, func, select

from tests.store.export_kit import new_file, record
from tests.store.harness import Store, seconds, to_seconds
from tests.store.import_kit import NOON, TABLES, Library, a_library, clips_of, counts, media_of


def rows_of(database: Database) -> dict[str, int]:
    """How many rows every table has."""
    return database.read(
        lambda session: {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
    )


def test_a_second_import_adds_nothing(store: Store, database: Database) -> None:
    library = a_library()
    first = library.bring(store)
    before = rows_of(database)
    again = library.bring(store)
    assert rows_of(database) == before
    assert [counts(again, table) for table in TABLES] == [
        {"received": 6, "known": 6},
        {"received": 4, "known": 4},
        {"received": 2, "known": 2},
        {"received": 2, "known": 2},
    ]
    assert [table.found for table in again.tables] == [table.found for table in first.tables]
    assert (list(again.new_profiles), again.new_media, again.clips, again.scans) == ([], 0, 0, 0)


def test_a_library_that_grew_adds_what_is_new(store: Store) -> None:
    a_library().bring(store)
    library = a_library()
    here = 0
    library.clip(here, 12.5, "vid_001/dog_001_m1_3.mp4", label="Bello", category="Animal", index=3)
    library.clip(here, 99, "vid_001/dog_001_m9_0.mp4")
    library.region(1, 50, 60, 0.9)
    library.region(library.scan(here, made=NOON + 200), 1, 2)
    library.negative(here, 61)
    answer = library.bring(store)
    assert [counts(answer, table) for table in TABLES] == [
        {"received": 8, "added": 2, "known": 6},
        {"received": 6, "added": 2, "known": 4},
        {"received": 3, "added": 1, "known": 2},
        {"received": 2, "known": 2},
    ]
    assert (answer.clips, answer.scans) == (1, 1)
    assert [table.found for table in answer.tables] == library.sums()
    newest, grown, _ = store.versions("a" * 64, model="EAT_LARGE")
    assert (newest.region_count, grown.region_count, grown.best_score) == (1, 3, 0.9)


def test_what_was_changed_or_deleted_here_stays_so(store: Store) -> None:
    library = a_library()
    library.bring(store)
    marked = clips_of(store)[0]
    change = clip_service_pb2.UpdateClipRequest(id=marked.id, category="Dog", update_mask=FieldMask(paths=["category"]))
    store.clips.UpdateClip(change)
    newest, oldest = store.versions("a" * 64, model="EAT_LARGE")
    store.scans.DeleteScan(scan_service_pb2.DeleteScanRequest(id=oldest.id))
    region = store.regions(newest.id)[0]
    store.scans.UpdateRegion(
        scan_service_pb2.UpdateRegionRequest(id=region.id, disabled=False, update_mask=FieldMask(paths=["disabled"]))
    )
    store.negatives.ClearHardNegatives(hard_negative_service_pb2.ClearHardNegativesRequest(profile="default"))
    lost = media_of(store)[1].digest
    show = media_service_pb2.SetMediaHiddenRequest(profile="other", digests=[lost], hidden=False)
    store.media.SetMediaHidden(show)

    answer = library.bring(store)
    assert [counts(answer, table) for table in TABLES] == [
        {"received": 6, "known": 3, "changed": 3},
        {"received": 4, "known": 2, "changed": 2},
        {"received": 2, "changed": 2},
        {"received": 2, "known": 1, "changed": 1},
    ]
    assert len(store.versions("a" * 64, model="EAT_LARGE")) == 1
    assert clips_of(store)[0].category == "Dog"


def test_a_profile_that_was_deleted_here_is_not_made_again(store: Store) -> None:
    library = a_library()
    library.bring(store)
    store.profiles.DeleteProfile(profile_service_pb2.DeleteProfileRequest(profile="other"))
    answer = library.bring(store)
    assert not answer.new_profiles
    assert counts(answer, "processed") == {"received": 6, "known": 5, "changed": 1}
    assert counts(answer, "hidden_files") == {"received": 2, "known": 1, "changed": 1}
    listed = store.profiles.ListProfiles(profile_service_pb2.ListProfilesRequest()).profiles
    assert [profile.name for profile in listed] == ["default"]


def test_what_was_deleted_here_comes_back_when_it_is_asked_for(store: Store, database: Database) -> None:
    library = a_library()
    library.clip(0, 12.5, "vid_001/dog_001_m1_9.mp4", label="Bello", category="Other")  # Joined with another's clip.
    library.bring(store)
    before = rows_of(database)
    store.profiles.DeleteProfile(profile_service_pb2.DeleteProfileRequest(profile="other"))
    marked, exported, lost = clips_of(store)
    change = clip_service_pb2.UpdateClipRequest(id=marked.id, category="Dog", update_mask=FieldMask(paths=["category"]))
    store.clips.UpdateClip(change)
    gone = [exported.id, lost.id]
    store.clips.BatchDeleteClips(
        clip_service_pb2.BatchDeleteClipsRequest(profile="default", ids=gone, forget_files=True)
    )
    versions = store.versions("a" * 64, model="EAT_LARGE")
    store.scans.DeleteScan(scan_service_pb2.DeleteScanRequest(id=versions[-1].id))
    store.negatives.ClearHardNegatives(hard_negative_service_pb2.ClearHardNegativesRequest(profile="default"))

    library.bring(store)
    assert rows_of(database) != before
    answer = library.bring(store, restore=True)
    assert [counts(answer, table) for table in TABLES] == [
        {"received": 7, "added": 3, "changed": 3, "merged": 1},
        {"received": 4, "added": 1, "known": 3},
        {"received": 2, "added": 2},
        {"received": 2, "added": 1, "known": 1},
    ]
    assert (list(answer.new_profiles), answer.clips, answer.scans) == (["other"], 3, 1)
    assert rows_of(database) == before
    assert clips_of(store)[0].category == "Dog"
    assert store.versions("a" * 64, model="EAT_LARGE") == versions

    again = library.bring(store, restore=True)
    assert not any(table.added for table in again.tables)
    assert rows_of(database) == before


def test_a_deleted_profile_comes_back_whole(store: Store, database: Database) -> None:
    library = a_library()
    library.clip(0, 12.5, "vid_001/dog_001_m1_9.mp4", label="Bello", category="Other")
    first = library.bring(store)
    before = rows_of(database)
    for name in ("default", "other"):
        store.profiles.DeleteProfile(profile_service_pb2.DeleteProfileRequest(profile=name))
    answer = library.bring(store, restore=True)
    assert list(answer.tables) == list(first.tables)
    assert rows_of(database) == before


def test_new_regions_of_a_scan_that_was_deleted_here_go_with_it(store: Store) -> None:
    a_library().bring(store)
    newest = store.versions("a" * 64, model="EAT_LARGE")[0]
    store.scans.DeleteScan(scan_service_pb2.DeleteScanRequest(id=newest.id))
    library = a_library()
    library.region(1, 70, 75)
    answer = library.bring(store)
    assert counts(answer, "scan_results") == {"received": 5, "known": 2, "changed": 3}
    assert len(store.versions("a" * 64, model="EAT_LARGE")) == 1


def test_rows_that_are_here_already_are_joined(store: Store) -> None:
    media = store.register(1)
    mine = store.mark(media, 5, label="mine", exported=True)
    record(store, new_file(mine, "vid_001/mine_001_a1_0.mp4", export_folder="/clips/dog"))
    store.mark_wrong(media, 7, model="LOGMEL")
    request = media_service_pb2.SetMediaHiddenRequest(profile="default", digests=[media], hidden=True)
    store.media.SetMediaHidden(request)
    library = Library()
    key = library.media(media)
    library.clip(key, 5, "vid_001/old_001_m1_0.mp4", label="old")
    library.clip(key, 30, "vid_001/mine_001_a1_0.mp4")
    library.negative(key, 7, "EAT_LARGE")
    library.hide(key)

    for number in range(2):
        answer = library.bring(store)
        first = "known" if number else "added"
        assert counts(answer, "processed") == {"received": 2, first: 1, "merged": 1}
        assert counts(answer, "hard_negatives") == {"received": 1, "merged": 1}
        assert counts(answer, "hidden_files") == {"received": 1, "merged": 1}
    clip, other = clips_of(store)
    # A person marked it once: it is no mere scan export any more.
    assert (clip.id, clip.label, clip.origin) == (mine.id, "mine", clip_pb2.CLIP_ORIGIN_MARKED)
    assert to_seconds(other.start) == 30
    files = store.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(profile="default")).files
    assert [(file.path, file.clip_id) for file in files] == [
        ("vid_001/mine_001_a1_0.mp4", mine.id),
        ("vid_001/old_001_m1_0.mp4", mine.id),
    ]


def test_conflicts_are_told_in_sentences_and_nothing_is_lost(store: Store) -> None:
    library = Library()
    media = library.media("b" * 64, "film.mp4", "/v/film.mp4")
    library.clip(media, 5, "vid_001/d_001_a1_0.mp4", exported=True)
    library.clip(media, 5, "vid_001/d_001_m1_0.mp4")
    library.clip(media, 5, "vid_001/d_001_m1_1.mp4", category="Animal", label="Bello")
    library.clip(media, 50, "vid_001/d_001_m1_0.mp4", key="twice")
    library.negative(media, 1, "A")
    library.negative(media, 1, "B", key="twice")
    answer = library.bring(store)
    assert counts(answer, "processed") == {"received": 4, "added": 1, "merged": 3}
    assert counts(answer, "hard_negatives") == {"received": 2, "added": 1, "merged": 1}
    assert sorted(answer.conflicts) == [
        (
            'The clip at 5 s of "film.mp4" in the folder "dog" is labelled "", and its file "vid_001/d_001_m1_1.mp4" '
            '"Bello": both are kept.'
        ),
        (
            'The clip at 5 s of "film.mp4" in the folder "dog" keeps the category ""; '
            'its file "vid_001/d_001_m1_1.mp4" has "Animal".'
        ),
        (
            'The clip at 5 s of "film.mp4" in the folder "dog" was both marked and exported from a scan: it is kept as '
            "a marked one."
        ),
        (
            'The file "vid_001/d_001_m1_0.mp4" in the profile "default" belongs to another clip already: the clip at '
            '50 s of "film.mp4" in the folder "dog" is kept without it.'
        ),
    ]
    assert [(to_seconds(clip.start), clip.origin) for clip in clips_of(store)] == [(5, 1), (50, 1)]
    files = store.exports.ListClipFiles(export_service_pb2.ListClipFilesRequest(profile="default")).files
    assert sorted(file.path for file in files) == [
        "vid_001/d_001_a1_0.mp4",
        "vid_001/d_001_m1_0.mp4",
        "vid_001/d_001_m1_1.mp4",
    ]
    again = library.bring(store)
    assert counts(again, "processed") == {"received": 4, "known": 1, "merged": 3}
    assert not again.conflicts


def test_very_many_conflicts_fit_an_answer(store: Store) -> None:
    library = Library()
    media = library.media("b" * 64, "n" * 1000, "/v")
    for number in range(1500):
        library.clip(media, number // 2, f"vid_001/d_001_m1_{number}.mp4", label=f"{number}")
    answer = library.bring(store)
    assert 10 < len(answer.conflicts) <= 1000
    assert answer.conflicts[-1] == f"There are {750 - len(answer.conflicts) + 1} more of these."


@pytest.mark.parametrize("apart", [1, 1000])
def test_the_same_row_twice_in_one_stream(store: Store, apart: int) -> None:
    library = Library()
    media = library.media("b" * 64)
    scan = library.scan(media)
    for _ in range(2):
        library.clip(media, 5, "vid_001/d_001_m1_0.mp4")
        library.region(scan, 1, 2)
        library.negative(media, 3)
        library.hide(media)
        for number in range(apart):
            library.negative(media, 100.0 + number, key=f"other {number}")
    answer = library.bring(store)
    assert counts(answer, "processed") == {"received": 2, "added": 1, "merged": 1}
    assert counts(answer, "scan_results") == {"received": 2, "added": 1, "merged": 1}
    assert counts(answer, "hidden_files") == {"received": 2, "added": 1, "merged": 1}
    added = 1 + apart
    assert counts(answer, "hard_negatives") == {"received": 2 * added, "added": added, "merged": added}
    assert [table.found for table in answer.tables] == library.sums()


def test_media_that_are_found_at_the_second_import_are_located(store: Store) -> None:
    def bring(digest: str) -> Library:
        library = Library()
        media = library.media(digest, "film.mp4", "/v/film.mp4")
        library.clip(media, 5, "vid_001/d_001_m1_0.mp4")
        library.region(library.scan(media), 1, 2)
        library.negative(media, 3)
        library.hide(media)
        answer = library.bring(store)
        assert [table.found for table in answer.tables] == library.sums()
        return library

    bring("")
    assert media_of(store)[0].unlocated
    bring("c" * 64)
    (media,) = media_of(store)
    assert (media.digest, media.unlocated) == ("c" * 64, False)
    assert len(clips_of(store)) == 1
    again = bring("")
    assert counts(again.bring(store), "processed") == {"received": 1, "known": 1}
    assert seconds(5) == clips_of(store)[0].start


def test_media_whose_file_is_gone_at_the_second_import_are_those_of_the_first(store: Store) -> None:
    def bring(digest: str, *, more: int = 0) -> dict[str, int]:
        library = Library()
        media = library.media(digest, "film.mp4", "/v/film.mp4")
        library.media("d" * 64, "unused.mp4", "/v/unused.mp4")
        for number in range(1 + more):
            library.clip(media, 5 * number, f"vid_001/d_001_m{number}_0.mp4")
        return counts(library.bring(store), "processed")

    bring("c" * 64)
    assert bring("", more=1) == {"received": 2, "added": 1, "known": 1}
    assert [media.digest for media in media_of(store)] == ["c" * 64]
    # A file that was replaced is another one, and what is known of the place stays.
    assert bring("e" * 64, more=1) == {"received": 2, "changed": 2}
    assert bring("", more=1) == {"received": 2, "known": 2}


def test_what_is_looked_up_for_each_row_is_found_by_an_index(tmp_path: Path) -> None:
    """A library is looked up in parts: a table that is read for each part takes forever with many parts."""
    statements: dict[str, Any] = {}

    def seen(_connection: object, _cursor: object, statement: str, parameters: Any, *_others: object) -> None:
        if statement.startswith("SELECT") and "VALUES" in statement:
            statements[statement] = parameters

    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    event.listen(Engine, "before_cursor_execute", seen)
    try:
        with serve_in_thread(SPEC, ["--database", url]) as running, running.channel() as channel:
            a_library().bring(Store(channel))
    finally:
        event.remove(Engine, "before_cursor_execute", seen)
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection:
        for statement, parameters in statements.items():
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert any(step.startswith("SEARCH") for step in plan), plan
            assert not [
                step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step and "wanted" not in step
            ]
    tables = ("imported_rows", "clips", "clip_files", "hard_negatives", "hidden_media")
    assert all(any(f"CROSS JOIN {table} " in statement for statement in statements) for table in tables)
