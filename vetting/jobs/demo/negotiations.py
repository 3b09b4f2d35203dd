"""A text that both sides talk about: shown, commented on, changed in one place, and not settled in another."""

from __future__ import annotations

from vetting.jobs.demo.plans import OrganizationPlan
from vetting.jobs.demo.scene import Scene
from vetting.models import Agreement, Remark, Side
from vetting.policy import Actor
from vetting.workflows.agreement_text import part_text

ACCEPTED = (
    "communication_rhythm",
    "Every week in the first month, and every two weeks after that, the school's contact and the program's lead talk.",
    "At the beginning we need to hear from each other more often.",
)
OPEN = (
    "clause:ending",
    """School, partner or district may end this agreement in writing with sixty days' notice. The district may \
stop the service at once to protect students. The partner is paid for service given up to that day.""",
    "Thirty days are too short for us to find other work for our staff.",
)
QUESTION = ("place", "", "Is the cafeteria free on days with an early lunch?")


def talk(scene: Scene, agreement: Agreement, leader: Actor, partner: OrganizationPlan, age: int) -> None:
    """The school shows its text; the partner proposes two changes and asks something; the school takes one in."""
    owner = scene.acting(partner.owner_email)
    scene.take("agreement", agreement, "share", leader, scene.house.moment(age + 6))
    made = [_said(scene, agreement, owner, age + 5, words) for words in (ACCEPTED, OPEN)]
    _said(scene, agreement, owner, age + 4, QUESTION)
    reason = "Good idea. (Made up for demonstration.)"
    scene.take("agreement_remark", made[0], "accept", leader, scene.house.moment(age + 2), reason=reason)
    scene.take("agreement", agreement, "share", leader, scene.house.moment(age, 15))


def _said(scene: Scene, agreement: Agreement, owner: Actor, age: int, words: tuple[str, str, str]) -> Remark:
    part, proposed, body = words
    remark = Remark(
        agreement=agreement,
        part=part,
        side=Side.PARTNER,
        author_id=owner.user_id,
        body=body,
        was=part_text(scene.session, agreement, part),
        proposed=proposed,
        created_at=scene.house.moment(age),
    )
    scene.take("agreement_remark", remark, "make", owner, scene.house.moment(age))
    return remark
