"""As `tests.exports.zygote`, for moving files from the old layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import eightcut_client.exports.migrate
from eightcut_client import Connection
from eightcut_client.exports import Journal

from tests.exports import zygote
from tests.exports.migrate_kit import part_disks


def _obey(order: dict[str, Any]) -> None:
    if order["across"]:
        part_disks(setattr)
    with Connection.remote(f"store={order['store']}") as conn:
        eightcut_client.exports.migrate.migrate_layout(
            conn, folders=[Path(order["folder"])], apply=True, journal=Journal(Path(order["journal"]))
        )


if __name__ == "__main__":
    zygote._obey = _obey
    zygote.main()
