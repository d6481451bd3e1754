"""Checks the token of every call."""

from __future__ import annotations

import hmac

from eightcut_runtime.calls.adapter import Proceed
from eightcut_runtime.calls.context import Call
from eightcut_runtime.errors import Unauthenticated

_EXEMPT = frozenset({"/grpc.health.v1.Health/Check"})


class Authentication:
    """Middleware that lets a call through whose ``authorization`` is ``Bearer`` and the token.

    Health's Check is exempt, so that a supervisor needs no token.

    Args:
        token: What clients must show, ASCII.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode("ascii")

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Raises `Unauthenticated` without saying whether the token was absent, malformed or wrong."""
        if call.method not in _EXEMPT:
            scheme, _, shown = call.header("authorization").partition(" ")
            # compare_digest takes the same time wherever the first difference is.
            same = hmac.compare_digest(shown.strip().encode("utf-8", "replace"), self._token)
            if not same or scheme.lower() != "bearer":
                raise Unauthenticated("This server needs a valid token.")
        await proceed()
