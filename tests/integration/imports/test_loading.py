"""What a list brings, what it leaves alone, and what it never touches."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.imports.conftest import Checked, Load, Loaded, csv_file, files, partner, partnership, program
from vetting.models import (
    Designation,
    DesignationKind,
    HistoryEntry,
    Organization,
    PairChoice,
    PartnerImport,
    PartnerImportFile,
    PartnerImportItem,
    PartnerImportPair,
    PartnerImportState,
    Partnership,
    PartnershipState,
    PartnerState,
    Program,
    ProgramState,
    RowPlan,
    RowResult,
    Sheet,
)
from vetting.sealing import Sealer
from vetting.unit_of_work import unit_of_work
from vetting.workflows.verify import check as verify

P, G, S = Sheet.PARTNERS, Sheet.PROGRAMS, Sheet.PARTNERSHIPS


def plans(session: Session, upload: PartnerImport) -> list[RowPlan]:
    """What would happen to each row, in order."""
    query = sa.select(PartnerImportItem.plan).where(PartnerImportItem.import_id == upload.id)
    return list(session.scalars(query.order_by(PartnerImportItem.position)))


def results(session: Session, upload: PartnerImport) -> list[RowResult | None]:
    """What happened to each row, in order."""
    query = sa.select(PartnerImportItem.result).where(PartnerImportItem.import_id == upload.id)
    return list(session.scalars(query.order_by(PartnerImportItem.position)))


def said(session: Session, upload: PartnerImport) -> str:
    """Everything that is said about the rows, in one text."""
    rows = session.scalars(sa.select(PartnerImportItem).where(PartnerImportItem.import_id == upload.id)).all()
    return " ".join(problem["text"] % problem["values"] for row in rows for problem in row.problems)


def test_a_partner_comes_with_its_program_and_partnership(session: Session, make: Factory, loaded: Loaded) -> None:
    school = make.school()
    upload = loaded(
        {
            P: [partner(tax_id="04-1234567", website="www.lantern.example", mission="We build lanterns.")],
            G: [
                program(
                    portfolio_category="Before- and after-school enrichment",
                    portfolio_from="2025-01-01",
                    portfolio_until="2029-06-30",
                )
            ],
            S: [partnership(school.dese_id, state="Active")],
        }
    )
    assert results(session, upload) == [RowResult.CREATED] * 3
    organization = session.scalars(sa.select(Organization).where(Organization.import_key == "P-001")).one()
    assert organization.state is PartnerState.PORTFOLIO
    assert organization.listed
    assert (organization.ein_last4, organization.website) == ("4567", "https://www.lantern.example")
    partner_days = next(d for d in organization.designations if d.kind is DesignationKind.PARTNER)
    assert (partner_days.starts_on, partner_days.ends_on) == (date(2024, 7, 1), date(2029, 6, 30))
    assert partner_days.application_id is None
    [there] = organization.programs
    assert there.state is ProgramState.APPROVED
    assert there.category_key == "enrichment"
    assert session.scalars(sa.select(Partnership)).one().state is PartnershipState.ACTIVE
    assert list(verify(session)) == []


def test_history_says_where_it_came_from_and_no_tax_id_is_in_the_clear(
    session: Session, loaded: Loaded, sealer: Sealer
) -> None:
    upload = loaded({P: [partner(tax_id="04-1234567")]})
    entries = session.scalars(sa.select(HistoryEntry)).all()
    brought = next(entry for entry in entries if entry.subject_type == "partner")
    assert upload.reference in brought.reason
    assert brought.data["because_of"][0] == "partner_import"
    everything = " ".join(f"{entry.data}{entry.reason}" for entry in entries)
    assert "1234567" not in everything.replace("-", "")
    assert session.scalars(sa.select(PartnerImportFile)).all() == []
    kept = session.scalars(sa.select(PartnerImportItem)).one()
    assert kept.sealed is None
    organization = session.scalars(sa.select(Organization).where(Organization.import_key == "P-001")).one()
    assert organization.ein_encrypted is not None
    assert sealer.open(organization.ein_encrypted) == "04-1234567"


def test_the_same_list_again_changes_nothing(session: Session, make: Factory, loaded: Loaded, checked: Checked) -> None:
    school = make.school()
    rows = {
        P: [partner(tax_id="04-1234567"), partner("P-002", partner_since="", partner_until="")],
        G: [program(), program("P-002A", "P-002", grades="")],
        S: [partnership(school.dese_id)],
    }
    loaded(rows)
    upload = checked(files(rows))
    assert plans(session, upload) == [RowPlan.LEAVE] * 5
    assert said(session, upload) == ""


def test_only_what_is_new_is_changed(session: Session, loaded: Loaded) -> None:
    loaded({P: [partner(phone="617-555-0100", mission="Old words.")], G: [program(grades="")]})
    draft = session.scalars(sa.select(Program)).one()
    assert draft.state is ProgramState.DRAFT, "a program without grades is completed first"
    session.rollback()
    upload = loaded({P: [partner(mission="New words.", partner_until="2030-06-30")], G: [program()]})
    session.expire_all()
    assert results(session, upload) == [RowResult.UPDATED, RowResult.UPDATED]
    organization = session.scalars(sa.select(Organization).where(Organization.import_key == "P-001")).one()
    assert (organization.phone, organization.mission) == ("617-555-0100", "New words.")
    assert [d.ends_on for d in organization.designations] == [date(2030, 6, 30)]
    assert session.scalars(sa.select(Program)).one().state is ProgramState.APPROVED
    assert organization.listed


def test_a_time_that_is_over_leaves_a_lapsed_partner(session: Session, loaded: Loaded) -> None:
    loaded({P: [partner(partner_since="2020-07-01", partner_until="2022-06-30")], G: [program()]})
    organization = session.scalars(sa.select(Organization).where(Organization.import_key == "P-001")).one()
    assert organization.state is PartnerState.LAPSED
    assert not organization.listed


def test_what_a_partner_said_itself_is_not_written_over(
    session: Session, make: Factory, checked: Checked, load: Load
) -> None:
    application = make.approved()
    organization = application.organization
    name, mission = organization.legal_name, organization.mission
    session.rollback()
    upload = checked([csv_file(P, [partner(legal_name=name, mission="From an old list.")])])
    pair = session.scalars(sa.select(PartnerImportPair)).one()
    assert (pair.organization_id, plans(session, upload)) == (organization.id, [RowPlan.ASK])
    with unit_of_work(session):
        pair.choice = PairChoice.SAME
    upload = load(checked([csv_file(P, [partner(legal_name=name, mission="From an old list.")])]))
    assert results(session, upload) == [RowResult.UPDATED]
    session.refresh(organization)
    assert (organization.import_key, organization.mission) == ("P-001", mission)
    assert len(organization.designations) == 1, "our own decision says how long"


def test_programs_of_a_partner_with_a_mistake_wait(session: Session, checked: Checked) -> None:
    upload = checked(files({P: [partner(tax_id="4123456")], G: [program()], S: [partnership("00350001")]}))
    assert plans(session, upload) == [RowPlan.BAD] * 3
    words = said(session, upload)
    assert "lost its leading zeros" in words
    assert "4123456" not in words


def test_nothing_is_written_before_loading(session: Session, checked: Checked) -> None:
    upload = checked(files({P: [partner()], G: [program()]}))
    assert upload.state is PartnerImportState.CHECKED
    assert session.scalars(sa.select(Organization)).all() == []
    assert session.scalars(sa.select(Designation)).all() == []


def test_a_database_that_moved_is_looked_at_again(
    session: Session, make: Factory, checked: Checked, load: Load, loaded: Loaded
) -> None:
    first = checked(files({P: [partner()]}))
    number = first.id
    loaded({P: [partner(phone="617-555-0100")]})
    after = load(session.get_one(PartnerImport, number))
    assert after.state is PartnerImportState.CHECKED
    assert after.moved
    assert plans(session, after) == [RowPlan.LEAVE]


def test_a_choice_is_kept(session: Session, make: Factory, checked: Checked, load: Load) -> None:
    rows = files(
        {P: [partner(legal_name="Harbor Lights Theater"), partner("P-002", legal_name="Harbour Lights Theatre")]}
    )
    upload = checked(rows)
    assert plans(session, upload) == [RowPlan.CREATE, RowPlan.ASK]
    with unit_of_work(session):
        session.scalars(sa.select(PartnerImportPair)).one().choice = PairChoice.SAME
    session.rollback()
    again = checked(rows)
    assert plans(session, again) == [RowPlan.CREATE, RowPlan.SKIP]
    done = load(again)
    assert results(session, done) == [RowResult.CREATED, RowResult.SKIPPED]
    session.rollback()
    third = checked(rows)
    assert plans(session, third) == [RowPlan.LEAVE, RowPlan.SKIP]
