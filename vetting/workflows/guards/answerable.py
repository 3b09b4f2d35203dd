"""Questions about whose word stands behind an application, and about look-alikes before an approval."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import (
    Application,
    DuplicatePair,
    DuplicateState,
    GrantState,
    HistoryEntry,
    Role,
    RoleGrant,
    User,
)
from vetting.queries import pins
from vetting.text import N_, Message, say
from vetting.workflows.commands import ConfirmEntry, SignOff
from vetting.workflows.definition import Context

ENTERING = ("start_assisted", "save_answers", "attach_evidence")


def who_can(application: Application, context: Context) -> list[str]:
    """Names of the owners and authorized signers of the organization."""
    rows = context.session.execute(
        sa.select(User.name, User.email)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            RoleGrant.organization_id == application.organization_id,
            RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_SIGNER]),
            RoleGrant.state == GrantState.ACTIVE,
            User.active.is_(True),
        )
        .distinct()
        .order_by(User.name, User.email)
    )
    return [name or email for name, email in rows]


def signed_off_where_wanted(application: Application, context: Context) -> Message | None:
    """Where the organization asks for it, a senior person agreed to exactly what is sent."""
    if not application.organization.sign_off_required:
        return None
    if application.signed_off_at is not None and application.signed_off_sha256 == pins.pin_of(application):
        return None
    names = ", ".join(who_can(application, context))
    return say(
        N_("Your organization wants a senior person to sign off first. These people can: %(names)s."), names=names
    )


def sign_off_is_wanted(application: Application, context: Context) -> Message | None:
    if not application.organization.sign_off_required:
        return say(N_("Your organization does not ask for a sign-off. An owner can switch it on in the settings."))
    return None


def not_signed_off_yet(application: Application, context: Context) -> Message | None:
    return say(N_("This is signed off already.")) if application.signed_off_at is not None else None


def as_it_was_read(application: Application, context: Context) -> Message | None:
    """Nobody's word is taken for something they have not seen."""
    if not isinstance(context.data, SignOff | ConfirmEntry):
        return None
    if context.data.sha256 != pins.pin_of(application):
        return say(N_("It was changed after you opened this page. Read it again."))
    return None


def entered_by_the_office(application: Application, context: Context) -> Message | None:
    return say(N_("You entered this yourselves.")) if application.assisted_by_id is None else None


def confirmed_where_entered(application: Application, context: Context) -> Message | None:
    """What the office took down is sent only with the organization's word that it is right."""
    if application.assisted_by_id is None or application.confirmed_at is not None:
        return None
    return say(
        N_(
            "The office entered this. It can be sent once the organization has confirmed it: in its account, or read back."
        )
    )


def somebody_can_confirm(application: Application, context: Context) -> Message | None:
    if who_can(application, context):
        return None
    return say(
        N_("Nobody of the organization has an account yet. Invite somebody, or read the application back to them.")
    )


def whose_word_is_named(application: Application, context: Context) -> Message | None:
    if isinstance(context.data, ConfirmEntry) and not context.data.name.strip():
        return say(N_("Enter the name of the person who confirmed it."))
    return None


def not_who_entered_it(application: Application, context: Context) -> Message | None:
    """Four eyes: whoever filled an application in for somebody has no part in its decision."""
    if application.assisted_by_id is None:
        return None
    me = context.actor.user_id
    typed = sa.select(HistoryEntry.id).where(
        HistoryEntry.subject_type == "application",
        HistoryEntry.subject_id == application.id,
        HistoryEntry.step.in_(ENTERING),
        HistoryEntry.actor_id == me,
    )
    if application.assisted_by_id == me or context.session.scalars(typed.limit(1)).first() is not None:
        return say(N_("You entered this application for the organization. A different person decides it."))
    return None


def no_look_alike_is_open(application: Application, context: Context) -> Message | None:
    """Whether two records are one is settled before one of them is approved. Names nobody: not all may see both."""
    waiting = sa.select(DuplicatePair.id).where(
        DuplicatePair.state == DuplicateState.SUSPECTED,
        sa.or_(
            DuplicatePair.first_id == application.organization_id,
            DuplicatePair.second_id == application.organization_id,
        ),
    )
    if context.session.scalars(waiting.limit(1)).first() is not None:
        return say(N_("Another organization looks like this one. Say first whether they are the same."))
    return None
