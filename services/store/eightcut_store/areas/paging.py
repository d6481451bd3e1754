"""Page tokens: the key of the last thing that was sent, so that a page is found by an index and not by counting.

A token belongs to its query: with other filters it is refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from eightcut_runtime import InvalidArgument
from google.protobuf.message import Message

Row = TypeVar("Row")
M = TypeVar("M", bound=Message)

PAGE_BYTES = 800_000
"""A page ends early before its messages are larger than this: a gRPC message may have 1 MiB."""

DEFAULT_PAGE = 100

_MAX_KEY = 2**63 - 1


def encode_token(query: Sequence[object], key: Sequence[int]) -> str:
    """Returns the token for what comes after ``key`` in ``query``."""
    text = json.dumps([_fingerprint(query), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(token: str, query: Sequence[object], parts: int) -> tuple[int, ...] | None:
    """Returns the key that the token stands for, with as many parts as given; None for the first page.

    Raises:
        InvalidArgument: The token is none of this query's.
    """
    if not token:
        return None
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        fingerprint, *key = json.loads(text)
    except (ValueError, TypeError):
        raise bad_token() from None
    numbers = all(type(part) is int and -_MAX_KEY <= part <= _MAX_KEY for part in key)
    if fingerprint != _fingerprint(query) or len(key) != parts or not numbers:
        raise bad_token()
    return tuple(key)


def bad_token() -> InvalidArgument:
    """Returns the error for a token that does not fit."""
    return InvalidArgument(
        "The page token is not one of this query: ask for the first page again.",
        field="page_token",
        reason="PAGE_TOKEN_INVALID",
    )


def fill_page(
    rows: Iterable[Row],
    size: int,
    convert: Callable[[Row], M],
    token: Callable[[Row], str],
) -> tuple[list[M], str]:
    """Returns the messages of a page and the token of the next one, empty on the last.

    Args:
        rows: One more than ``size`` where there is more.
        size: Messages wanted.
        convert: Makes a row's message.
        token: Makes the token of what comes after a row.
    """
    page: list[M] = []
    used = 0
    last: Row | None = None
    for row in rows:
        message = convert(row)
        used += message.ByteSize() + 4
        if last is not None and (len(page) == size or used > PAGE_BYTES):
            return page, token(last)
        page.append(message)
        last = row
    return page, ""


def _fingerprint(query: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(list(query)).encode()).hexdigest()[:10]
