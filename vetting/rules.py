"""Who acts, and the small rules with words that the policy table is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vetting.data.evidence_types import EvidenceType, Sensitivity, load_evidence_types
from vetting.models import OFFICE_ROLES, ApplicationState, Feature, ReviewState, Role, SeenBy
from vetting.text import N_


@dataclass(frozen=True)
class StandIn:
    """For which leader of a school a person acts on this day, and whether they may sign for them."""

    leader_id: int
    leader: str
    may_sign: bool


@dataclass(frozen=True)
class Actor:
    """Whoever is acting, with the relations that matter, read fresh for each request.

    ``organizations`` and ``schools`` map an id to the roles held there; ``conflicts`` are organization ids;
    ``attested`` says whether the person gave this school year's word on their interests, if they owe one;
    ``features`` are the parts of the desk that are in use, read for people with a role in the office; ``lanes`` the
    kinds of special knowledge they look after; ``stands_in`` says at which school they act for a leader today.
    """

    user_id: int | None = None
    name: str = ""
    email: str = ""
    kind: str = "visitor"
    roles: frozenset[Role] = frozenset()
    organizations: dict[int, frozenset[Role]] = field(default_factory=dict)
    schools: dict[int, frozenset[Role]] = field(default_factory=dict)
    conflicts: frozenset[int] = frozenset()
    features: frozenset[Feature] = frozenset()
    lanes: frozenset[str] = frozenset()
    stands_in: Mapping[int, StandIn] = field(default_factory=dict)
    attested: bool = True
    address: str = ""
    agent: str = ""
    method: str = ""

    def __hash__(self) -> int:
        return hash((self.kind, self.user_id))

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def in_office(self) -> bool:
        return bool(self.roles & OFFICE_ROLES)

    @property
    def owes_word(self) -> bool:
        """Whether the person works on cases and has not given this school year's word on their interests."""
        return not self.attested and bool(self.roles & WORKS_ON_CASES)


WORKS_ON_CASES = frozenset({Role.COORDINATOR, Role.DIRECTOR, Role.REVIEWER, Role.RISK, Role.DATA_PRIVACY, Role.FINANCE})
"""Who gives their word on their interests once a school year."""

VISITOR = Actor()
SYSTEM = Actor(kind="system", name="System")

Test = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Rule:
    """A test with its words. Rules compose with ``&``, ``|`` and ``~``."""

    words: str
    test: Test

    def __and__(self, other: Rule) -> Rule:
        return Rule(f"{self.words} and {other.words}", lambda a, s: self.test(a, s) and other.test(a, s))

    def __or__(self, other: Rule) -> Rule:
        return Rule(f"({self.words} or {other.words})", lambda a, s: self.test(a, s) or other.test(a, s))

    def __invert__(self) -> Rule:
        return Rule(f"not {self.words}", lambda a, s: not self.test(a, s))


def _organization_of(subject: Any) -> int | None:
    return _key_of(subject, "organization")


def _school_of(subject: Any) -> int | None:
    return _key_of(subject, "school")


def _key_of(subject: Any, name: str) -> int | None:
    """The id of what the subject belongs to; a row that is not stored yet knows it only through its relationship."""
    value = getattr(subject, f"{name}_id", None)
    if value is None:
        value = getattr(getattr(subject, name, None), "id", None)
    return value if isinstance(value, int) else None


def _application_of(subject: Any) -> Any:
    return getattr(subject, "application", subject)


def holds(*roles: Role) -> Rule:
    """Has one of these office roles."""
    wanted = frozenset(roles)
    return Rule(" or ".join(role.replace("_", " ") for role in roles), lambda a, s: bool(a.roles & wanted))


def uses(feature: Feature) -> Rule:
    """The district has switched this part of the desk on."""
    return Rule(f"uses {feature.replace('_', ' ')}", lambda a, s: feature in a.features)


def at_organization(*roles: Role) -> Rule:
    """Has one of these roles at the organization the subject belongs to."""
    wanted = frozenset(roles)

    def test(actor: Actor, subject: Any) -> bool:
        organization_id = _organization_of(subject)
        return organization_id is not None and bool(actor.organizations.get(organization_id, frozenset()) & wanted)

    return Rule(" or ".join(role.replace("org_", "organization ").replace("_", " ") for role in roles), test)


def at_school(*roles: Role) -> Rule:
    """Has one of these roles at the school the subject belongs to."""
    wanted = frozenset(roles)

    def test(actor: Actor, subject: Any) -> bool:
        school_id = _school_of(subject)
        return school_id is not None and bool(actor.schools.get(school_id, frozenset()) & wanted)

    return Rule(" or ".join(f"{role.replace('_', ' ')} there" for role in roles), test)


def _stands_in(actor: Actor, subject: Any) -> bool:
    return (_school_of(subject) or 0) in actor.stands_in


def _signs_there(actor: Actor, subject: Any) -> bool:
    found = actor.stands_in.get(_school_of(subject) or 0)
    return found is not None and found.may_sign


def stand_in_at(actor: Actor, subject: Any) -> StandIn | None:
    """For whom this person acts today at the school that the subject belongs to."""
    return actor.stands_in.get(_school_of(subject) or 0)


def is_assigned(actor: Actor, subject: Any) -> bool:
    live = {ReviewState.ASSIGNED, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED}
    reviews = getattr(_application_of(subject), "reviews", ())
    return any(review.reviewer_id == actor.user_id and review.state in live for review in reviews)


def _has_submitted(actor: Actor, subject: Any) -> bool:
    reviews = getattr(_application_of(subject), "reviews", ())
    return any(r.reviewer_id == actor.user_id and r.state is ReviewState.SUBMITTED for r in reviews)


def _may_still_review(actor: Actor, subject: Any) -> bool:
    """A person who owes an independent review of this case sees nobody else's until it is in."""
    reviews = getattr(_application_of(subject), "reviews", ())
    return any(
        r.reviewer_id == actor.user_id and r.state in {ReviewState.ASSIGNED, ReviewState.IN_PROGRESS} for r in reviews
    )


DECIDED = frozenset({ApplicationState.APPROVED, ApplicationState.NOT_SELECTED})


def _decision_released(actor: Actor, subject: Any) -> bool:
    return getattr(_application_of(subject), "state", None) in DECIDED


def _is_own_cover(actor: Actor, subject: Any) -> bool:
    return actor.user_id is not None and getattr(subject, "absent_id", None) == actor.user_id


def _written_by(actor: Actor, subject: Any) -> bool:
    return actor.user_id is not None and getattr(subject, "author_id", None) == actor.user_id


def _for_applicant(actor: Actor, subject: Any) -> bool:
    return getattr(subject, "seen_by", None) is SeenBy.APPLICANT


def _entered_by(actor: Actor, subject: Any) -> bool:
    """Whether the draft was taken down by this person of the office."""
    case = _application_of(subject)
    own = actor.user_id is not None and getattr(case, "assisted_by_id", None) == actor.user_id
    return own and getattr(case, "state", None) is ApplicationState.DRAFT


def _of_the_sponsor(*roles: Role) -> Test:
    wanted = frozenset(roles)
    return lambda actor, subject: bool(
        actor.organizations.get(getattr(subject, "sponsor_id", None) or 0, frozenset()) & wanted
    )


SENSITIVITY_WORDS: Mapping[Sensitivity, str] = {
    Sensitivity.ORDINARY: N_("the document is an ordinary one"),
    Sensitivity.RESTRICTED: N_("the document is a restricted one"),
    Sensitivity.HIGH: N_("the document may hold a personal number"),
}

LANE_ROLES: Mapping[str, Role] = {"risk": Role.RISK, "data_privacy": Role.DATA_PRIVACY, "finance": Role.FINANCE}
"""Roles that look after a lane by what they are."""


def keeps_lane(actor: Actor, lane: str) -> bool:
    """Whether a document of this lane is this person's to check; every one is while lanes are off."""
    if not lane or Feature.LANES not in actor.features:
        return True
    return knows_lane(actor, lane)


def knows_lane(actor: Actor, lane: str) -> bool:
    """Whether this person looks after a lane, whether lanes are in use or not."""
    return lane in actor.lanes or LANE_ROLES.get(lane) in actor.roles


def _kind_of(subject: Any) -> EvidenceType | None:
    document = getattr(subject, "document", None) or getattr(getattr(subject, "version", None), "document", None)
    return load_evidence_types().documents.get(getattr(document, "type_key", ""))


def _lane_of(subject: Any) -> str:
    kind = _kind_of(subject)
    return kind.lane if kind is not None else ""


def sensitive(level: Sensitivity) -> Rule:
    """The document is of a kind that is this sensitive; a kind that the list no longer has is treated as restricted."""

    def test(actor: Actor, subject: Any) -> bool:
        kind = _kind_of(subject)
        return (kind.sensitivity if kind is not None else Sensitivity.RESTRICTED) is level

    return Rule(SENSITIVITY_WORDS[level], test)


def _brought_it(actor: Actor, subject: Any) -> bool:
    by = getattr(subject, "uploaded_by_id", None) or getattr(getattr(subject, "version", None), "uploaded_by_id", None)
    return actor.user_id is not None and by == actor.user_id


def _apart_from_both(actor: Actor, subject: Any) -> bool:
    both = {getattr(subject, "first_id", None), getattr(subject, "second_id", None)}
    return not both & (set(actor.conflicts) | set(actor.organizations))


def _asked_to_approve(actor: Actor, subject: Any) -> bool:
    role = getattr(subject, "role", None)
    if role is Role.SCHOOL_LEADER:
        return role in actor.schools.get(_school_of(subject) or 0, frozenset()) or _signs_there(actor, subject)
    return role in actor.roles


anyone = Rule(N_("anyone"), lambda a, s: True)
signed_in = Rule(N_("a signed-in person"), lambda a, s: a.signed_in)
the_system = Rule(N_("the system itself"), lambda a, s: a.kind == "system")
conflicted = Rule(N_("declared a conflict of interest"), lambda a, s: _organization_of(s) in a.conflicts)
member_there = Rule(N_("belongs to this organization"), lambda a, s: _organization_of(s) in a.organizations)
assigned = Rule(N_("assigned to this case"), is_assigned)
owes_review = Rule(N_("still owes a review of this case"), _may_still_review)
was_sent = Rule(
    N_("the application was sent"), lambda a, s: getattr(_application_of(s), "received_at", None) is not None
)
decision_released = Rule(N_("the decision was released"), _decision_released)
own_review = Rule(
    N_("whose review it is"), lambda a, s: a.user_id is not None and getattr(s, "reviewer_id", None) == a.user_id
)
asked_to_approve = Rule(N_("holds the role that is asked to approve"), _asked_to_approve)
own_signature = Rule(
    N_("the named signer"), lambda a, s: a.user_id is not None and getattr(s, "user_id", None) == a.user_id
)
of_own_lane = Rule(N_("looks after the document's lane"), lambda a, s: keeps_lane(a, _lane_of(s)))
in_own_lane = Rule(N_("has the special knowledge of the document's lane"), lambda a, s: knows_lane(a, _lane_of(s)))
own_document = Rule(N_("who sent the document"), _brought_it)
own_note = Rule(N_("whose note it is"), _written_by)
own_cover = Rule(N_("whose absence it is"), _is_own_cover)
for_applicant = Rule(N_("the applicant may read it"), _for_applicant)
of_one_case = Rule(N_("about one application"), lambda a, s: not getattr(s, "covers_everything", False))
own_role = Rule(N_("whose role it is"), lambda a, s: a.user_id is not None and getattr(s, "user_id", None) == a.user_id)
own_account = Rule(
    N_("whose account it is"), lambda a, s: a.user_id is not None and getattr(s, "user_id", None) == a.user_id
)
own_upload = Rule(
    N_("who sends the file"), lambda a, s: a.user_id is not None and getattr(s, "account_id", None) == a.user_id
)
scans_agreement = Rule(
    N_("the file is the scan of an agreement"), lambda a, s: str(getattr(s, "scope", "")).startswith("AGR-")
)
entered_by_office = Rule(
    N_("the office entered the application"),
    lambda a, s: getattr(_application_of(s), "assisted_by_id", None) is not None,
)
enters = Rule(N_("who enters this draft for the organization"), _entered_by)
offered_to = Rule(
    N_("to whom it is offered"), lambda a, s: a.user_id is not None and getattr(s, "to_user_id", None) == a.user_id
)
sponsor_owner = Rule(N_("owner of the fiscal sponsor"), _of_the_sponsor(Role.ORG_OWNER))
apart_from_both = Rule(N_("has no interest and no role at either organization"), _apart_from_both)
invited = Rule(
    N_("signed in with the invited address"),
    lambda a, s: a.signed_in and a.email.casefold() == getattr(s, "email", "").casefold(),
)
owner_there = at_organization(Role.ORG_OWNER)
answers_there = at_organization(Role.ORG_OWNER, Role.ORG_SIGNER)
signer_there = at_organization(Role.ORG_OWNER, Role.ORG_SIGNER)
editor_there = at_organization(Role.ORG_OWNER, Role.ORG_EDITOR)
speaks_there = at_organization(Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER)
reader_there = at_organization(Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER, Role.ORG_VIEWER)
leader_there = at_school(Role.SCHOOL_LEADER)
stands_in_there = Rule(N_("acts for the school leader there today"), _stands_in)
own_delegation = Rule(
    N_("who acts for the school leader"),
    lambda a, s: a.user_id is not None and getattr(s, "delegate_id", None) == a.user_id,
)
own_year_file = Rule(
    N_("who asked for the file"), lambda a, s: a.user_id is not None and getattr(s, "asked_by_id", None) == a.user_id
)
school_staff_there = at_school(Role.SCHOOL_LEADER, Role.SCHOOL_LIAISON)
office = Rule(N_("works in the district's offices"), lambda a, s: a.in_office)
impartial = ~conflicted & ~member_there
coordinates = holds(Role.COORDINATOR, Role.DIRECTOR)
READS_ALL = (
    Role.COORDINATOR,
    Role.DIRECTOR,
    Role.AUDITOR,
    Role.RECORDS_OFFICER,
    Role.RISK,
    Role.DATA_PRIVACY,
    Role.FINANCE,
)
reads_all = holds(*READS_ALL)
