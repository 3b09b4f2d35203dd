"""Questions about rounds, fund years and assessments."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import CLOSED_STATES, Application, ApplicationState, Assessment, FundYear, Round
from vetting.queries import references
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def has_categories(round_: Round, context: Context) -> Message | None:
    return None if round_.category_keys else say(N_("Choose at least one service category."))


def window_is_ahead(round_: Round, context: Context) -> Message | None:
    """A round whose window is already over would open and close at once."""
    return say(N_("The closing time is already past. Change it first.")) if round_.closes_at <= context.now else None


def nothing_undecided(round_: Round, context: Context) -> Message | None:
    waiting = context.session.scalar(
        sa.select(sa.func.count())
        .select_from(Application)
        .where(
            Application.round_id == round_.id,
            Application.state.not_in([*CLOSED_STATES, ApplicationState.DRAFT]),
        )
    )
    return say(N_("%(count)s applications of this round are not decided yet."), count=waiting) if waiting else None


def allocations_add_up(year: FundYear, context: Context) -> Message | None:
    """The published allocations are the whole total, to the cent."""
    if not year.allocations:
        return say(N_("Calculate the allocations first."))
    if sum(share.amount_cents for share in year.allocations) != year.total_cents:
        return say(N_("The allocations do not add up to the total. Calculate them again."))
    return None


def every_indicator_rated(assessment: Assessment, context: Context) -> Message | None:
    framework = references.effectiveness(assessment.framework_version)
    rated = {rating.indicator_key for rating in assessment.ratings}
    left = sum(1 for indicator in framework.indicators if indicator.key not in rated)
    return say(N_("Rate the %(count)s indicators that are left."), count=left) if left else None
