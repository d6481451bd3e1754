"""Three hundred damaged libraries: each ends in one sentence, or in an import of what is right."""

from __future__ import annotations

import faulthandler
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut.store.v1 import media_service_pb2
from eightcut_client.ancestor import LibraryError, prepare
from eightcut_client.ancestor.lines import LineSum
from eightcut_client.connection import Connection

from tests.ancestor.damage import DAMAGES, Damage, whole
from tests.ancestor.old_library import state

SEED = 20260419


def cases() -> Iterator[tuple[int, Damage]]:
    for damage, count in DAMAGES.items():
        for number in range(count):
            yield number, damage


def everything(folder: Path) -> dict[str, object]:
    """All that lies in a folder, with the content of the files."""
    return {
        file.name: state(file) if file.is_file() else (os.lstat(file).st_mode, os.lstat(file).st_mtime_ns)
        for file in sorted(folder.iterdir())
    }


def test_there_are_three_hundred() -> None:
    assert sum(DAMAGES.values()) >= 300


@pytest.mark.slow
def test_damaged_libraries_end_in_a_sentence_or_in_what_is_right(
    conn: Connection, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes: Counter[str] = Counter()
    sentences: set[str] = set()
    # The Store is asked once about the same rows.
    sent: list[dict[str, LineSum]] = []
    sound = prepare(whole(tmp_path / "sound.db"))
    for number, damage in cases():
        folder = tmp_path / f"{damage.__name__}{number}"
        folder.mkdir()
        path = folder / "8cut.db"
        damage(random.Random(f"{SEED} {damage.__name__} {number}"), path)
        before = everything(folder)
        faulthandler.dump_traceback_later(20, exit=True)
        try:
            plan = prepare(path)
            if plan.sums not in sent:
                sent.append(plan.sums)
                report = plan.send(conn, validate_only=True)
                assert all(table.equal or not table.comparable for table in report.tables), damage
        except LibraryError as error:
            outcomes["refused"] += 1
            sentences.add(str(error))
        else:
            outcomes["damaged rows" if plan.library.damaged else "whole"] += 1
            sentences.update(row.sentence for row in plan.library.damaged)
            if damage.__name__ in {"triggers", "append"}:
                assert plan.sums == sound.sums
        finally:
            faulthandler.cancel_dump_traceback_later()
        assert everything(folder) == before, (damage, number)
    for sentence in sentences:
        assert sentence.endswith("."), sentence
        assert "sqlite3." not in sentence
        assert len(sentence) < 400
    # All three happen, or the test would prove nothing.
    assert min(outcomes[kind] for kind in ("refused", "damaged rows", "whole")) >= 10, outcomes
    # Nothing of all that was kept.
    assert not conn.media.ListMedia(media_service_pb2.ListMediaRequest()).media
    assert "Traceback" not in capfd.readouterr().err
