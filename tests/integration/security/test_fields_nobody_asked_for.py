"""Every form, sent with a value for each column that is nobody's to type: none of them reaches the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.security.conftest import District, Row, read_matrix
from tests.support.pages import form_fields
from tests.support.soak import FULL
from vetting.extensions import db
from vetting.models import Base

DENIED = frozenset({302, 403, 404})
NUMBER, WORD, INSTANT = "918273645", "x7forged", "1999-01-02T03:04:05"
FORGED = (NUMBER, WORD, "1999-01-02")

ALSO = frozenset({"hash", "nonce", "sha256", "storage_key", "active", "fs_uniquifier", "actor_name", "actor_kind"})
ENOUGH = 40
"""So many kinds of forms have to have written something, or the test would prove little."""


def columns() -> dict[str, str]:
    """Keys, owners, states, digests and instants, each with a value that is nowhere else."""
    found = {}
    for column in (column for table in Base.metadata.sorted_tables for column in table.columns):
        name = column.name
        if column.foreign_keys or column.primary_key or name.endswith("_id"):
            found[name] = NUMBER
        elif isinstance(column.type, sa.Enum) or name in ALSO or name.endswith(("_digest", "_hash", "_key", "_by")):
            found[name] = WORD
        elif name.endswith("_at"):
            found[name] = INSTANT
    return found


@contextmanager
def parameters(district: District) -> Iterator[list[str]]:
    """What is sent to the database by statements that write, as text."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE")):
            sent.append(f"{statement} {values}")

    with district.untouched():
        with district.app.app_context():
            connection = db.engine
        sa.event.listen(connection, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sa.event.remove(connection, "before_cursor_execute", note)


def filled(district: District, person: str, row: Row) -> dict[str, Any]:
    """The form of the page at the same address as a person would fill it in, as far as that can be guessed."""
    if row.endpoint == "steps.plain":
        return {"reason": "Some words"}
    path = district.address(row)
    page = district.ask(person, "GET", path)
    fields = form_fields(page.text, path) if page.status_code == 200 and "<form" in page.text else {}
    page.close()
    return {name: value or "Some words" for name, value in fields.items()} or {"reason": "Some words"}


def rows() -> Iterator[tuple[Row, str]]:
    """Every second form that somebody may send, of each step its own; all of them in the long run."""
    met: set[str] = set()
    for row in read_matrix():
        name = f"{row.endpoint} {row.fixed.get('step', '')}"
        person = next((person for person, status in row.expected.items() if status not in DENIED), None)
        if row.method == "POST" and person is not None and (FULL or name not in met):
            met.add(name)
            if FULL or len(met) % 2:
                yield row, person


def forged(known: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in columns().items() if name not in known}


# Hundreds of requests in one test; a busy machine takes minutes.
@pytest.mark.timeout(600)
def test_no_value_is_taken_that_no_form_asks_for(district: District) -> None:
    wrong = []
    wrote = 0
    for row, person in rows():
        with parameters(district) as sent:
            known = filled(district, person, row)
            answer = district.ask(person, "POST", district.address(row), {**forged(known), **known})
            answer.close()
        wrote += bool(sent)
        if answer.status_code >= 500:
            wrong.append(f"{person} {row}: {answer.status_code}")
        wrong += [f"{person} {row}: {statement[:300]}" for statement in sent if any(one in statement for one in FORGED)]
    assert wrong == []
    assert wrote >= ENOUGH
