"""Keeps the crop over the picture as the settings, the keyframes and the playhead say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from eightcut_qt.exporting.choices import guide_ratio
from eightcut_qt.exporting.guide import CropGuide
from eightcut_qt.exporting.keyframes import CropKeys

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context


class CropOverlay(QObject):
    """The guide over a view of the picture."""

    def __init__(self, context: Context, keys: CropKeys, view: QWidget) -> None:
        """Watch what the guide shows.

        Args:
            context: The shared objects.
            keys: Keyframes.
            view: It is painted over by the guide (see `guide`), and painted anew when that looks different.
        """
        super().__init__(view)
        self._context = context
        self._keys = keys
        self._view = view
        self.guide = CropGuide(context.theme.colors, keys.set_center)
        keys.changed.connect(self._show)
        context.state.position_changed.connect(self._follow)
        context.theme.changed.connect(self._show)
        if context.player is not None:
            context.player.duration_changed.connect(self._show)
        self._show()

    def _follow(self) -> None:
        if self._keys.keys and self.guide.visible:
            self._show()

    def _show(self) -> None:
        guide, context = self.guide, self._context
        guide.ratio = guide_ratio(context.settings.value.export)
        guide.colors = context.theme.colors
        guide.keys = self._keys.keys
        guide.center = self._keys.center
        guide.position = context.state.position
        guide.duration = 0.0 if context.player is None else context.player.duration
        self._view.update()
