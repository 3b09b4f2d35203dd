"""Documents that run out: one partner about to, one off the list from tomorrow on, one off it, one with a waiver."""

from __future__ import annotations

from vetting.calendar_days import school_year_bounds, school_year_of
from vetting.clock import local_date
from vetting.jobs.demo.papers import WAIVED
from vetting.jobs.demo.plans import organization, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import Waiver
from vetting.workflows.lapse_commands import GiveWaiver

ROUNDS = (39, 24, 10, 4, 1)
"""How many days ago the worker looked, so that nothing bites that did not stand on its page before."""


def waive(scene: Scene, risk_officer: str) -> None:
    """A partner whose groups are never without school staff asks, and a risk officer gives it."""
    plan = organization(WAIVED[0])
    owner, officer = scene.acting(plan.owner_email), scene.acting(risk_officer)
    asked, decided = scene.house.moment(12), scene.house.moment(9)
    first = local_date(decided)
    last = school_year_bounds(school_year_of(first))[1]
    waiver = Waiver(
        reference=reference("WVR", plan.key),
        organization=scene.organization(plan),
        type_key=WAIVED[1],
        reason="We meet in the library, and the school's own staff are always there. A new policy starts later.",
        starts_on=first,
        ends_on=last,
        asked_by_id=owner.user_id,
        created_at=asked,
    )
    scene.take("waiver", waiver, "ask", owner, asked)
    given = GiveWaiver("Supervised by school staff at all times. No trips.", first, last)
    scene.take("waiver", waiver, "give", officer, decided, data=given)
