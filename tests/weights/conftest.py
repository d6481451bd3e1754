"""Fixtures of the tests on weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eightcut_inference.networks.architecture import architecture
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.weights import importing
from eightcut_inference.weights.convert import Request, convert
from eightcut_inference.weights.folder import MODEL, WeightsFolder
from eightcut_inference.weights.importing import OnProgress
from eightcut_inference.weights.sources import Brought

from tests.weights.hub import Hub
from tests.weights.small import HUBERT, save_hubert


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random small HuBERT as transformers saves it."""
    return save_hubert(tmp_path_factory.mktemp("hubert"))


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    """A weights folder, empty."""
    return WeightsFolder(tmp_path / "weights")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The converter's work is done in this process, for tests of what is around it: torch takes seconds to start."""

    def convert_here(brought: Brought, spec: NetworkSpec, new: Path, on_progress: OnProgress) -> dict[str, Any]:
        return convert(Request(spec, brought.files, brought.kinds, brought.config, new / MODEL))

    monkeypatch.setattr(importing, "_convert", convert_here)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub on this machine."""
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
        yield server


@pytest.fixture(scope="session")
def names() -> list[str]:
    """Names of the small network's tensors, as our file has them."""
    family = architecture(HUBERT.family)
    return sorted(family.expected(family.read_config(None, HUBERT)))
