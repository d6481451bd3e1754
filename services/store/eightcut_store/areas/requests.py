"""Idempotency: a request id gives the same answer again and does nothing twice."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeVar

from eightcut_runtime import Aborted
from google.protobuf.message import Message
from sqlalchemy import delete
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.tables import AnsweredRequest

M = TypeVar("M", bound=Message)

KEEP_US = 7 * 24 * 3600 * 1_000_000
"""How long an answer is remembered."""


def answer_once(
    session: Session, request_id: str, fingerprint: str, answer_type: type[M], work: Callable[[Session], M]
) -> M:
    """Returns the answer that the request id got before, or else what ``work`` answers.

    Args:
        session: A writing one: the answer is kept in the transaction that did the work.
        request_id: Empty for none: ``work`` is simply done.
        fingerprint: SHA-256 of method and request, as hex.
        answer_type: Type of the answer.
        work: Does it.

    Raises:
        Aborted: REQUEST_ID_REUSED: the id came with another request before.
    """
    if not request_id:
        return work(session)
    known = session.get(AnsweredRequest, request_id)
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Aborted(
                "This request id was used before for a different request.",
                reason="REQUEST_ID_REUSED",
                metadata={"request_id": request_id},
            )
        return answer_type.FromString(zlib.decompress(known.answer))
    answer = work(session)
    now = now_us()
    session.execute(delete(AnsweredRequest).where(AnsweredRequest.create_us < now - KEEP_US))
    session.add(
        AnsweredRequest(
            request_id=request_id,
            fingerprint=fingerprint,
            answer=zlib.compress(answer.SerializeToString(), 1),
            create_us=now,
        )
    )
    return answer
