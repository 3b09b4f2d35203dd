"""What speaks for an interest of a person in an organization: computed from what is known, decided by the person.

A hint never closes a case. It is shown to the person before the case opens, and to whoever assigns reviewers.
"""

from __future__ import annotations

import enum
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.attestation import load_attestation
from vetting.models import (
    Answer,
    Application,
    Attestation,
    AttestationState,
    Conflict,
    ConflictState,
    DeskFeature,
    Feature,
    FeatureState,
    GrantState,
    Organization,
    Partnership,
    Program,
    Role,
    RoleGrant,
    School,
    User,
)
from vetting.queries.applications import bare_name
from vetting.questionnaires.loading import load_form
from vetting.refs import folded
from vetting.text import N_, Message, say

SHORTEST_NAME = 4
"""Letters; a shorter name would be found in too many others."""

NAMING_FORMS = ("forms/registration-1.yaml", "forms/portfolio-1.yaml")


class HintKind(enum.StrEnum):
    MAIL = "mail"
    LISTED = "listed"
    PERSON = "person"
    ADDRESS = "address"
    SCHOOL = "school"
    MEMBER = "member"


WORDS: Mapping[HintKind, str] = {
    HintKind.MAIL: N_("The mail address is at %(about)s, like one of the organization's."),
    HintKind.LISTED: N_("The list of interests names “%(about)s”, which looks like this organization."),
    HintKind.PERSON: N_("The list of interests names “%(about)s”, who is named in the organization's application."),
    HintKind.ADDRESS: N_("The list of interests names “%(about)s”, which is the organization's address."),
    HintKind.SCHOOL: N_("The organization works with %(about)s, a school of this person."),
    HintKind.MEMBER: N_("This person belonged to the organization before."),
}


@dataclass(frozen=True)
class Hint:
    """One thing that speaks for an interest. ``about`` is what was found, in the words in which it was given."""

    kind: HintKind
    about: str = ""

    @property
    def mark(self) -> str:
        """How it is kept on record that a person answered this hint."""
        return f"{self.kind.value}:{folded(self.about)}"[:200]

    @property
    def words(self) -> Message:
        return say(WORDS[self.kind], about=self.about)


@dataclass(frozen=True)
class Standing:
    """What speaks for an interest of one person in one organization, and which of it they said is none."""

    hints: tuple[Hint, ...] = ()
    denied: frozenset[str] = frozenset()

    @property
    def unanswered(self) -> tuple[Hint, ...]:
        return tuple(hint for hint in self.hints if hint.mark not in self.denied)


@dataclass
class _Facts:
    """Everything that was read, by person and by organization."""

    attested: dict[int, list[Mapping[str, str]]] = field(default_factory=lambda: defaultdict(list))
    mail: dict[int, str] = field(default_factory=dict)
    own_schools: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    former: set[tuple[int, int]] = field(default_factory=set)
    denied: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    member_mail: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    schools: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    named: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    office_mail: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    word_first: bool = False

    def is_districts_own(self, domain: str, person: int) -> bool:
        """Whether somebody else who leads the office, or keeps the system, has mail there too."""
        return bool(self.office_mail[domain] - {person})


def between(
    session: Session, people: Iterable[int], organizations: Sequence[Organization]
) -> Mapping[tuple[int, int], Standing]:
    """The standing of each of these people towards each of these organizations, by their ids. One read in all."""
    ids = sorted(set(people))
    facts = _read(session, ids, [organization.id for organization in organizations])
    return {
        (person, organization.id): Standing(
            tuple(_hints(facts, person, organization)), facts.denied.get((person, organization.id), frozenset())
        )
        for person in ids
        for organization in organizations
    }


def towards(session: Session, person: int, organization: Organization) -> tuple[Standing, bool]:
    """One person's standing, and whether no case opens without this year's word. One read."""
    facts = _read(session, [person], [organization.id])
    denied = facts.denied.get((person, organization.id), frozenset())
    return Standing(tuple(_hints(facts, person, organization)), denied), facts.word_first


def _read(session: Session, people: list[int], organizations: list[int]) -> _Facts:
    facts = _Facts()
    asked = {"people": people, "organizations": organizations}
    for kind, person, organization, text in session.execute(_statement(), asked):
        _KEEP[kind](facts, person, organization, text)
    return facts


def _keep_school(facts: _Facts, person: int, organization: int, text: str) -> None:
    facts.schools[organization][folded(text)] = text


def _keep_denied(facts: _Facts, person: int, organization: int, text: str) -> None:
    facts.denied[person, organization] = frozenset(json.loads(text))


def _keep_mail(facts: _Facts, person: int, organization: int, text: str) -> None:
    facts.mail[person] = _domain(text)


def _keep_word_first(facts: _Facts, person: int, organization: int, text: str) -> None:
    facts.word_first = True


_KEEP: Mapping[str, Callable[[_Facts, int, int, str], Any]] = {
    "attested": lambda facts, person, organization, text: facts.attested[person].extend(json.loads(text)),
    "mail": _keep_mail,
    "own_school": lambda facts, person, organization, text: facts.own_schools[person].add(folded(text)),
    "former": lambda facts, person, organization, text: facts.former.add((person, organization)),
    "denied": _keep_denied,
    "member": lambda facts, person, organization, text: facts.member_mail[organization].add(_domain(text)),
    "school": _keep_school,
    "answer": lambda facts, person, organization, text: facts.named[organization].append(folded(str(json.loads(text)))),
    "office": lambda facts, person, organization, text: facts.office_mail[_domain(text)].add(person),
    "word_first": _keep_word_first,
}
"""What each kind of row tells."""


_PEOPLE = sa.bindparam("people", type_=sa.BigInteger, expanding=True)
_ORGANIZATIONS = sa.bindparam("organizations", type_=sa.BigInteger, expanding=True)


@cache
def _statement() -> sa.CompoundSelect[Any]:
    """All facts as rows of a kind, a person, an organization and a text. Built once: it is part of every case page."""

    def row(kind: str, person: Any, organization: Any, text: Any) -> sa.Select[Any]:
        none = sa.cast(sa.null(), sa.BigInteger)
        return sa.select(
            sa.literal(kind, sa.String).label("kind"),
            (none if person is None else person).label("person"),
            (none if organization is None else organization).label("organization"),
            sa.cast(text, sa.Text).label("text"),
        )

    latest = (
        sa.select(sa.func.max(Conflict.id))
        .where(
            Conflict.state == ConflictState.DENIED,
            Conflict.user_id.in_(_PEOPLE),
            Conflict.organization_id.in_(_ORGANIZATIONS),
        )
        .group_by(Conflict.user_id, Conflict.organization_id)
    )
    last_year = (
        sa.select(sa.func.max(Attestation.year))
        .where(Attestation.user_id == User.id, Attestation.state == AttestationState.MADE)
        .correlate(User)
        .scalar_subquery()
    )
    return sa.union_all(
        row("attested", User.id, None, Attestation.interests)
        .join(Attestation, Attestation.user_id == User.id)
        .where(User.id.in_(_PEOPLE), Attestation.state == AttestationState.MADE, Attestation.year == last_year),
        row("mail", User.id, None, User.email).where(User.id.in_(_PEOPLE)),
        row("own_school", RoleGrant.user_id, None, School.name)
        .join(School, School.id == RoleGrant.school_id)
        .where(RoleGrant.user_id.in_(_PEOPLE), RoleGrant.state == GrantState.ACTIVE),
        row("former", RoleGrant.user_id, RoleGrant.organization_id, "").where(
            RoleGrant.user_id.in_(_PEOPLE),
            RoleGrant.organization_id.in_(_ORGANIZATIONS),
            RoleGrant.state == GrantState.ENDED,
        ),
        row("denied", Conflict.user_id, Conflict.organization_id, Conflict.hints).where(Conflict.id.in_(latest)),
        row("member", None, RoleGrant.organization_id, User.email)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.organization_id.in_(_ORGANIZATIONS), RoleGrant.state == GrantState.ACTIVE),
        row("office", User.id, None, User.email)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role.in_([Role.DIRECTOR, Role.SYSTEM_ADMIN]), RoleGrant.state == GrantState.ACTIVE),
        row("school", None, Program.organization_id, School.name)
        .select_from(Partnership)
        .join(Program, Program.id == Partnership.program_id)
        .join(School, School.id == Partnership.school_id)
        .where(Program.organization_id.in_(_ORGANIZATIONS))
        .distinct(),
        row("answer", None, Application.organization_id, Answer.value)
        .join(Application, Application.id == Answer.application_id)
        .where(Application.organization_id.in_(_ORGANIZATIONS), Answer.question_key.in_(_naming_questions())),
        row("word_first", None, None, "").where(
            sa.exists().where(DeskFeature.feature == Feature.ATTESTATION_FIRST, DeskFeature.state == FeatureState.ON)
        ),
    )


def _naming_questions() -> list[str]:
    """Questions whose answers name a person."""
    questions = (question for name in NAMING_FORMS for question in load_form(name).questions)
    return sorted({q.key for q in questions if q.identifies and q.key.endswith("_name")})


def _hints(facts: _Facts, person: int, organization: Organization) -> list[Hint]:
    found: list[Hint] = []
    domain = facts.mail.get(person, "")
    theirs = facts.member_mail[organization.id] | {_domain(organization.email)}
    telling = domain not in load_attestation().public_mail and not facts.is_districts_own(domain, person)
    if domain and telling and domain in theirs:
        found.append(Hint(HintKind.MAIL, domain))
    if (person, organization.id) in facts.former:
        found.append(Hint(HintKind.MEMBER))
    for interest in facts.attested[person]:
        hint = _of_interest(facts, interest.get("kind", ""), interest.get("text", ""), organization)
        if hint is not None:
            found.append(hint)
    schools = facts.schools[organization.id]
    found += [Hint(HintKind.SCHOOL, schools[name]) for name in sorted(facts.own_schools[person]) if name in schools]
    return list(dict.fromkeys(found))


def _of_interest(facts: _Facts, kind: str, text: str, organization: Organization) -> Hint | None:
    if kind == "address":
        return Hint(HintKind.ADDRESS, text) if same_address(text, organization.address) else None
    if kind == "school":
        name = folded(text).strip()
        known = facts.schools[organization.id]
        met = next((shown for key, shown in known.items() if name and (name in key or key in name)), None)
        return Hint(HintKind.SCHOOL, met) if met else None
    if any(same_name(text, name) for name in (organization.legal_name, organization.doing_business_as)):
        return Hint(HintKind.LISTED, text)
    if any(_names(text, given) for given in facts.named[organization.id]):
        return Hint(HintKind.PERSON, text)
    return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().casefold()


def same_name(text: str, name: str) -> bool:
    """Whether a text names an organization, whatever its case, accents and the words that many names share."""
    one, other = bare_name(text), bare_name(name)
    return len(other) >= SHORTEST_NAME and len(one) >= SHORTEST_NAME and (other in one or one == other)


def _names(text: str, given: str) -> bool:
    """Whether a listed person is named in an answer; a single word is too little to tell."""
    wanted = folded(text).split()
    return len(wanted) > 1 and set(wanted) <= set(re.split(r"\W+", given))


_STREET = {
    "street": "st", "avenue": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln", "place": "pl",
    "court": "ct", "square": "sq", "highway": "hwy", "suite": "ste", "massachusetts": "ma",
}  # fmt: skip


def same_address(text: str, address: str) -> bool:
    """Whether two addresses begin with the same number and street, however they are written."""
    one, other = _address(text), _address(address)
    shorter = min(len(one), len(other))
    return shorter > 1 and one[0][0].isdigit() and one[:shorter][:3] == other[:shorter][:3]


def _address(text: str) -> list[str]:
    words = re.split(r"\W+", folded(text))
    return [_STREET.get(word, word) for word in words if word]
