"""Ids as people type them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from eightcut_cli.failures import UsageMistake

T = TypeVar("T")


def parse_id(text: str) -> str:
    """Reads an id.

    Raises:
        UsageMistake: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise UsageMistake(f"“{text}” is no id: ids are the numbers that the list commands show.")
    return text


def unique(ids: Iterable[str]) -> list[str]:
    """The ids in their order, each once."""
    return list(dict.fromkeys(ids))


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """The items in pieces of at most this size."""
    return (items[start : start + size] for start in range(0, len(items), size))
