"""The manifest that lies beside weights: what they are, and where they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ManifestError(ValueError):
    """A manifest cannot be understood; the message continues "its manifest …"."""


@dataclass(frozen=True)
class Source:
    """Where weights came from.

    Attributes:
        repo: On the hub; empty: somebody brought files.
        revision: Of the repository, 40 hex digits; empty likewise.
        files: Names of the files, with the SHA-256 of each.
    """

    repo: str = ""
    revision: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What lies in a weights folder.

    Attributes:
        weights: Id of the weights.
        family: The architecture that they are of.
        config: Its settings, from `Architecture.read_config`.
        facts: From `Architecture.facts`.
        source: Where they came from.
        sha256: Of model.safetensors.
        bytes: Its length.
        tensors: How many it holds.
        created: When it was made, ISO 8601, UTC.
    """

    weights: str
    family: str
    config: Mapping[str, Any]
    facts: Mapping[str, str]
    source: Source
    sha256: str
    bytes: int
    tensors: int
    created: str

    def to_json(self) -> str:
        """The manifest as its file holds it."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Reads what `to_json` wrote.

        Raises:
            ManifestError: It is no manifest, or one of a newer version.
        """
        try:
            values: Any = json.loads(text)
        except ValueError as error:
            raise ManifestError("is not valid JSON") from error
        if not isinstance(values, dict):
            raise ManifestError("is not a JSON object")
        version = values.pop("version", None)
        if version != VERSION:
            raise ManifestError(f"has version {version!r}, and this 8-cut reads version {VERSION}")
        _check(values)
        return cls(**{**values, "source": Source(**values["source"])})


def _check(values: dict[str, Any]) -> None:
    expected: dict[str, type] = {
        "weights": str,
        "family": str,
        "config": dict,
        "facts": dict,
        "source": dict,
        "sha256": str,
        "bytes": int,
        "tensors": int,
        "created": str,
    }
    for name, kind in expected.items():
        if not isinstance(values.get(name), kind):
            raise ManifestError(f"lacks {name!r}, or holds something else there")
    source = values["source"]
    if set(values) != set(expected) or set(source) != {"repo", "revision", "files"}:
        raise ManifestError("holds entries that this 8-cut does not know")
    if not _DIGEST.fullmatch(values["sha256"]) or not isinstance(source["files"], dict):
        raise ManifestError("holds no SHA-256 where one belongs")
