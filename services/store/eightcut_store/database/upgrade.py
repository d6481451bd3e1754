"""Brings a database to the form that this version of the Store works with."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from eightcut_runtime import StartError
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def configuration(connection: Connection | None = None) -> Config:
    """Returns Alembic's configuration; with a connection its environment works in that one's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Runs the migrations that are missing, all in one writing transaction: whole or not at all.

    Several processes may call it at once: one runs them, the others wait and find nothing left to do.

    Raises:
        StartError: The database was made by a newer version.
    """
    with engine.begin() as connection:
        config = configuration(connection)
        script = ScriptDirectory.from_config(config)
        present = MigrationContext.configure(connection).get_current_heads()
        if set(present) == set(script.get_heads()):
            return
        try:
            for revision in present:
                script.get_revision(revision)
        except CommandError as error:
            raise StartError("The Store's database was made by a newer version of 8-cut; update 8-cut.") from error
        command.upgrade(config, "head")
