"""A review on real services: two files, three regions."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_client.errors import UnavailableError
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.gateway import RegionRef
from eightcut_qt.review.items import Verdict
from eightcut_qt.review.order import Order
from eightcut_qt.review.session import ReviewSession, Stage
from pytestqt.qtbot import QtBot

from tests.qt.review.conftest import Heard, Shown
from tests.qt.scanning.material import scanned, train_again
from tests.qt.world import FixedServices
from tests.qt.world import Heard as Told


@pytest.fixture
def session(context: Context, shown: Shown, player: Heard) -> ReviewSession:
    return ReviewSession(context)


def begin(qtbot: QtBot, session: ReviewSession, order: Order = Order.SCORE, *, all_files: bool = True) -> None:
    assert session.start(order, all_files=all_files)
    qtbot.waitUntil(lambda: not session.looking)


def show(qtbot: QtBot, context: Context, scan: ScanRecord) -> None:
    document = context.documents.get(scan)
    qtbot.waitUntil(lambda: document.is_loaded)
    context.state.set_document(document)


def saved(context: Context, scan: ScanRecord) -> tuple[list[bool], int]:
    """Which regions of a version the Store has as disabled, and how many hard negatives its media has."""
    negatives = [one for one in context.gateway.negatives.list() if one.media == scan.media]
    return [region.disabled for region in context.gateway.scans.regions(scan.id)], len(negatives)


def test_all_files_from_the_highest_score_on(qtbot: QtBot, session: ReviewSession, shown: Shown) -> None:
    begin(qtbot, session)
    assert session.stage is Stage.JUDGING
    assert session.queue.total == 3
    scores = []
    while session.current is not None:
        region = session.current.region
        assert shown.calls[-1] == (session.current.scan.media, (max(region.start - 2, 0.0), region.end + 2))
        scores.append(region.score)
        session.judge(Verdict.RIGHT)
    assert len(scores) == 3
    assert session.stage is Stage.OVER
    assert session.queue.counts() == {Verdict.RIGHT: 3}
    begin(qtbot, session)  # What was judged is not asked again.
    assert session.stage is Stage.OVER
    assert session.queue.total == 0


def test_the_shown_version_alone_and_its_region_is_selected(
    qtbot: QtBot, context: Context, session: ReviewSession, scans: list[ScanRecord]
) -> None:
    show(qtbot, context, scans[1])
    begin(qtbot, session, Order.UNCERTAINTY, all_files=False)
    assert session.queue.total == scans[1].region_count
    assert session.current is not None
    assert context.state.selection == (session.current.region.id,)


def test_without_a_version_one_is_told_what_to_do(context: Context, session: ReviewSession, heard: Told) -> None:
    assert not session.start(Order.SCORE, all_files=False)
    assert len(heard) == 1
    assert session.stage is Stage.IDLE


def test_wrong_disables_and_marks_at_once_and_undo_restores_it_across_files(
    qtbot: QtBot, context: Context, session: ReviewSession, scans: list[ScanRecord], heard: Told
) -> None:
    begin(qtbot, session)
    first = session.current
    assert first is not None
    document = context.documents.get(first.scan)
    qtbot.waitUntil(lambda: document.is_loaded)
    session.judge(Verdict.WRONG)
    region = document.region(first.region.id)
    assert region is not None
    assert region.disabled
    assert document.is_negative(region.id)
    while session.current is not None:
        context.documents.get(session.current.scan)
        session.judge(Verdict.WRONG)
    assert {candidate.scan.media for candidate, _ in session.queue._said} == {scan.media for scan in scans}

    def all_wrong() -> bool:
        return all(all(saved(context, scan)[0]) and saved(context, scan)[1] == scan.region_count for scan in scans)

    qtbot.waitUntil(all_wrong)
    for _ in range(3):
        session.undo()
    assert session.stage is Stage.JUDGING
    assert session.current == first
    assert not document.is_negative(first.region.id)
    qtbot.waitUntil(lambda: all(saved(context, scan) == ([False] * scan.region_count, 0) for scan in scans))
    assert heard == []


def test_a_verdict_before_the_version_is_there_is_done_when_it_is(
    qtbot: QtBot, context: Context, session: ReviewSession
) -> None:
    begin(qtbot, session)
    first = session.current
    assert first is not None
    session.judge(Verdict.WRONG)
    qtbot.waitUntil(lambda: any(saved(context, first.scan)[0]))
    qtbot.waitUntil(lambda: saved(context, first.scan)[1] == 1)


def test_a_verdict_that_cannot_be_saved_is_asked_for_again(
    qtbot: QtBot,
    context: Context,
    session: ReviewSession,
    *,
    scans: list[ScanRecord],
    link: FixedServices,
    heard: Told,
) -> None:
    documents = [context.documents.get(scan) for scan in scans]
    qtbot.waitUntil(lambda: all(document.is_loaded for document in documents))
    begin(qtbot, session)
    judged = []
    link.error = UnavailableError("The Store cannot be reached.")
    while session.current is not None:  # To the end, before anything is answered.
        judged.append(session.current)
        session.judge(Verdict.WRONG)
    assert session.stage is Stage.OVER
    assert session.queue.said == len(judged) == 3
    qtbot.waitUntil(lambda: session.queue.said == 0)
    assert session.stage is Stage.JUDGING
    assert session.current is not None
    assert session.queue.total == 3
    assert set(heard.errors()) == {"The change could not be saved: The Store cannot be reached."}
    link.error = None
    again = []
    while session.current is not None:
        again.append(session.current)
        session.judge(Verdict.WRONG)
    assert {one.region.id for one in again} == {one.region.id for one in judged}
    qtbot.waitUntil(lambda: all(all(saved(context, scan)[0]) for scan in scans))
    assert [saved(context, scan)[1] for scan in scans] == [scan.region_count for scan in scans]


def test_half_a_verdict_is_asked_for_again(
    qtbot: QtBot, context: Context, session: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(qtbot, session)
    first = session.current
    assert first is not None
    document = context.documents.get(first.scan)
    qtbot.waitUntil(lambda: document.is_loaded)

    def away(*_arguments: object, **_keywords: object) -> None:
        raise UnavailableError("The Store cannot be reached.")

    with monkeypatch.context() as patch:  # The network goes between the two calls.
        patch.setattr(context.gateway.scans, "set_disabled", away)
        session.judge(Verdict.WRONG)
        qtbot.waitUntil(lambda: session.queue.said == 0)
    assert document.is_negative(first.region.id)
    while session.current is not None and session.current.region.id != first.region.id:
        session.judge(Verdict.RIGHT)
    assert session.current is not None
    session.judge(Verdict.WRONG)
    qtbot.waitUntil(lambda: any(saved(context, first.scan)[0]))
    assert saved(context, first.scan)[1] == 1


def test_a_verdict_waits_for_a_version_that_cannot_be_read(
    qtbot: QtBot, context: Context, session: ReviewSession, link: FixedServices
) -> None:
    begin(qtbot, session)
    first = session.current
    assert first is not None
    document = context.documents.find(first.scan.id)
    assert document is not None
    qtbot.waitUntil(lambda: document.is_loaded)
    context.documents._open.clear()  # As if it had not been got ready …
    context.documents._kept.clear()
    session._near.clear()
    link.error = UnavailableError("The Store cannot be reached.")  # … when the services went.
    session.judge(Verdict.WRONG)
    waiting = context.documents.find(first.scan.id)
    assert waiting is not None
    with qtbot.waitSignal(waiting.load_failed):
        pass
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    qtbot.waitUntil(lambda: any(saved(context, first.scan)[0]))
    qtbot.waitUntil(lambda: saved(context, first.scan)[1] == 1)


def test_undo_leaves_what_was_done_since(qtbot: QtBot, context: Context, session: ReviewSession) -> None:
    begin(qtbot, session)
    first = session.current
    assert first is not None
    document = context.documents.get(first.scan)
    qtbot.waitUntil(lambda: document.is_loaded)
    session.judge(Verdict.WRONG)
    document.resize(first.region.id, first.region.start, first.region.end + 1)
    session.undo()
    region = document.region(first.region.id)
    assert region is not None
    assert not region.disabled
    assert not document.is_negative(region.id)
    assert region.end == pytest.approx(first.region.end + 1)


def test_disabled_and_negative_regions_are_left_out(
    qtbot: QtBot, context: Context, session: ReviewSession, scans: list[ScanRecord]
) -> None:
    one, *_ = context.gateway.scans.regions(scans[1].id)
    context.gateway.scans.set_disabled([RegionRef(one.id)], disabled=True)
    show(qtbot, context, scans[0])
    document = context.state.document
    assert document is not None
    document.set_negative([document.regions[0].id], True)
    qtbot.waitUntil(lambda: saved(context, scans[0])[1] == 1)
    begin(qtbot, session)
    assert session.queue.total == 1


def test_a_region_that_somebody_disables_meanwhile_is_not_asked_for(
    qtbot: QtBot, context: Context, session: ReviewSession
) -> None:
    begin(qtbot, session)
    coming = session.queue.upcoming(2)
    for one in coming:
        document = context.documents.get(one.scan)
        qtbot.waitUntil(lambda document=document: document.is_loaded)
        document.set_disabled([one.region.id], True)
    session.judge(Verdict.SKIPPED)
    assert session.stage is Stage.OVER


def test_what_another_version_says_differently_comes_first(
    qtbot: QtBot, context: Context, session: ReviewSession, services: Connection, scans: list[ScanRecord]
) -> None:
    (media,) = context.gateway.media.get_many([scans[0].media]).values()
    train_again(services, context.gateway.profile)
    newer = scanned(context.gateway, Path(media.path_hint))
    show(qtbot, context, newer)
    begin(qtbot, session, Order.DISAGREEMENT, all_files=False)
    assert session.current is not None
    assert session.current.remark
    ranks = [session.current.key, *(one.key for one in session.queue.upcoming(9))]
    assert ranks == sorted(ranks)


def test_what_comes_is_looked_for_on_this_machine(qtbot: QtBot, session: ReviewSession, shown: Shown) -> None:
    begin(qtbot, session)
    qtbot.waitUntil(lambda: len(shown.places) == 2)
    assert {path.name for path in shown.places.values()} == {"first.wav", "second.wav"}


def test_loop_plays_until_the_verdict(
    qtbot: QtBot, session: ReviewSession, shown: Shown, player: Heard, context: Context
) -> None:
    session.loop = True
    begin(qtbot, session)
    then, current = shown.then, session.current
    assert then is not None
    assert current is not None
    then()
    assert player.ranges == [(*current.span(2.0), True)]
    session.judge(Verdict.SKIPPED)
    then()  # The file was ready too late.
    assert len(player.ranges) == 1


def test_a_review_that_finds_no_services_says_so(
    qtbot: QtBot, session: ReviewSession, link: FixedServices, heard: Told
) -> None:
    link.error = UnavailableError("Cannot reach the Store.")
    begin(qtbot, session)
    assert session.stage is Stage.IDLE
    assert heard.errors() == ["Not all regions could be looked up: Cannot reach the Store."]


def test_another_profile_ends_it(qtbot: QtBot, context: Context, session: ReviewSession) -> None:
    begin(qtbot, session)
    context.bus.publish(Change(Topic.PROFILE))
    assert session.stage is Stage.IDLE
    assert session.current is None


# What Qt's own player says where there is no sound device, and when it changes files.
@pytest.mark.qt_log_ignore(
    "wildcard call disconnects", "^Couldn't", "^PulseAudioService", "^No audio device", extend=True
)
def test_the_real_navigator_opens_the_file_of_the_region(qtbot: QtBot, context: Context) -> None:
    session = ReviewSession(context)
    begin(qtbot, session)
    assert session.current is not None
    digest = session.current.scan.media
    qtbot.waitUntil(lambda: context.state.media is not None and context.state.media.digest == digest, timeout=20_000)
    qtbot.waitUntil(lambda: context.player.playing, timeout=20_000)
    while session.current is not None and session.current.scan.media == digest:
        session.judge(Verdict.SKIPPED)
    assert session.current is not None
    other = session.current.scan.media
    qtbot.waitUntil(lambda: context.state.media is not None and context.state.media.digest == other, timeout=20_000)
    session.stop()
    assert not context.player.playing
