"""Clips as files: numbers, names, dataset.json, and everything that moves or deletes them, safe against a kill.

The names below are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eightcut_client.exports.cut import ExportEvent, ExportResult, cut_items, default_workers, export_name
    from eightcut_client.exports.dataset import update_dataset
    from eightcut_client.exports.deleting import Removed, remove_clips, remove_files
    from eightcut_client.exports.disabling import set_disabled
    from eightcut_client.exports.disabling_steps import Moved
    from eightcut_client.exports.disk import DiskError
    from eightcut_client.exports.healing import heal
    from eightcut_client.exports.items import CutItem, SubClip
    from eightcut_client.exports.journal import Journal, JournalEntry, journal_dir
    from eightcut_client.exports.mismatch import folder_warnings
    from eightcut_client.exports.moving import move_file, publish
    from eightcut_client.exports.places import ExportTarget, NextNumbers, peek_numbers
    from eightcut_client.exports.relabeling import relabel_files

_MODULES = {
    "CutItem": "items",
    "DiskError": "disk",
    "ExportEvent": "cut",
    "ExportResult": "cut",
    "ExportTarget": "places",
    "Journal": "journal",
    "JournalEntry": "journal",
    "Moved": "disabling_steps",
    "NextNumbers": "places",
    "Removed": "deleting",
    "SubClip": "items",
    "cut_items": "cut",
    "default_workers": "cut",
    "export_name": "cut",
    "folder_warnings": "mismatch",
    "heal": "healing",
    "journal_dir": "journal",
    "move_file": "moving",
    "peek_numbers": "places",
    "publish": "moving",
    "relabel_files": "relabeling",
    "remove_clips": "deleting",
    "remove_files": "deleting",
    "set_disabled": "disabling",
    "update_dataset": "dataset",
}

__all__ = [
    "CutItem",
    "DiskError",
    "ExportEvent",
    "ExportResult",
    "ExportTarget",
    "Journal",
    "JournalEntry",
    "Moved",
    "NextNumbers",
    "Removed",
    "SubClip",
    "cut_items",
    "default_workers",
    "export_name",
    "folder_warnings",
    "heal",
    "journal_dir",
    "move_file",
    "peek_numbers",
    "publish",
    "relabel_files",
    "remove_clips",
    "remove_files",
    "set_disabled",
    "update_dataset",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
