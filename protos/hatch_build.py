"""Build hook: generates the Python code of the API before the wheel is packed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateHook(BuildHookInterface[Any]):
    """Runs generate.py into build/generated, which is what the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates the code; called by hatchling before it collects files."""
        del version, build_data
        root = Path(self.root)
        command = [sys.executable, str(root / "generate.py"), "python", str(root / "build" / "generated")]
        subprocess.run(command, check=True)
