"""Who may do what: one table of permissions and rules.

A rule says *who*; whether it can be done *now* is for the guards of the workflow. Rules carry their own words, so
refusals, help pages and ``docs/permissions.md`` are printed from this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vetting.data.evidence_types import Sensitivity
from vetting.models import Feature, Role
from vetting.permissions import Permission
from vetting.rules import (
    DECIDED,
    READS_ALL,
    SYSTEM,
    VISITOR,
    WORKS_ON_CASES,
    Actor,
    Rule,
    StandIn,
    answers_there,
    anyone,
    apart_from_both,
    asked_to_approve,
    assigned,
    conflicted,
    coordinates,
    decision_released,
    editor_there,
    entered_by_office,
    enters,
    for_applicant,
    holds,
    impartial,
    in_own_lane,
    invited,
    is_assigned,
    leader_there,
    of_one_case,
    of_own_lane,
    offered_to,
    office,
    owes_review,
    own_account,
    own_cover,
    own_delegation,
    own_document,
    own_note,
    own_review,
    own_role,
    own_signature,
    own_upload,
    own_year_file,
    owner_there,
    reader_there,
    reads_all,
    scans_agreement,
    school_staff_there,
    sensitive,
    signed_in,
    signer_there,
    speaks_there,
    sponsor_owner,
    stand_in_at,
    stands_in_there,
    the_system,
    uses,
    was_sent,
)
from vetting.text import N_

__all__ = [
    "DECIDED",
    "POLICY",
    "READS_ALL",
    "SYSTEM",
    "VISIBLE_BY",
    "VISITOR",
    "WORKS_ON_CASES",
    "Actor",
    "Permission",
    "Rule",
    "StandIn",
    "allows",
    "anyone",
    "hides_names",
    "knows_person",
    "on_behalf_of",
    "refusal",
    "sees_identity",
    "sees_original",
]


_P = Permission

CHECKS_EVIDENCE = (Role.COORDINATOR, Role.DIRECTOR, Role.RISK, Role.DATA_PRIVACY, Role.FINANCE)
"""Who checks documents."""

OPENS: dict[Sensitivity, Rule] = {
    Sensitivity.ORDINARY: reads_all | assigned,
    Sensitivity.RESTRICTED: coordinates | ((holds(*CHECKS_EVIDENCE) | assigned) & of_own_lane),
    Sensitivity.HIGH: holds(Role.DIRECTOR) | ((holds(*CHECKS_EVIDENCE) | assigned) & in_own_lane),
}
"""Who of the office opens a document, by how sensitive its kind is. The rest see that it is there and until when it is
good."""

_opened = impartial & (
    # Whoever took a paper in for somebody looks at it again; who left the organization that sent it does not.
    (own_document & (reads_all | assigned))
    | (sensitive(Sensitivity.ORDINARY) & OPENS[Sensitivity.ORDINARY])
    | (sensitive(Sensitivity.RESTRICTED) & OPENS[Sensitivity.RESTRICTED])
    | (sensitive(Sensitivity.HIGH) & OPENS[Sensitivity.HIGH])
)
opens_kind = Rule(N_("may open documents of this kind"), _opened.test)

POLICY: dict[Permission, Rule] = {
    _P.PUBLIC_READ: anyone,
    _P.ACCOUNT_OWN: signed_in,
    _P.ADMIN_PEOPLE: holds(Role.SYSTEM_ADMIN),
    _P.FILES_CHECK: holds(Role.SYSTEM_ADMIN),
    _P.MAIL_SPOOL_VIEW: anyone,
    _P.ROLE_MANAGE: holds(Role.SYSTEM_ADMIN) | owner_there,
    _P.ROLE_LEAVE: own_role,
    _P.INVITATION_ACCEPT: invited,
    # Applicants
    _P.ORGANIZATION_REGISTER: signed_in,
    _P.ORGANIZATION_MANAGE: owner_there,
    _P.ORGANIZATION_PEOPLE: owner_there,
    _P.ORGANIZATION_VIEW: reader_there | (reads_all & impartial) | (holds(Role.REVIEWER) & impartial),
    _P.ORGANIZATION_OWN: reader_there,
    _P.ORGANIZATION_CONTACT: editor_there,
    _P.OWNERSHIP_ANSWER: offered_to & reader_there,
    _P.SPONSORSHIP_NAME: owner_there,
    _P.SPONSORSHIP_ANSWER: sponsor_owner,
    _P.SPONSORSHIP_VIEW: reader_there | sponsor_owner | (reads_all & impartial),
    _P.EMAIL_CHANGE: own_account,
    _P.APPLICATION_START: editor_there,
    # Whoever takes an application down for somebody on the phone fills it in like an editor, until it is sent.
    _P.APPLICATION_EDIT: editor_there | (coordinates & impartial & enters),
    _P.APPLICATION_SUBMIT: editor_there | (coordinates & impartial & enters),
    _P.APPLICATION_SIGN_OFF: answers_there,
    _P.APPLICATION_CONFIRM: answers_there,
    _P.APPLICATION_CERTIFY: signer_there,
    _P.APPLICATION_WITHDRAW: owner_there | (coordinates & impartial & enters),
    # What applicants gave belongs to them; the office has its own ways to read it.
    _P.COPY_TAKE: owner_there | (reader_there & of_one_case),
    _P.EVIDENCE_ADD: editor_there | (coordinates & impartial & enters),
    # A file that is half here is nobody's but its sender's.
    _P.UPLOAD_SEND: own_upload & (editor_there | (coordinates & impartial & (enters | scans_agreement))),
    _P.EXTENSION_ASK: editor_there,
    _P.EXTENSION_VIEW: reader_there | (coordinates & impartial),
    # The partnerships office
    _P.DESK_OPEN: office,
    _P.EXTENSION_GIVE: coordinates & impartial,
    # A draft belongs to those who write it; the office reads an application once it was sent.
    _P.APPLICATION_VIEW: reader_there
    | ((reads_all | assigned) & impartial & was_sent)
    | (coordinates & impartial & entered_by_office),
    _P.CASE_ASSIST: coordinates & impartial,
    _P.CASE_ASSIST_CONFIRM: coordinates & impartial & entered_by_office,
    _P.DUPLICATE_VIEW: holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR) & apart_from_both,
    _P.DUPLICATE_SETTLE: coordinates & apart_from_both,
    _P.DUPLICATE_MERGE: holds(Role.DIRECTOR) & apart_from_both,
    # The desk shows what applicants never see, so membership in the organization does not open it.
    _P.CASE_VIEW: (reads_all | assigned) & impartial & was_sent,
    _P.ORGANIZATION_FILE: (reads_all | holds(Role.REVIEWER)) & impartial,
    _P.LETTER_VIEW: (reader_there | ((reads_all | assigned) & impartial & ~owes_review)) & decision_released,
    _P.APPLICATION_SCREEN: coordinates & impartial,
    _P.APPLICATION_ASSIGN: coordinates & impartial,
    _P.EVIDENCE_VIEW: reader_there | (reads_all & impartial) | (assigned & impartial),
    # Knowing that a document is there, and until when it is good, is not the same as reading it.
    _P.EVIDENCE_OPEN: reader_there | _opened,
    # Insurance, data and money take people who know them; nobody checks what they sent themselves.
    _P.EVIDENCE_CHECK: (holds(*CHECKS_EVIDENCE) | assigned) & impartial & of_own_lane & ~own_document & opens_kind,
    _P.EVIDENCE_QUEUE: holds(*CHECKS_EVIDENCE),
    # Who was checked is for those who answer for these people, and for whoever is in charge of the case.
    _P.CLEARANCE_VIEW: owner_there | (coordinates & impartial),
    _P.CLEARANCE_KEEP: owner_there,
    _P.VENDOR_NUMBER_RECORD: holds(Role.COORDINATOR, Role.DIRECTOR, Role.FINANCE) & impartial,
    _P.CASE_CUSTODY: coordinates & impartial & was_sent,
    _P.CASE_POOL: coordinates & impartial & was_sent & uses(Feature.LANES),
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
    # Who may say that somebody is a partner without a review of ours.
    _P.PARTNER_IMPORT: holds(Role.DIRECTOR, Role.SYSTEM_ADMIN),
    _P.FEATURE_SWITCH: holds(Role.SYSTEM_ADMIN, Role.DIRECTOR),
    _P.EXPERTISE_MANAGE: coordinates,
    _P.REVIEW_WRITE: own_review & impartial,
    _P.REVIEW_SEE_OTHERS: (reads_all | assigned) & impartial & ~owes_review,
    _P.CONFLICT_DECLARE: office,
    _P.CONFLICT_LIFT: holds(Role.DIRECTOR, Role.SYSTEM_ADMIN),
    _P.DECISION_DRAFT: (holds(Role.DIRECTOR, Role.COORDINATOR) | assigned) & impartial & ~owes_review,
    _P.DECISION_RELEASE: holds(Role.DIRECTOR, Role.COORDINATOR) & impartial,
    _P.DECISION_VIEW: (reads_all | assigned) & impartial & ~owes_review,
    # A reviewer reads what happened to the case itself and what they did; the rest is for those who read everything.
    _P.CASE_TIMELINE: (reads_all | assigned) & impartial & was_sent,
    _P.HISTORY_VIEW: reads_all & impartial,
    _P.ROUND_MANAGE: holds(Role.DIRECTOR),
    _P.REFERENCE_PUBLISH: holds(Role.DIRECTOR, Role.SYSTEM_ADMIN),
    _P.ORGANIZATION_SUSPEND: holds(Role.DIRECTOR, Role.COORDINATOR, Role.RISK) & impartial,
    _P.SUSPENSION_REVIEW: holds(Role.DIRECTOR, Role.COORDINATOR) & impartial,
    # What runs out, and doing without it for a time. Whoever reads everything sees it coming; risk and the desk act.
    _P.LAPSE_VIEW: reads_all & impartial,
    _P.LAPSE_MANAGE: holds(Role.DIRECTOR, Role.COORDINATOR, Role.RISK) & impartial,
    _P.WAIVER_ASK: editor_there,
    _P.WAIVER_OPEN: holds(Role.DIRECTOR, Role.COORDINATOR, Role.RISK) & impartial,
    _P.WAIVER_DECIDE: holds(Role.DIRECTOR, Role.RISK) & impartial,
    _P.WAIVER_DESK: reads_all & impartial,
    _P.WAIVER_VIEW: reader_there | (reads_all & impartial),
    # How long files are kept. A records officer approves what somebody else proposed, and carries it out.
    _P.RETENTION_VIEW: holds(Role.RECORDS_OFFICER, Role.DIRECTOR, Role.AUDITOR),
    _P.RETENTION_PROPOSE: holds(Role.RECORDS_OFFICER, Role.DIRECTOR),
    _P.RETENTION_APPROVE: holds(Role.RECORDS_OFFICER),
    _P.RETENTION_RUN: holds(Role.RECORDS_OFFICER),
    _P.HOLD_PLACE: holds(Role.RECORDS_OFFICER, Role.DIRECTOR) & impartial,
    _P.HOLD_LIFT: holds(Role.RECORDS_OFFICER, Role.DIRECTOR) & impartial,
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
    # Somebody who acts for a leader says yes or no to what was proposed; what works is ended by the leader alone.
    _P.PARTNERSHIP_CONFIRM: leader_there | stands_in_there,
    _P.PARTNERSHIP_END: leader_there,
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
    _P.AGREEMENT_APPROVE: asked_to_approve & impartial,
    _P.AGREEMENT_DISCUSS: school_staff_there | speaks_there | (coordinates & impartial),
    _P.AGREEMENT_OBJECT: leader_there | answers_there | (coordinates & impartial),
    # A document that could not be made is the office's trouble, whoever wrote the agreement.
    _P.AGREEMENT_RESEAL: coordinates & impartial,
    _P.AGREEMENT_SIGN: own_signature & ~conflicted,
    _P.AGREEMENT_COUNTERSIGN: holds(Role.DISTRICT_SIGNATORY),
    # The office renews many at once, one by one under its own name, and none of an organization it has an interest in.
    _P.RENEWAL_RUN: coordinates & impartial,
    # Whose organization it is does not say that a paper of it is in order.
    _P.PAPER_KEEP: coordinates & impartial,
    _P.PAPER_DESK: coordinates,
    _P.ASSESSMENT_VIEW: school_staff_there | holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR),
    _P.ASSESSMENT_EDIT: school_staff_there,
    # Who acts for a leader got this from the leader, so they cannot pass it on.
    _P.DELEGATION_GIVE: leader_there,
    _P.DELEGATION_RETURN: own_delegation,
    _P.DELEGATION_VIEW: school_staff_there | own_delegation | holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR),
    _P.DELEGATION_DESK: holds(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR),
    # What is in the file is asked of the policy document by document, for the one person who fetches it.
    _P.YEAR_FILE_TAKE: own_year_file
    & (
        school_staff_there | holds(Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR, Role.DISTRICT_SIGNATORY)
    ),
    _P.SYSTEM_ACT: the_system,
}

VISIBLE_BY: dict[str, Permission] = {
    "application": _P.APPLICATION_VIEW,
    "review": _P.REVIEW_SEE_OTHERS,
    "information_request": _P.APPLICATION_VIEW,
    "decision": _P.DECISION_VIEW,
    "extension": _P.EXTENSION_VIEW,
    "conflict": _P.CONFLICT_LIFT,
    "evidence": _P.EVIDENCE_VIEW,
    "clearance": _P.CLEARANCE_VIEW,
    "partner": _P.ORGANIZATION_VIEW,
    "program": _P.ORGANIZATION_VIEW,
    "designation": _P.ORGANIZATION_VIEW,
    "suspension": _P.ORGANIZATION_FILE,
    "agreement": _P.AGREEMENT_VIEW,
    "signer": _P.AGREEMENT_VIEW,
    "signing_hold": _P.AGREEMENT_VIEW,
    "signing_batch": _P.AGREEMENT_SIGN,
    "signing_item": _P.AGREEMENT_SIGN,
    "renewal_run": _P.RENEWAL_RUN,
    "renewal_item": _P.RENEWAL_RUN,
    "paper_record": _P.AGREEMENT_VIEW,
    "agreement_approval": _P.AGREEMENT_VIEW,
    "agreement_remark": _P.AGREEMENT_VIEW,
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
    "own_copy": _P.COPY_TAKE,
    "lapse": _P.LAPSE_VIEW,
    "waiver": _P.WAIVER_VIEW,
    "retention_schedule": _P.RETENTION_VIEW,
    "legal_hold": _P.HOLD_PLACE,
    "disposal": _P.RETENTION_VIEW,
    "disposal_item": _P.RETENTION_VIEW,
    "partner_import": _P.PARTNER_IMPORT,
    "invitation_batch": _P.PARTNER_IMPORT,
    "ownership_offer": _P.ORGANIZATION_VIEW,
    "sponsorship": _P.SPONSORSHIP_VIEW,
    "duplicate_pair": _P.DUPLICATE_VIEW,
    "email_change": _P.EMAIL_CHANGE,
    "delegation": _P.DELEGATION_VIEW,
    "year_file": _P.YEAR_FILE_TAKE,
}
"""Which permission lets a person know that a thing of this workflow exists at all."""


def allows(permission: Permission, actor: Actor, subject: Any = None) -> bool:
    """Whether ``actor`` holds ``permission`` on ``subject``. The system itself may do everything it is asked to."""
    return actor.kind == "system" or POLICY[permission].test(actor, subject)


def on_behalf_of(permission: Permission, actor: Actor, subject: Any = None) -> StandIn | None:
    """For whom ``actor`` acts: the leader who lets them, where they could not do this in their own right."""
    found = stand_in_at(actor, subject)
    if found is None or allows(permission, replace(actor, stands_in={}), subject):
        return None
    return found


def sees_identity(actor: Actor, application: Any) -> bool:
    """Whether this person may learn who applies.

    In a blind round nobody with a review of the case does, whatever else they are, until its decision is released.
    """
    return not hides_names(application) or not is_assigned(actor, application)


def knows_person(actor: Actor, other: Actor) -> bool:
    """Whether this person may learn who another one is and how to reach them.

    Who works for the district, in the office or at a school, knows everybody; people of an organization each other.
    """
    if actor.kind == "system" or actor.in_office or actor.schools or actor.user_id == other.user_id:
        return True
    return bool(actor.organizations.keys() & other.organizations.keys())


def hides_names(application: Any) -> bool:
    """Whether the reviewers of this case must not learn who applies."""
    round_ = application.round
    return round_ is not None and round_.blind and application.state not in DECIDED


def sees_original(actor: Actor, reviews: Iterable[Any]) -> bool:
    """Whether this person may have the file of a document as it was sent, with its name and whatever is inside.

    ``reviews`` are those of the cases that the document serves in.
    """
    return all(sees_identity(actor, review.application) for review in reviews if review.reviewer_id == actor.user_id)


def refusal(permission: Permission) -> str:
    """The sentence that says who may do this."""
    return f"This can only be done by: {POLICY[permission].words}."
