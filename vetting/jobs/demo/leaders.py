"""Somebody acts for the leader of the school that visitors are shown first, and somebody did before."""

from __future__ import annotations

from vetting.jobs.demo.cast import ADMIN, SHOWN_SCHOOL, leader_email
from vetting.jobs.demo.plans import reference
from vetting.jobs.demo.scene import Scene
from vetting.models import Delegation, Role
from vetting.policy import SYSTEM

ASSISTANT = f"assistant.{SHOWN_SCHOOL}@schools.example"
DAYS_AS_ASSISTANT = 300


def stand_in(scene: Scene) -> None:
    """An assistant principal stood in for two weeks in the past, and stands in again now."""
    school = scene.school(SHOWN_SCHOOL)
    hired = scene.house.moment(DAYS_AS_ASSISTANT)
    person = scene.person(ASSISTANT, "Aziz Assistant", "Assistant Principal", hired)
    scene.grant(person, Role.SCHOOL_LIAISON, hired, by=scene.acting(ADMIN), school=school)
    leader = scene.acting(leader_email(SHOWN_SCHOOL))
    for key, agreed, first, last in (("stands_in_before", 45, -40, -27), ("stands_in_now", 3, -2, 12)):
        at = scene.house.moment(agreed, 11)
        delegation = Delegation(
            reference=reference("DEL", key),
            school_id=school.id,
            school=school,
            leader_id=leader.user_id,
            delegate_id=person.id,
            starts_on=scene.house.day(first),
            ends_on=scene.house.day(last),
            created_at=at,
        )
        scene.take("delegation", delegation, "give", leader, at)
        if last < 0:
            scene.take("delegation", delegation, "run_out", SYSTEM, scene.house.moment(-last - 1, 0, 15))
