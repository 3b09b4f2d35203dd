"""What was loaded and is written out again says what the list said; and that file, loaded again, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.imports.conftest import Cells, Checked, Load, files, partner, partnership, program, table
from vetting.imports.partner_columns import PARTNERS, PROGRAMS, Column, several, words_of
from vetting.jobs import partner_export, partner_imports
from vetting.jobs.partner_template import heads
from vetting.models import (
    Organization,
    PartnerImport,
    PartnerImportItem,
    PartnerImportState,
    RowPlan,
    Sheet,
)
from vetting.policy import SYSTEM
from vetting.sealing import Sealer
from vetting.unit_of_work import unit_of_work
from vetting.workflows import anchors, engine
from vetting.workflows.imports import PARTNER_IMPORT

P, G, S = Sheet.PARTNERS, Sheet.PROGRAMS, Sheet.PARTNERSHIPS

NAMES = (
    "Amber Kites", "Bluefin Readers", "Cobblestone Choir", "Driftwood Debate", "Elderberry Makers", "Foxglove Fencing",
    "Granite Gardeners", "Heron Harmonies", "Ivory Inkwell", "Juniper Jugglers",
)  # fmt: skip
TEXT = st.text(st.characters(categories=["L"], include_characters=" ’é"), min_size=3, max_size=40).map(
    lambda text: " ".join(f"x{text}".split())
)


def choice(column: Column) -> st.SearchStrategy[str]:
    """A word of the column, several of them, or nothing."""
    names = [name for _key, name in words_of(column)]
    if several(column):
        # In the order of the list, as they are written out.
        return st.sets(st.sampled_from(range(len(names))), max_size=4).map(
            lambda chosen: "; ".join(names[number] for number in sorted(chosen))
        )
    return st.sampled_from(["", *names])


def days(first: str, last: str) -> st.SearchStrategy[dict[str, str]]:
    """Two days with today between them, or none."""
    back, on = st.integers(1, 2000), st.integers(1, 2000)
    today = date(2026, 11, 22)
    return st.builds(
        lambda a, b: {first: (today - timedelta(a)).isoformat(), last: (today + timedelta(b)).isoformat()}, back, on
    )


CHOSEN = {column.key: choice(column) for column in (*PARTNERS, *PROGRAMS) if words_of(column)}


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[Cells], list[Cells]]:
    """Partners with programs, as somebody could have written them."""
    partners: list[Cells] = []
    programs: list[Cells] = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))):
        key = f"P-{number}"
        chosen = {column.key: draw(CHOSEN[column.key]) for column in PARTNERS if column.key in CHOSEN}
        row = {
            **chosen,
            "partner_key": key,
            "legal_name": name,
            "organization_kind": chosen["organization_kind"] or "Business",
            "tax_id": draw(st.sampled_from(["", f"04-12345{number}7"])),
            "zip": draw(st.sampled_from(["", "02119", "10001-1234"])),
            "year_founded": draw(st.sampled_from(["", "1898", "2020"])),
            "mission": draw(st.one_of(st.just(""), TEXT)),
            "contact_email": draw(st.sampled_from(["", "alex@brought.example"])),
            **draw(days("partner_since", "partner_until")),
        }
        partners.append(row)
        for letter in draw(st.sampled_from(["", "A", "AB"])):
            chosen = {column.key: draw(CHOSEN[column.key]) for column in PROGRAMS if column.key in CHOSEN}
            listed = draw(days("portfolio_from", "portfolio_until")) if chosen["portfolio_category"] else {}
            programs.append(
                {
                    **chosen,
                    **listed,
                    "program_key": f"{key}{letter}",
                    "partner_key": key,
                    "program_name": f"{name} {letter}",
                    "short_description": draw(st.one_of(st.just(""), TEXT)),
                    "max_students": draw(st.sampled_from(["", "30"])),
                }
            )
    return partners, programs


def masked(rows: list[Cells]) -> list[Cells]:
    """The rows as they are written out: a tax id by its last four digits."""
    return [{**row, "tax_id": f"**-***{row['tax_id'][-4:]}" if row.get("tax_id") else ""} for row in rows]


@given(written=lists())
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_was_loaded_is_what_the_list_said(
    app: Flask,
    sessions: sessionmaker[Session],
    sealer: Sealer,
    put_back: Callable[[], None],
    written: tuple[list[Cells], list[Cells]],
) -> None:
    put_back()
    anchors.use(app.config["SETTINGS"].instance / "anchors")
    partners, programs = written
    with app.app_context():
        assert _through(sessions, sealer, files({P: partners, G: programs})) == {RowPlan.CREATE}
        with sessions() as session:
            out = {sheet: list(rows) for sheet, rows in partner_export.rows(session).items()}
        assert sorted(out[P]) == sorted(table(P, masked(partners)))
        assert sorted(out[G]) == sorted(table(G, programs))
        again = {sheet: [dict(zip(heads(sheet), row, strict=True)) for row in out[sheet]] for sheet in (P, G)}
        assert _through(sessions, sealer, files(again)) == {RowPlan.LEAVE}


def _through(sessions: sessionmaker[Session], sealer: Sealer, given: list[tuple[str, bytes]]) -> set[RowPlan]:
    """Check a list, load it where there is something to load, and say what was planned."""
    with sessions() as session, unit_of_work(session):
        number = partner_imports.upload(session, sealer, SYSTEM, given).id
    partner_imports.check(sessions, sealer, number)
    with sessions() as session:
        query = sa.select(PartnerImportItem.plan).where(PartnerImportItem.import_id == number)
        plans = set(session.scalars(query))
        wrong = session.scalars(
            sa.select(PartnerImportItem.problems).where(PartnerImportItem.plan == RowPlan.BAD)
        ).all()
        assert wrong == []
    if RowPlan.CREATE in plans:
        with sessions() as session, unit_of_work(session):
            engine.run(session, PARTNER_IMPORT, session.get_one(PartnerImport, number), "load", SYSTEM)
        assert partner_imports.work(sessions, sealer, number, lambda: False)
        with sessions() as session:
            assert session.get_one(PartnerImport, number).state is PartnerImportState.LOADED
    return plans


def test_partnerships_are_written_out_too(session: Session, make: Factory, checked: Checked, load: Load) -> None:
    school = make.school()
    money = {"district_money": "Yes", "money_from": "2026-09-01", "money_until": "2027-06-30"}
    row = partnership(school.dese_id, school_year="2026-27", state="Active", **money)
    load(checked(files({P: [partner()], G: [program()], S: [row]})))
    out = {sheet: list(rows) for sheet, rows in partner_export.rows(session).items()}
    assert out[S] == table(S, [row])
    assert session.scalars(sa.select(Organization)).one().state == "funded"
