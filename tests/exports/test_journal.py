"""The journal: what a dead process left is found, what a living one does is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from eightcut_client.exports import Journal, journal_dir

_BEGIN = """
import os, signal, sys
from pathlib import Path
from eightcut_client.exports import Journal
entry = Journal(Path(sys.argv[1])).begin("cut", {"folder": "x\\udcff"})
print("begun", flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_entry_is_pending_only_when_its_process_is_dead(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "data" / "journal")
    command = [sys.executable, "-c", _BEGIN, str(journal.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert list(journal.pending()) == []
        process.stdin.write("\n")
        process.stdin.close()
        process.wait()
    for _ in range(2):  # One that is not done stays.
        (entry,) = list(journal.pending())
        assert (entry.kind, entry.document) == ("cut", {"folder": "x\udcff"})
    for entry in journal.pending():
        with entry:
            entry.update({"next": 1})
            assert list(Journal(journal.folder).pending()) == [], "taken twice"
            entry.done()
    assert list(journal.folder.iterdir()) == []


def test_damaged_entries_are_set_aside_and_those_of_a_later_version_are_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text(json.dumps({"version": 2, "kind": "new"}))
    (tmp_path / "c.json").write_text("[]")
    (tmp_path / "d.lock").touch()
    with journal.begin("cut", {}) as entry:
        assert list(journal.pending()) == []
        assert {path.name for path in tmp_path.glob("*.damaged")} == {"a.damaged", "c.damaged"}
        entry.done()
    assert {path.name for path in tmp_path.glob("*.json")} == {"b.json"}


def test_many_begin_and_end_at_once_while_somebody_looks(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")

    def work(number: int) -> None:
        with journal.begin("cut", {"number": number}) as entry:
            entry.update({"number": number, "more": "x" * 1000})
            assert list(journal.pending()) == []
            entry.done()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert list(journal.pending()) == []
    assert list(journal.folder.iterdir()) == []


def test_where_it_lies(tmp_path: Path, monkeypatch: object) -> None:
    assert journal_dir(tmp_path) == tmp_path / "journal"
    assert journal_dir(None).name == "journal"
