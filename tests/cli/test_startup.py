"""What a command costs before it does anything."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("av", "numpy", "rich", "torch", "sklearn", "sqlalchemy")
SERVICES = ("eightcut_runtime", "eightcut_scoring", "eightcut_store", "eightcut_inference", "eightcut_trainer")


def modules_after(code: str) -> set[str]:
    script = f"import json, sys\n{code}\njson.dump(sorted({{m.split('.')[0] for m in sys.modules}}), sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60)
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["--version"]])
def test_help_loads_nothing_that_it_does_not_need(arguments: list[str]) -> None:
    loaded = modules_after(f"from eightcut_cli.__main__ import main\nmain({arguments!r})")
    assert not loaded & {*HEAVY, *SERVICES, "grpc", "google", "eightcut"}


def test_a_command_that_only_talks_to_the_store_loads_neither_numpy_nor_rich() -> None:
    loaded = modules_after("import eightcut_cli.commands.folders, eightcut_cli.session, eightcut_cli.files")
    assert "grpc" in loaded
    assert not loaded & {*HEAVY, *SERVICES}


def test_the_client_loads_no_service_and_none_of_their_libraries() -> None:
    names = ["clips", "folders", "train", "scan", "scans", "regions", "negatives", "classifiers", "models"]
    names += ["profiles", "status", "serve"]
    code = "\n".join(f"import eightcut_cli.commands.{name}" for name in names)
    code += "\nimport eightcut_cli.scanning, eightcut_client.train, eightcut_client.serve, eightcut_client.embedded"
    assert not modules_after(code) & {"torch", "sklearn", "sqlalchemy", "scipy", "alembic", *SERVICES}
