"""The district that is measured: real cases once, their copies, and what the figures ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.agreed import Agreed, Copies, agreed, agreements_among
from bench.databases import Database
from bench.exemplars import Cases, exemplars, last_ids
from bench.multiply import Batch, Multiplier
from tests.factories import Factory
from vetting import clock
from vetting.jobs import estimates, stay_figures
from vetting.models import Agreement, Organization, Program, Role, RoleGrant, School, User
from vetting.queries.directory_question import LISTED
from vetting.unit_of_work import unit_of_work
from vetting.workflows import anchors

SEED = 20260901
EXECUTED_TOGETHER, TIMES_EXECUTED = 3, 6
TO_EXECUTE = 1 + EXECUTED_TOGETHER * TIMES_EXECUTED
"""So many agreements are executed: the first to warm up, then a few each time it is measured."""


@dataclass(frozen=True)
class District:
    """One database's district. Agreements are signed by all and wait for the worker; ``school`` is ``leader``'s."""

    database: Database
    coordinator: User
    director: User
    leader: User
    school: School
    signatory: User
    agreement_ids: tuple[int, ...]
    agreement: str


@dataclass(frozen=True)
class Seed:
    """What is copied into all databases."""

    multiplier: Multiplier
    copies: Copies


def build(databases: Sequence[Database], to_execute: int = TO_EXECUTE) -> tuple[list[District], Seed]:
    """Build the real cases in every database; what copies them into all of them."""
    districts = []
    for database in databases:
        with database.session() as session:
            made = Factory(session, database.store)
            cases = Cases(made)
            found = exemplars(session, cases)
            signed = [made.signed() for _time in range(to_execute)]
            agreements = agreed(session, made)
            districts.append(_district(database, session, cases, signed, agreements))
            if database is databases[0]:
                first = ({**found, **agreements.exemplars}, last_ids(session))
                copies = Copies(agreements, signed[0].school_id)
            elif last_ids(session) != first[1]:
                # Copies carry ids, so that one copy can be inserted everywhere.
                raise RuntimeError(f"the same steps gave other ids in {database.name} than in {databases[0].name}")
        # Counted here, so that their copies count as counted.
        stay_figures.fold(sessionmaker(database.engine))
    with databases[0].session() as session:
        return districts, Seed(Multiplier(session, first[0], SEED), copies)


def _district(
    database: Database, session: Session, cases: Cases, signed: Sequence[Agreement], agreements: Agreed
) -> District:
    grant = session.scalars(
        sa.select(RoleGrant).where(RoleGrant.role == Role.SCHOOL_LEADER, RoleGrant.school_id == signed[0].school_id)
    ).one()
    return District(
        database,
        cases.staff.coordinator,
        cases.staff.director,
        grant.user,
        signed[0].school,
        agreements.signatory,
        tuple(item.id for item in signed),
        signed[0].reference,
    )


def grow(databases: Sequence[Database], seed: Seed, applications: int, progress: Callable[[int], None]) -> None:
    """Add copies to every database until each has this many applications, and its agreements."""
    multiplier = seed.multiplier
    done = multiplier.applications
    stays: Counter[stay_figures.Key] = Counter()
    for batch in multiplier.up_to(applications, _last(databases)):
        _pour(databases, batch)
        stays.update(stay_figures.counted(batch.stays))
        done += batch.applications
        progress(done)
    for database in databases:
        with database.session() as session, unit_of_work(session):
            stay_figures.add(session, stays)
    grow_agreements(databases, seed, *agreements_among(applications))
    for database in databases:
        estimates.learn(sessionmaker(database.engine), clock.today())
        database.settle()


def grow_agreements(databases: Sequence[Database], seed: Seed, in_force: int, waiting: int = 0) -> None:
    """Add copies until so many agreements are in force, and so many wait for the district's signature."""
    with databases[0].session() as session:
        wanted = seed.copies.wanted(session, in_force, waiting)
    for name, shared in wanted.items():
        for batch in seed.multiplier.copies(name, shared, _last(databases)):
            _pour(databases, batch)


def _last(databases: Sequence[Database]) -> dict[str, int]:
    """The highest id in use anywhere, by table."""
    last: dict[str, int] = {}
    for database in databases:
        with database.session() as session:
            for name, number in last_ids(session).items():
                last[name] = max(number, last.get(name, 0))
    return last


def _pour(databases: Sequence[Database], batch: Batch) -> None:
    for database in databases:
        database.load(batch.rows)
        anchors.use(database.instance / "anchors")
        anchors.promise(batch.heads)
        anchors.keep(batch.heads)
        for key, body in batch.files:
            path = database.store.root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)


def listed(session: Session) -> int:
    """How many programs the public directory holds."""
    query = sa.select(sa.func.count()).select_from(Program).join(Organization).where(*LISTED)
    return session.scalar(query) or 0
