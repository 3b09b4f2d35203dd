"""Designations beginning and ending, and the place on the partner path that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from vetting.calendar_days import add_months
from vetting.models import (
    Agreement,
    Application,
    Designation,
    DesignationKind,
    DesignationState,
    Organization,
    PartnerState,
    Program,
    ProgramState,
    Role,
    RoleGrant,
    Suspension,
    SuspensionState,
)
from vetting.queries import lapses, renewals
from vetting.workflows.definition import Context

LADDER: tuple[tuple[DesignationKind, PartnerState], ...] = (
    (DesignationKind.FUNDED, PartnerState.FUNDED),
    (DesignationKind.PORTFOLIO, PartnerState.PORTFOLIO),
    (DesignationKind.PARTNER, PartnerState.PARTNER),
)
"""Highest first. The three are dated facts of their own; the order only says which one the badge shows."""

MOVES: dict[PartnerState, str] = {
    PartnerState.POTENTIAL: "return_to_potential",
    PartnerState.PARTNER: "become_partner",
    PartnerState.PORTFOLIO: "become_portfolio_partner",
    PartnerState.FUNDED: "become_funded_partner",
    PartnerState.LAPSED: "lapse",
    PartnerState.SUSPENDED: "suspend",
    PartnerState.EXITED: "exit",
    PartnerState.MERGED: "merge",
}
"""The step that brings an organization to a state."""

LISTED = frozenset({PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED})


def standing(
    designations: Iterable[Designation],
    suspensions: Iterable[Suspension],
    exited_on: date | None,
    merged_into_id: int | None = None,
) -> PartnerState:
    """Where these facts place an organization: merged, gone, suspended, or at the highest designation in force."""
    if merged_into_id is not None:
        return PartnerState.MERGED
    designations = list(designations)
    if exited_on is not None:
        return PartnerState.EXITED
    if any(s.state is not SuspensionState.LIFTED for s in suspensions):
        return PartnerState.SUSPENDED
    in_force = {d.kind for d in designations if d.state is DesignationState.IN_FORCE}
    for kind, state in LADDER:
        if kind in in_force:
            return state
    had_one = any(d.state in {DesignationState.ENDED, DesignationState.REVOKED} for d in designations)
    return PartnerState.LAPSED if had_one else PartnerState.POTENTIAL


def settle(organization: Organization, context: Context) -> None:
    """Bring the stored state of the organization to what its designations say."""
    target = standing(
        organization.designations, organization.suspensions, organization.exited_on, organization.merged_into_id
    )
    if organization.state is not target:
        context.then("partner", organization, MOVES[target])


def follow(organization: Organization, context: Context) -> None:
    """What a move on the path means for the public listing."""
    organization.listed = (
        organization.state in LISTED
        and any(program.state is ProgramState.APPROVED for program in organization.programs)
        and not lapses.hidden(context.session, organization.id)
    )


def _grant(organization: Organization, context: Context, **scope: Any) -> Designation:
    designation = Designation(organization=organization, **scope)
    context.then("designation", designation, "schedule")
    if designation.starts_on <= context.today:
        context.then("designation", designation, "begin")
    return designation


def begin(designation: Designation, context: Context) -> None:
    """A new designation in force takes an earlier exit back: the organization is here again."""
    designation.organization.exited_on = None
    settle(designation.organization, context)


def end(designation: Designation, context: Context) -> None:
    """The last day has passed, or the designation was taken back on ``today``."""
    if designation.ends_on is None or designation.ends_on > context.today:
        designation.ends_on = max(context.today, designation.starts_on)
    settle(designation.organization, context)


def grant_partner(application: Application, context: Context) -> None:
    """School-Community Partner from today, for the months the settings of the case say."""
    months = int(application.settings_version.content["partner_path"]["registration_months"])
    _grant(
        application.organization,
        context,
        kind=DesignationKind.PARTNER,
        application_id=application.id,
        starts_on=context.today,
        ends_on=add_months(context.today, months),
    )


def renew_partner(application: Application, context: Context) -> None:
    """The next School-Community Partner designation. It begins the day after the last one ends, so that no day is
    missing, however late a renewal is decided that came in time; one that is over already begins anew today."""
    months = int(application.settings_version.content["partner_path"]["registration_months"])
    organization = application.organization
    term = renewals.term_of(organization.designations, 0)
    if term is None:
        return
    starts_on, ends_on = renewals.next_term(term.ends_on, term.over, months, context.today)
    _grant(
        organization,
        context,
        kind=DesignationKind.PARTNER,
        application_id=application.id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    if not term.over and term.ends_on < context.today:
        context.then("designation", term.designation, "end")


def grant_portfolio(application: Application, context: Context) -> None:
    """A Portfolio listing of the program in its category, for the dates of the round."""
    invitation = application.round
    if invitation is None or application.program is None:
        raise RuntimeError("a portfolio application names its round and its program")
    starts = max(invitation.listing_starts_on, context.today)
    _grant(
        application.organization,
        context,
        kind=DesignationKind.PORTFOLIO,
        application_id=application.id,
        program_id=application.program_id,
        category_key=application.category_key,
        round_id=application.round_id,
        starts_on=starts,
        ends_on=max(invitation.listing_ends_on, starts),
    )


def grant_funded(agreement: Agreement, context: Context) -> None:
    """Funded Partner of a school for a fiscal year: any district money chosen by a school, never a no-cost agreement."""
    if agreement.amount_cents == 0 or agreement.starts_on is None or agreement.ends_on is None:
        return
    _grant(
        agreement.organization,
        context,
        kind=DesignationKind.FUNDED,
        agreement_id=agreement.id,
        school_id=agreement.school_id,
        fiscal_year=agreement.fiscal_year,
        program_id=agreement.partnership.program_id,
        starts_on=max(agreement.starts_on, context.today),
        ends_on=max(agreement.ends_on, context.today),
    )


def end_of(agreement: Agreement, context: Context) -> None:
    """End what an agreement granted."""
    for designation in agreement.organization.designations:
        if designation.agreement_id == agreement.id and designation.state in {
            DesignationState.SCHEDULED,
            DesignationState.IN_FORCE,
        }:
            context.then("designation", designation, "revoke", reason=context.reason)


def leave(organization: Organization, context: Context) -> None:
    """The organization leaves: everything it holds ends today."""
    organization.exited_on = context.today
    organization.listed = False
    for designation in organization.designations:
        if designation.state in {DesignationState.SCHEDULED, DesignationState.IN_FORCE}:
            context.then("designation", designation, "revoke", reason=context.reason)


def register(organization: Organization, context: Context) -> None:
    """The person who registers an organization becomes its owner."""
    if context.actor.user_id is None:
        return
    grant = RoleGrant(
        user_id=context.actor.user_id,
        role=Role.ORG_OWNER,
        organization=organization,
        granted_by_id=context.actor.user_id,
    )
    context.then("role_grant", grant, "grant")


def program_approved(program: Program, context: Context) -> None:
    program.approved_at = context.now


def program_moved(program: Program, context: Context) -> None:
    follow(program.organization, context)
