"""All items of a paged list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar


class PageRequest(Protocol):
    """A request of a paged method."""

    page_token: str


class Page(Protocol):
    """An answer of a paged method."""

    @property
    def next_page_token(self) -> str:
        """Empty on the last page."""


RequestT = TypeVar("RequestT", bound=PageRequest)
PageT = TypeVar("PageT", bound=Page)


def pages(method: Callable[[RequestT], PageT], request: RequestT) -> Iterator[PageT]:
    """Yield every page, e.g. of ``conn.clips.ListClips``; ``request`` is changed meanwhile.

    Raises:
        EightcutError: A call failed.
    """
    while True:
        page = method(request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
