"""Engine, transactions, errors and migrations: the same promises on SQLite and on PostgreSQL."""

from eightcut_store.database.engine import parse_url
from eightcut_store.database.transactions import Database
from eightcut_store.database.upgrade import upgrade

__all__ = ["Database", "parse_url", "upgrade"]
