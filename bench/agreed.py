"""Agreements of a district: one in force, one that waits for its last signature, and their copies in many schools."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.exemplars import Exemplar, last_ids
from bench.multiply import Ids
from tests.factories import Factory
from vetting import clock
from vetting.models import Agreement, Organization, Partnership, Program, Role, School, SignerState, User

IN_FORCE, WAITS = "agreement_in_force", "agreement_waits"
SCHOOLS = 40
AT_ONE_SCHOOL = 40
"""How many agreements the school has whose page is measured, in a district of any size."""
ONE_IN = 10
"""For so many applications of the district's years there is one agreement in force."""
WAITING = 100
"""How many wait for the district's signature among 1,000 applications; a hundred times as many make ten times more."""


@dataclass(frozen=True)
class Agreed:
    """What is copied: both exemplars, and whom and where they are about; and who signs for the district."""

    exemplars: Mapping[str, Exemplar]
    organization: Organization
    schools: Mapping[str, School]
    others: tuple[int, ...]
    signatory: User


def agreed(session: Session, make: Factory) -> Agreed:
    """Build one agreement of each kind, and the schools for their copies."""
    organization = make.partner("Harbor Tutoring")
    make.grant(make.person("Sam Signer", title="Executive Director"), Role.ORG_SIGNER, organization=organization)
    schools = {name: make.school() for name in (IN_FORCE, WAITS)}
    for school in schools.values():
        make.leader(school)
    others = tuple(make.school().id for _number in range(SCHOOLS))

    def built(name: str, build: Callable[[Agreement], None]) -> Exemplar:
        after, began = last_ids(session), clock.now()
        build(make.agreement(make.partnership(organization, schools[name])))
        return Exemplar(name, after, last_ids(session), 0, 0, began, clock.now())

    def in_force(agreement: Agreement) -> None:
        make.in_force(agreement)

    def waits(agreement: Agreement) -> None:
        make.sent(agreement)
        *first, last = agreement.versions[-1].signers
        for signer in first:
            make.sign(signer)
        if last.state is not SignerState.INVITED:
            raise RuntimeError("the district's signatory was not asked to sign")
        signatories.append(last.user)

    signatories: list[User] = []
    found = {IN_FORCE: built(IN_FORCE, in_force), WAITS: built(WAITS, waits)}
    return Agreed(found, organization, schools, others, signatories[0])


def agreements_among(applications: int) -> tuple[int, int]:
    """How many agreements are in force, and how many wait for the district, where there are so many applications."""
    return max(applications // ONE_IN, AT_ONE_SCHOOL), round(WAITING * math.sqrt(applications / 1000))


@dataclass
class Copies:
    """Where copies go: each to a program and a school that have nothing together yet, the first to one school."""

    agreed: Agreed
    school: int
    done: dict[str, int] = field(default_factory=lambda: {IN_FORCE: 0, WAITS: 0})

    def wanted(self, session: Session, in_force: int, waiting: int) -> dict[str, list[Ids]]:
        """For each exemplar whom its next copies are about, until there are so many."""
        programs = [
            tuple(row) for row in session.execute(sa.select(Program.id, Program.organization_id).order_by(Program.id))
        ]
        pairs = session.execute(sa.select(Partnership.program_id, Partnership.school_id))
        free = self._free(programs, {(program, school) for program, school in pairs})
        found: dict[str, list[Ids]] = {}
        for name, number in ((IN_FORCE, in_force), (WAITS, waiting)):
            found[name] = []
            while self.done[name] < number:
                here = name == IN_FORCE and self.done[name] < AT_ONE_SCHOOL
                found[name].append(self._shared(name, *(next(free[here], None) or next(free[False]))))
                self.done[name] += 1
        return found

    def _free(
        self, programs: list[tuple[int, ...]], taken: set[tuple[int, int]]
    ) -> dict[bool, Iterator[tuple[int, int, int]]]:
        """Program, organization and school that nothing is agreed for, by whether it is the school that is measured."""

        def pairs(schools: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
            for turn, (program, organization) in itertools.product(range(len(schools)), programs):
                school = schools[(program + turn) % len(schools)]
                if (program, school) not in taken:
                    taken.add((program, school))
                    yield program, organization, school

        return {True: pairs((self.school,)), False: pairs(self.agreed.others)}

    def _shared(self, name: str, program: int, organization: int, school: int) -> Ids:
        own = self.agreed.organization
        return {
            "program": {own.programs[0].id: program},
            "organization": {own.id: organization},
            "school": {self.agreed.schools[name].id: school},
        }
