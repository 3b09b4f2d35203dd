"""Who of the demonstration's office has given this school year's word on their interests. One has not yet."""

from __future__ import annotations

from vetting.calendar_days import school_year_of
from vetting.data.attestation import load_attestation
from vetting.jobs.demo.cast import MEMBERS, REVIEWERS
from vetting.jobs.demo.scene import Scene
from vetting.models import Attestation
from vetting.policy import WORKS_ON_CASES

DAYS_AGO = 3
LATE = REVIEWERS[3]
LISTED = {
    REVIEWERS[2]: [
        {"kind": "board", "text": "Talking Teapot Tutors, treasurer until last year"},
        {"kind": "payment", "text": "Fees for weekend workshops at a museum"},
    ],
}
"""Made-up interests; one of them looks like an organization that applies."""


def give(scene: Scene) -> None:
    """Everybody who works on cases gives their word, except one."""
    for member in MEMBERS:
        if member.role in WORKS_ON_CASES and member.email != LATE:
            moment = scene.house.moment(DAYS_AGO)
            word = Attestation(
                user_id=scene.user(member.email).id,
                year=school_year_of(scene.house.today),
                text_version=load_attestation().header.name,
                interests=LISTED.get(member.email, []),
                created_at=moment,
            )
            scene.take("attestation", word, "make", scene.acting(member.email), moment)
