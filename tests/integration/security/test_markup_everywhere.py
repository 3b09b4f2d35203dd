"""Markup in everything that anybody may have typed, and every page read by those who may: it stays text, and theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.security.conftest import NOBODY, District, Row, read_matrix
from tests.support.soak import FULL
from vetting.extensions import db
from vetting.models import Base, protected

ATTACK = "'\"><x7 onerror=y {}>{{{{7*7}}}}"
"""Leaves an attribute, opens an element, and is what a template would calculate. Our attributes stand in quotes."""

ALIVE = re.compile(r"<x7|\"(?:>|&gt;)(?:<|&lt;)x7|49}}")
"""What a page holds where something of it was not made text."""

SEEN = re.compile(r"<x7 onerror=y ([\w.]+)>")

TYPED = re.compile(r"\w\w? \w|\.(pdf|docx|png)$")
"""A value that a person made: words, or the name of a file. Keys, states and numbers are left as they are."""

MUST_SHOW = frozenset(
    {
        "organization.legal_name",
        "program.name",
        "account.name",
        "school.name",
        "document_version.filename",
        "note.body",
        "flag.reason",
        "rating.reason",
        "round.title",
        "agreement.draft",
        "agreement_version.content",
        "answer.value",
        "clearance.name",
        "decision.summary",
        "information_request.reason",
        "reference_version.content",
        "waiver.reason",
    }
)
"""Otherwise nothing would have been planted, or no page would show it."""

READERS = ("director", "owner", "leader", "signatory", "reviewer_submitted", "admin", "finance", NOBODY)

ELSEWHERE = frozenset({"health.ready", "year_files.file"})
"""One says that somebody went around the program, the other is made anew when what it holds has changed; no pages."""


def places() -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Every column that holds text or a tree of texts, of no fixed words and no key to anything."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
            if (text or isinstance(column.type, sa.JSON)) and not column.foreign_keys and not column.primary_key:
                yield table, column


def planted(value: Any, attack: str) -> Any:
    """The value with the attack behind each text in it."""
    if isinstance(value, dict):
        return {name: planted(item, attack) for name, item in value.items()}
    if isinstance(value, list):
        return [planted(item, attack) for item in value]
    return value + attack if isinstance(value, str) and TYPED.search(value) else value


def plant(connection: sa.Connection) -> set[str]:
    """Change the rows behind the back of the program; the columns that took it."""
    for guarded in protected.PROTECTED:
        on = "" if connection.dialect.name == "sqlite" else f" ON {guarded}"
        connection.exec_driver_sql(f"DROP TRIGGER protect_{guarded}_update{on}")
    taken = set()
    for table, column in places():
        name = f"{table.name}.{column.name}"
        key = list(table.primary_key.columns)
        most = getattr(column.type, "length", None)
        for row in connection.execute(sa.select(column, *key).where(column.is_not(None))).all():
            value = planted(row[0], ATTACK.format(name))
            if value == row[0] or (most and len(value) > most):
                continue
            try:
                with connection.begin_nested():
                    same = [one == row[number] for number, one in enumerate(key, 1)]
                    connection.execute(sa.update(table).where(*same).values({column.name: value}))
            except (sa.exc.IntegrityError, sa.exc.StatementError):
                continue
            taken.add(name)
    return taken


@contextmanager
def hostile(district: District) -> Iterator[set[str]]:
    """The district while every text in it is an attack."""
    with district.untouched():
        with district.app.app_context():
            taken = plant(db.engine)  # type: ignore[arg-type]
        yield taken


def questions(district: District) -> Iterator[tuple[Row, str]]:
    """Each page that is read, for one who reads it; for all of them, and about everything, in the long run."""
    met: set[str] = set()
    for row in read_matrix():
        if row.method != "GET" or row.endpoint in ELSEWHERE:
            continue
        for person in (person for person in READERS if row.expected[person] == 200):
            if row.endpoint not in met or FULL:
                met.add(row.endpoint)
                yield row, person


# Hundreds of requests in one test; a busy machine takes minutes.
@pytest.mark.timeout(600)
def test_what_anybody_typed_stays_text_on_every_page(district: District) -> None:
    seen: set[str] = set()
    alive, fell, kept = [], [], []
    with hostile(district) as taken:
        for row, person in questions(district):
            answer = district.ask(person, "GET", district.address(row))
            if answer.status_code != 200:
                fell.append(f"{person} {row}: {answer.status_code}")
            if person != NOBODY and not (answer.cache_control.no_store or answer.cache_control.private):
                kept.append(f"{person} {row}: {answer.headers.get('Cache-Control')}")
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                alive += [f"{person} {row}: {page[one.start() - 60 : one.end()]}" for one in ALIVE.finditer(page)]
                seen |= set(SEEN.findall(unescape(page)))
            answer.close()
    assert alive == []
    assert kept == [], "whoever passes the answer on may show it to others"
    assert fell == []
    assert taken >= MUST_SHOW
    assert seen >= MUST_SHOW
