"""Alembic's environment: one writing transaction around all migrations, also on SQLite.

Without it a migration that is killed leaves some of its tables behind and its revision unrecorded.
"""

from __future__ import annotations

from alembic import context
from eightcut_store.database.engine import make_engine, parse_url
from eightcut_store.tables import Base
from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Runs the migrations in the transaction that ``connection`` is in."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # Alembic believes that SQLite cannot roll back DDL. It can, in a transaction that was begun by hand.
        transactional_ddl=True,
        transaction_per_migration=False,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Takes the Store's connection, or for Alembic's own command line the URL in ``-x database=URL``."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = parse_url(context.get_x_argument(as_dictionary=True)["database"])
    engine = make_engine(url, lock_timeout=60.0)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


main()
