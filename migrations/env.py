"""Run migrations: bounded waits, one at a time, foreign keys safe on SQLite, protections put back afterwards."""

from __future__ import annotations

import warnings
from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from vetting.models import Base, protected, search
from vetting.models.base import UtcDateTime

LOCK_KEY = 7_263_001


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Migrations do not import the program, so that they still run when it has changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """What the directory and the queue search by is made by ``search.install``, not by migrations."""
    own = (search.FULL_TEXT, search.WORDS_INDEX, search.CASES_FULL_TEXT, search.PARTS_INDEX, search.DUE_INDEX)
    return not (kind in {"table", "index"} and name is not None and name.startswith(own))


def foreign_keys(connection: sa.Connection, word: str) -> None:
    """Switch them past the library, which would begin a transaction first; inside one this has no effect."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={word}")


def run() -> None:
    """Upgrade or downgrade on one connection."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table rebuild would delete child rows through cascades.
            foreign_keys(connection, "OFF")
        else:
            connection.execute(sa.text("SET lock_timeout = '4s'"))
            connection.execute(sa.text("SET statement_timeout = '60s'"))
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            connection.commit()
        try:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_item=render_item,
                include_name=include_name,
                render_as_batch=engine.dialect.name == "sqlite",
                compare_type=True,
                compare_server_default=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction(), warnings.catch_warnings():
                warnings.filterwarnings("ignore", f"Skipped unsupported reflection of .* {search.DUE_INDEX}")
                context.run_migrations()
            if protected.present(connection):
                protected.install(connection)
                search.install(connection)
            connection.commit()
        finally:
            if engine.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                connection.commit()
                foreign_keys(connection, "ON")
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} rows without their parent")
            else:
                connection.rollback()
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
                connection.commit()


run()
