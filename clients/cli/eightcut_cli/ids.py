"""Ids and names as people type them."""

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


def check_folder(name: str) -> None:
    """Checks the name of a folder of clips.

    Raises:
        UsageMistake: It is none.
    """
    if not name or len(name) > 200 or any(char in "/\\" or ord(char) < 32 or ord(char) == 127 for char in name):
        raise UsageMistake(f"“{name}” is no name for a folder: use 1 to 200 characters without / and \\.")


def unique(ids: Iterable[str]) -> list[str]:
    """The ids in their order, each once."""
    return list(dict.fromkeys(ids))


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """The items in pieces of at most this size."""
    return (items[start : start + size] for start in range(0, len(items), size))
