"""The page about the desktop client lists the keys that there are."""

from __future__ import annotations

from tools.list_keys import PAGE, with_table


def test_the_page_lists_all_keys() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run `python tools/list_keys.py`"
    assert "| `Shift+Left`, `Shift+J` | Back One Second |" in page
