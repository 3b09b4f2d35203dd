"""The district that is measured: real cases once, their copies, and what the figures ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.databases import Database
from bench.exemplars import Cases, Exemplar, exemplars, last_ids
from bench.multiply import Multiplier
from tests.factories import Factory
from vetting import clock
from vetting.jobs import estimates, stay_figures
from vetting.models import Organization, Program, Role, RoleGrant, User
from vetting.queries.directory_question import LISTED
from vetting.unit_of_work import unit_of_work
from vetting.workflows import anchors

SEED = 20260901
SIGNED_AGREEMENTS = 3


@dataclass(frozen=True)
class District:
    """One database's district. Agreements are signed by all and wait for the worker."""

    database: Database
    coordinator: User
    director: User
    leader: User
    agreement_ids: tuple[int, ...]
    agreement: str


def build(databases: Sequence[Database]) -> tuple[list[District], Multiplier]:
    """Build the real cases in every database; what copies them into all of them."""
    districts = []
    for database in databases:
        with database.session() as session:
            made = Factory(session, database.store)
            cases = Cases(made)
            found = exemplars(session, cases)
            districts.append(_district(database, session, made, cases))
            if database is databases[0]:
                first: tuple[dict[str, Exemplar], dict[str, int]] = (found, last_ids(session))
            elif last_ids(session) != first[1]:
                # Copies carry ids, so that one copy can be inserted everywhere.
                raise RuntimeError(f"the same steps gave other ids in {database.name} than in {databases[0].name}")
        # Counted here, so that their copies count as counted.
        stay_figures.fold(sessionmaker(database.engine))
    with databases[0].session() as session:
        return districts, Multiplier(session, first[0], SEED)


def _district(database: Database, session: Session, made: Factory, cases: Cases) -> District:
    signed = [made.signed() for _time in range(SIGNED_AGREEMENTS)]
    grant = session.scalars(
        sa.select(RoleGrant).where(RoleGrant.role == Role.SCHOOL_LEADER, RoleGrant.school_id == signed[0].school_id)
    ).one()
    return District(
        database,
        cases.staff.coordinator,
        cases.staff.director,
        grant.user,
        tuple(item.id for item in signed),
        signed[0].reference,
    )


def grow(
    databases: Sequence[Database], multiplier: Multiplier, applications: int, progress: Callable[[int], None]
) -> None:
    """Add copies to every database until each has this many applications."""
    done = multiplier.applications
    last: dict[str, int] = {}
    for database in databases:
        with database.session() as session:
            for name, number in last_ids(session).items():
                last[name] = max(number, last.get(name, 0))
    stays: Counter[stay_figures.Key] = Counter()
    for batch in multiplier.up_to(applications, last):
        for database in databases:
            database.load(batch.rows)
            anchors.use(database.instance / "anchors")
            anchors.promise(batch.heads)
            anchors.keep(batch.heads)
        stays.update(stay_figures.counted(batch.stays))
        done += batch.applications
        progress(done)
    for database in databases:
        with database.session() as session, unit_of_work(session):
            stay_figures.add(session, stays)
        estimates.learn(sessionmaker(database.engine), clock.today())
        database.settle()


def listed(session: Session) -> int:
    """How many programs the public directory holds."""
    query = sa.select(sa.func.count()).select_from(Program).join(Organization).where(*LISTED)
    return session.scalar(query) or 0
