"""Partnerships of schools and programs, and their agreements from the first draft to the sealed document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from vetting import refs
from vetting.calendar_days import fiscal_year_of, school_year_of
from vetting.data.agreement_template import AgreementTemplate, agreement_template_from
from vetting.data.vocabulary import word_lists
from vetting.jobs.demo.cast import leader_email
from vetting.jobs.demo.plans import (
    AgreementPlan,
    OrganizationPlan,
    ProgramPlan,
    fill,
    organization,
    reference,
    texts,
)
from vetting.jobs.demo.scene import Pace, Scene
from vetting.models import Agreement, Partnership, ReferenceKind, Signer, SignerState
from vetting.policy import Actor
from vetting.queries.references import current
from vetting.workflows.commands import AgreementDraft, GiveConsent, Sign

TO_BE_SEALED = frozenset({"in_force", "ended"})
WITHOUT_AGREEMENT = frozenset({"proposed", "confirmed", "turned_down"})
SIGNATURES = 3


@dataclass
class Deal:
    """An agreement on its way, with the people and texts it needs."""

    scene: Scene
    plan: AgreementPlan
    partner: OrganizationPlan
    program: ProgramPlan
    pace: Pace

    @property
    def leader(self) -> Actor:
        return self.scene.acting(leader_email(self.plan.school))


def make(scene: Scene, plan: AgreementPlan) -> None:
    """Bring a partnership and its agreement as far as people can; sealing is the worker's part."""
    partner = organization(plan.organization)
    deal = Deal(scene, plan, partner, partner.programs[plan.program], Pace(scene.house, plan.age + 18, plan.key))
    partnership = _partnership(deal)
    if plan.state in WITHOUT_AGREEMENT:
        return
    agreement = _drafted(deal, partnership)
    if plan.state == "draft":
        return
    if plan.state == "in_review":
        scene.take("agreement", agreement, "request_review", deal.leader, deal.pace.until(plan.age))
        return
    scene.take("agreement", agreement, "send", deal.leader, deal.pace.until(plan.age + 4))
    if plan.state == "declined":
        _decline(deal, agreement)
        return
    wanted = SIGNATURES if plan.state in TO_BE_SEALED else plan.signed
    template = agreement_template_from(agreement.template_version.content, "scope-of-service")
    for turn, signer in enumerate(agreement.versions[-1].signers[:wanted]):
        _sign(deal, signer, template, deal.pace.until(plan.age + max(0, 2 - turn)))


def _partnership(deal: Deal) -> Partnership:
    scene, plan = deal.scene, deal.plan
    partnership = Partnership(
        reference=reference("PSH", plan.key),
        program=scene.program(deal.program),
        school=scene.school(plan.school),
        school_year=school_year_of(scene.house.day(plan.starts)),
        proposed_by_id=deal.leader.user_id,
        note="We would like this program for our students. (Made up for demonstration.)",
        created_at=deal.pace.now,
    )
    if plan.state == "proposed":
        deal.pace.until(plan.age)
    scene.take("partnership", partnership, "propose", deal.leader, deal.pace.next())
    if plan.state == "turned_down":
        reason = "Another program already uses the room on that day."
        scene.take("partnership", partnership, "decline", deal.leader, deal.pace.until(plan.age), reason=reason)
    elif plan.state != "proposed":
        scene.take("partnership", partnership, "confirm", deal.leader, deal.pace.until(plan.age + 12))
    return partnership


def _drafted(deal: Deal, partnership: Partnership) -> Agreement:
    scene, plan = deal.scene, deal.plan
    starts = scene.house.day(plan.starts)
    leader = deal.leader
    template = current(scene.session, ReferenceKind.AGREEMENT_TEMPLATE, "scope-of-service")
    at = deal.pace.until(plan.age + 8)
    agreement = Agreement(
        reference=reference("AGR", plan.key),
        verify_code=refs.new_code(),
        partnership=partnership,
        school=partnership.school,
        organization=partnership.program.organization,
        school_year=school_year_of(starts),
        fiscal_year=fiscal_year_of(starts),
        template_version=template,
        created_by_id=leader.user_id,
        created_at=at,
    )
    scene.take("agreement", agreement, "draft", leader, at)
    scene.take("agreement", agreement, "save", leader, deal.pace.next(40), data=_scope(deal))
    return agreement


def _scope(deal: Deal) -> AgreementDraft:
    plan, facts, house = deal.plan, deal.program.facts, deal.scene.house
    names = {word.key: word.name for kind in ("days", "grades") for word in word_lists()[kind].items}
    days = " and ".join(names[day] for day in facts["days"])
    written = {key: fill(text, deal.partner, deal.program, days=days) for key, text in texts()["agreement"].items()}
    free = written.pop("free_schedule")
    leader = deal.leader
    topic = texts()["topics"][deal.program.category]["topic"]
    content = {
        **written,
        "payment_schedule": written["payment_schedule"] if plan.amount else free,
        "students_planned": facts["students"],
        "grades": ", ".join(names[grade] for grade in facts["grades"]),
        "goals": [
            {"goal": "Students come", "measure": "Days present out of days offered", "target": "80 percent"},
            {
                "goal": f"Students grow in {topic}",
                "measure": "A short check in fall and spring",
                "target": "Two of three students",
            },
        ],
        "contacts": [
            {"side": "School", "name": leader.name, "title": "Principal", "email": leader.email},
            {
                "side": "Partner",
                "name": deal.partner.owner_name,
                "title": "Program Director",
                "email": deal.partner.owner_email,
            },
        ],
        "reporting_dates": [house.day((plan.starts + plan.ends) // 2).isoformat(), house.day(plan.ends).isoformat()],
    }
    return AgreementDraft(content, plan.amount, plan.source, house.day(plan.starts), house.day(plan.ends))


def _sign(deal: Deal, signer: Signer, template: AgreementTemplate, at: datetime) -> None:
    """Consent first, then the signature, as two acts."""
    person = deal.scene.acting(signer.email)
    consent = GiveConsent(template.consent.version, sha256(template.consent.text.encode()).hexdigest())
    deal.scene.take("signer", signer, "consent", person, at, data=consent)
    roles = {"role": template.role_name(signer.role.value), "organization": _side(signer)}
    command = Sign(
        typed_name=signer.name,
        title=signer.title,
        intent=template.intent.text % roles,
        content_sha256=signer.agreement_version.content_sha256,
        method=person.method,
    )
    deal.scene.take("signer", signer, "sign", person, deal.pace.next(3), data=command)


def _side(signer: Signer) -> str:
    """Whom a signer signs for, as the frozen text says."""
    named = {item["order"]: item["organization"] for item in signer.agreement_version.content["signers"]}
    return str(named[signer.position])


def _decline(deal: Deal, agreement: Agreement) -> None:
    signer = next(s for s in agreement.versions[-1].signers if s.state is SignerState.INVITED)
    deal.scene.take(
        "signer",
        signer,
        "decline",
        deal.scene.acting(signer.email),
        deal.pace.until(deal.plan.age),
        reason="We cannot find staff for these days. We would like to talk about spring.",
    )


def find(scene: Scene, plan: AgreementPlan) -> Agreement:
    return scene.session.scalars(sa.select(Agreement).where(Agreement.reference == reference("AGR", plan.key))).one()
