"""The schema comes from migrations alone, keeps data and protections, and never waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting.extensions import db
from vetting.models import Base, protected, search


@pytest.fixture
def connection(app: Flask, session: Session) -> Iterator[sa.Connection]:
    with app.app_context(), db.engine.connect() as found:
        yield found


def test_models_and_migrations_say_the_same(app: Flask) -> None:
    """``flask db check`` exits when a new migration would have something in it."""
    result = app.test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_every_index_is_there_by_name(connection: sa.Connection) -> None:
    """Indexes over expressions and conditions included: they hold promises such as one live application."""
    if connection.dialect.name == "sqlite":
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")}
    else:
        names = {row[0] for row in connection.exec_driver_sql("SELECT indexname FROM pg_indexes")}
    wanted = {str(index.name) for table in Base.metadata.tables.values() for index in table.indexes}
    assert wanted | {search.DUE_INDEX} <= names


def test_up_down_and_up_again(app: Flask, make: Factory, session: Session) -> None:
    """With data in every area; what comes back is empty, whole, and protected."""
    make.in_force(make.agreement())
    session.close()
    with app.app_context():
        db.session.remove()
        downgrade(revision="base")
        with db.engine.connect() as connection:
            left = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
            assert left & set(Base.metadata.tables) == set()
        upgrade()
        with db.engine.connect() as connection:
            assert protected.missing(connection) == []
            there = set(sa.inspect(connection).get_table_names())
            assert set(Base.metadata.tables) <= there


def test_migrating_again_changes_nothing_and_mends_protections(app: Flask, make: Factory, session: Session) -> None:
    make.organization()
    session.close()
    with app.app_context():
        with db.engine.begin() as connection:
            on = "" if connection.dialect.name == "sqlite" else " ON history_entry"
            connection.exec_driver_sql(f"DROP TRIGGER protect_history_entry_delete{on}")
            before = connection.exec_driver_sql("SELECT count(*) FROM history_entry").scalar()
            assert protected.missing(connection) == ["protect_history_entry_delete"]
        result = app.test_cli_runner().invoke(args=["vetting", "migrate"])
        assert result.exit_code == 0, result.output
        with db.engine.connect() as connection:
            assert protected.missing(connection) == []
            assert connection.exec_driver_sql("SELECT count(*) FROM history_entry").scalar() == before


def test_foreign_keys_hold(make: Factory, session: Session) -> None:
    make.organization()
    with pytest.raises(DBAPIError):
        session.execute(sa.text("UPDATE program SET organization_id = 987654"))
    session.rollback()


@pytest.mark.sqlite
def test_rebuilding_a_table_takes_no_rows_along(app: Flask, session: Session) -> None:
    """A rebuild drops the old table, and with foreign keys on a cascade would delete what hangs on it."""
    session.close()
    with app.app_context():
        db.session.remove()
        during = foreign_keys_while_migrating()
        with db.engine.connect() as connection:
            after = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    assert (during, after) == (0, 1)


def foreign_keys_while_migrating() -> int | None:
    """What the connection of a migration says when its first statement runs."""
    found: list[int] = []

    def note(connection: sa.Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if "alembic_version" in statement and not found:
            found.append(cursor.connection.execute("PRAGMA foreign_keys").fetchone()[0])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        upgrade()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return found[0] if found else None


@pytest.mark.postgresql
def test_a_migration_gives_up_rather_than_wait_behind_a_reader(app: Flask, session: Session) -> None:
    """Waiting for a lock would make every later reader wait behind the migration."""
    session.execute(sa.text("SELECT count(*) FROM account"))
    with app.app_context():
        db.session.remove()
        with pytest.raises(DBAPIError, match="lock timeout"):
            downgrade(revision="base")
    assert session.scalar(sa.text("SELECT count(*) FROM account")) == 0
    session.rollback()


def test_an_unknown_revision_is_named(app: Flask) -> None:
    with app.app_context(), pytest.raises((CommandError, SystemExit)):
        upgrade(revision="9999")
