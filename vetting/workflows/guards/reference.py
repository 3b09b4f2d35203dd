"""Questions about rounds, fund years and assessments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.models import (
    CLOSED_STATES,
    Application,
    ApplicationState,
    Assessment,
    FundYear,
    ReferenceKind,
    ReferenceVersion,
    Round,
)
from vetting.queries import form_versions, references, settings
from vetting.questionnaires.comparing import compare
from vetting.questionnaires.faults import Fault
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def no_other_draft(version: ReferenceVersion, context: Context) -> Message | None:
    """One draft of a set at a time, so that nobody publishes half of what another is writing.

    What ships with the program is published as it arrives, whatever the district is drafting.
    """
    if context.actor.kind == "system" or form_versions.draft(context.session, version.kind, version.key) is None:
        return None
    return say(N_("There is already a draft. Change that one, or discard it first."))


def draft_holds_together(version: ReferenceVersion, context: Context) -> Message | None:
    """What the editor made of a form still loads, asks for nothing that no form may hold, and keeps what is read."""
    if context.data is None:
        return None
    found = _faults(version, context, context.data.content, unfinished=True)
    return found[0].message if found else None


def ready_to_publish(version: ReferenceVersion, context: Context) -> Message | None:
    """Applicants can answer the whole form."""
    found = _faults(version, context, version.content, unfinished=False)
    return found[0].message if found else None


def _faults(
    version: ReferenceVersion, context: Context, content: Mapping[str, Any], *, unfinished: bool
) -> list[Fault]:
    if version.kind is not ReferenceKind.FORM:
        return []
    return form_versions.faults_of(context.session, version, content, unfinished=unfinished)


def something_changed(version: ReferenceVersion, context: Context) -> Message | None:
    """A version that is the same as the current one would only make people look for the difference."""
    if version.kind is not ReferenceKind.FORM:
        return None
    current = form_versions.current(context.session, version.key)
    if current is None or not compare(form_versions.form(current), form_versions.form(version)).empty:
        return None
    return say(N_("Nothing is different from the current version."))


def published_by_another_person(version: ReferenceVersion, context: Context) -> Message | None:
    """Where decisions are released by a second person, forms are published by one."""
    if context.actor.user_id is None or not settings.second_person_publishes(context.session, version.key):
        return None
    if context.actor.user_id in form_versions.writers(context.session, version):
        return say(N_("You worked on this draft, so another person publishes it."))
    return None


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
