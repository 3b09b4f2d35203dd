"""What stands between organizations and their people: a sponsor, a sign-off, an offer, an entry, a double."""

from __future__ import annotations

from vetting.clock import local_date
from vetting.jobs.demo.cast import COORDINATORS
from vetting.jobs.demo.plans import organization, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import (
    Application,
    ApplicationKind,
    DuplicatePair,
    Organization,
    OwnershipOffer,
    Program,
    ReferenceKind,
    Sponsorship,
)
from vetting.policy import SYSTEM
from vetting.queries import duplicates, settings, sponsors
from vetting.queries.references import current
from vetting.refs import folded
from vetting.workflows.commands import AssistedEntry, OwnSettings, SaveAnswers

GROUP, SPONSOR, CAREFUL, DOUBLED, HANDED_OVER = (
    "teacup_gardeners",
    "paper_moon_families",
    "paper_boat_poets",
    "upside_down_orchestra",
    "upside_down_orchestra",
)


def sponsor(scene: Scene) -> None:
    """A group of gardeners names a partner as the one that holds its money, and the partner confirms it."""
    group, holder = scene.organization(organization(GROUP)), scene.organization(organization(SPONSOR))
    owner, theirs = scene.acting(organization(GROUP).owner_email), scene.acting(organization(SPONSOR).owner_email)
    at = scene.house.moment(3, 9)
    before = sponsors.current(scene.session, group.id)
    if before is not None:
        scene.take("sponsorship", before, "end", owner, at)
    asked = Sponsorship(
        reference=reference("SPO", GROUP),
        organization=group,
        organization_id=group.id,
        sponsor=holder,
        sponsor_id=holder.id,
        sponsor_name=holder.legal_name,
        created_at=at,
    )
    scene.take("sponsorship", asked, "ask", owner, at)
    scene.take("sponsorship", asked, "confirm", theirs, scene.house.moment(2, 14))


def sign_off(scene: Scene) -> None:
    """One organization wants a senior person to read what it sends."""
    plan = organization(CAREFUL)
    chosen = OwnSettings(sign_off_required=True)
    owner = scene.acting(plan.owner_email)
    scene.take("partner", scene.organization(plan), "save_settings", owner, scene.house.moment(6), data=chosen)


def hand_over(scene: Scene) -> None:
    """An owner would like the person who signs to take over, who has not answered yet."""
    plan, at = organization(HANDED_OVER), scene.house.moment(2, 16)
    known = scene.organization(plan)
    offer = OwnershipOffer(
        reference=reference("OFR", HANDED_OVER),
        organization=known,
        organization_id=known.id,
        from_user_id=scene.user(plan.owner_email).id,
        to_user_id=scene.user(plan.signer_email).id,
        answer_by=settings.offer_until(scene.session, local_date(at)),
        created_at=at,
    )
    scene.take("ownership_offer", offer, "offer", scene.acting(plan.owner_email), at)


def enter_for_somebody(scene: Scene) -> None:
    """Somebody called; their choir looks very much like an orchestra that is a partner already."""
    at = scene.house.moment(1, 11)
    by = scene.acting(COORDINATORS[0])
    name = f"{organization(DOUBLED).name}s"
    caller = Organization(
        reference=reference("ORG", "called"),
        legal_name=name,
        name_folded=folded(name),
        kind="coalition_or_group",
        made_up=True,
        created_at=at,
    )
    scene.take("partner", caller, "register_for", by, at)
    program = Program(reference=reference("PRG", "called"), organization=caller, name="Songs by Telephone")
    scene.take("program", program, "add_for", by, at)
    application = Application(
        reference=reference("VET", "called"),
        kind=ApplicationKind.REGISTRATION,
        organization=caller,
        form_version=current(scene.session, ReferenceKind.FORM, "registration"),
        framework_version=current(scene.session, ReferenceKind.STANDARDS, "quality-standards"),
        settings_version=current(scene.session, ReferenceKind.SETTINGS, "process-settings"),
        state_since=at,
        created_at=at,
    )
    entry = AssistedEntry("phone", "Delia Caller", "es", interpreter=True)
    scene.take("application", application, "start_assisted", by, at, data=entry)
    known = {"legal_name": name, "organization_kind": "coalition_or_group", "mission": "Everybody sings, even on hold."}
    scene.take("application", application, "save_answers", by, at, data=SaveAnswers(known))
    named = SaveAnswers({"program_name": program.name}, program.id)
    scene.take("application", application, "save_answers", by, at, data=named)
    known_one = scene.organization(organization(DOUBLED))
    likeness = next(each for each in duplicates.look_alikes(scene.session, caller.id) if each.id == known_one.id)
    pair = DuplicatePair(
        reference=reference("DUP", "called"),
        first=known_one,
        second=caller,
        first_id=known_one.id,
        second_id=caller.id,
        reasons=list(likeness.reasons),
        created_at=at,
    )
    scene.take("duplicate_pair", pair, "suspect", SYSTEM, at)
