"""Versions that are open: edits are shown at once, the Store follows, and undo is exact."""

from __future__ import annotations

import dataclasses

import numpy as np
from eightcut_client.errors import UnavailableError
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import Level
from eightcut_qt.gateway import Gateway, NewNegative, RegionRef
from eightcut_qt.regions.documents import ScanDocument
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import SOME, opened, register, save, settled
from tests.qt.world import FixedServices, Heard


def bounds(document: ScanDocument) -> list[tuple[float, float]]:
    return [(region.start, region.end) for region in document.regions]


def stored(gateway: Gateway, document: ScanDocument) -> list[tuple[float, float, bool]]:
    return [(one.start, one.end, one.disabled) for one in gateway.scans.regions(document.scan.id)]


def shown(document: ScanDocument) -> list[tuple[float, float, bool]]:
    return [(one.start, one.end, one.disabled) for one in document.regions]


def test_a_version_is_loaded_once_and_by_start(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    media = register(gateway)
    scan = save(gateway, media, scores=[0.1, 0.5, 0.2])
    document = opened(qtbot, context, scan)
    assert context.documents.get(scan) is document
    assert bounds(document) == [(start, end) for start, end, _ in SOME]
    scores = document.scores
    assert scores is not None
    np.testing.assert_allclose(scores, [0.1, 0.5, 0.2], rtol=1e-6)


def test_an_edit_is_shown_before_the_store_has_it(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    first = document.regions[0]
    with qtbot.waitSignal(document.regions_changed) as told:
        document.set_disabled([first.id], True)
    assert told.args == [frozenset([first.id])]
    assert document.regions[0].disabled
    with qtbot.waitSignal(context.bus.changed) as published:
        settled(qtbot, context)
    assert published.args == [
        Change(Topic.REGIONS, frozenset([document.scan.media]), document.scan.id, source=document)
    ]
    assert stored(gateway, document)[0] == (10.0, 14.0, True)
    assert not heard


def test_edits_that_follow_at_once_build_on_one_another(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    first, second = document.regions[:2]
    document.resize(first.id, 11.0, 13.0)
    document.resize(first.id, 11.5, 13.0)
    document.toggle_disabled([first.id, second.id])
    document.undo.undo()
    document.undo.undo()
    document.undo.redo()
    assert shown(document)[0] == (11.5, 13.0, False)
    settled(qtbot, context)
    assert stored(gateway, document) == shown(document)
    assert shown(document)[0] == (11.5, 13.0, False)
    assert not heard


def test_toggling_a_mixture_disables_all(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    ids = [region.id for region in document.regions[:3]]
    document.set_disabled(ids[:1], True)
    document.toggle_disabled(ids)
    assert [region.disabled for region in document.regions] == [True, True, True, False]
    document.toggle_disabled(ids)
    assert not any(region.disabled for region in document.regions)
    document.undo.undo()
    document.undo.undo()
    assert [region.disabled for region in document.regions] == [True, False, False, False]
    settled(qtbot, context)
    assert stored(gateway, document) == shown(document)


def test_a_redone_merge_is_followed_by_what_came_after_it(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    before = shown(document)
    document.merge([region.id for region in document.regions[:3]])
    assert bounds(document) == [(10.0, 43.0), (60.0, 70.0)]
    whole = document.regions[0]
    assert whole.score == 0.9
    document.resize(whole.id, 12.0, 40.0)  # Before the Store has told its id.
    settled(qtbot, context)
    first_id = document.store_id(whole.id)
    assert document.region(first_id) == document.regions[0]
    document.undo.undo()
    document.undo.undo()
    assert shown(document) == before
    settled(qtbot, context)
    assert stored(gateway, document) == before
    document.undo.redo()
    document.undo.redo()
    settled(qtbot, context)
    assert document.store_id(whole.id) != first_id
    assert stored(gateway, document) == shown(document) == [(12.0, 40.0, False), (60.0, 70.0, False)]
    assert not heard


def test_undo_never_touches_another_version(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    media = register(gateway)
    old, new = (opened(qtbot, context, save(gateway, media)) for _ in range(2))
    context.state.set_document(old)
    old.resize(old.regions[0].id, 11.0, 14.0)
    context.state.set_document(new)
    assert not context.undo.canUndo()
    new.set_disabled([new.regions[1].id], True)
    assert context.undo.undoText() == "disable region"
    context.undo.undo()
    context.undo.undo()
    settled(qtbot, context)
    assert bounds(old)[0] == (11.0, 14.0)
    assert stored(gateway, old)[0] == (11.0, 14.0, False)
    context.state.set_document(old)
    assert context.undo.undoText() == "resize"
    context.undo.undo()
    settled(qtbot, context)
    assert stored(gateway, old)[0] == (10.0, 14.0, False)


def test_a_hard_negative_is_put_at_the_best_window_and_taken_away_again(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    media = register(gateway)
    scores = np.zeros(80)
    scores[62] = 0.8  # The region's windows start from 59 to 63 s.
    scores[70] = 0.9
    document = opened(qtbot, context, save(gateway, media, scores=scores.tolist()))
    region = document.regions[3]
    with qtbot.waitSignal(document.negatives_changed):
        document.toggle_negative([region.id])
    assert document.is_negative(region.id)
    assert document.negative_regions == {region.id}
    settled(qtbot, context)
    (made,) = gateway.negatives.list()
    assert (made.media, made.start, made.source_model) == (media, 62.0, "LOGMEL")
    document.undo.undo()
    settled(qtbot, context)
    assert not gateway.negatives.list()
    document.undo.redo()
    document.set_negative([region.id], False)
    settled(qtbot, context)
    assert not gateway.negatives.list()
    assert not document.is_negative(region.id)
    document.undo.undo()
    settled(qtbot, context)
    assert [negative.start for negative in gateway.negatives.list()] == [62.0]
    assert not heard


def test_unmarking_takes_all_marks_of_the_region_and_undo_brings_back_just_these(
    qtbot: QtBot, context: Context, gateway: Gateway
) -> None:
    media = register(gateway)
    # Windows of the region from 60 to 70 s start from 59 to 63 s.
    marks = [
        NewNegative(media, 59.0, "OLD"),
        NewNegative(media, 63.0),
        NewNegative(media, 64.0),
        NewNegative(media, 58.0),
    ]
    gateway.negatives.create(marks)
    document = opened(qtbot, context, save(gateway, media))
    region = document.regions[3]
    document.toggle_negative([region.id])
    settled(qtbot, context)
    assert sorted(one.start for one in gateway.negatives.list()) == [58.0, 64.0]
    document.undo.undo()
    settled(qtbot, context)
    found = {(one.start, one.source_model) for one in gateway.negatives.list()}
    assert found == {(59.0, "OLD"), (63.0, ""), (64.0, ""), (58.0, "")}


def test_a_region_without_scores_is_marked_at_its_first_window(
    qtbot: QtBot, context: Context, gateway: Gateway
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    document.set_negative([region.id for region in document.regions], True)
    assert [negative.start for negative in document.negatives] == [9.0, 19.0, 39.0, 59.0]
    settled(qtbot, context)
    assert len(gateway.negatives.list()) == 4


def test_deleted_regions_come_back(qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    ids = [region.id for region in document.regions]
    document.delete(ids[1:3])
    assert [region.id for region in document.regions] == [ids[0], ids[3]]
    settled(qtbot, context)
    assert stored(gateway, document) == shown(document)
    document.undo.undo()
    settled(qtbot, context)
    assert [region.id for region in document.regions] == ids
    assert stored(gateway, document) == shown(document)
    assert not heard


def test_a_conflict_shows_what_is_there_and_forgets_the_steps_that_no_longer_fit(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    first, second, third, _ = document.regions
    document.resize(first.id, 11.0, 14.0)
    document.set_disabled([second.id], True)
    settled(qtbot, context)
    Gateway(context.link).scans.resize(RegionRef(first.id), 10.5, 13.5)  # Another window.
    document.set_disabled([first.id], True)
    document.set_disabled([third.id], True)  # Was done to what is not there any more.
    qtbot.waitUntil(lambda: bounds(document)[0] == (10.5, 13.5))
    assert heard == [(Level.WARNING, "Somebody else changed this version; it is shown as it is now.")]
    assert shown(document) == stored(gateway, document)
    assert [region.disabled for region in document.regions] == [False, True, False, False]
    assert document.undo.count() == document.undo.index() == 1
    assert document.undo.undoText() == "disable region"
    document.undo.undo()
    document.set_disabled([first.id], True)
    settled(qtbot, context)
    assert [region.disabled for region in document.regions] == [True, False, False, False]
    assert stored(gateway, document) == shown(document)


def test_an_undo_that_conflicts_is_forgotten(qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    document.set_negative([document.regions[0].id], True)
    settled(qtbot, context)
    gateway.negatives.delete([gateway.negatives.list()[0].id])
    document.undo.undo()
    settled(qtbot, context)
    qtbot.waitUntil(lambda: not document.negatives)
    assert len(heard) == 1
    assert document.undo.count() == 0


def test_what_cannot_be_saved_is_taken_back(
    qtbot: QtBot, context: Context, gateway: Gateway, link: FixedServices, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    ids = [region.id for region in document.regions]
    document.set_disabled(ids[:1], True)
    document.set_disabled(ids[1:2], True)
    document.undo.undo()
    settled(qtbot, context)
    was = shown(document)
    link.error = UnavailableError("The Store cannot be reached.")
    document.merge(ids[2:])
    document.resize(ids[0], 11.0, 13.0)
    assert len(document.regions) == 3
    settled(qtbot, context)
    assert shown(document) == was
    assert heard == [(Level.ERROR, "The change could not be saved: The Store cannot be reached.")]
    assert (document.undo.count(), document.undo.index()) == (2, 1)  # Also what could be redone is there again.
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    document.undo.redo()
    settled(qtbot, context)
    assert [region.disabled for region in document.regions] == [True, True, False, False]
    assert stored(gateway, document) == shown(document)


def test_an_undo_that_cannot_be_saved_can_be_tried_again(
    qtbot: QtBot, context: Context, gateway: Gateway, link: FixedServices
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    document.delete([document.regions[0].id])
    settled(qtbot, context)
    link.error = UnavailableError("The Store cannot be reached.")
    document.undo.undo()
    assert len(document.regions) == 4
    settled(qtbot, context)
    assert len(document.regions) == 3
    assert document.undo.canUndo()
    link.error = None
    document.undo.undo()
    settled(qtbot, context)
    assert len(gateway.scans.regions(document.scan.id)) == 4


def test_a_region_that_is_too_short_or_too_late_is_refused(
    qtbot: QtBot, context: Context, gateway: Gateway, heard: Heard
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    last = document.regions[-1]
    document.resize(last.id, 60.0, 60.4)
    assert heard == [(Level.WARNING, "A region needs 0.5 s at least.")]
    document.resize(last.id, 60.0, 500.0)
    settled(qtbot, context)
    assert bounds(document)[-1] == (60.0, 70.0)
    assert len(heard.errors()) == 2
    assert document.undo.count() == 0


def test_changes_of_others_are_read_and_those_of_other_versions_are_not(
    qtbot: QtBot, context: Context, gateway: Gateway
) -> None:
    media = register(gateway)
    document = opened(qtbot, context, save(gateway, media))
    first = document.regions[0]
    gateway.scans.set_disabled([RegionRef(first.id)], disabled=True)
    gateway.negatives.create([NewNegative(media, 19.0)])
    context.bus.publish(Change(Topic.REGIONS, frozenset([media]), scan_id="999"))
    context.bus.publish(Change(Topic.REGIONS | Topic.NEGATIVES, frozenset(["f" * 64]), scan_id=document.scan.id))
    with qtbot.waitSignal(document.negatives_changed):
        context.bus.publish(Change(Topic.NEGATIVES, frozenset([media])))
    assert not document.regions[0].disabled
    assert document.is_negative(document.regions[1].id)
    with qtbot.waitSignal(document.regions_changed):
        context.bus.publish(Change(Topic.REGIONS, frozenset([media]), document.scan.id))
    assert document.regions[0].disabled


def test_steps_that_are_taken_back_are_named(
    qtbot: QtBot, context: Context, gateway: Gateway, link: FixedServices
) -> None:
    document = opened(qtbot, context, save(gateway, register(gateway)))
    first, second, *_ = document.regions
    document.set_disabled([first.id], True)
    settled(qtbot, context)
    link.error = UnavailableError("The Store cannot be reached.")
    with qtbot.waitSignal(document.taken_back) as taken_back:
        document.delete([second.id])
    (steps,) = taken_back.args
    assert [set(step.regions) for step in steps] == [{second.id}]
    with qtbot.waitSignal(document.taken_back) as taken_back:
        document.undo.undo()
    assert taken_back.args == [frozenset()]  # What could not be undone is still done.
    link.error = None


def test_what_could_not_be_loaded_is_loaded_when_the_services_are_back(
    qtbot: QtBot, context: Context, gateway: Gateway, link: FixedServices, heard: Heard
) -> None:
    scan = save(gateway, register(gateway), scores=[0.5])
    link.error = UnavailableError("The Store cannot be reached.")
    document = context.documents.get(scan)
    context.state.set_document(document)
    with qtbot.waitSignal(document.load_failed):
        pass
    assert not document.is_loaded
    link.error = None
    with qtbot.waitSignal(document.loaded):
        context.bus.publish(Change(Topic.CONNECTION))
    qtbot.waitUntil(lambda: document.scores is not None)
    assert len(document.regions) == 4
    assert not heard


def test_another_profile_forgets_all_versions(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    scan = save(gateway, register(gateway))
    document = opened(qtbot, context, scan)
    document.delete([document.regions[0].id])
    settled(qtbot, context)
    context.bus.publish(Change(Topic.PROFILE))
    assert document.undo not in context.undo.stacks()
    assert context.documents.get(scan) is not document


def test_another_version_with_the_same_id_is_not_taken_for_it(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    scan = save(gateway, register(gateway))
    document = opened(qtbot, context, scan)
    pinned = dataclasses.replace(scan, pinned=True)
    assert context.documents.get(pinned) is document
    assert document.scan.pinned
    elsewhere = dataclasses.replace(scan, media="f" * 64)  # Other services are used now.
    assert context.documents.get(elsewhere) is not document


def test_versions_that_nobody_shows_are_let_go(qtbot: QtBot, context: Context, gateway: Gateway) -> None:
    media = register(gateway)
    scans = [save(gateway, media, model=f"LOGMEL_{number}") for number in range(40)]
    edited = opened(qtbot, context, scans[0])
    edited.set_disabled([edited.regions[0].id], True)
    for scan in scans[1:]:
        context.documents.get(scan)
    qtbot.waitUntil(lambda: len(context.undo.stacks()) < 40)
    assert context.documents.get(scans[0]) is edited
    assert edited.undo.canUndo()
