"""A file that changes while it is read: nothing of the mixture is kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.loop.conftest import LONG_BEEPS, World
from tests.loop.product import LINUX, Product

pytestmark = [pytest.mark.slow, LINUX]


def test_it_is_one_sentence_and_the_next_scan_is_of_the_new_file(
    world: World, product: Product, tmp_path: Path
) -> None:
    file = Path(shutil.copy(world.long, tmp_path / "live.wav"))
    command = product.start("scan", file, "--model", "LOGMEL")
    command.pause_when(lambda: product.unfinished() > 100_000, "a part of the file is embedded")
    with file.open("r+b") as opened:
        opened.seek(-200_000, os.SEEK_END)
        opened.write(b"\x11" * 100_000)
    command.resume()
    command.finish().failed_with("live.wav", "changed")
    assert len(list(product.data.glob("tracks/**/*.track"))) == 1, "no track of the mixture"
    scan = product.scan(file)
    assert scan["media"] != world.scan["media"]
    assert product.history(file) == [scan["id"]]
    for beep in LONG_BEEPS:
        assert any(region["start"] <= beep + 2 and region["end"] >= beep for region in scan["regions"])
