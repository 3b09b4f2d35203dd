"""What the directory and the queue search: folded text per program and per case, and each database's index over it;
and the index of the order in which the queue lists open cases.

The directory looks for words, the queue for any part of a name or reference. SQLite keeps full-text tables in step by
triggers, PostgreSQL indexes over the texts. Both are put in place after every migration, because neither can be
described to the other; so is the index of the order, because on SQLite migrations do not see one over an expression.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.models.applications import OPEN
from vetting.models.base import Base

FULL_TEXT = "program_full_text"
"""The full-text table on SQLite; its helpers begin with the same name."""

WORDS_INDEX = "ix_program_search_words"
"""The full-text index on PostgreSQL."""

CASES_FULL_TEXT = "application_full_text"
"""The same for cases: a table of every three letters in a row."""

PARTS_INDEX = "ix_application_search_parts"
"""The index of every three letters on PostgreSQL, where its extension pg_trgm can be had; without it texts are read."""

DUE_INDEX = "ix_application_due"
"""Open cases in the order of their due dates, those without one last: a page and the neighbors of a case are read off
it."""


class ApplicationSearch(Base):
    """A received case by its reference and the names of its organization and programs: one line each, folded."""

    __tablename__ = "application_search"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(sa.Text)


class ProgramSearch(Base):
    """A program's words without case and accents: its own name to sort by, and everything that may be searched.

    ``facets`` are its facets once more in one line, `facet=value` with spaces between, so that a list counts them
    without reading ten rows for each program.
    """

    __tablename__ = "program_search"
    __table_args__ = (sa.Index("ix_program_search_name", "name", "program_id"),)

    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    words: Mapped[str] = mapped_column(sa.Text)
    facets: Mapped[str] = mapped_column(sa.Text, default="")


def install(connection: sa.Connection) -> None:
    """Make the index of the database at hand, and fill it from the rows there are."""
    statements = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for statement in (*statements, _DUE):
        connection.exec_driver_sql(statement)


# Spelled like the order of the queue, or it serves nobody.
_DUE = f"CREATE INDEX IF NOT EXISTS {DUE_INDEX} ON application (coalesce(due_on, '9999-12-31'), id) WHERE {OPEN}"

_POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS {WORDS_INDEX} ON program_search USING gin (to_tsvector('english', words))",
    """
    DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN NULL; END $$
    """,
    f"""
    DO $$ BEGIN IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX IF NOT EXISTS {PARTS_INDEX} ON application_search USING gin (words gin_trgm_ops); END IF; END $$
    """,
)


def _full_text(name: str, source: str, key: str, tokenizer: str) -> tuple[str, ...]:
    """A full-text table over the words of another table, kept in step and filled. All names are our own."""
    add = f"INSERT INTO {name}(rowid, words) VALUES (new.{key}, new.words);"  # noqa: S608
    take = f"INSERT INTO {name}({name}, rowid, words) VALUES ('delete', old.{key}, old.words);"  # noqa: S608
    columns = f"words, content='{source}', content_rowid='{key}', tokenize='{tokenizer}'"
    return (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({columns})",
        f"DROP TRIGGER IF EXISTS {source}_added",
        f"CREATE TRIGGER {source}_added AFTER INSERT ON {source} BEGIN {add} END",
        f"DROP TRIGGER IF EXISTS {source}_removed",
        f"CREATE TRIGGER {source}_removed AFTER DELETE ON {source} BEGIN {take} END",
        f"DROP TRIGGER IF EXISTS {source}_changed",
        f"CREATE TRIGGER {source}_changed AFTER UPDATE ON {source} BEGIN {take} {add} END",
        f"INSERT INTO {name}({name}) VALUES ('rebuild')",  # noqa: S608
    )


_SQLITE = (
    *_full_text(FULL_TEXT, "program_search", "program_id", "porter unicode61"),
    *_full_text(CASES_FULL_TEXT, "application_search", "application_id", "trigram"),
)
