"""Migrations: whole or not at all, run by one of many, and never apart from the tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from eightcut_runtime import StartError
from eightcut_store.database import Database, parse_url, upgrade
from eightcut_store.database.upgrade import MIGRATIONS, configuration
from eightcut_store.tables import Base
from sqlalchemy import inspect, text

from tests.store.workers import run_together, upgrade_together


def tables_of(url: str) -> set[str]:
    database = Database(parse_url(url))
    names = set(inspect(database.engine).get_table_names())
    database.close()
    return names


def test_migrations_make_exactly_the_tables_of_the_models(own_url: str) -> None:
    database = Database(parse_url(own_url))
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_ids_are_never_used_again(own_url: str) -> None:
    database = Database(parse_url(own_url))
    insert = "INSERT INTO profiles (name, keep_versions, create_us, revision) VALUES ('x', 1, 1, 1) RETURNING id"
    with database.engine.begin() as connection:
        first = connection.execute(text(insert)).scalar_one()
        connection.execute(text("DELETE FROM profiles WHERE name = 'x'"))
        assert connection.execute(text(insert)).scalar_one() > first
    database.close()


def test_an_upgraded_database_is_left_as_it_is(own_url: str) -> None:
    database = Database(parse_url(own_url))
    upgrade(database.engine)
    with database.engine.begin() as connection:
        assert connection.execute(text("SELECT name FROM profiles")).scalars().all() == ["default"]
    database.close()


def test_a_database_of_a_newer_version_is_refused(own_url: str) -> None:
    database = Database(parse_url(own_url))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StartError, match="newer version"):
        upgrade(database.engine)
    database.close()


_DIE_HALF_WAY = """
import os, signal, sys
from eightcut_store.database import Database, parse_url, upgrade
from sqlalchemy import event
database = Database(parse_url(sys.argv[1]))
created = 0
@event.listens_for(database.engine, "after_cursor_execute")
def executed(connection, cursor, statement, *rest):
    global created
    if statement.strip().startswith("CREATE TABLE") and "alembic_version" not in statement:
        created += 1
        if created == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
upgrade(database.engine)
"""


@pytest.mark.parametrize("tables", [1, 14])
def test_a_migration_killed_half_way_leaves_nothing_half_done(new_url: str, tables: int) -> None:
    done = subprocess.run([sys.executable, "-c", _DIE_HALF_WAY, new_url, str(tables)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert tables_of(new_url) == set(), "neither a table nor the record of a revision"
    database = Database(parse_url(new_url))
    upgrade(database.engine)
    database.close()
    assert tables_of(new_url) == {*Base.metadata.tables, "alembic_version"}


_FILLED_0001 = (
    """INSERT INTO media (id, digest, filename, path_hint, size_bytes, duration_us, create_us)
       VALUES (1, 'd', 'a.mp4', '', 1, 1, 1)""",
    """INSERT INTO clips
       (id, profile_id, media_id, start_us, duration_us, folder, label, origin, create_us, revision)
       SELECT 7, id, 1, 5, 6, 'dog', 'bark', 1, 2, 3 FROM profiles""",
    """INSERT INTO scans
       (id, profile_id, media_id, model, classifier_version, stamped, threshold, window_us, hop_us, window_count,
        region_count, pinned, revision)
       SELECT 3, id, 1, 'LOGMEL', 0, TRUE, 0.5, 1, 1, 0, 1, FALSE, 1 FROM profiles""",
    """INSERT INTO regions
       (id, scan_id, start_us, end_us, score, disabled, original_start_us, original_end_us, union_start_us,
        union_end_us, merged_into, revision)
       VALUES (8, 3, 1, 9, 0.5, TRUE, 1, 9, 1, 9, NULL, 4), (5, 3, 1, 4, 0.5, FALSE, 1, 4, 1, 4, 8, 2)""",
)
"""Rows as the first version of the Store wrote them."""


def make_0001(url: str) -> None:
    """Makes a database of the first version, with rows."""
    database = Database(parse_url(url))
    with database.engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        for statement in _FILLED_0001:
            connection.execute(text(statement))
    database.close()


def test_a_database_of_the_first_version_keeps_its_rows(new_url: str) -> None:
    make_0001(new_url)
    database = Database(parse_url(new_url))
    upgrade(database.engine)
    with database.engine.begin() as connection:
        clips = connection.execute(text("SELECT id, folder, label, category, revision FROM clips")).all()
        assert [tuple(row) for row in clips] == [(7, "dog", "bark", "", 3)]
        regions = connection.execute(text("SELECT id, merged_into, disabled, deleted FROM regions ORDER BY id")).all()
        assert [(row[0], row[1], bool(row[2]), bool(row[3])) for row in regions] == [
            (5, 8, False, False),
            (8, None, True, False),
        ]
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


_DIE_AT_A_STATEMENT = """
import os, signal, sys
from eightcut_store.database import Database, parse_url, upgrade
from sqlalchemy import event
database = Database(parse_url(sys.argv[1]))
@event.listens_for(database.engine, "after_cursor_execute")
def executed(connection, cursor, statement, *rest):
    if statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
upgrade(database.engine)
"""


@pytest.mark.parametrize("statement", ["ALTER TABLE clips", "ALTER TABLE regions"])
def test_an_upgrade_killed_half_way_leaves_the_first_version(new_url: str, statement: str) -> None:
    make_0001(new_url)
    done = subprocess.run([sys.executable, "-c", _DIE_AT_A_STATEMENT, new_url, statement], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    database = Database(parse_url(new_url))
    with database.engine.begin() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == ("0001",)
        for table, column in (("clips", "category"), ("regions", "deleted")):
            assert column not in {found["name"] for found in inspect(connection).get_columns(table)}
    upgrade(database.engine)
    database.close()


def test_many_starters_upgrade_once(new_url: str) -> None:
    assert run_together(5, upgrade_together, new_url) == [0] * 5
    database = Database(parse_url(new_url))
    with database.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM profiles")).scalar_one() == 1
    database.close()


def test_alembics_own_command_line_runs_in_one_transaction_too(tmp_path: Path) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = {MIGRATIONS}\n")
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    arguments = ["-c", str(ini), "-x", f"database={url}", "upgrade", "head"]
    subprocess.run(
        [sys.executable, "-m", "alembic", *arguments], check=True, capture_output=True, timeout=60, env={**os.environ}
    )
    assert tables_of(url) == {*Base.metadata.tables, "alembic_version"}
