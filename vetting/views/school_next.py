"""The one thing a school's page asks of its reader now, by what hurts most when it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from vetting.models import AgreementState, Partnership, PartnershipState
from vetting.policy import Permission
from vetting.queries.agreements import UNSIGNED
from vetting.queries.school_agreements import Brief, pile_of
from vetting.views.chrome import localdate
from vetting.views.guard import may
from vetting.views.next_step import NextStep


def next_at_school(found: Sequence[Brief], partnerships: Sequence[Partnership], today: date) -> NextStep:
    """Sign, then confirm, then finish a draft, then think of what ends; or nothing waits."""
    by_pile: dict[str, list[Brief]] = {}
    for brief in found:
        by_pile.setdefault(pile_of(brief, today), []).append(brief)
    waiting = by_pile.get("waiting", [])
    return (
        _to_sign([brief for brief in waiting if brief.state not in UNSIGNED])
        or _to_confirm(partnerships)
        or _to_write([brief for brief in waiting if brief.state in UNSIGNED])
        or _to_renew(by_pile.get("ending_soon", []))
        or NextStep(_("Nothing waits for you"), _("We write to you when something does."), done=True)
    )


def _to_sign(waiting: Sequence[Brief]) -> NextStep | None:
    if not waiting:
        return None
    first = waiting[0]
    return NextStep(
        _("Sign the agreement on %(program)s", program=first.program),
        _("%(n)s agreements wait for your signature.", n=len(waiting))
        if len(waiting) > 1
        else _("It waits for your signature. Services may not start before that."),
        _("Read and sign"),
        url_for("signing.page", reference=first.reference),
    )


def _to_confirm(partnerships: Sequence[Partnership]) -> NextStep | None:
    proposed = [
        item
        for item in partnerships
        if item.state is PartnershipState.PROPOSED and may(Permission.PARTNERSHIP_CONFIRM, item)
    ]
    if not proposed:
        return None
    first = proposed[0]
    return NextStep(
        _("Confirm the partnership on %(program)s", program=first.program.name),
        _("%(n)s partnerships wait for your yes or no.", n=len(proposed))
        if len(proposed) > 1
        else _("The agreement can be written after that."),
        _("Read and decide"),
        url_for("partnerships.show", reference=first.reference),
    )


def _to_write(drafts: Sequence[Brief]) -> NextStep | None:
    drafts = [brief for brief in drafts if may(Permission.AGREEMENT_DRAFT, brief)]
    if not drafts:
        return None
    first = drafts[0]
    checked = first.state is AgreementState.IN_REVIEW
    return NextStep(
        _("Finish the agreement on %(program)s", program=first.program),
        _("It is being checked. See what is still missing.")
        if checked
        else _("It is a draft. Nobody is asked to sign before it is sent."),
        _("See where it stands") if checked else _("Go on writing"),
        url_for("agreements.show", reference=first.reference),
    )


def _to_renew(ending: Sequence[Brief]) -> NextStep | None:
    ending = [brief for brief in ending if may(Permission.AGREEMENT_MANAGE, brief)]
    if not ending:
        return None
    first = ending[0]
    return NextStep(
        _("%(program)s ends soon", program=first.program),
        _("The last day is %(day)s. Renew it, or let it end.", day=localdate(first.ends_on)),
        _("Decide what comes next"),
        url_for("agreements.show", reference=first.reference),
    )
