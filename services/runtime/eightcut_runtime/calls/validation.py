"""Checks every request against the rules written in the .proto files (protovalidate)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import protovalidate
from google.protobuf.message import Message

from eightcut_runtime.errors import FieldViolation, InvalidArgument

_validator = protovalidate.Validator()


def check_request(request: object) -> None:
    """Raises `InvalidArgument` naming the field and the rule; anything but a protobuf message passes.

    The rules of a message type are compiled once, with its first message.
    """
    if not isinstance(request, Message):
        return
    broken = _validator.collect_violations(request)
    if broken:
        violations = [_violation(violation) for violation in broken]
        raise InvalidArgument(_sentence(violations), violations)


def _sentence(violations: list[FieldViolation]) -> str:
    first = violations[0]
    what = first.description or "is invalid"
    text = f"{first.field}: {what}" if first.field else what
    more = len(violations) - 1
    if more:
        text += f" (and {more} more {'problem' if more == 1 else 'problems'})"
    return text if text.endswith((".", ")")) else text + "."


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    proto = violation.proto
    elements = proto.field.elements if proto.field is not None else ()
    # ErrorInfo-style reason: `double.finite` becomes DOUBLE_FINITE.
    reason = "".join(c if c.isalnum() else "_" for c in proto.rule_id or "").upper()
    return FieldViolation(_path(elements), proto.message or "", reason)


def _path(elements: Iterable[Any]) -> str:
    """Writes a FieldPath as ``clip.starts[3]`` or ``labels["dog"]``."""
    parts: list[str] = []
    for element in elements:
        name = element.field_name or f"#{element.field_number}"
        parts.append(f".{name}" if parts else name)
        subscript = element.subscript
        if subscript is None:
            continue
        value = getattr(subscript, "value", subscript)
        parts.append(f'["{value}"]' if isinstance(value, str) else f"[{value}]")
    return "".join(parts)
