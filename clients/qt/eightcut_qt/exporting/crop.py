"""Where a crop lies in a picture, and how it moves over time: as it will be cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from eightcut_client.cutting import crop_box
from eightcut_client.cutting.options import CropKeyframe, CropRatio
from PyQt6.QtCore import QPointF, QRectF


def crop_area(picture: QRectF, ratio: CropRatio, center: float) -> QRectF:
    """Return what is left of a picture (see `eightcut_client.cutting.crop_box`)."""
    if picture.isEmpty():
        return QRectF(picture)
    left, top, width, height = crop_box(picture.width(), picture.height(), ratio, center)
    return QRectF(picture.left() + left, picture.top() + top, width, height)


def center_under(picture: QRectF, ratio: CropRatio, point: QPointF, grip: QPointF | None = None) -> float:
    """Return the centre that puts the middle of the crop under a point, as far as it goes.

    Args:
        picture: All of it.
        ratio: Of the crop.
        point: Where the middle should be.
        grip: Where in the crop it was taken hold of, from its middle.
    """
    if grip is not None:
        point = point - grip
    first, last = crop_area(picture, ratio, 0.0).center(), crop_area(picture, ratio, 1.0).center()
    way = last - first
    if way.x() > 1e-9:
        return min(max((point.x() - first.x()) / way.x(), 0.0), 1.0)
    if way.y() > 1e-9:
        return min(max((point.y() - first.y()) / way.y(), 0.0), 1.0)
    return 0.5


def center_at(keys: Sequence[CropKeyframe], center: float, time: float) -> float:
    """Return the centre at a moment: between keyframes it moves evenly, before and after them it stands still.

    Args:
        keys: By time.
        center: Where there are none.
        time: Seconds.
    """
    if not keys:
        return center
    if time <= keys[0].time:
        return keys[0].center
    for before, after in itertools.pairwise(keys):
        if time < after.time:
            share = (time - before.time) / (after.time - before.time)
            return before.center + share * (after.center - before.center)
    return keys[-1].center
