"""What all handlers do around their work: threads, transactions, idempotency, and the checks of a message."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection
from typing import ParamSpec, Protocol, TypeVar

from eightcut_runtime import BlockingPool, InvalidArgument, Limits
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from sqlalchemy.orm import Session

from eightcut_store.areas.requests import answer_once
from eightcut_store.database import Database

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Message)

_MESSAGE_BYTES = Limits().message_bytes


class _Repeatable(Protocol):
    """A request message that may be sent again with the same request id."""

    request_id: str


R = TypeVar("R", bound=_Repeatable)


class Calls:
    """Runs the work of a call in a transaction, off the event loop.

    Args:
        database: The Store's.
        threads: Where its calls block.
    """

    def __init__(self, database: Database, threads: BlockingPool) -> None:
        self._database = database
        self._threads = threads
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
        """Returns what ``work`` returns, run where it may block; it has no transaction."""
        return await self._threads.run(work, *arguments, **named)

    async def read(self, request: Message, work: Callable[[Session], T]) -> T:
        """Returns what ``work`` finds; it sees one snapshot."""
        check_text(request)
        return _sendable(await self._threads.run(self._database.read, work))

    async def write(self, request: Message, work: Callable[[Session], M]) -> M:
        """Returns what ``work`` answers, once it is on the disk."""
        check_text(request)
        # Writers run one after the other anyway. Waiting here, in turn, they leave the threads to the readers.
        async with self._turn:
            return await self._threads.run(self._database.write, lambda session: _sendable(work(session)))

    async def write_once(self, request: Message, answer: type[M], work: Callable[[Session], M]) -> M:
        """As `write`, for a request with a ``request_id``: sent again, it gets the first answer again."""
        request_id: str = getattr(request, "request_id", "")
        return await self.write_identified(request, request_id, fingerprint(request), answer, work)

    async def write_identified(
        self, request: Message, request_id: str, digest: str, answer: type[M], work: Callable[[Session], M]
    ) -> M:
        """As `write_once`, for a request that is more than one message."""
        return await self.write(request, lambda session: answer_once(session, request_id, digest, answer, work))


def fingerprint(request: Message) -> str:
    """Returns SHA-256 of a request and its method, which each have a request type of their own."""
    content = request.DESCRIPTOR.full_name.encode() + b"\0" + request.SerializeToString(deterministic=True)
    return hashlib.sha256(content).hexdigest()


def check_text(message: Message, path: str = "") -> None:
    """Refuses NUL characters: not every database can keep them.

    Raises:
        InvalidArgument: Naming the field.
    """
    for field, value in message.ListFields():
        if field.cpp_type == field.CPPTYPE_STRING and field.type == field.TYPE_STRING:
            texts = value if field.is_repeated else [value]
            if any("\0" in text for text in texts):
                raise InvalidArgument(f"{path}{field.name}: must not contain a NUL character.", field=path + field.name)
        elif field.cpp_type == field.CPPTYPE_MESSAGE and not _is_map(field):
            for part in value if field.is_repeated else [value]:
                check_text(part, f"{path}{field.name}.")


def masked(mask: FieldMask, allowed: Collection[str]) -> set[str]:
    """Returns the fields that an update names.

    Raises:
        InvalidArgument: It names none, or one that cannot be changed.
    """
    paths = set(mask.paths)
    if not paths:
        raise InvalidArgument("The update mask names no field.", field="update_mask")
    for path in sorted(paths):
        if path not in allowed:
            raise InvalidArgument(
                f'The field "{path}" cannot be changed; these can: {", ".join(allowed)}.', field="update_mask"
            )
    return paths


def _is_map(field: object) -> bool:
    kind = getattr(field, "message_type", None)
    return kind is not None and kind.GetOptions().map_entry


def _sendable(answer: T) -> T:
    """Refuses an answer that gRPC would not send, before anything is kept."""
    if isinstance(answer, Message) and answer.ByteSize() > _MESSAGE_BYTES:
        raise InvalidArgument("The answer would be larger than a message may be: ask for fewer things at once.")
    return answer
