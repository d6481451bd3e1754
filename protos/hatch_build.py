"""Build hook: generates the Python code of the API before the wheel is packed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateHook(BuildHookInterface[Any]):
    """Runs generate.py into build/generated, which is what the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates the code; called by hatchling before it collects files."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from generate import generate_python
        finally:
            sys.path.pop(0)
        generate_python(root / "build" / "generated")
