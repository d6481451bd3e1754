"""The library is thin: what a fresh interpreter has loaded after importing it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "sklearn", "sqlalchemy", "scipy", "alembic", "transformers", "psycopg", "eightcut_runtime")


def loaded_after(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    return {name.partition(".")[0] for name in json.loads(output)}


def test_the_whole_library_needs_nothing_heavy() -> None:
    modules = "scan, embed, train, serve, embedded, discovery, local_files, register, connection, config, media"
    loaded = loaded_after("\n".join(f"import eightcut_client.{name.strip()}" for name in modules.split(",")))
    assert {"eightcut", "grpc", "numpy"} <= loaded
    assert loaded.isdisjoint(HEAVY)
    assert "av" not in loaded


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import eightcut_client", {"grpc", "numpy", "av", "eightcut", "google"}),
        ("from eightcut_client import Connection, EightcutError, load_config", {"numpy", "av"}),
        ("import eightcut_client.media", {"grpc", "av"}),
        ("from eightcut_client import identify_file, register_file", {"av"}),
    ],
)
def test_what_a_command_does_not_need_is_not_loaded(statement: str, absent: set[str]) -> None:
    assert loaded_after(statement).isdisjoint(absent)


def test_every_public_name_is_there() -> None:
    import eightcut_client

    for name in eightcut_client.__all__:
        assert getattr(eightcut_client, name).__name__ == name
    with pytest.raises(AttributeError):
        _ = eightcut_client.none_such
