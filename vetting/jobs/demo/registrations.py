"""Organizations come in, register and become partners, or not."""

from __future__ import annotations

from vetting.jobs.demo.cases import Case
from vetting.jobs.demo.cast import OWNER_TITLE, SIGNER_TITLE
from vetting.jobs.demo.fates import FATES, began, play
from vetting.jobs.demo.plans import OrganizationPlan, reference
from vetting.jobs.demo.scene import Pace, Scene
from vetting.models import (
    Application,
    ApplicationKind,
    Organization,
    Program,
    ReferenceKind,
    Role,
)
from vetting.queries.references import current
from vetting.refs import folded


def register(scene: Scene, plan: OrganizationPlan) -> None:
    """The owner registers the organization and its programs, and the case goes as far as the plan says."""
    stretches = FATES[plan.registration]
    pace = Pace(scene.house, began(stretches, plan.age), plan.key)
    if scene.known(plan.owner_email) is None:
        scene.person(plan.owner_email, plan.owner_name, OWNER_TITLE, pace.now)
    organization = _organization(scene, plan, pace)
    form = current(scene.session, ReferenceKind.FORM, "registration")
    application = Application(
        reference=reference("VET", plan.key),
        kind=ApplicationKind.REGISTRATION,
        organization=organization,
        form_version=form,
        framework_version=current(scene.session, ReferenceKind.STANDARDS, "quality-standards"),
        settings_version=current(scene.session, ReferenceKind.SETTINGS, "process-settings"),
        state_since=pace.now,
        created_at=pace.now,
    )
    play(Case(scene, plan, plan.programs[0], application, pace, plan.ratings), stretches, plan.age)
    if plan.registration == "approved":
        _name_signer(scene, plan, organization, pace)


def _organization(scene: Scene, plan: OrganizationPlan, pace: Pace) -> Organization:
    organization = Organization(
        reference=reference("ORG", plan.key),
        legal_name=plan.name,
        name_folded=folded(plan.name),
        kind=plan.kind,
        nonprofit=plan.status in {"nonprofit", "fiscal_sponsor"},
        mission=plan.mission,
        made_up=True,
        created_at=pace.now,
    )
    scene.take("partner", organization, "register", scene.acting(plan.owner_email), pace.next())
    owner = scene.acting(plan.owner_email)
    for own in plan.programs:
        program = Program(
            reference=reference("PRG", own.key), organization=organization, name=own.name, summary=own.line
        )
        scene.take("program", program, "add", owner, pace.next())
    return organization


def _name_signer(scene: Scene, plan: OrganizationPlan, organization: Organization, pace: Pace) -> None:
    """The owner says who may sign for the organization."""
    at = pace.next(50)
    signer = scene.known(plan.signer_email) or scene.person(plan.signer_email, plan.signer_name, SIGNER_TITLE, at)
    scene.grant(signer, Role.ORG_SIGNER, at, by=scene.acting(plan.owner_email), organization=organization)
