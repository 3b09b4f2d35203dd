"""A year later: one partner has begun its renewal, one certified that nothing changed, one lets a second try lie."""

from __future__ import annotations

from vetting.data.certificate import load_certificate
from vetting.jobs.demo.plans import organization, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import Application, ApplicationKind, Organization, ReferenceKind
from vetting.policy import Actor
from vetting.queries import renewals
from vetting.queries.references import current
from vetting.workflows.commands import BringOver, Certify

BEGUN, CERTIFIED, LEFT_LYING = "cardboard_rocket", "moonlight_math", "inkwell_weekly"
LYING_DAYS = 165
"""A draft lapses after half a year, so this one is close enough for its notice."""


def begin(scene: Scene) -> None:
    """A renewal that is being looked through."""
    _start(scene, BEGUN, ApplicationKind.RENEWAL, days_ago=5)


def certify(scene: Scene) -> None:
    """A renewal by certificate, sent to the office."""
    application, owner = _start(scene, CERTIFIED, ApplicationKind.RENEWAL, days_ago=2)
    command = Certify(load_certificate().header.name)
    scene.take("application", application, "certify", owner, scene.house.moment(2, 11), data=command)


def try_again(scene: Scene) -> None:
    """Somebody began again with the answers of an application that was not selected, and then left it lying."""
    _start(scene, LEFT_LYING, ApplicationKind.REGISTRATION, days_ago=LYING_DAYS)


def _start(scene: Scene, key: str, kind: ApplicationKind, *, days_ago: int) -> tuple[Application, Actor]:
    plan, at = organization(key), scene.house.moment(days_ago)
    place, owner = scene.organization(plan), scene.acting(plan.owner_email)
    application = Application(
        reference=reference("VET", f"{key}:again"),
        kind=kind,
        organization=place,
        form_version=current(scene.session, ReferenceKind.FORM, "registration"),
        framework_version=current(scene.session, ReferenceKind.STANDARDS, "quality-standards"),
        settings_version=current(scene.session, ReferenceKind.SETTINGS, "process-settings"),
        state_since=at,
        created_at=at,
    )
    scene.take("application", application, "start", owner, at)
    source = _source(scene, place, application)
    scene.take("application", application, "bring_over", owner, at, data=BringOver(source))
    return application, owner


def _source(scene: Scene, place: Organization, application: Application) -> Application | None:
    last = renewals.last_approved(scene.session, place.id)
    return last if application.kind is ApplicationKind.RENEWAL else application.previous
