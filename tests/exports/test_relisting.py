"""A dataset.json that somebody has damaged: kept, told of, and made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.exports import relabel_files, remove_clips, set_disabled
from eightcut_client.exports.dataset import read_entries
from eightcut_client.exports.relisting import relist_damaged

from tests.exports.conftest import Desk, dataset


@pytest.mark.parametrize("what", ["cut", "delete", "disable", "relabel"])
def test_what_was_listed_before_is_listed_again(desk: Desk, video: Path, what: str) -> None:
    first, second, third = (desk.mark(video, start) for start in (1.0, 3.0, 5.0))
    desk.cut([desk.item(video, first), desk.item(video, second)])
    lost = desk.folder / next(row.path for row in desk.rows() if row.clip_id == second.id)
    lost.unlink()
    listed = desk.folder / "dataset.json"
    damaged = listed.read_text()[:-5]
    listed.write_text(damaged)
    folder, notes = desk.folder, []
    if what == "cut":
        notes = desk.cut([desk.item(video, third)]).notes
    elif what == "delete":
        notes = remove_clips(desk.conn, desk.profile, [second.id], journal=desk.journal).notes
    elif what == "relabel":
        relabel_files(desk.conn, desk.profile, {first.id: "another"})
    else:
        notes = set_disabled(desk.conn, desk.profile, folder="door", disabled=True, journal=desk.journal).notes
        folder = desk.folder.with_name(f"{desk.folder.name}_disabled")
    there = {row.path: row.label for row in desk.rows() if (folder / row.path).exists()}
    assert len(there) == (2 if what == "cut" else 1)
    assert dataset(folder) == there
    assert (desk.folder / "dataset.json.damaged").read_text() == damaged
    if what != "relabel":
        assert notes == [
            f"{listed} was damaged: it is kept as dataset.json.damaged, and was made anew from what is known."
        ]
    assert relist_damaged(desk.conn, [str(desk.folder), str(folder), "C:\\elsewhere"]) == []


def test_nothing_is_made_where_there_is_no_such_file(desk: Desk, tmp_path: Path) -> None:
    assert relist_damaged(desk.conn, [str(tmp_path), str(tmp_path / "nowhere")]) == []
    assert not list(tmp_path.glob("dataset*"))
    assert read_entries(tmp_path) == {}
