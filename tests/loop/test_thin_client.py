"""What installing the command brings along. (What importing loads: tests/cli/test_startup, tests/sdk/test_imports.)"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib.metadata import requires
from types import ModuleType

import eightcut_cli
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SERVICES = {f"eightcut-{name}" for name in ("runtime", "scoring", "store", "inference", "trainer")}
HEAVY = {"torch", "transformers", "scikit-learn", "sqlalchemy", "scipy", "alembic", "psycopg"}


def declared(package: str) -> set[str]:
    """What `pip install` of a package asks for without extras, through our own packages to the end."""
    found = set()
    for text in requires(package) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            name = canonicalize_name(requirement.name)
            found |= {name} | (declared(name) if name.startswith("eightcut-") else set())
    return found


@pytest.mark.parametrize("package", ["eightcut-qt", "eightcut-cli", "eightcut-client", "eightcut-protos"])
def test_no_declared_dependency_is_heavy(package: str) -> None:
    names = declared(package)
    assert "protobuf" in names
    assert names.isdisjoint(HEAVY | SERVICES), names & (HEAVY | SERVICES)


def test_the_look_would_see_a_heavy_one() -> None:
    assert {"sqlalchemy", "alembic"} <= declared("eightcut-store")
    assert "scikit-learn" in declared("eightcut-trainer")


def test_no_module_of_the_command_loads_anything_heavy() -> None:
    names = modules_of(eightcut_cli)
    assert "eightcut_cli.commands.scan" in names
    assert heavy_ones_loaded_by(names) == []


def test_no_module_of_the_desktop_client_loads_anything_heavy() -> None:
    pytest.importorskip("PyQt6.QtWidgets", reason="PyQt6 does not load here", exc_type=ImportError)
    import eightcut_qt

    names = modules_of(eightcut_qt)
    assert {"eightcut_qt.app", "eightcut_qt.core.tasks"} <= set(names)
    assert heavy_ones_loaded_by(names) == []


def modules_of(package: ModuleType) -> list[str]:
    """All of them, also those that come later."""
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [name for name in names if not name.endswith(".__main__")]


def heavy_ones_loaded_by(names: list[str]) -> list[str]:
    imports = "\n".join(f"import {name}" for name in names)
    heavy = ("torch", "transformers", "sklearn", "sqlalchemy", "scipy", "alembic", "psycopg", "eightcut_runtime")
    program = f"{imports}\nimport sys\nprint(*(set(sys.modules) & set({heavy})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()
