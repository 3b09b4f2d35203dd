"""Rows that must never change, protected by the database itself.

The program never changes them; the triggers are for everything that goes around the program. They are put back after
every migration, because rebuilding a table on SQLite drops them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Protection:
    """Columns that stay as they are (all of them when empty), on rows for which ``when`` holds; rows stay for good."""

    columns: tuple[str, ...] = ()
    when: str = ""


PROTECTED: Mapping[str, Protection] = {
    "history_entry": Protection(),
    "agreement_version": Protection(),
    "agreement_edition": Protection(),
    "consent": Protection(),
    "consent_withdrawal": Protection(),
    "signature": Protection(),
    "paper_signature": Protection(),
    "executed_document": Protection(),
    "seal_certificate": Protection(),
    "submission": Protection(),
    "review_revision": Protection(),
    "ledger_entry": Protection(),
    "ledger_line": Protection(),
    "reference_version": Protection(
        columns=("kind", "key", "number", "content", "content_sha256", "provenance"), when="OLD.state <> 'draft'"
    ),
    "note": Protection(columns=("application_id", "kind", "seen_by", "author_id", "body")),
    "attestation": Protection(columns=("user_id", "year", "text_version", "interests")),
    "document_version": Protection(
        columns=("document_id", "number", "filename", "media_type", "size", "sha256", "storage_key"), when=""
    ),
}


def present(connection: sa.Connection) -> bool:
    """Whether the protected tables exist (they do not after a full downgrade)."""
    return sa.inspect(connection).has_table("history_entry")


def install(connection: sa.Connection) -> None:
    """Make every protection that the database should have, replacing what is there."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of %% are never changed', TG_TABLE_NAME; END $$"
        )
    for table, protection in PROTECTED.items():
        for statement in _sqlite(table, protection) if sqlite else _postgresql(table, protection):
            connection.exec_driver_sql(statement)


def missing(connection: sa.Connection) -> list[str]:
    """Names of protections that are not in place."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    there = {row[0] for row in connection.exec_driver_sql(query)}
    wanted = {f"protect_{table}_{act}" for table in PROTECTED for act in ("update", "delete")}
    return sorted(wanted - there)


def _sqlite(table: str, protection: Protection) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
    of = f" OF {', '.join(protection.columns)}" if protection.columns else ""
    when = f" WHEN {protection.when}" if protection.when else ""
    return [
        f"DROP TRIGGER IF EXISTS protect_{table}_update",
        f"CREATE TRIGGER protect_{table}_update BEFORE UPDATE{of} ON {table}{when} {refuse}",
        f"DROP TRIGGER IF EXISTS protect_{table}_delete",
        f"CREATE TRIGGER protect_{table}_delete BEFORE DELETE ON {table}{when} {refuse}",
    ]


def _postgresql(table: str, protection: Protection) -> list[str]:
    of = f" OF {', '.join(protection.columns)}" if protection.columns else ""
    when = f" WHEN ({protection.when})" if protection.when else ""
    each, act = "FOR EACH ROW", "EXECUTE FUNCTION refuse_change()"
    return [
        f"DROP TRIGGER IF EXISTS protect_{table}_update ON {table}",
        f"CREATE TRIGGER protect_{table}_update BEFORE UPDATE{of} ON {table} {each}{when} {act}",
        f"DROP TRIGGER IF EXISTS protect_{table}_delete ON {table}",
        f"CREATE TRIGGER protect_{table}_delete BEFORE DELETE ON {table} {each}{when} {act}",
        f"DROP TRIGGER IF EXISTS protect_{table}_truncate ON {table}",
        f"CREATE TRIGGER protect_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
    ]
