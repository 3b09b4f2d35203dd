"""Questions about a signer's place: consent, handing it on, reminding, more time, and somebody who left."""

from __future__ import annotations

from datetime import timedelta

from vetting import fonts
from vetting.models import Agreement, AgreementState, Signer, SignerState
from vetting.queries.signing_days import days_to_sign, last_day
from vetting.text import N_, Message, say
from vetting.workflows.commands import Delegate, GiveTime, ReplaceSigners, Sign
from vetting.workflows.definition import Context
from vetting.workflows.guards.reminders import last_reminder
from vetting.workflows.scope_of_service import Place, signers_of
from vetting.workflows.typed_name import resembles

LONGEST_DELEGATION = timedelta(days=90)
LONGEST_EXTENSION = timedelta(days=90)
OPEN = frozenset({SignerState.WAITING, SignerState.INVITED})


def place_of(signer: Signer, context: Context) -> Place | None:
    """The signer's place in the order, with everybody who may take it now."""
    places = signers_of(context.session, signer.agreement_version.agreement)
    return next((place for place in places if place.role is signer.role), None)


def holds_role(signer: Signer, context: Context) -> bool:
    """Whether the person still holds the role that they sign in."""
    place = place_of(signer, context)
    return place is None or signer.user_id in {user.id for user in place.able}


def name_is_theirs(signer: Signer, context: Context) -> Message | None:
    """What was typed is the name of the person whose place it is."""
    if isinstance(context.data, Sign) and not resembles(context.data.typed_name, signer.name):
        return say(N_("Type your own first and last name. Your account has: %(name)s."), name=signer.name)
    return None


def typed_can_be_printed(signer: Signer, context: Context) -> Message | None:
    """What is typed with a signature stands in the document."""
    if not isinstance(context.data, Sign):
        return None
    return _unprintable(context.data.typed_name + context.data.title)


def _unprintable(text: str) -> Message | None:
    missing = fonts.uncovered(text)
    if missing:
        return say(N_("The document cannot print %(characters)s. Write it without."), characters=fonts.named(missing))
    return None


def consent_was_given(signer: Signer, context: Context) -> Message | None:
    if signer.consent is None:
        return say(N_("There is no consent to take back."))
    return None


def not_reminded_today(signer: Signer, context: Context) -> Message | None:
    """Once a day is enough; the invitation of today counts."""
    invited = signer.invited_at is not None and context.now - signer.invited_at < timedelta(hours=12)
    if invited or last_reminder(context.session, "signer", signer.id) == context.today:
        return say(N_("A message about this went out today already."))
    return None


def no_chain(signer: Signer, context: Context) -> Message | None:
    """Who signs for somebody else cannot pass it on; it goes back first."""
    if signer.delegation is not None:
        return say(
            N_("You sign in the place of %(name)s. Give it back, so that they can choose somebody else."),
            name=signer.delegation.from_name,
        )
    return None


def delegate_fits(signer: Signer, context: Context) -> Message | None:
    """Whoever signs instead holds the same role, does not sign this already, and has a day until which it holds."""
    command = context.data
    if not isinstance(command, Delegate):
        return None
    place = place_of(signer, context)
    chosen = next((user for user in place.able if user.id == command.user_id), None) if place else None
    if chosen is None:
        return say(N_("This person does not hold the role that signs here. Choose somebody who does."))
    if any(other.user_id == chosen.id for other in signer.agreement_version.signers):
        return say(N_("%(name)s signs this agreement already. Choose somebody else."), name=chosen.name)
    if not context.today <= command.until <= context.today + LONGEST_DELEGATION:
        return say(N_("Choose a day between today and ninety days from now."))
    return _unprintable(context.reason)


def is_handed_on(signer: Signer, context: Context) -> Message | None:
    if signer.delegation is None:
        return say(N_("This place is your own. Decline if you do not want to sign."))
    return None


def delegation_is_over(signer: Signer, context: Context) -> Message | None:
    if signer.delegation is None or signer.delegation.until >= context.today:
        return say(N_("The place is still handed on."))
    return None


def delegation_holds(signer: Signer, context: Context) -> Message | None:
    """The last day on which somebody may sign for another is not past."""
    handed = signer.delegation
    if handed is not None and handed.until < context.today:
        return say(
            N_("You could sign in the place of %(name)s until %(day)s. Ask them, or the partnerships office."),
            name=handed.from_name,
            day=handed.until.isoformat(),
        )
    return None


def has_left(signer: Signer, context: Context) -> Message | None:
    """The signer no longer holds the role, and nobody was told so far."""
    if signer.left_on is not None or signer.agreement_version.agreement.state not in _OUT:
        return say(N_("The office knows already."))
    if holds_role(signer, context):
        return say(N_("%(name)s still holds the role."), name=signer.name)
    return None


_OUT = frozenset({AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED})


def somebody_left(agreement: Agreement, context: Context) -> Message | None:
    """A signer who has not signed yet no longer holds the role."""
    if not agreement.versions:
        return say(N_("This agreement was not sent for signature yet."))
    waiting = [signer for signer in agreement.versions[-1].signers if signer.state in OPEN]
    if all(holds_role(signer, context) for signer in waiting):
        return say(N_("Every signer still holds their role. Each of them can also hand their place to somebody else."))
    return None


def named_ones_fit(agreement: Agreement, context: Context) -> Message | None:
    """Whoever is named holds the role; each place has another person."""
    command = context.data
    if not isinstance(command, ReplaceSigners):
        return None
    people = []
    for place in signers_of(context.session, agreement):
        wanted = command.people.get(place.role.value, place.user.id if place.user else None)
        if wanted not in {user.id for user in place.eligible}:
            return say(N_("Choose who signs as %(role)s."), role=say(place.label))
        people.append(wanted)
    if len(set(people)) < len(people):
        return say(N_("Each signer must be a different person."))
    return None


def later_last_day(agreement: Agreement, context: Context) -> Message | None:
    """More time is a later day than the one people have, at most ninety days from now."""
    command = context.data
    if not isinstance(command, GiveTime):
        return None
    now = last_day(agreement.versions[-1], days_to_sign(context.session))
    if not now < command.until <= context.today + LONGEST_EXTENSION:
        return say(
            N_("Choose a day after %(day)s, and at most ninety days from today."),
            day=now.isoformat(),
        )
    return None
