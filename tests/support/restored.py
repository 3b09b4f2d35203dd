"""A PostgreSQL database brought back to what it held at the beginning, without making it anew.

Copying a database of a hundred tables writes and removes a thousand files, which takes most of a second; taking out
what one test put in takes a few hundredths. What cannot be taken out exactly (another schema, a row of the beginning
that changed or went, statistics that somebody gathered) is noticed, and then the copy is made after all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

CATALOGS = (
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_db_role_setting",
    "pg_default_acl",
    "pg_extension",
    "pg_index",
    "pg_namespace",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_statistic",
    "pg_trigger",
    "pg_type",
)
"""Where PostgreSQL keeps what a database is made of. A changed row is a new one, of a later transaction."""

GOODBYE_SECONDS = 10

_WRITTEN = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname
"""
_COUNTED = """
    SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename
"""
_END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Beginning:
    """What a database was like: its schema, its rows (how many, up to which transaction) and its sequences."""

    schema: tuple[Any, ...]
    rows: dict[str, tuple[int, int]]
    sequences: dict[str, int | None]


def beginning_of(url: str) -> Beginning:
    """Remember the database at ``url``, which nobody else may be changing."""
    with _connected(url) as connection:
        rows = {table: _rows(connection, table) for table in _written(connection)}
        sequences = {name: last for name, _start, last in connection.execute(_COUNTED)}
        return Beginning(_schema(connection), rows, sequences)


def restored(url: str, beginning: Beginning) -> bool:
    """End every other connection and take out what came since; False when that cannot be done exactly."""
    with _connected(url) as connection:
        _end_others(connection)
        if _schema(connection) != beginning.schema:
            return False
        written = _written(connection)
        # No trigger and no foreign key has a say in this session.
        connection.execute("SET session_replication_role = replica")
        changed = [table for table in written if _take_out(connection, table, beginning.rows.get(table, (0, 0)))]
        if any(_rows(connection, table) != rows for table, rows in beginning.rows.items()):
            return False
        if changed:
            # Gives the pages back, so that the next rows come in the order in which they are written.
            names = sql.SQL(", ").join(map(sql.Identifier, changed))
            connection.execute(sql.SQL("VACUUM {}").format(names))
        for name, start, last in connection.execute(_COUNTED).fetchall():
            first = beginning.sequences[name]
            if last != first:
                connection.execute("SELECT setval(%s::regclass, %s, %s)", (name, first or start, first is not None))
    return True


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def _end_others(connection: psycopg.Connection[Any]) -> None:
    until = time.monotonic() + GOODBYE_SECONDS
    while _one(connection, _END_OTHERS)[0]:
        if time.monotonic() > until:
            raise TimeoutError("Connections to the database of the tests did not end.")
        time.sleep(0.002)


def _schema(connection: psycopg.Connection[Any]) -> tuple[Any, ...]:
    parts = [
        sql.SQL("(SELECT (count(*), max(xmin::text::bigint))::text FROM {})").format(sql.Identifier(catalog))
        for catalog in CATALOGS
    ]
    return _one(connection, sql.SQL("SELECT {}").format(sql.SQL(", ").join(parts)))


def _written(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables whose files hold anything, be it only what was rolled back."""
    return [name for (name,) in connection.execute(_WRITTEN)]


def _rows(connection: psycopg.Connection[Any], table: str) -> tuple[int, int]:
    query = sql.SQL("SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM {}")
    count, newest = _one(connection, query.format(sql.Identifier(table)))
    return count, newest


def _take_out(connection: psycopg.Connection[Any], table: str, kept: tuple[int, int]) -> bool:
    """Delete the rows that came later; whether there was anything to do."""
    if kept[0] and _rows(connection, table) == kept:
        return False
    query = sql.SQL("DELETE FROM {} WHERE xmin::text::bigint > {}")
    connection.execute(query.format(sql.Identifier(table), sql.Literal(kept[1])))
    return True


def _one(connection: psycopg.Connection[Any], query: LiteralString | sql.Composed) -> tuple[Any, ...]:
    found = connection.execute(query).fetchone()
    assert found is not None
    return found  # type: ignore[no-any-return]
