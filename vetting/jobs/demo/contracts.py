"""Partnerships of schools and programs, and their agreements from the first draft to the sealed document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

import sqlalchemy as sa

from vetting import clock, refs
from vetting.calendar_days import fiscal_year_bounds, fiscal_year_of, school_year_of
from vetting.data.agreement_template import AgreementTemplate, agreement_template_from
from vetting.data.vocabulary import word_lists
from vetting.jobs.demo import negotiations
from vetting.jobs.demo.cast import FINANCE, leader_email
from vetting.jobs.demo.plans import (
    AgreementPlan,
    OrganizationPlan,
    ProgramPlan,
    agreements,
    fill,
    organization,
    reference,
    texts,
)
from vetting.jobs.demo.scene import Pace, Scene
from vetting.models import Agreement, AgreementTerms, Partnership, ReferenceKind, Signer, SignerState
from vetting.policy import Actor
from vetting.queries import agreement_starts, approvals
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

    @property
    def term(self) -> tuple[date, date]:
        """First and last day. What is paid stays inside the fiscal year of today, or of its first day."""
        house, plan = self.scene.house, self.plan
        starts, ends = house.day(plan.starts), house.day(plan.ends)
        if not plan.amount:
            return starts, ends
        first, last = fiscal_year_bounds(fiscal_year_of(house.today if starts <= house.today <= ends else starts))
        return max(starts, first), min(ends, last)


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
    if plan.state == "talked_about":
        negotiations.talk(scene, agreement, deal.leader, partner, plan.age)
        return
    if plan.state == "in_review":
        scene.take("agreement", agreement, "request_review", deal.leader, deal.pace.until(plan.age))
        return
    _send(deal, agreement)


def change(scene: Scene, plan: AgreementPlan) -> None:
    """Write what replaces an agreement that is in force, and bring it as far as people can."""
    partner = organization(plan.organization)
    deal = Deal(scene, plan, partner, partner.programs[plan.program], Pace(scene.house, plan.age + 5, plan.key))
    before = find(scene, next(other for other in agreements() if other.key == plan.changes))
    at, leader = deal.pace.now, deal.leader
    made = agreement_starts.amendment(scene.session, before, scene.house.day(-plan.age), leader.user_id or 0)
    made.reference = reference("AGR", plan.key)
    scene.take("agreement", made, "draft", leader, at)
    scope = _scope(deal)
    more = "Twice a week from now on, because many more students came than we had planned."
    content = {**before.draft, "services": f"{before.draft['services']} {more}", "payments": scope.content["payments"]}
    changed = replace(scope, content=content)
    scene.take("agreement", made, "save", leader, deal.pace.next(40), data=changed)
    _send(deal, made)


def _send(deal: Deal, agreement: Agreement) -> None:
    """Have it approved where its amount asks for that, send it, and sign it as far as it is signed."""
    scene, plan = deal.scene, deal.plan
    if approvals.wanted(scene.session, agreement, clock.local_date(deal.pace.now)):
        scene.take("agreement", agreement, "request_review", deal.leader, deal.pace.next(30))
        for asked in approvals.standing_ones(scene.session, agreement):
            reason = "The three quotes are in the school's file. (Made up.)"
            scene.take("agreement_approval", asked, "approve", scene.acting(FINANCE), deal.pace.next(60), reason=reason)
    scene.take("agreement", agreement, "send", deal.leader, deal.pace.until(plan.age + (1 if plan.changes else 4)))
    if plan.state == "voided":
        reason = "The room is needed for something else. We begin again in spring."
        scene.take("agreement", agreement, "void", deal.leader, deal.pace.until(plan.age), reason=reason)
        return
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
        school_year=school_year_of(deal.term[0]),
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
    starts, _ends = deal.term
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
        terms=AgreementTerms.NEGOTIATED if plan.state == "talked_about" else AgreementTerms.FIXED,
        created_by_id=leader.user_id,
        created_at=at,
    )
    scene.take("agreement", agreement, "draft", leader, at)
    scene.take("agreement", agreement, "save", leader, deal.pace.next(40), data=_scope(deal))
    return agreement


def _scope(deal: Deal) -> AgreementDraft:
    plan, facts = deal.plan, deal.program.facts
    starts, ends = deal.term
    halfway = starts + (ends - starts) // 2
    names = {word.key: word.name for kind in ("days", "grades") for word in word_lists()[kind].items}
    days = " and ".join(names[day] for day in facts["days"])
    written = {key: fill(text, deal.partner, deal.program, days=days) for key, text in texts()["agreement"].items()}
    free, half = written.pop("free_schedule"), plan.amount // 2
    leader = deal.leader
    topic = texts()["topics"][deal.program.category]["topic"]
    content = {
        **written,
        "payment_schedule": written["payment_schedule"] if plan.amount else free,
        "payments": [
            {"due_on": halfway.isoformat(), "amount_cents": half, "what": "the sessions so far"},
            {"due_on": ends.isoformat(), "amount_cents": plan.amount - half, "what": "the rest of the sessions"},
        ]
        if plan.amount
        else [],
        "sites": [{"name": "Cafeteria"}, {"name": "Room 12"}],
        "sessions": [{"days": list(facts["days"]), "starts": "14:30", "ends": "16:00"}],
        "schedule": "On school days only.",
        "data_basis": "none",
        "renews": plan.renews,
        "students_planned": facts["students"],
        "grades": _grades([names[grade].removeprefix("Grade ") for grade in facts["grades"]]),
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
        "reporting_dates": [halfway.isoformat(), ends.isoformat()],
    }
    return AgreementDraft(content, plan.amount, plan.source, starts, ends)


def _grades(names: list[str]) -> str:
    """From the first to the last; the programs here leave none out in between."""
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


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
