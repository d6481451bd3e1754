"""Writes the desktop client's keys into docs/desktop.md: ``python tools/list_keys.py``."""

from __future__ import annotations

from pathlib import Path

from eightcut_qt.action_table import all_specs
from eightcut_qt.core.actions import WINDOW, ActionSpec

PAGE = Path(__file__).resolve().parents[1] / "docs" / "desktop.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"

PLACES = {
    "playlist": "Playlist",
    "clips": "Clips",
    "timeline": "Timeline",
    "results": "Results",
    "review": "Review",
    "negatives": "Hard negatives",
    "classifiers": "Classifier versions",
}

NINE = [f"clips.mark_{number}" for number in range(1, 10)]


def keys_table() -> str:
    """Return the table as Markdown: the window's keys by menu, then those of the panels."""
    specs = [spec for spec in all_specs() if spec.keys and spec.id not in NINE[1:]]
    places: dict[str, list[ActionSpec]] = {}
    for spec in specs:
        place = (spec.menu or "Clips") if spec.panel == WINDOW else f"in {PLACES.get(spec.panel, spec.panel)}"
        places.setdefault(place, []).append(spec)
    rows = ["| where | key | does |", "|---|---|---|"]
    for place in sorted(places, key=lambda name: name.startswith("in ")):
        for number, spec in enumerate(places[place]):
            keys, text = ", ".join(f"`{key}`" for key in spec.keys), spec.text.removesuffix("…")
            if spec.id == NINE[0]:
                keys, text = "`1` to `9`", "Mark into a Sub-profile"
            rows.append(f"| {place if number == 0 else ''} | {keys} | {text} |")
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """Return the page with the table between its marks."""
    before, rest = page.split(BEGIN)
    _old, after = rest.split(END)
    return f"{before}{BEGIN}{keys_table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
