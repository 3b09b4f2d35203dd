"""Words to programs and cases: keeps what can be searched, and turns what somebody typed into a condition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from vetting.data.vocabulary import word_lists
from vetting.models import Application, ApplicationSearch, Organization, Program, ProgramSearch
from vetting.models.search import CASES_FULL_TEXT, FULL_TEXT
from vetting.refs import folded

MOST_WORDS = 8
LONGEST_QUERY = 200

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words of a query, folded, at most eight; signs that mean something to a database are gone."""
    return _WORD.findall(folded(text[:LONGEST_QUERY]).replace("_", " "))[:MOST_WORDS]


class _Asked(FunctionElement[bool]):
    """A condition that each database says in its own words."""

    type = sa.Boolean()

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite would else be asked whether the condition equals 1, and use no index for it."""
        return self


class _Matching(_Asked):
    """Whether a program's words begin with every word that was asked for."""

    inherit_cache = True


class _Checked(_Matching):
    """The same, asked row by row and not of the index of words."""

    inherit_cache = True


_SOUGHT = ("words_lite", "words_postgresql")


def matching(*, row_by_row: bool = False) -> sa.ColumnElement[bool]:
    """Programs whose words begin with every word of a text; the words come in with ``matching_parameters``.

    It is a condition on a row of ``ProgramSearch``. Many rows that are read in order until a page is full are better
    checked row by row.
    """
    kind = _Checked if row_by_row else _Matching
    sought = (sa.bindparam(name, type_=sa.String) for name in _SOUGHT)
    return kind(ProgramSearch.program_id, ProgramSearch.words, *sought)


def matching_parameters(words: Iterable[str]) -> dict[str, Any]:
    """What ``matching`` asks for, in the language of each database."""
    words = list(words)
    return {
        "words_lite": " ".join(f'"{word}"*' for word in words),
        "words_postgresql": " & ".join(f"{word}:*" for word in words),
    }


@compiles(_Matching)
def _by_words(element: _Matching, compiler: Any, **options: Any) -> str:
    _program, text, _lite, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"to_tsvector('english', {text}) @@ to_tsquery('english', {words})"


@compiles(_Checked)
def _by_words_of_row(element: _Checked, compiler: Any, **options: Any) -> str:
    return f"({_by_words(element, compiler, **options)}) IS TRUE"


@compiles(_Matching, "sqlite")
def _by_full_text(element: _Matching, compiler: Any, **options: Any) -> str:
    program, _text, words, _postgresql = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{program} IN (SELECT rowid FROM {FULL_TEXT} WHERE {FULL_TEXT} MATCH {words})"  # noqa: S608


@compiles(_Checked, "sqlite")
def _by_full_text_of_row(element: _Checked, compiler: Any, **options: Any) -> str:
    return f"+{_by_full_text(element, compiler, **options)}"


def refresh(session: Session, programs: Iterable[Program]) -> None:
    """Bring what can be searched up to date with these stored programs; call it when a profile is published."""
    with session.no_autoflush:
        for program in programs:
            row = session.get(ProgramSearch, program.id) or ProgramSearch(program_id=program.id)
            row.name = folded(program.name)[:200]
            row.words = folded(" ".join(_texts(program, program.organization)))
            row.facets = " ".join(sorted({f"{item.facet}={item.value}" for item in program.facets}))
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


class _Among(_Asked):
    """Whether a number is in a JSON list: one parameter, however many there are."""

    inherit_cache = True


def among(column: Any, name: str) -> sa.ColumnElement[bool]:
    """Whether a column is one of the numbers in the parameter ``name``, a JSON list."""
    return _Among(column, sa.bindparam(name, type_=sa.String))


@compiles(_Among)
def _in_list(element: _Among, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({numbers} AS JSON)))"  # noqa: S608


@compiles(_Among, "sqlite")
def _in_list_lite(element: _Among, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608


class _Containing(_Asked):
    """Whether a case's text holds what was typed: each database asks its own index."""

    inherit_cache = True


class _Held(_Containing):
    """The same, asked case by case and not of the index of texts."""

    inherit_cache = True


_TYPED = ("search_phrase", "search_short", "search_part")


def search_condition(*, row_by_row: bool = False) -> sa.ColumnElement[bool]:
    """Cases whose reference, organization or program contains a text. The text comes in with ``search_parameters``,
    so that a statement with this condition can be built once and kept. Few cases, or a page of many that contain it,
    are better checked row by row."""
    kind = _Held if row_by_row else _Containing
    return kind(Application.id, *(sa.bindparam(name, type_=sa.String) for name in _TYPED))


def search_parameters(text: str) -> dict[str, Any]:
    """What ``search_condition`` asks for."""
    plain = folded(text)
    quoted = plain.replace('"', '""')
    part = plain.replace("/", "//").replace("%", "/%").replace("_", "/_")
    # The index on SQLite knows nothing shorter than three letters; for those the texts are read.
    return {
        "search_phrase": f'"{quoted}"',
        "search_short": "yes" if len(plain) < 3 else "no",
        "search_part": f"%{part}%",
    }


@compiles(_Containing)
def _by_part(element: _Containing, compiler: Any, **options: Any) -> str:
    case, _phrase, _short, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{case} IN (SELECT application_id FROM application_search WHERE words LIKE {part} ESCAPE '/')"  # noqa: S608


@compiles(_Containing, "sqlite")
def _by_phrase(element: _Containing, compiler: Any, **options: Any) -> str:
    case, phrase, short, part = (compiler.process(clause, **options) for clause in element.clauses)
    return (
        f"{case} IN (SELECT rowid FROM {CASES_FULL_TEXT} WHERE {CASES_FULL_TEXT} MATCH {phrase} UNION ALL "  # noqa: S608
        f"SELECT application_id FROM application_search WHERE {short} = 'yes' AND words LIKE {part} ESCAPE '/')"
    )


@compiles(_Held, "sqlite")
def _by_phrase_of_row(element: _Held, compiler: Any, **options: Any) -> str:
    return f"+{_by_phrase(element, compiler, **options)}"


def refresh_cases(session: Session, applications: Iterable[Application]) -> None:
    """Bring the text of these received cases up to date; call it when one is received and when names change."""
    with session.no_autoflush:
        for application in applications:
            row = session.get(ApplicationSearch, application.id) or ApplicationSearch(application_id=application.id)
            row.words = "\n".join(folded(line) for line in _names(application))
            session.add(row)


def refresh_cases_of(session: Session, organization: Organization) -> None:
    """The same for every received case of an organization."""
    query = sa.select(Application).where(
        Application.organization_id == organization.id, Application.received_at.is_not(None)
    )
    with session.no_autoflush:
        refresh_cases(session, session.scalars(query).all())


def _names(application: Application) -> Iterable[str]:
    """A registration is about every program of its organization, a Portfolio application about one."""
    yield application.reference
    yield application.organization.legal_name
    yield application.organization.doing_business_as
    programs = [application.program] if application.program else application.organization.programs
    for program in programs:
        yield program.name
