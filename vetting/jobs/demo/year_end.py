"""The end of a year: a signature that waits for an answer, and two looks at what is to be renewed."""

from __future__ import annotations

from vetting.calendar_days import school_year_of
from vetting.jobs import itemwise, renewal_run
from vetting.jobs.demo.cast import COORDINATORS, DIRECTORS, SIGNATORY
from vetting.jobs.demo.contracts import find
from vetting.jobs.demo.plans import agreements, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import RenewalItemState, RenewalRun, SigningHold
from vetting.policy import SYSTEM, Actor
from vetting.workflows import engine
from vetting.workflows.countersign_commands import HoldSignature
from vetting.workflows.renewal_runs import RENEWAL_ITEM, RENEWAL_RUN

HELD = "camp_madison"
HELD_FOR, HELD_SINCE = 6, 1
RENEWED = 2
"""So many are renewed early; the others wait until spring."""


def hold(scene: Scene) -> None:
    """The signatory asks something before signing."""
    plan = next(plan for plan in agreements() if plan.key == HELD)
    place = find(scene, plan).versions[-1].signers[-1]
    at = scene.house.moment(HELD_SINCE, 11)
    kept = SigningHold(signer=place, reason="", wakes_on=scene.house.day(HELD_FOR), created_at=at)
    reason = "The start time differs from what the school told us. I asked the leader, and wait for the answer."
    wakes = HoldSignature(scene.house.day(HELD_FOR))
    scene.take("signing_hold", kept, "hold", scene.acting(SIGNATORY), at, data=wakes, reason=reason)


def renew_some(scene: Scene) -> None:
    """The office renewed a few early, and left the rest out with the reason."""
    person = scene.acting(DIRECTORS[0])
    run = _plan(scene, person, "early")
    waiting = [item for item in run.items if item.state is RenewalItemState.WAITING]
    for item in waiting[RENEWED:]:
        engine.run(
            scene.session, RENEWAL_ITEM, item, "leave_out", person, reason="We decide on this one in spring. (Made up.)"
        )
    engine.run(scene.session, RENEWAL_RUN, run, "start", person)
    for item in waiting[:RENEWED]:
        itemwise.settle(renewal_run.COURSE, scene.session, item)
    engine.run(scene.session, RENEWAL_RUN, run, "finish", SYSTEM)


def plan_the_rest(scene: Scene) -> None:
    """A plan for the rest of the year, which nobody has carried out."""
    _plan(scene, scene.acting(COORDINATORS[0]), "rest")


def _plan(scene: Scene, person: Actor, key: str) -> RenewalRun:
    run = renewal_run.plan(scene.session, person, school_year_of(scene.house.today))
    run.reference = reference("REN", key)
    return run
