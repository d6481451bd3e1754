"""Gives every call an id that the client, the log and the error share."""

from __future__ import annotations

import re
import uuid

from eightcut_runtime.calls.adapter import Proceed
from eightcut_runtime.calls.context import Call
from eightcut_runtime.logs import method_var, request_id_var

HEADER = "x-request-id"
"""Request header that is taken over, and trailing header in which the id comes back."""

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


async def identify(call: Call, proceed: Proceed) -> None:
    """Takes the client's ``x-request-id`` if it is sane (no log injection), else makes one."""
    offered = call.header(HEADER)
    call.request_id = offered if _SANE.fullmatch(offered) else uuid.uuid4().hex
    call.context.set_trailing_metadata(((HEADER, call.request_id),))
    # Every call is served in a task of its own, so the variables need no reset.
    request_id_var.set(call.request_id)
    method_var.set(call.method)
    await proceed()
