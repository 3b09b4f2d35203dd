"""What the directory searches: one line of folded text per program, and each database's own index over it.

SQLite keeps a full-text table in step by triggers, PostgreSQL an index over the text. Both are put in place after every
migration, because neither can be described to the other.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.models.base import Base

FULL_TEXT = "program_full_text"
"""The full-text table on SQLite; its helpers begin with the same name."""

WORDS_INDEX = "ix_program_search_words"
"""The full-text index on PostgreSQL."""


class ProgramSearch(Base):
    """A program's words without case and accents: its own name to sort by, and everything that may be searched."""

    __tablename__ = "program_search"
    __table_args__ = (sa.Index("ix_program_search_name", "name", "program_id"),)

    program_id: Mapped[int] = mapped_column(sa.ForeignKey("program.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    words: Mapped[str] = mapped_column(sa.Text)


def install(connection: sa.Connection) -> None:
    """Make the index of the database at hand, and fill it from the rows there are."""
    statements = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        connection.exec_driver_sql(statement)


_POSTGRESQL = (f"CREATE INDEX IF NOT EXISTS {WORDS_INDEX} ON program_search USING gin (to_tsvector('english', words))",)

_ADD = f"INSERT INTO {FULL_TEXT}(rowid, words) VALUES (new.program_id, new.words);"  # noqa: S608 - our own names
_TAKE = f"INSERT INTO {FULL_TEXT}({FULL_TEXT}, rowid, words) VALUES ('delete', old.program_id, old.words);"  # noqa: S608

_COLUMNS = "words, content='program_search', content_rowid='program_id', tokenize='porter unicode61'"

_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FULL_TEXT} USING fts5({_COLUMNS})",
    "DROP TRIGGER IF EXISTS program_search_added",
    f"CREATE TRIGGER program_search_added AFTER INSERT ON program_search BEGIN {_ADD} END",
    "DROP TRIGGER IF EXISTS program_search_removed",
    f"CREATE TRIGGER program_search_removed AFTER DELETE ON program_search BEGIN {_TAKE} END",
    "DROP TRIGGER IF EXISTS program_search_changed",
    f"CREATE TRIGGER program_search_changed AFTER UPDATE ON program_search BEGIN {_TAKE} {_ADD} END",
    f"INSERT INTO {FULL_TEXT}({FULL_TEXT}) VALUES ('rebuild')",  # noqa: S608
)
