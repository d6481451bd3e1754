"""Many rows in one statement, past all that SQLAlchemy does for each value of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

_ARRAYS = {int: "bigint[]", str: "text[]", bytes: "bytea[]"}


def insert_rows(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that all have the same columns; their values are such as the database's driver takes."""
    if not rows:
        return
    connection = session.connection()
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order = compiled.positiontup
    values: Any = rows if order is None else list(map(itemgetter(*order), rows))
    connection.exec_driver_sql(str(compiled), values)


def find_rows(
    session: Session,
    wanted: Sequence[InstrumentedAttribute[Any]],
    by: Sequence[InstrumentedAttribute[Any]],
    values: Collection[tuple[Any, ...]],
) -> list[Any]:
    """Returns the columns ``wanted`` of the rows of one table whose columns ``by`` are one of the ``values``."""
    if not values:
        return []
    connection = session.connection()
    table = by[0].class_.__tablename__
    # SQLite's own names of the columns of VALUES.
    names = [f"column{number}" for number in range(1, len(by) + 1)]
    columns = ", ".join(column.key for column in wanted)
    same = " AND ".join(f"{table}.{column.key} = wanted.{name}" for column, name in zip(by, names, strict=True))
    parameters: tuple[Any, ...]
    if connection.dialect.name == "sqlite":
        # With IN it would read the whole table; CROSS JOIN keeps its order.
        rows = ", ".join([f"({', '.join('?' * len(by))})"] * len(values))
        source = f"(VALUES {rows}) AS wanted CROSS JOIN {table}"
        parameters = tuple(chain.from_iterable(values))
    else:
        parameters = tuple(map(list, zip(*values, strict=True)))
        arrays = ", ".join(f"%s::{_ARRAYS[type(array[0])]}" for array in parameters)
        source = f"unnest({arrays}) AS wanted({', '.join(names)}) JOIN {table}"
    statement = f"SELECT {columns} FROM {source} ON {same}"  # noqa: S608 - names and marks only
    return list(connection.exec_driver_sql(statement, parameters))
