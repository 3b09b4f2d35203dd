"""Rounds of the Portfolio: one that is decided, one that is open, one that is being prepared."""

from __future__ import annotations

from datetime import time

import sqlalchemy as sa

from vetting.calendar_days import add_months, local_moment_utc, school_year_of
from vetting.jobs.demo.cases import Case
from vetting.jobs.demo.cast import DIRECTORS
from vetting.jobs.demo.fates import FATES, SENDING, began, play
from vetting.jobs.demo.plans import OrganizationPlan, reference
from vetting.jobs.demo.scene import House, Pace, Scene
from vetting.models import Application, ApplicationKind, ReferenceKind, Round
from vetting.policy import SYSTEM
from vetting.queries.references import current

PAST, OPEN, NEXT = "past", "open", "next"

PAST_OPENED, PAST_CLOSED, PAST_ENDED, PAST_DECIDED = 330, 284, 236, 228
OPENED, CLOSES = 25, 24

CATEGORIES = {
    PAST: ["academic_support", "stem", "enrichment"],
    OPEN: ["academic_support", "stem", "enrichment", "social_emotional", "physical_health", "college_access", "career"],
    NEXT: ["summer_learning"],
}

CRITERIA = {
    "min_years_operating": 3,
    "other": ["The program is an ongoing and direct service.", "The organization is a School-Community Partner."],
}


def _round(scene: Scene, key: str, title: str, opens: int, closes: int, listing: tuple[int, int]) -> Round:
    """A round with its window in days from today; it closes at five in the afternoon."""
    house: House = scene.house
    return Round(
        reference=reference("RND", key),
        title=title,
        summary="An example round, made up for demonstration. Dates and categories are not the district's.",
        opens_at=local_moment_utc(house.day(opens), time(9)),
        closes_at=local_moment_utc(house.day(closes), time(17)),
        decision_by=house.day(closes + 60),
        listing_starts_on=house.day(listing[0]),
        listing_ends_on=house.day(listing[1]),
        category_keys=CATEGORIES[key],
        criteria=CRITERIA,
        framework_version=current(scene.session, ReferenceKind.STANDARDS, "quality-standards"),
        form_version=current(scene.session, ReferenceKind.FORM, "portfolio"),
    )


def _year(scene: Scene, days: int) -> str:
    return school_year_of(scene.house.day(days))


def open_past(scene: Scene) -> None:
    title = f"Opportunity Portfolio {_year(scene, -PAST_CLOSED)} (example)"
    past = _round(scene, PAST, title, -PAST_OPENED, -PAST_CLOSED, (-PAST_ENDED, 480))
    director = scene.acting(DIRECTORS[0])
    scene.take("round", past, "draft", director, scene.house.moment(PAST_OPENED + 20))
    scene.take("round", past, "open", director, scene.house.moment(PAST_OPENED + 6))


def close_past(scene: Scene) -> None:
    scene.take("round", find(scene, PAST), "close", SYSTEM, scene.house.moment(PAST_CLOSED - 1, 6))


def decide_past(scene: Scene) -> None:
    scene.take("round", find(scene, PAST), "decide", scene.acting(DIRECTORS[0]), scene.house.moment(PAST_DECIDED))


def open_current(scene: Scene) -> None:
    title = f"Opportunity Portfolio {_year(scene, 0)} (example)"
    round_ = _round(scene, OPEN, title, -OPENED, CLOSES, (CLOSES + 75, CLOSES + 800))
    director = scene.acting(DIRECTORS[0])
    scene.take("round", round_, "draft", director, scene.house.moment(OPENED + 20))
    scene.take("round", round_, "open", director, scene.house.moment(OPENED + 1))
    house = scene.house
    first_summer = add_months(house.today, 3)
    ahead = (first_summer - house.today).days
    summer = _round(scene, NEXT, "Summer learning (example)", ahead, ahead + 40, (ahead + 90, ahead + 400))
    scene.take("round", summer, "draft", director, scene.house.moment(6))


def find(scene: Scene, key: str) -> Round:
    return scene.session.scalars(sa.select(Round).where(Round.reference == reference("RND", key))).one()


def apply_past(scene: Scene, plan: OrganizationPlan) -> None:
    """The weeks in which the past round was open."""
    stretches = [stretch for stretch in FATES[plan.past] if stretch[0] in SENDING]
    ended = PAST_CLOSED + 2
    case = _case(scene, plan, PAST, 0, began(stretches, ended))
    play(case, stretches, ended)


def judge_past(scene: Scene, plan: OrganizationPlan) -> None:
    """The weeks after it closed."""
    stretches = [stretch for stretch in FATES[plan.past] if stretch[0] not in SENDING]
    application = scene.session.scalars(
        sa.select(Application).where(Application.reference == _reference(plan, PAST))
    ).one()
    pace = Pace(scene.house, began(stretches, PAST_ENDED), f"{plan.key}:{PAST}")
    ratings = "low" if plan.past == "not_selected" else ""
    play(Case(scene, plan, plan.programs[0], application, pace, ratings), stretches, PAST_ENDED)


def apply_now(scene: Scene, plan: OrganizationPlan) -> None:
    """The round that is open: the case stands where it stands today."""
    fate = "conflict" if plan.open == "assigned" else plan.open
    stretches = FATES[fate]
    ended = 1 if plan.open == "submitted" else 2
    play(_case(scene, plan, OPEN, plan.open_program, began(stretches, ended)), stretches, ended)


def _reference(plan: OrganizationPlan, key: str) -> str:
    return reference("VET", f"{plan.key}:{key}")


def _case(scene: Scene, plan: OrganizationPlan, key: str, number: int, days_ago: int) -> Case:
    pace = Pace(scene.house, days_ago, f"{plan.key}:{key}")
    own = plan.programs[number]
    round_ = find(scene, key)
    application = Application(
        reference=_reference(plan, key),
        kind=ApplicationKind.PORTFOLIO,
        organization=scene.organization(plan),
        program=scene.program(own),
        round=round_,
        category_key=own.category,
        form_version=round_.form_version,
        framework_version=round_.framework_version,
        settings_version=current(scene.session, ReferenceKind.SETTINGS, "process-settings"),
        state_since=pace.now,
        created_at=pace.now,
    )
    return Case(scene, plan, own, application, pace, plan.ratings)
