"""Questions about the yearly renewal."""

from __future__ import annotations

from vetting.models import RenewalItem, RenewalRun, RenewalRunState
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def own_run(run: RenewalRun, context: Context) -> Message | None:
    """Nobody carries out or drops what a colleague planned."""
    if run.made_by_id == context.actor.user_id:
        return None
    return say(N_("%(name)s planned this. Plan your own."), name=run.made_by.name)


def own_plan(item: RenewalItem, context: Context) -> Message | None:
    """A plan changes in the hands of its maker, and only before it is carried out."""
    if item.run.state is not RenewalRunState.PLANNED:
        return say(N_("This plan is being carried out already, or it is over."))
    return own_run(item.run, context)
