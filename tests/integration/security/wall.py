"""A district with an organization that many people have an interest in, and the same district without its cases."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.security import world_lapses
from tests.integration.security.world import _sign_in
from tests.support import listed
from vetting import clock, refs
from vetting.models import (
    OFFICE_ROLES,
    Application,
    Base,
    BulkAct,
    BulkRun,
    Clearance,
    Conflict,
    CopyKind,
    Cover,
    Designation,
    Document,
    DuplicatePair,
    EvidenceLink,
    Extension,
    Flag,
    HistoryEntry,
    Note,
    NoteKind,
    Organization,
    OutboxMessage,
    OwnCopy,
    RenewalRun,
    RequestItem,
    Role,
    SavedView,
    SeenBy,
    Sponsorship,
    User,
)
from vetting.models.protected import PROTECTED
from vetting.models.subjects import SUBJECTS
from vetting.queries import tasklist
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import GiveExtension, PlanRun, RequestedItem, RequestInformation
from vetting.workflows.countersign_commands import PlanRenewals

NAME = "Quillon Harbor Players"
WORDS = {
    "name": NAME,
    "note": "walled-note-5501",
    "message": "walled-message-5502",
    "flag": "walled-flag-5503",
    "rating": "walled-rating-5504",
    "decision": "walled-decision-5505",
}
"""What is written about the cases behind the wall."""


@dataclass
class Walled:
    """Who has an interest, and the things of the cases that are closed to them.

    ``cases`` are references; ``keys`` are the ids of the cases' things by the name of their workflow.
    """

    people: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    keys: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def build(session: Session, store: Any) -> Walled:
    """Everything comes to its place by steps of the engine; the interests are declared last."""
    make = Factory(session, store)
    walled = Walled()
    people = walled.people
    for role in sorted(OFFICE_ROLES):
        people[role.value] = make.person(f"Iris {role.value.replace('_', ' ').title()}", role)
    people["impartial"] = make.person("Una Impartial", Role.COORDINATOR)
    organization = make.partner(NAME)
    _neighbors(make)
    cases = _cases(make, organization, people)
    _desk(make, cases[0], walled)
    _elsewhere(make, organization, walled)
    _copy(make, organization, cases[0], walled)
    _imports(make, walled)
    _relations(make, organization, walled)
    walled.values |= world_lapses.add(make, organization, make.owner_of(organization))
    for name, person in people.items():
        if name != "impartial":
            conflict = Conflict(user_id=person.id, organization_id=organization.id, reason="I know them.")
            make.take("conflict", conflict, "declare", make.actor(person))
        walled.tokens[name] = _sign_in(session, person)
    session.commit()
    every = session.scalars(sa.select(Application).where(Application.organization_id == organization.id)).all()
    walled.cases = tuple(case.reference for case in every)
    walled.ids = tuple(case.id for case in every)
    walled.keys = _keys(session, walled.ids)
    view = SavedView(
        reference=refs.new_reference("VIEW"),
        owner_id=people["impartial"].id,
        name="What we look at",
        arguments={"pile": "mine", "q": NAME.split(maxsplit=1)[0]},
        team=True,
    )
    with unit_of_work(session):
        session.add(view)
    version = cases[0].evidence[0].document_version
    keeper = make.actor(make.owner_of(organization))
    cleared = Clearance(
        organization_id=organization.id,
        organization=organization,
        name="Ana Example",
        role="Instructor",
        checked_by="Harbor Arts",
        checked_on=clock.today() - timedelta(days=30),
        next_due_on=clock.today() + timedelta(days=300),
        attested_at=clock.now(),
        text_version="1",
        statement_sha256="a" * 64,
    )
    make.take("clearance", cleared, "list", keeper)
    walled.values |= {
        "cleared": cleared.reference,
        "organization": organization.reference,
        "view": view.reference,
        "document": version.document.reference,
        "person": people["impartial"].reference,
        "round": cases[0].round.reference if cases[0].round else "",
        "type_key": version.document.type_key,
        "extension": walled.keys["extension"][0],
        "program": organization.programs[0].reference,
    }
    return walled


def _relations(make: Factory, organization: Organization, walled: Walled) -> None:
    """The organization behind the wall looks like another, and holds the money of a group."""
    double = make.organization(name="Quillon Harbour Players")
    first, second = sorted((organization, double), key=lambda each: each.id)
    pair = DuplicatePair(first_id=first.id, second_id=second.id, reasons=[{"key": "name", "likeness": "97"}])
    make.take("duplicate_pair", pair, "suspect")
    director = make.actor(make.director("Diana Apart"))
    make.take("duplicate_pair", pair, "dismiss", director, reason="Two towns, two theatres.")
    sponsorship = Sponsorship(
        organization=double,
        organization_id=double.id,
        sponsor=organization,
        sponsor_id=organization.id,
        sponsor_name=organization.legal_name,
    )
    make.take("sponsorship", sponsorship, "ask", make.actor(make.owner_of(double)))
    walled.values |= {"pair": pair.reference, "sponsorship": sponsorship.reference}


def _neighbors(make: Factory) -> None:
    """Cases that everybody sees, so that no list is empty."""
    make.submitted(make.registration(make.organization(name="Mill Pond Writers")))
    make.in_review(make.registration(make.organization(name="Sandbar Chess")))
    make.decision_drafted(make.registration(make.organization(name="Tall Oak Drama")))


def _cases(make: Factory, organization: Organization, people: Mapping[str, User]) -> list[Application]:
    """A case in every state that a person could be part of, each in a round of its own."""

    def portfolio(number: int) -> Application:
        return make.portfolio(organization, make.round(title=f"Round {number}"))

    reviewers = [people["reviewer"], make.reviewer("Rhea Reviewer")]
    reviewed = make.in_review(portfolio(1), reviewers=reviewers, coordinator=people["coordinator"])
    make.rate(reviewed.reviews[1])
    reviewed.reviews[1].ratings[0].reason = WORDS["rating"]
    drafted = make.decision_drafted(portfolio(2))
    drafted.decisions[-1].summary = WORDS["decision"]
    asked = make.submitted(portfolio(3))
    boss = make.actor(people["impartial"])
    make.take("application", asked, "screen", boss)
    question = next(q.key for s in tasklist.form_of(asked).sections for q in s.questions)
    wanted = RequestedItem(RequestItem.QUESTION, question, "We need one more sentence.")
    due = clock.today() + timedelta(days=10)
    make.take("application", asked, "request_information", boss, data=RequestInformation((wanted,), due))
    extended = portfolio(4)
    extension = Extension(reference=refs.new_reference("EXT"), application=extended)
    until = GiveExtension(clock.now() + timedelta(days=40))
    make.take("extension", extension, "grant", boss, data=until, reason="They called us.")
    return [reviewed, drafted, asked, make.submitted(extended), make.ready_to_decide(portfolio(5))]


def _desk(make: Factory, case: Application, walled: Walled) -> None:
    """What a day at the desk leaves on a case, and what people set up who have an interest later."""
    people = walled.people
    boss = make.actor(people["impartial"])
    note = Note(
        application=case,
        kind=NoteKind.COMMENT,
        seen_by=SeenBy.OFFICE,
        author_id=boss.user_id,
        body=WORDS["note"],
    )
    make.take("note", note, "write", boss)
    message = Note(
        application=case,
        kind=NoteKind.MESSAGE,
        seen_by=SeenBy.APPLICANT,
        author_id=boss.user_id,
        body=WORDS["message"],
    )
    make.take("note", message, "send", boss)
    flag = Flag(
        application=case, reason=WORDS["flag"], owner_id=people["director"].id, raised_by_id=people["impartial"].id
    )
    make.take("flag", flag, "raise", boss)
    today = clock.today()
    cover = Cover(
        absent_id=people["impartial"].id,
        substitute_id=people["coordinator"].id,
        starts_on=today,
        ends_on=today + timedelta(days=20),
        set_by_id=people["impartial"].id,
    )
    make.take("cover", cover, "agree", boss)
    run = BulkRun(
        reference=refs.new_reference("RUN"),
        act=BulkAct.REMIND,
        made_by_id=people["coordinator"].id,
        parameters={"whom": "reviewers"},
    )
    make.take("bulk_run", run, "plan", make.actor(people["coordinator"]), data=PlanRun(((case, {}),)))
    walled.values["run"] = run.reference
    year = RenewalRun(
        reference=refs.new_reference("REN"),
        school_year="2026-27",
        ends_from=today,
        ends_until=today + timedelta(days=300),
        made_by_id=people["coordinator"].id,
    )
    make.take("renewal_run", year, "plan", make.actor(people["coordinator"]), data=PlanRenewals(()))
    walled.values |= {"renewal_run": year.reference, "signing_batch": "SGN-ZZZZ-ZZZZ"}


def _copy(make: Factory, organization: Organization, case: Application, walled: Walled) -> None:
    """The organization asked for a copy of one of the cases."""
    owner = make.actor(make.owner_of(organization))
    copy = OwnCopy(
        reference=refs.new_reference("CPY"),
        kind=CopyKind.PDF,
        organization=organization,
        application=case,
        fingerprint="history-0",
        asked_by_id=owner.user_id,
    )
    make.take("own_copy", copy, "ask", owner)
    walled.values["copy"] = copy.reference


def _elsewhere(make: Factory, organization: Organization, walled: Walled) -> None:
    """What the organization does with a school; it stays when the cases are gone."""
    school = make.school("Harborview School")
    partnership = make.partnership(organization, school)
    year = make.money(school, cents=50_000_00)
    in_force = make.in_force(make.agreement(partnership, cents=1_000_00, source="partnership_fund"))
    signatory = next(s.user for s in in_force.versions[-1].signers if s.role == "district_signatory")
    walled.values |= {
        "school": school.dese_id,
        "delegation": "DEL-ZZZZ-ZZZZ",
        "year_file": "YRF-ZZZZ-ZZZZ",
        "fiscal_year": year.fiscal_year,
        "partnership": partnership.reference,
        "agreement": in_force.reference,
        "code": in_force.verify_code,
        "signatory": signatory.reference,
    }


def _imports(make: Factory, walled: Walled) -> None:
    """A list that was brought along, and an invitation after it."""
    director = make.person("Iris Importer", Role.DIRECTOR)
    upload = listed.loaded(make, director)
    sent = listed.batch(make, director, upload, make.organization(name="Brought Along Bakers"))
    walled.values |= {"import": upload.reference, "invitation_batch": sent.reference}


def _keys(session: Session, cases: Iterable[int]) -> dict[str, list[str]]:
    """How the general route for steps names everything that belongs to the cases."""
    found: dict[str, list[str]] = {}
    for name, table in SUBJECTS.items():
        rows: Iterable[Any] = ()
        if table is Application:
            rows = session.scalars(sa.select(table).where(Application.id.in_(cases)))
        elif "application_id" in table.__table__.columns and table is not Designation:
            rows = session.scalars(sa.select(table).where(table.__table__.c.application_id.in_(cases)))
        elif name == "evidence":
            links = sa.select(EvidenceLink.document_version_id).where(EvidenceLink.application_id.in_(cases))
            rows = session.scalars(sa.select(table).where(table.__table__.c.id.in_(links)))
        found[name] = [str(getattr(row, "reference", None) or row.id) for row in rows]
    return found


def copied(database: Path, folder: Path) -> None:
    """The instance of a district beside it, byte for byte."""
    shutil.copytree(database.parent, folder, dirs_exist_ok=True)


def take_out(connection: sa.Connection, cases: Iterable[int]) -> None:
    """The district as if the cases had never been: whatever hangs on them goes, and what only names them forgets it."""
    for name in PROTECTED:
        for act in ("update", "delete"):
            on = f" ON {name}" if connection.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS protect_{name}_{act}{on}")
    links = sa.select(EvidenceLink.document_version_id).where(EvidenceLink.application_id.in_(list(cases)))
    versions = SUBJECTS["evidence"].__table__
    documents = connection.scalars(sa.select(versions.c.document_id).where(versions.c.id.in_(links))).all()
    doomed: dict[sa.Table, set[Any]] = {_table(Application): set(cases), _table(Document): set(documents)}
    order: list[tuple[sa.Table, set[Any]]] = list(doomed.items())
    for table, ids in order:
        for column in _pointing_at(table):
            child = column.table
            if column.nullable:
                connection.execute(sa.update(child).where(column.in_(ids)).values({column.name: None}))
                continue
            gone = set(connection.scalars(sa.select(_key(child)).where(column.in_(ids)))) - doomed.get(child, set())
            if gone:
                doomed.setdefault(child, set()).update(gone)
                order.append((child, gone))
    _forget(connection, doomed)
    for table in reversed(Base.metadata.sorted_tables):
        if table in doomed:
            connection.execute(sa.delete(table).where(_key(table).in_(doomed[table])))


def _pointing_at(table: sa.Table) -> list[Any]:
    """Columns of all tables that refer to this one."""
    columns = (column for child in Base.metadata.sorted_tables for column in child.columns)
    return [column for column in columns if any(key.column.table is table for key in column.foreign_keys)]


def _forget(connection: sa.Connection, doomed: Mapping[sa.Table, set[Any]]) -> None:
    """History and mail name their subjects without a foreign key."""
    history, outbox = _table(HistoryEntry), _table(OutboxMessage)
    for name, subject in SUBJECTS.items():
        ids = doomed.get(_table(subject), set())
        about = sa.and_(history.c.subject_type == name, history.c.subject_id.in_(ids))
        connection.execute(sa.delete(history).where(about))
        for row in connection.execute(sa.select(outbox.c.id, outbox.c.payload)).all():
            if row.payload.get("subject_type") == name and row.payload.get("subject_id") in ids:
                connection.execute(sa.delete(outbox).where(outbox.c.id == row.id))


def _table(model: type[Base]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def _key(table: sa.Table) -> Any:
    return next(iter(table.primary_key.columns))
