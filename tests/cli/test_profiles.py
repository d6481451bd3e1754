"""`8cut profiles`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, Document


def test_profiles_live_apart(cli: Cli, local: Cli, served: Path, sound: Path) -> None:
    def on(*arguments: object) -> Document:
        return local("--data-dir", served, "--json", *arguments).json

    cli("clips", "add", sound, "--start", "1", "--folder", "beep")
    mine = cli("status", "--json").json["profile"]
    copied = on("profiles", "duplicate", mine, "the copy")
    assert copied["profile"]["name"] == "the copy"
    assert copied["copied"]["clips"] == 1
    assert on("profiles", "rename", "the copy", "its new name")["profile"]["name"] == "its new name"
    assert len(on("clips", "list", "--profile", "its new name")["clips"]) == 1
    assert on("profiles", "keep", "its new name", "2")["profile"]["keep_versions"] == 2
    names = [profile["name"] for profile in on("profiles", "list")["profiles"]]
    assert {"default", mine, "its new name"} <= set(names)
    assert on("profiles", "delete", "its new name", "--yes")["deleted"]["clips"] == 1
    assert len(cli("clips", "list", "--json").json["clips"]) == 1


def test_what_is_wrong_with_a_profile_is_one_sentence(local: Cli, served: Path) -> None:
    at = ("--data-dir", served)
    local("profiles", "create", "default", *at).failed_with("default")
    local("profiles", "delete", "nobody", "--yes", *at).failed_with("nobody")
    local("profiles", "rename", "nobody", "somebody", *at).failed_with("nobody")
    local("profiles", "delete", "default", *at).failed_with("--yes", code=2)
    local("clips", "list", "--profile", "nobody", *at).failed_with("nobody")
