"""Questions about the kind of an agreement: its term, its approvals, what was shown, and what must be good on the day."""

from __future__ import annotations

from datetime import timedelta

from vetting.calendar_days import add_months, fiscal_year_bounds, fiscal_year_of, school_year_bounds, school_year_of
from vetting.data.agreement_types import EVERYTHING
from vetting.models import Agreement, AgreementOrigin, AgreementState, AgreementTerms, Approval, ApprovalState
from vetting.queries import agreement_days, approvals, lapses, negotiation
from vetting.queries.agreement_types import type_of
from vetting.text import N_, Message, say
from vetting.workflows.commands import EndOn, SendAgreement
from vetting.workflows.definition import Context
from vetting.workflows.scope_of_service import draft_content, words_hash


def dates_fit_the_kind(agreement: Agreement, context: Context) -> Message | None:
    """No longer than its kind may run, and inside one year where the kind asks for it."""
    first, last = agreement.starts_on, agreement.ends_on
    if first is None or last is None:
        return None
    kind = type_of(context.session, agreement)
    latest = add_months(first, kind.longest_months) - timedelta(days=1)
    if last > latest:
        return say(
            N_("“%(kind)s” runs for at most %(months)s months. The last day can be %(day)s."),
            kind=say(kind.name),
            months=kind.longest_months,
            day=latest.isoformat(),
        )
    bounds = None
    if kind.within == "fiscal_year":
        bounds = fiscal_year_bounds(fiscal_year_of(first))
    elif kind.within == "school_year":
        bounds = school_year_bounds(school_year_of(first))
    if bounds and last > bounds[1]:
        return say(
            N_("“%(kind)s” stays inside one year. With this first day, the last day can be %(day)s."),
            kind=say(kind.name),
            day=bounds[1].isoformat(),
        )
    return None


def approvals_given(agreement: Agreement, context: Context) -> Message | None:
    """Everybody who must say yes has said it, to exactly these words."""
    session = context.session
    if not approvals.wanted(session, agreement, context.today):
        return None
    words = words_hash(draft_content(session, agreement))
    missing = approvals.missing(session, agreement, context.today, words)
    if not missing:
        return None
    role = say(ROLES[missing[0].role.value])
    asked = approvals.standing_ones(session, agreement)
    if any(one.state is ApprovalState.WAITING and one.content_sha256 == words for one in asked):
        return say(N_("This agreement waits for a yes: %(role)s."), role=role)
    if any(one.state is ApprovalState.APPROVED for one in asked):
        return say(N_("The text or the total is not what was approved. Ask for a check again: %(role)s."), role=role)
    return say(N_("This agreement needs a yes first: %(role)s. Ask for a check."), role=role)


ROLES = {
    "school_leader": N_("the school leader"),
    "coordinator": N_("a coordinator"),
    "director": N_("the director"),
    "risk": N_("the risk office"),
    "data_privacy": N_("the data privacy office"),
    "finance": N_("the finance office"),
}


def talks_are_settled(agreement: Agreement, context: Context) -> Message | None:
    """What is signed was shown to both sides as it is, and nothing that was proposed is left unanswered."""
    session = context.session
    if negotiation.open_proposals(session, agreement.id):
        return say(N_("A change that was proposed has no answer yet. Accept it or decline it first."))
    if agreement.terms is not AgreementTerms.NEGOTIATED:
        return None
    newest = negotiation.newest_edition(session, agreement.id)
    if newest is None or newest.content_sha256 != words_hash(draft_content(session, agreement)):
        return say(N_("The other side has not been shown this text. Share it before you send it for signature."))
    return None


def text_was_shown(agreement: Agreement, context: Context) -> Message | None:
    """The words are those that the sender had on the page."""
    given = context.data
    if not isinstance(given, SendAgreement):
        return None
    if given.words_sha256 != words_hash(draft_content(context.session, agreement)):
        return say(N_("The text changed after you opened this page. Read it again before you send it."))
    return None


def documents_are_good(agreement: Agreement, context: Context) -> Message | None:
    """No insurance or other document that the kind asks for is out on the day."""
    asked = type_of(context.session, agreement).evidence
    program_id = agreement.partnership.program_id
    for item in lapses.lapsed_items(context.session, agreement.organization_id, program_id, context.today):
        if item.type_key in asked or (EVERYTHING in asked and item.blocks):
            return say(
                N_(
                    "“%(document)s” of the partner is not good on this day. The partner adds a new one, or the partnerships "
                    "office gives a waiver."
                ),
                document=say(item.name),
            )
    return None


def nothing_follows_yet(agreement: Agreement, context: Context) -> Message | None:
    """One change and one renewal of an agreement at a time, of an agreement that is there to be changed."""
    earlier_id = agreement.supersedes_id or agreement.follows_id
    if earlier_id is None:
        return None
    earlier = context.session.get_one(Agreement, earlier_id)
    if agreement.origin is AgreementOrigin.AMENDMENT and earlier.state is not AgreementState.IN_FORCE:
        return say(N_("Only an agreement that is in force can be changed."))
    for other in agreement_days.successors(context.session, earlier):
        if other is not agreement and other.origin is agreement.origin and other.state in UNDER_WAY:
            return say(N_("This was begun already: agreement %(reference)s."), reference=other.reference)
    return None


UNDER_WAY = frozenset(
    {
        AgreementState.DRAFT,
        AgreementState.IN_REVIEW,
        AgreementState.OUT_FOR_SIGNATURE,
        AgreementState.PARTLY_SIGNED,
        AgreementState.EXECUTING,
    }
)


def what_it_changes_is_in_force(agreement: Agreement, context: Context) -> Message | None:
    """A change is signed while there is something in force that it changes."""
    if agreement.supersedes_id is None:
        return None
    before = context.session.get_one(Agreement, agreement.supersedes_id)
    if before.state is AgreementState.IN_FORCE:
        return None
    return say(N_("Agreement %(reference)s, which this changes, is no longer in force."), reference=before.reference)


def last_day_makes_sense(agreement: Agreement, context: Context) -> Message | None:
    """The new last day is not past, and before the one that was agreed."""
    given = context.data
    if not isinstance(given, EndOn):
        return None
    if given.last_day < context.today:
        return say(N_("The last day of service cannot be in the past."))
    if agreement.ends_on is not None and given.last_day >= agreement.ends_on:
        return say(N_("Choose a day before %(day)s, on which it ends anyway."), day=agreement.ends_on.isoformat())
    return None


def end_is_planned(agreement: Agreement, context: Context) -> Message | None:
    return None if agreement.ending_on is not None else say(N_("No earlier end is planned."))


def renewal_can_be_stopped(agreement: Agreement, context: Context) -> Message | None:
    """Its parties agreed that it goes on by itself, and nobody has said no yet."""
    if not agreement.draft.get("renews"):
        return say(N_("This agreement does not renew by itself."))
    if agreement.objected_at is not None:
        return say(N_("Somebody has already said that it is not to be renewed."))
    return None


def renews_by_itself(agreement: Agreement, context: Context) -> Message | None:
    """Everybody was told in time, nobody said no, and no earlier end was decided."""
    if not agreement.draft.get("renews") or agreement.notice_on is None:
        return say(N_("This agreement does not renew by itself."))
    if agreement.objected_at is not None or agreement.ending_on is not None:
        return say(N_("Somebody has already said that it is not to be renewed."))
    return None


def not_the_writer(approval: Approval, context: Context) -> Message | None:
    """Nobody says yes to what they wrote. A school leader who only confirms may have written it."""
    if approval.because == approvals.CONFIRMS:
        return None
    if context.actor.user_id in approvals.writers(context.session, approval.agreement_id):
        return say(N_("You wrote on this draft, so somebody else has to approve it."))
    return None


def their_turn(approval: Approval, context: Context) -> Message | None:
    """Those who are asked before have said yes, and the text is still the one they are asked about."""
    agreement = approval.agreement
    if agreement.state is not AgreementState.IN_REVIEW:
        return say(N_("This agreement is not being checked now."))
    for other in approvals.standing_ones(context.session, agreement):
        if other.position < approval.position and other.state is not ApprovalState.APPROVED:
            return say(N_("Somebody else is asked first: %(role)s."), role=say(ROLES[other.role.value]))
    return None


def text_is_the_one_asked_about(approval: Approval, context: Context) -> Message | None:
    if approval.content_sha256 != words_hash(draft_content(context.session, approval.agreement)):
        return say(N_("The text changed after you were asked. Send it back, so that a check is asked for again."))
    return None
