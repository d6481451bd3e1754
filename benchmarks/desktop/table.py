"""How long a table of 5,000 regions takes to show, and a move of the threshold slider to its repaint.

The reference, in the same run, is a QTableWidget with an item for every cell, as one writes it first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from eightcut_qt.core.clock import format_time
from eightcut_qt.core.records import RegionRecord
from eightcut_qt.results.region_model import HEADERS, RegionModel
from eightcut_qt.results.region_table import RegionTable
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QAbstractItemView, QApplication, QTableWidget, QTableWidgetItem, QWidget

T = TypeVar("T", bound=QAbstractItemView)

ROWS = 5000
WIDTH, HEIGHT = 500, 800
SHOW_TARGET, SLIDER_TARGET = 50.0, 16.0  # Milliseconds

_RUNS = 15


def make_regions() -> tuple[RegionRecord, ...]:
    """Return regions with scores of all sizes, some of them disabled."""
    rng = np.random.default_rng(8)
    regions = []
    for index in range(ROWS):
        start, score = index * 1.5, float(rng.random())
        bounds = (start, start + 1.25)
        off = index % 5 == 0
        regions.append(RegionRecord(f"r{index}", "scan", *bounds, score, off, *bounds, *bounds, ""))
    return tuple(regions)


class _Paints(QObject):
    """Tells whether a table was painted."""

    def __init__(self, table: QAbstractItemView) -> None:
        super().__init__(table)
        self.seen = False
        viewport = table.viewport()
        assert viewport is not None
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See QObject."""
        if event is not None and event.type() == QEvent.Type.Paint:
            self.seen = True
        return super().eventFilter(watched, event)

    def wait(self) -> None:
        """Let Qt do what is due until the table was painted."""
        end = time.perf_counter() + 5
        while not self.seen:
            assert time.perf_counter() < end, "nothing is painted"
            QApplication.processEvents()
        self.seen = False


def _shown(table: T) -> T:
    table.resize(WIDTH, HEIGHT)
    paints = _Paints(table)
    table.show()
    paints.wait()
    return table


def _show_ours(regions: tuple[RegionRecord, ...]) -> RegionTable:
    model = RegionModel()
    table = RegionTable(model)
    model.setParent(table)
    model.set_regions(regions)
    return _shown(table)


def _show_plain(regions: tuple[RegionRecord, ...]) -> QTableWidget:
    table = QTableWidget(len(regions), len(HEADERS))
    table.setHorizontalHeaderLabels(HEADERS)
    for row, region in enumerate(regions):
        length = f"{region.end - region.start:.1f} s"
        cells = (
            format_time(region.start),
            format_time(region.end),
            length,
            f"{region.score:.2f}",
            str(region.disabled),
        )
        for column, text in enumerate(cells):
            table.setItem(row, column, QTableWidgetItem(text))
    return _shown(table)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _shows(show: Callable[[tuple[RegionRecord, ...]], QWidget], regions: tuple[RegionRecord, ...]) -> list[float]:
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        table = show(regions)
        times.append((time.perf_counter() - start) * 1000)
        table.close()
        table.deleteLater()
        QApplication.processEvents()
    return times


def run() -> bool:
    """Print the figures and tell whether they are reached."""
    application = QApplication.instance() or QApplication([])
    regions = make_regions()
    _shows(_show_ours, regions)  # Fonts and styles are loaded once.
    ours, plain = _shows(_show_ours, regions), _shows(_show_plain, regions)
    table = _show_ours(regions)
    model = table.model()
    assert isinstance(model, RegionModel)
    reference = _show_plain(regions)
    application.processEvents()
    thresholds = [step / 100 for step in [*range(1, 96, 3), *range(95, 0, -3)]]

    paints, plain_paints = _Paints(table), _Paints(reference)

    def update(view: QAbstractItemView) -> None:
        viewport = view.viewport()
        assert viewport is not None
        viewport.update()

    def move(threshold: float) -> None:
        model.set_threshold(threshold)
        update(table)
        paints.wait()

    def move_plain(threshold: float) -> None:
        for row, region in enumerate(regions):
            reference.setRowHidden(row, region.score < threshold)
        reference.scrollToTop()
        update(reference)
        plain_paints.wait()

    slider = [_timed(lambda place=place: move(place)) for place in thresholds]  # type: ignore[misc]
    slow = [_timed(lambda place=place: move_plain(place)) for place in thresholds[::4]]  # type: ignore[misc]
    selected = tuple(region.id for region in regions[::10])
    model.set_threshold(0)
    table.select(selected)
    paints.wait()
    chosen = [_timed(lambda place=place: move(place)) for place in thresholds]  # type: ignore[misc]
    table.close()
    reference.close()

    print(f"table of regions, {ROWS:,} rows, {WIDTH} by {HEIGHT} pixels")
    shown, filtered = statistics.median(ours), statistics.median(slider)
    for name, figures, remark in (
        ("shown", ours, f"wanted: {SHOW_TARGET:.0f} ms"),
        ("QTableWidget", plain, f"{statistics.median(plain) / shown:.1f} times as long"),
        ("threshold", slider, f"wanted: {SLIDER_TARGET:.0f} ms"),
        ("500 selected", chosen, f"wanted: {SLIDER_TARGET:.0f} ms"),
        ("QTableWidget", slow, f"{statistics.median(slow) / filtered:.1f} times as long"),
    ):
        print(f"  {name:<16}{statistics.median(figures):8.2f} ms median {max(figures):8.2f} ms at most   ({remark})")
    return shown <= SHOW_TARGET and max(filtered, statistics.median(chosen)) <= SLIDER_TARGET
