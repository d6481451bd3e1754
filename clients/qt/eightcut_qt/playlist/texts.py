"""What the rows of the playlist say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from eightcut_client.media import display_name

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.plain import tip
from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.knowledge import Facts


def cell_text(file: PlaylistFile, facts: Facts, column: int) -> str | None:
    """Return the text of a cell."""
    if column == Column.NAME:
        signs = [sign for sign, holds in (("missing", file.missing), ("hidden", facts.hidden)) if holds]
        name = display_name(file.name)
        return f"{name}  ({', '.join(signs)})" if signs else name
    if column == Column.CLIPS:
        return str(sum(facts.clips.values())) if facts.clips else ""
    if column == Column.DURATION:
        return "" if facts.duration is None else format_time(facts.duration, 0)
    if column == Column.SCAN and facts.scan is not None:
        best = "" if facts.scan.best_score is None else f"{facts.scan.best_score:.2f} · "
        return f"{best}{facts.scan.region_count}"
    return None


def cell_tip(file: PlaylistFile, facts: Facts, column: int) -> str:
    """Return the tooltip of a cell."""
    if column == Column.CLIPS and facts.clips:
        return tip(folders_text(facts.clips))
    if column == Column.SCAN and facts.scan is not None:
        count = "1 region" if facts.scan.region_count == 1 else f"{facts.scan.region_count} regions"
        best = "" if facts.scan.best_score is None else f", best score {facts.scan.best_score:.2f}"
        return tip(f"{facts.scan.model}, version {facts.scan.classifier_version}: {count}{best}.")
    return tip(f"{file.path} is not there." if file.missing else str(file.path))


def folders_text(counts: Mapping[str, int]) -> str:
    """Return numbers of clips by folder, such as ``dog 3 · door 12``."""
    return " · ".join(f"{folder} {count}" for folder, count in sorted(counts.items()))


def count_text(number: int) -> str:
    """Return ``1 file`` or ``12 files``."""
    return "1 file" if number == 1 else f"{number:,} files"


def by_name(files: Iterable[tuple[str, str, PlaylistFile]]) -> list[PlaylistFile]:
    """Return files in the order of their names; each with the name that is compared, and its key."""
    return [file for _, _, file in sorted(files, key=lambda item: (natural_order(item[0]), item[1]))]


def natural_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return what orders ``a2`` before ``a10``."""
    parts: list[str] = []
    for char in os.path.splitext(name)[0]:  # noqa: PTH122
        if parts and parts[-1][-1].isdecimal() == char.isdecimal():
            parts[-1] += char
        else:
            parts.append(char)
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)
