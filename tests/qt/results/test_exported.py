"""Regions that were exported as clips carry a mark."""

from __future__ import annotations

from eightcut.store.v1 import clip_pb2
from eightcut.store.v1 import clip_service_pb2 as api
from eightcut_client.times import to_duration
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.gateway import Gateway
from eightcut_qt.results.region_model import Column, Shown
from PyQt6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import register, save, show_media
from tests.qt.results.conftest import Desk
from tests.qt.results.test_panel import ready


def export(gateway: Gateway, media: str, start: float, duration: float, *, marked: bool = False) -> None:
    """Make a clip as an export of scan results does."""
    origin = clip_pb2.CLIP_ORIGIN_MARKED if marked else clip_pb2.CLIP_ORIGIN_SCAN_EXPORT
    clip = api.NewClip(
        media=media, start=to_duration(start), duration=to_duration(duration), folder="door", origin=origin
    )
    gateway.connection().clips.BatchCreateClips(api.BatchCreateClipsRequest(profile=gateway.profile, clips=[clip]))


def states(desk: Desk) -> list[str]:
    model = desk.panel.model
    return [model.data(model.index(row, Column.STATE)) for row in range(model.rowCount())]


def test_exported_regions_are_marked_whatever_version_they_came_from(
    qtbot: QtBot, desk: Desk, qtmodeltester: ModelTester
) -> None:
    save(desk.gateway, desk.media)
    export(desk.gateway, desk.media, 9.0, 8.0)
    export(desk.gateway, desk.media, 20.0, 2.9)  # Less than half of the region.
    export(desk.gateway, desk.media, 38.0, 8.0, marked=True)  # Marked by a person: nothing was exported.
    show_media(desk.context, desk.media)
    ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: states(desk) == ["● on  ✓ exported", "● on", "● on", "● on"])
    tip = desk.panel.model.data(desk.panel.model.index(0, Column.STATE), Qt.ItemDataRole.ToolTipRole)
    assert tip == "On.\nExported: clips were cut from at least half of it."
    qtmodeltester.check(desk.panel.model)


def test_the_mark_comes_with_the_export_and_goes_with_the_clips(qtbot: QtBot, desk: Desk) -> None:
    save(desk.gateway, desk.media)
    show_media(desk.context, desk.media)
    ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: states(desk) == ["● on"] * 4)
    export(desk.gateway, desk.media, 59.0, 8.0)
    desk.context.bus.publish(Change(Topic.CLIPS, frozenset([desk.media])))
    qtbot.waitUntil(lambda: states(desk)[3] == "● on  ✓ exported")
    desk.gateway.clips.delete([clip.id for clip in desk.gateway.clips.list(media=desk.media)])
    desk.context.bus.publish(Change(Topic.CLIPS))
    qtbot.waitUntil(lambda: states(desk) == ["● on"] * 4)


def test_a_region_that_is_resized_away_from_its_clip_loses_the_mark(qtbot: QtBot, desk: Desk) -> None:
    save(desk.gateway, desk.media)
    export(desk.gateway, desk.media, 10.0, 4.0)
    show_media(desk.context, desk.media)
    document = ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: "exported" in states(desk)[0])
    document.resize(document.regions[0].id, 10.0, 19.0)
    assert states(desk)[0] == "● on  ↔ resized"


def test_exported_ones_can_be_shown_alone_or_left_out(qtbot: QtBot, desk: Desk) -> None:
    save(desk.gateway, desk.media)
    export(desk.gateway, desk.media, 40.0, 8.0)
    show_media(desk.context, desk.media)
    ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: any("exported" in state for state in states(desk)))
    model = desk.panel.model
    model.set_shown(Shown.EXPORTED)
    assert [region.start for region in model.shown] == [40.0]
    model.set_shown(Shown.NOT_EXPORTED)
    assert [region.start for region in model.shown] == [10.0, 20.0, 60.0]


def test_another_file_has_its_own_marks(qtbot: QtBot, desk: Desk) -> None:
    other = register(desk.gateway)
    save(desk.gateway, desk.media)
    save(desk.gateway, other)
    export(desk.gateway, desk.media, 10.0, 4.0)
    show_media(desk.context, desk.media)
    ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: "exported" in states(desk)[0])
    show_media(desk.context, other, "other.mp4")
    qtbot.waitUntil(lambda: desk.context.state.document is not None and desk.context.state.document.scan.media == other)
    ready(qtbot, desk.context)
    qtbot.waitUntil(lambda: states(desk) == ["● on"] * 4)
