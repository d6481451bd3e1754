"""Which software there is below the networks, found without importing it: that takes seconds."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Software:
    """Versions; an empty text means that it is not installed.

    Attributes:
        torch: Of PyTorch, with its build: "2.13.0+cpu".
        cuda: The CUDA that PyTorch was built for; empty too for a build without.
        transformers: Of transformers.
    """

    torch: str = ""
    cuda: str = ""
    transformers: str = ""


def find_software() -> Software:
    """What is installed for this Python."""
    torch = _version("torch")
    return Software(torch, _cuda_of_torch() if torch else "", _version("transformers"))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _cuda_of_torch() -> str:
    """What ``torch/version.py`` assigns to ``cuda``; read, not run."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return ""
    try:
        tree = ast.parse(Path(spec.origin).with_name("version.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            targets, value = [node.target.id], node.value
        elif isinstance(node, ast.Assign):
            targets, value = [target.id for target in node.targets if isinstance(target, ast.Name)], node.value
        else:
            continue
        if "cuda" in targets and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return ""
