"""Bringing to its end what a process left half done when it died."""

from __future__ import annotations

import importlib
from pathlib import Path

from eightcut_client.connection import Connection
from eightcut_client.errors import EightcutError, UnauthenticatedError, UnavailableError
from eightcut_client.exports.disk import DiskError, explain
from eightcut_client.exports.journal import Journal, JournalEntry
from eightcut_client.exports.places import store_key

HEALERS = {
    "cut": "cut_healing",
    "delete": "deleting",
    "disable": "disabling",
    "migrate-layout": "migrate",
}
"""Kind of journal entries → the module here whose ``heal_entry(conn, entry) -> list[str]`` rolls them forward."""


def heal(conn: Connection, journal: Journal) -> list[str]:
    """Roll forward what dead processes left; what cannot be now (its disk is not there) stays for another time.

    Returns:
        Sentences of what was done, and of what could not be.

    Raises:
        EightcutError: The Store did not answer.
    """
    said: list[str] = []
    store = ""
    for entry in journal.pending():
        with entry:
            store = store or store_key(conn)
            if entry.document.get("store", store) == store and entry.kind in HEALERS:
                said += _heal(conn, entry)
    return said


def _heal(conn: Connection, entry: JournalEntry) -> list[str]:
    module = importlib.import_module(f"eightcut_client.exports.{HEALERS[entry.kind]}")
    try:
        sentences: list[str] = module.heal_entry(conn, entry)
    except OSError as error:
        return [_later(str(explain(error, Path(str(entry.document.get("export_folder", "the export folder"))))))]
    except DiskError as error:
        return [_later(str(error))]
    except (UnavailableError, UnauthenticatedError):
        raise
    except EightcutError as error:
        return [_later(str(error))]
    entry.done()
    return sentences


def _later(sentence: str) -> str:
    return f"What was interrupted last time could not be finished yet: {sentence}"
