"""Two commands that scan one file at the same time."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Document
from tests.loop.conftest import World, assert_as_if_nothing_happened
from tests.loop.product import LINUX, Product, serving

pytestmark = [pytest.mark.slow, LINUX]


def both_at_once(world: World, product: Product) -> list[Document]:
    """Starts a second scan while the first is known to be in its middle; returns what both answer."""
    scan = ("scan", world.long, "--model", "LOGMEL", "--scores", "--rescan")
    first = product.start(*scan)
    first.pause_when(lambda: product.unfinished() > 100_000, "the first one embeds")
    known = len(product.log("store", "GetClassifier OK"))
    second = product.start(*scan)
    # The command asks for it, then Inference: after that the second one is in the middle of Scan too.
    second.pause_when(lambda: len(product.log("store", "GetClassifier OK")) >= known + 2, "the second one scans")
    assert product.unfinished() > 100_000
    second.resume()
    first.resume()
    return [command.finish().json["scans"][0] for command in (first, second)]


@pytest.mark.parametrize("served", [False, True], ids=["each with its own services", "two clients of one server"])
def test_both_succeed_and_the_file_is_embedded_once(served: bool, world: World, product: Product) -> None:
    if served:
        with serving(product.data):
            scans = both_at_once(world, product)
    else:
        scans = both_at_once(world, product)
    for scan in scans:
        assert_as_if_nothing_happened(scan, world, product)
    assert product.recorded_from() == [0], "one of them embeds, the other follows"
    assert sorted(product.history(world.long)) == sorted(str(scan["id"]) for scan in scans)
    assert len({scan["id"] for scan in scans}) == 2
