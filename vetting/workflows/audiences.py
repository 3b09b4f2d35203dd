"""Who is told: each function names recipients of an event, decided in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    Agreement,
    AgreementTerms,
    Conflict,
    ConflictState,
    GrantState,
    Partnership,
    PartnershipState,
    Program,
    Role,
    RoleGrant,
    Side,
    SignerState,
    User,
)
from vetting.policy import Permission, allows
from vetting.queries import applications, approvals, cover, people_at_work
from vetting.workflows.definition import Context

WORKER = "worker"


def _users(context: Context, *conditions: Any) -> list[str]:
    rows = context.session.scalars(
        sa.select(RoleGrant.user_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.state == GrantState.ACTIVE, User.active.is_(True), *conditions)
        .distinct()
        .order_by(RoleGrant.user_id)
    )
    return [f"user:{user_id}" for user_id in rows]


def applicants(subject: Any, context: Context) -> Iterable[str]:
    """The owners and editors of the organization."""
    return _users(
        context,
        RoleGrant.organization_id == subject.organization_id,
        RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_EDITOR]),
    )


def _impartial(subject: Any) -> Any:
    """The condition that a person has no declared interest in the organization that the subject is about."""
    return RoleGrant.user_id.not_in(
        sa.select(Conflict.user_id).where(
            Conflict.organization_id == getattr(subject, "organization_id", None),
            Conflict.state == ConflictState.DECLARED,
        )
    )


def coordinators(subject: Any, context: Context) -> Iterable[str]:
    """The coordinator in charge of the case with whoever stands in, or all of them while nobody is."""
    case = getattr(subject, "application", subject)
    chosen = getattr(case, "coordinator_id", None)
    if chosen is None:
        return _users(context, RoleGrant.role == Role.COORDINATOR, _impartial(subject))
    return [f"user:{chosen}", *_standing_in(case, chosen, context)]


def who_look_after_it(subject: Any, context: Context) -> Iterable[str]:
    """The coordinators of the open cases that a document serves in, or all of them where it serves in none."""
    cases = applications.open_with_version(context.session, subject.id)
    if not cases:
        return _users(context, RoleGrant.role == Role.COORDINATOR, _impartial(subject))
    return dict.fromkeys(person for case in cases for person in coordinators_who_had_it(case, context))


def coordinators_who_had_it(subject: Any, context: Context) -> Iterable[str]:
    """As ``coordinators``; nobody for a draft, which the office never saw."""
    return coordinators(subject, context) if subject.received_at is not None else []


def _standing_in(case: Any, user_id: int, context: Context) -> list[str]:
    """Who looks after the case of a person who is away, unless an interest keeps them from it."""
    absence = cover.absence_of(context.session, user_id, case.kind, context.today)
    if absence is None:
        return []
    person = people_at_work.actor_of(context.session, absence.substitute_id)
    fit = person is not None and allows(Permission.CASE_CUSTODY, person, case)
    return [f"user:{absence.substitute_id}"] if fit else []


def directors(subject: Any, context: Context) -> Iterable[str]:
    return _users(context, RoleGrant.role == Role.DIRECTOR, _impartial(subject))


def the_reviewer(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.reviewer_id}"]


def the_reviewer_alone(subject: Any, context: Context) -> Iterable[str]:
    """The reviewer, unless this is part of a run, whose mail goes out together."""
    return [] if getattr(context.data, "run_id", None) is not None else the_reviewer(subject, context)


def the_owner(subject: Any, context: Context) -> Iterable[str]:
    """Whoever is to settle a flag, unless they raised it or took it themselves."""
    return [] if subject.owner_id == context.actor.user_id else [f"user:{subject.owner_id}"]


def the_substitute(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.substitute_id}"]


def the_new_coordinator(subject: Any, context: Context) -> Iterable[str]:
    """Who was given the case, unless they took it themselves."""
    chosen = subject.coordinator_id
    return [] if chosen is None or chosen == context.actor.user_id else [f"user:{chosen}"]


def the_signer(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.user_id}"]


def the_signer_and_drafter_while_it_waits(subject: Any, context: Context) -> Iterable[str]:
    """Nobody hears that a signature is due again which is no longer asked for."""
    if subject.signer.state is not SignerState.INVITED:
        return []
    return dict.fromkeys([*the_signer(subject, context), *the_drafter(subject, context)])


def school_leaders(subject: Any, context: Context) -> Iterable[str]:
    return _users(context, RoleGrant.school_id == subject.school_id, RoleGrant.role == Role.SCHOOL_LEADER)


def leaders_of_sites(subject: Any, context: Context) -> Iterable[str]:
    """The leaders of schools where the organization works now."""
    schools = (
        sa.select(Partnership.school_id)
        .join(Program, Program.id == Partnership.program_id)
        .where(Program.organization_id == subject.organization_id, Partnership.state == PartnershipState.ACTIVE)
    )
    return _users(context, RoleGrant.role == Role.SCHOOL_LEADER, RoleGrant.school_id.in_(schools))


def who_decide_waivers(subject: Any, context: Context) -> Iterable[str]:
    """Risk officers and directors, but for whoever asks."""
    deciding = _users(context, RoleGrant.role.in_([Role.RISK, Role.DIRECTOR]), _impartial(subject))
    return [name for name in deciding if name != f"user:{context.actor.user_id}"]


def all_signers(subject: Any, context: Context) -> Iterable[str]:
    """Everyone who signs, or was to sign, the agreement's newest version."""
    agreement: Agreement = subject if isinstance(subject, Agreement) else subject.agreement_version.agreement
    if not agreement.versions:
        return []
    return [f"user:{signer.user_id}" for signer in agreement.versions[-1].signers]


def around_the_agreement(subject: Any, context: Context) -> Iterable[str]:
    """Everybody who has to do with the agreement of a paper: who signs, the partner, and the leaders of the school."""
    agreement: Agreement = subject.agreement
    told = [*all_signers(agreement, context), *applicants(agreement, context), *school_leaders(agreement, context)]
    return dict.fromkeys(told)


def who_recorded(subject: Any, context: Context) -> Iterable[str]:
    """Who recorded a paper and who compared it first, but for whoever sends it back."""
    people = dict.fromkeys(number for number in (subject.recorded_by_id, subject.compared_by_id) if number is not None)
    return [f"user:{number}" for number in people if number != context.actor.user_id]


def signers_not_asked_now(subject: Any, context: Context) -> Iterable[str]:
    """Those who sign the newest version, but for the one whose invitation says the same."""
    signers = subject.versions[-1].signers if subject.versions else []
    return [f"user:{signer.user_id}" for signer in signers if signer.state is not SignerState.INVITED]


def both_of_a_delegation(subject: Any, context: Context) -> Iterable[str]:
    """Who handed a signer's place on, and who got it."""
    handed = subject.delegations[-1]
    return [f"user:{handed.from_user_id}", f"user:{handed.to_user_id}"]


def leaders_and_office(subject: Any, context: Context) -> Iterable[str]:
    """The leaders of the school and the office, but for whoever acts."""
    told = [*school_leaders(subject, context), *coordinators(subject, context)]
    return [name for name in dict.fromkeys(told) if name != f"user:{context.actor.user_id}"]


def the_drafter(subject: Any, context: Context) -> Iterable[str]:
    """Who began an agreement, and the leaders of its school."""
    return dict.fromkeys([f"user:{subject.created_by_id}", *school_leaders(subject, context)])


def the_approvers(subject: Any, context: Context) -> Iterable[str]:
    """Everybody who may give the yes that is asked for and did not write the draft."""
    if subject.role is Role.SCHOOL_LEADER:
        return school_leaders(subject, context)
    wrote = {f"user:{number}" for number in approvals.writers(context.session, subject.agreement_id)}
    return [name for name in _users(context, RoleGrant.role == subject.role, _impartial(subject)) if name not in wrote]


def the_other_sides(subject: Any, context: Context) -> Iterable[str]:
    """Whom a remark on an agreement is for: the partner, or the school; and the office about fixed clauses."""
    agreement: Agreement = subject.agreement
    told = list(school_leaders(agreement, context) if subject.side is Side.PARTNER else applicants(agreement, context))
    if subject.part.startswith("clause:") and agreement.terms is AgreementTerms.FIXED:
        told += coordinators(agreement, context)
    return [name for name in dict.fromkeys(told) if name != f"user:{context.actor.user_id}"]


def the_writer(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.author_id}"]


def the_leader_and_the_delegate(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.delegate_id}", f"user:{subject.leader_id}"]


def the_holder(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.user_id}"]


def the_invited(subject: Any, context: Context) -> Iterable[str]:
    return [f"mail:{subject.email}"]


def who_answer_for_it(subject: Any, context: Context) -> Iterable[str]:
    """Owners and authorized signers of the organization, who agree to what is sent in its name."""
    return _users(
        context,
        RoleGrant.organization_id == subject.organization_id,
        RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_SIGNER]),
    )


def the_one_offered_to(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.to_user_id}"]


def the_offerer(subject: Any, context: Context) -> Iterable[str]:
    return [f"user:{subject.from_user_id}"]


def owners_of_the_sponsor(subject: Any, context: Context) -> Iterable[str]:
    return _users(context, RoleGrant.organization_id == subject.sponsor_id, RoleGrant.role == Role.ORG_OWNER)


def members_of_both(subject: Any, context: Context) -> Iterable[str]:
    """Owners and editors of two records that are one now."""
    return _users(
        context,
        RoleGrant.organization_id.in_([subject.first_id, subject.second_id]),
        RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_EDITOR]),
    )


def both_addresses(subject: Any, context: Context) -> Iterable[str]:
    return [f"mail:{subject.new_email}", f"mail:{subject.old_email}"]


def the_former_address(subject: Any, context: Context) -> Iterable[str]:
    return [f"mail:{subject.old_email}"]


def worker(subject: Any, context: Context) -> Iterable[str]:
    return [WORKER]
