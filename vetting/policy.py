"""Who may do what: one table of permissions and rules.

A rule says *who*; whether it can be done *now* is for the guards of the workflow. Rules carry their own words, so
refusals, help pages and ``docs/permissions.md`` are printed from this table.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from vetting.models import OFFICE_ROLES, ApplicationState, ReviewState, Role, SeenBy
from vetting.text import N_


@dataclass(frozen=True)
class Actor:
    """Whoever is acting, with the relations that matter, read fresh for each request.

    ``organizations`` and ``schools`` map an id to the roles held there; ``conflicts`` are organization ids;
    ``attested`` says whether the person gave this school year's word on their interests, if they owe one.
    """

    user_id: int | None = None
    name: str = ""
    email: str = ""
    kind: str = "visitor"
    roles: frozenset[Role] = frozenset()
    organizations: dict[int, frozenset[Role]] = field(default_factory=dict)
    schools: dict[int, frozenset[Role]] = field(default_factory=dict)
    conflicts: frozenset[int] = frozenset()
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


class Permission(enum.StrEnum):
    """What can be done, named ``thing.act``."""

    ACCOUNT_OWN = "account.own"
    ADMIN_PEOPLE = "admin.people"
    AGREEMENT_DRAFT = "agreement.draft"
    AGREEMENT_MANAGE = "agreement.manage"
    AGREEMENT_SIGN = "agreement.sign"
    AGREEMENT_VIEW = "agreement.view"
    APPLICATION_ASSIGN = "application.assign"
    APPLICATION_EDIT = "application.edit"
    APPLICATION_SCREEN = "application.screen"
    APPLICATION_START = "application.start"
    APPLICATION_SUBMIT = "application.submit"
    APPLICATION_VIEW = "application.view"
    APPLICATION_WITHDRAW = "application.withdraw"
    ASSESSMENT_EDIT = "assessment.edit"
    ASSESSMENT_VIEW = "assessment.view"
    BULK_RUN = "bulk.run"
    CASE_CUSTODY = "case.custody"
    CASE_FLAG = "case.flag"
    CASE_MESSAGE = "case.message"
    CASE_NOTE = "case.note"
    CASE_REPLY = "case.reply"
    CASE_VIEW = "case.view"
    CONFLICT_DECLARE = "conflict.declare"
    CONFLICT_LIFT = "conflict.lift"
    COVER_MANAGE = "cover.manage"
    COVER_VIEW = "cover.view"
    DECISION_DRAFT = "decision.draft"
    DECISION_RELEASE = "decision.release"
    DECISION_VIEW = "decision.view"
    DESK_OPEN = "desk.open"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_CHECK = "evidence.check"
    EVIDENCE_VIEW = "evidence.view"
    EXPERTISE_MANAGE = "expertise.manage"
    FEATURE_SWITCH = "feature.switch"
    FUND_MANAGE = "fund.manage"
    FUND_VIEW = "fund.view"
    HISTORY_VIEW = "history.view"
    INVITATION_ACCEPT = "invitation.accept"
    LANDSCAPE_VIEW = "landscape.view"
    LEAD_VIEW = "lead.view"
    LETTER_VIEW = "letter.view"
    MAIL_SPOOL_VIEW = "mail_spool.view"
    NOTE_TAKE_BACK = "note.take_back"
    NOTE_VIEW = "note.view"
    ORGANIZATION_FILE = "organization.file"
    ORGANIZATION_MANAGE = "organization.manage"
    ORGANIZATION_PEOPLE = "organization.people"
    ORGANIZATION_REGISTER = "organization.register"
    ORGANIZATION_SUSPEND = "organization.suspend"
    ORGANIZATION_VIEW = "organization.view"
    PARTNERSHIP_CONFIRM = "partnership.confirm"
    PARTNERSHIP_MANAGE = "partnership.manage"
    PARTNERSHIP_VIEW = "partnership.view"
    PUBLIC_READ = "public.read"
    REFERENCE_PUBLISH = "reference.publish"
    REVIEW_SEE_OTHERS = "review.see_others"
    REVIEW_WRITE = "review.write"
    ROLE_LEAVE = "role.leave"
    ROLE_MANAGE = "role.manage"
    ROUND_MANAGE = "round.manage"
    SCHOOL_VIEW = "school.view"
    SUSPENSION_REVIEW = "suspension.review"
    SYSTEM_ACT = "system.act"


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


def _is_assigned(actor: Actor, subject: Any) -> bool:
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


anyone = Rule(N_("anyone"), lambda a, s: True)
signed_in = Rule(N_("a signed-in person"), lambda a, s: a.signed_in)
the_system = Rule(N_("the system itself"), lambda a, s: a.kind == "system")
conflicted = Rule(N_("declared a conflict of interest"), lambda a, s: _organization_of(s) in a.conflicts)
member_there = Rule(N_("belongs to this organization"), lambda a, s: _organization_of(s) in a.organizations)
assigned = Rule(N_("assigned to this case"), _is_assigned)
owes_review = Rule(N_("still owes a review of this case"), _may_still_review)
was_sent = Rule(
    N_("the application was sent"), lambda a, s: getattr(_application_of(s), "received_at", None) is not None
)
decision_released = Rule(N_("the decision was released"), _decision_released)
own_review = Rule(
    N_("whose review it is"), lambda a, s: a.user_id is not None and getattr(s, "reviewer_id", None) == a.user_id
)
own_signature = Rule(
    N_("the named signer"), lambda a, s: a.user_id is not None and getattr(s, "user_id", None) == a.user_id
)
own_note = Rule(N_("whose note it is"), _written_by)
own_cover = Rule(N_("whose absence it is"), _is_own_cover)
for_applicant = Rule(N_("the applicant may read it"), _for_applicant)
own_role = Rule(N_("whose role it is"), lambda a, s: a.user_id is not None and getattr(s, "user_id", None) == a.user_id)
invited = Rule(
    N_("signed in with the invited address"),
    lambda a, s: a.signed_in and a.email.casefold() == getattr(s, "email", "").casefold(),
)
owner_there = at_organization(Role.ORG_OWNER)
editor_there = at_organization(Role.ORG_OWNER, Role.ORG_EDITOR)
reader_there = at_organization(Role.ORG_OWNER, Role.ORG_EDITOR, Role.ORG_SIGNER, Role.ORG_VIEWER)
leader_there = at_school(Role.SCHOOL_LEADER)
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

_P = Permission

POLICY: dict[Permission, Rule] = {
    _P.PUBLIC_READ: anyone,
    _P.ACCOUNT_OWN: signed_in,
    _P.ADMIN_PEOPLE: holds(Role.SYSTEM_ADMIN),
    _P.MAIL_SPOOL_VIEW: anyone,
    _P.ROLE_MANAGE: holds(Role.SYSTEM_ADMIN) | owner_there,
    _P.ROLE_LEAVE: own_role,
    _P.INVITATION_ACCEPT: invited,
    # Applicants
    _P.ORGANIZATION_REGISTER: signed_in,
    _P.ORGANIZATION_MANAGE: owner_there,
    _P.ORGANIZATION_PEOPLE: owner_there,
    _P.ORGANIZATION_VIEW: reader_there | (reads_all & impartial) | (holds(Role.REVIEWER) & impartial),
    _P.APPLICATION_START: editor_there,
    _P.APPLICATION_EDIT: editor_there,
    _P.APPLICATION_SUBMIT: editor_there,
    _P.APPLICATION_WITHDRAW: owner_there,
    _P.EVIDENCE_ADD: editor_there,
    # The partnerships office
    _P.DESK_OPEN: office,
    # A draft belongs to those who write it; the office reads an application once it was sent.
    _P.APPLICATION_VIEW: reader_there | ((reads_all | assigned) & impartial & was_sent),
    # The desk shows what applicants never see, so membership in the organization does not open it.
    _P.CASE_VIEW: (reads_all | assigned) & impartial & was_sent,
    _P.ORGANIZATION_FILE: (reads_all | holds(Role.REVIEWER)) & impartial,
    _P.LETTER_VIEW: (reader_there | ((reads_all | assigned) & impartial & ~owes_review)) & decision_released,
    _P.APPLICATION_SCREEN: coordinates & impartial,
    _P.APPLICATION_ASSIGN: coordinates & impartial,
    _P.EVIDENCE_VIEW: reader_there | (reads_all & impartial) | (assigned & impartial),
    _P.EVIDENCE_CHECK: (holds(Role.COORDINATOR, Role.DIRECTOR, Role.RISK, Role.DATA_PRIVACY, Role.FINANCE) | assigned)
    & impartial,
    _P.CASE_CUSTODY: coordinates & impartial & was_sent,
    _P.CASE_NOTE: (coordinates | assigned) & impartial & was_sent,
    _P.CASE_FLAG: (reads_all | assigned) & impartial & was_sent,
    _P.CASE_MESSAGE: coordinates & impartial & was_sent,
    _P.CASE_REPLY: editor_there & was_sent,
    _P.NOTE_VIEW: (reads_all | assigned) & impartial & was_sent | reader_there & for_applicant,
    _P.NOTE_TAKE_BACK: own_note & impartial,
    _P.COVER_VIEW: coordinates,
    _P.COVER_MANAGE: own_cover & coordinates | holds(Role.DIRECTOR),
    _P.BULK_RUN: coordinates,
    _P.LEAD_VIEW: holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR),
    _P.FEATURE_SWITCH: holds(Role.SYSTEM_ADMIN, Role.DIRECTOR),
    _P.EXPERTISE_MANAGE: coordinates,
    _P.REVIEW_WRITE: own_review & impartial,
    _P.REVIEW_SEE_OTHERS: (reads_all | assigned) & impartial & ~owes_review,
    _P.CONFLICT_DECLARE: office,
    _P.CONFLICT_LIFT: holds(Role.DIRECTOR, Role.SYSTEM_ADMIN),
    _P.DECISION_DRAFT: (holds(Role.DIRECTOR, Role.COORDINATOR) | assigned) & impartial & ~owes_review,
    _P.DECISION_RELEASE: holds(Role.DIRECTOR, Role.COORDINATOR) & impartial,
    _P.DECISION_VIEW: (reads_all | assigned) & impartial & ~owes_review,
    _P.HISTORY_VIEW: reads_all & impartial,
    _P.ROUND_MANAGE: holds(Role.DIRECTOR),
    _P.REFERENCE_PUBLISH: holds(Role.DIRECTOR, Role.SYSTEM_ADMIN),
    _P.ORGANIZATION_SUSPEND: holds(Role.DIRECTOR, Role.COORDINATOR, Role.RISK) & impartial,
    _P.SUSPENSION_REVIEW: holds(Role.DIRECTOR, Role.COORDINATOR) & impartial,
    _P.LANDSCAPE_VIEW: anyone,
    # Schools, the fund and agreements
    _P.SCHOOL_VIEW: school_staff_there
    | holds(Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR, Role.DISTRICT_SIGNATORY),
    _P.FUND_VIEW: school_staff_there | holds(Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR),
    _P.FUND_MANAGE: holds(Role.FINANCE, Role.DIRECTOR),
    # A declared interest closes what is agreed with the organization as well, and to those who sign for the district.
    _P.PARTNERSHIP_VIEW: school_staff_there
    | reader_there
    | (holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR, Role.FINANCE) & ~conflicted),
    _P.PARTNERSHIP_MANAGE: school_staff_there,
    _P.PARTNERSHIP_CONFIRM: leader_there,
    _P.AGREEMENT_VIEW: school_staff_there
    | reader_there
    | (
        holds(
            Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR, Role.RECORDS_OFFICER, Role.DISTRICT_SIGNATORY
        )
        & ~conflicted
    ),
    # Nobody in the office acts for the district towards an organization of their own.
    _P.AGREEMENT_DRAFT: school_staff_there | (coordinates & impartial),
    _P.AGREEMENT_MANAGE: leader_there | (coordinates & impartial),
    _P.AGREEMENT_SIGN: own_signature & ~conflicted,
    _P.ASSESSMENT_VIEW: school_staff_there | holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR),
    _P.ASSESSMENT_EDIT: school_staff_there,
    _P.SYSTEM_ACT: the_system,
}

VISIBLE_BY: dict[str, Permission] = {
    "application": _P.APPLICATION_VIEW,
    "review": _P.REVIEW_SEE_OTHERS,
    "information_request": _P.APPLICATION_VIEW,
    "decision": _P.DECISION_VIEW,
    "conflict": _P.CONFLICT_LIFT,
    "evidence": _P.EVIDENCE_VIEW,
    "partner": _P.ORGANIZATION_VIEW,
    "program": _P.ORGANIZATION_VIEW,
    "designation": _P.ORGANIZATION_VIEW,
    "suspension": _P.ORGANIZATION_FILE,
    "agreement": _P.AGREEMENT_VIEW,
    "signer": _P.AGREEMENT_VIEW,
    "partnership": _P.PARTNERSHIP_VIEW,
    "assessment": _P.ASSESSMENT_VIEW,
    "round": _P.DESK_OPEN,
    "reference": _P.PUBLIC_READ,
    "fund_year": _P.FUND_VIEW,
    "role_grant": _P.ROLE_MANAGE,
    "invitation": _P.ROLE_MANAGE,
    "note": _P.NOTE_VIEW,
    "flag": _P.CASE_VIEW,
    "cover": _P.DESK_OPEN,
    "attestation": _P.CONFLICT_LIFT,
    "bulk_run": _P.BULK_RUN,
    "bulk_item": _P.BULK_RUN,
    "desk_feature": _P.DESK_OPEN,
}
"""Which permission lets a person know that a thing of this workflow exists at all."""


def allows(permission: Permission, actor: Actor, subject: Any = None) -> bool:
    """Whether ``actor`` holds ``permission`` on ``subject``. The system itself may do everything it is asked to."""
    return actor.kind == "system" or POLICY[permission].test(actor, subject)


def sees_identity(actor: Actor, application: Any) -> bool:
    """Whether this person may learn who applies.

    In a blind round nobody with a review of the case does, whatever else they are, until its decision is released.
    """
    round_ = application.round
    if round_ is None or not round_.blind or application.state in DECIDED:
        return True
    return not _is_assigned(actor, application)


def sees_original(actor: Actor, reviews: Iterable[Any]) -> bool:
    """Whether this person may have the file of a document as it was sent, with its name and whatever is inside.

    ``reviews`` are those of the cases that the document serves in.
    """
    return all(sees_identity(actor, review.application) for review in reviews if review.reviewer_id == actor.user_id)


def refusal(permission: Permission) -> str:
    """The sentence that says who may do this."""
    return f"This can only be done by: {POLICY[permission].words}."
