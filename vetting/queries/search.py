"""Words to programs: keeps what can be searched, and turns what a visitor typed into a condition."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.vocabulary import word_lists
from vetting.models import Organization, Program, ProgramSearch
from vetting.models.search import FULL_TEXT
from vetting.refs import folded

MOST_WORDS = 8
LONGEST_QUERY = 200

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words of a query, folded, at most eight; signs that mean something to a database are gone."""
    return _WORD.findall(folded(text[:LONGEST_QUERY]).replace("_", " "))[:MOST_WORDS]


def matching(session: Session, text: str) -> sa.Select[int] | None:
    """Ids of programs whose words begin with every word of ``text``; None when there is nothing to search for."""
    words = words_of(text)
    if not words:
        return None
    if session.get_bind().dialect.name == "sqlite":
        query = " ".join(f'"{word}"*' for word in words)
        table = sa.table(FULL_TEXT, sa.column("rowid", sa.Integer), sa.column(FULL_TEXT))
        return sa.select(table.c.rowid).where(table.c[FULL_TEXT].op("MATCH")(query))
    asked = sa.func.to_tsquery(sa.literal_column("'english'"), " & ".join(f"{word}:*" for word in words))
    vector = sa.func.to_tsvector(sa.literal_column("'english'"), ProgramSearch.words)
    return sa.select(ProgramSearch.program_id).where(vector.op("@@")(asked))


def refresh(session: Session, programs: Iterable[Program]) -> None:
    """Bring what can be searched up to date with these stored programs; call it when a profile is published."""
    with session.no_autoflush:
        for program in programs:
            row = session.get(ProgramSearch, program.id) or ProgramSearch(program_id=program.id)
            row.name = folded(program.name)[:200]
            row.words = folded(" ".join(_texts(program, program.organization)))
            session.add(row)


def _texts(program: Program, organization: Organization) -> Iterable[str]:
    """Everything public that a visitor may look for: names, descriptions, and the category in words."""
    yield program.name
    yield organization.legal_name
    yield organization.doing_business_as
    yield program.summary
    yield str(program.profile.get("full_description", ""))
    services = {item.key: f"{item.group} {item.name}" for item in word_lists()["service_categories"].items}
    yield services.get(program.subcategory_key) or services.get(program.category_key, "")
