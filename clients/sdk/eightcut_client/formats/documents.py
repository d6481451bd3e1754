"""JSON, read: what 8-cut writes, and lists of objects with times from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.text import checked, in_order

# Where a document keeps its list.
_LISTS = ("regions", "clips", "labels", "segments", "annotations", "events", "scans")
_LABELS = ("label", "name", "text", "annotation", "class")
_ENDS = ("end", "stop")
_FILES = ("file", "filename", "path")


def read_json(text: str) -> list[LabelEntry]:
    """Read regions, clips, or any list of objects with "start" and "end" (or "duration").

    Raises:
        LabelError: It is no JSON, or an object is malformed.
    """
    if not text.strip():
        return []
    try:
        document = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise LabelError(f"line {error.lineno}: this is no JSON.") from None
    except (RecursionError, ValueError):
        raise LabelError("line 1: this JSON is nested too deeply, or has a number that is none.") from None
    found: list[LabelEntry] = []
    for one, inherited in _objects(document, {}):
        found.append(_entry(one, inherited, len(found) + 1))
    return found


def _objects(document: object, inherited: Mapping[str, object]) -> Iterator[tuple[object, Mapping[str, object]]]:
    if isinstance(document, list):
        for one in document:
            if isinstance(one, dict) and "start" not in one and any(isinstance(one.get(n), list) for n in _LISTS):
                yield from _objects(one, inherited)
            else:
                yield one, inherited
        return
    if not isinstance(document, dict):
        raise LabelError("line 1: this JSON is neither a list nor an object that holds one.")
    name = next((name for name in _LISTS if isinstance(document.get(name), list)), None)
    if name is None:
        raise LabelError(f"line 1: this JSON has no list of labels: it would be called {', '.join(_LISTS)}.")
    known = {key: document[key] for key in ("file", "filename", "model") if key in document}
    yield from _objects(document[name], {**inherited, **known})


def _entry(one: object, inherited: Mapping[str, object], place: int) -> LabelEntry:
    what = f"label {place}"
    if not isinstance(one, dict):
        raise LabelError(f"{what}: it is no object.")
    start = _time(one.get("start"), f"{what}, start")
    end_key = next((key for key in _ENDS if one.get(key) is not None), None)
    if end_key is not None:
        end = _time(one[end_key], f"{what}, {end_key}")
        in_order(start, end, what)
    elif one.get("duration") is not None:
        end = round(start + _time(one["duration"], f"{what}, duration"), 6)
    else:
        end = start
    texts = {**inherited, **one}
    label = next((str(one[key]) for key in _LABELS if isinstance(one.get(key), str | int | float)), None)
    return LabelEntry(
        start,
        end,
        _text(texts.get("model")) if label is None else label,
        _score(one.get("score")),
        next((_text(texts[key]) for key in _FILES if texts.get(key)), ""),
        _text(one.get("folder")),
        _text(one.get("category")),
        disabled=one.get("disabled") is True,
        scan_export=one.get("origin") == "scan_export",
    )


def _time(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LabelError(f"{what}: it is no number of seconds.")
    try:
        return checked(float(value), what)
    except OverflowError:
        raise LabelError(f"{what}: a time is longer than any media.") from None


def _score(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e9 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _refuse(constant: str) -> float:
    raise ValueError(constant)
