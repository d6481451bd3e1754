"""A process that forks children which do one operation each, and are killed after a given number of steps.

Each line of its input is an order; each line of its output says how the child ended: "killed" or its exit code.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import eightcut_client.exports.cut_healing
import eightcut_client.exports.planning  # noqa: F401  loaded once, not in every child
from eightcut_client import Connection
from eightcut_client.cutting import CutOptions, SubClip, find_ffmpeg
from eightcut_client.cutting.source import look_at
from eightcut_client.exports import (
    CutItem,
    ExportTarget,
    Journal,
    cut_items,
    cutting_run,
    disk,
    remove_clips,
    set_disabled,
)
from eightcut_client.register import identify_file

from tests.exports.remembered import remembering


def _kill_after(steps: int) -> None:
    left = [steps]

    def reached(_name: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    disk.reached = reached


def _obey(order: dict[str, Any]) -> None:
    cutting_run.run_cut = remembering(Path(order["kept"]))
    journal, folder, profile = Journal(Path(order["journal"])), Path(order["folder"]), order["profile"]
    with Connection.remote(f"store={order['store']}") as conn:
        if order["do"] == "cut":
            items = [
                CutItem(
                    media=identify_file(each["media"]),
                    files=tuple(SubClip(*sub) for sub in each["files"]),
                    start=each["start"],
                    duration=1.0,
                    folder="door",
                    label="new label",
                    clip_id=each["clip"],
                )
                for each in order["items"]
            ]
            options = CutOptions(format=order["format"], duration=1.0)
            cut_items(conn, profile, items, ExportTarget(folder, "door"), options, journal=journal, workers=2)
        elif order["do"] == "delete":
            remove_clips(conn, profile, order["clips"], journal=journal)
        else:
            set_disabled(conn, profile, folder="door", disabled=order["do"] == "disable", journal=journal)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        # Children know what their parent has looked at.
        for path in {each["media"] for each in order.get("items", ())}:
            find_ffmpeg()
            look_at(Path(path))
        child = os.fork()
        if child == 0:
            try:
                _kill_after(order["steps"])
                _obey(order)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print("killed" if code == -signal.SIGKILL else code, flush=True)


if __name__ == "__main__":
    main()
