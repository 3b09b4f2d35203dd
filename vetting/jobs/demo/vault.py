"""The vault in use: papers outside any case, one that came back, cleared people, a vendor number, purposes."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa

from vetting.calendar_days import school_year_bounds, school_year_of
from vetting.data.clearance_statement import digest_of, load_clearance_statement, next_due
from vetting.jobs.demo.cast import COORDINATORS, FINANCE, SHOWN_APPLICANT, SHOWN_PARTNER
from vetting.jobs.demo.plans import OrganizationPlan, dealt, organization, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import (
    Application,
    Clearance,
    EvidenceState,
    ReferenceKind,
    RequestItem,
    RequestState,
    Upload,
    Waiver,
)
from vetting.queries import references
from vetting.spool import Spool
from vetting.workflows.vault_commands import OfficeReading, Purpose, SayPurposes, VendorNumber

ALSO_LISTS = "paper_moon_families"
NEW_PAPERS = (
    (SHOWN_PARTNER, "staffing_plan"),
    (ALSO_LISTS, "security_plan"),
    ("seven_moons_science", "audited_financials"),
    ("paper_boat_poets", "coi_auto"),
)
"""What partners sent outside any case; each waits in another lane."""

RETURNED = ("paper_boat_poets", "staffing_plan", "Pages 4 to 9 are missing. Send all of them in one file.")

WAIVER_ASKED = ("seven_moons_science", "coi_auto")

PEOPLE = (
    ("Ottilie Oboe", "Teaching artist", 940),
    ("Basil Bassoon", "Teaching artist", 410),
    ("Viola Quartertone", "Program director", 120),
    ("Timpani Brown", "Volunteer", 1080),
    ("Clara Nett", "Site coordinator", 30),
)
"""Made-up people with their role and how many days ago they were checked."""


def fill(scene: Scene) -> None:
    """Everything that happens around documents beside the cases."""
    send_papers(scene)
    give_back(scene)
    list_people(scene, organization(SHOWN_PARTNER), PEOPLE)
    list_people(scene, organization(ALSO_LISTS), PEOPLE[1:3])
    record_number(scene)
    half_send(scene)
    ask_waiver(scene)


def send_papers(scene: Scene) -> None:
    """Three papers that nobody has checked yet; one says what it speaks for."""
    for age, (key, type_key) in enumerate(NEW_PAPERS, 1):
        plan = organization(key)
        at = scene.house.moment(age * 2)
        version = scene.evidence(plan, type_key, at)
        if key == SHOWN_PARTNER and version.state in {EvidenceState.RECEIVED, EvidenceState.ACCEPTED}:
            current = references.current(scene.session, ReferenceKind.STANDARDS, "quality-standards")
            standards = references.framework(current).standards
            program = scene.program(plan.programs[0])
            command = SayPurposes(
                tuple(Purpose(standard.key, program.id) for standard in standards[:2]),
                school_year_of(scene.house.today),
            )
            scene.take("evidence", version, "say_purposes", scene.acting(plan.owner_email), at, data=command)


def give_back(scene: Scene) -> None:
    """One paper came back with a reason; the dates of another were read otherwise than they were typed."""
    key, type_key, reason = RETURNED
    version = scene.evidence(organization(key), type_key, scene.house.moment(9))
    coordinator = scene.acting(COORDINATORS[0])
    if version.state is EvidenceState.RECEIVED:
        scene.take("evidence", version, "return", coordinator, scene.house.moment(8), reason=reason)
    read = scene.evidence(organization(ALSO_LISTS), "reference_letter", scene.house.moment(7))
    if read.state is EvidenceState.RECEIVED and read.valid_until is not None:
        reading = OfficeReading(valid_until=read.valid_until - timedelta(days=31))
        scene.take("evidence", read, "accept", coordinator, scene.house.moment(6), data=reading)


def list_people(scene: Scene, plan: OrganizationPlan, people: tuple[tuple[str, str, int], ...]) -> None:
    """People who were checked and cleared, by word of the organization's owner."""
    owner = scene.acting(plan.owner_email)
    at = scene.house.moment(5 + dealt(plan.key, 3))
    place = scene.organization(plan)
    for name, role, age in people:
        checked_on = scene.house.today - timedelta(days=age)
        due = next_due(checked_on)
        person = Clearance(
            reference=reference("CLR", f"{plan.key}:{name}"),
            organization_id=place.id,
            organization=place,
            name=name,
            role=role,
            checked_by=plan.name,
            checked_on=checked_on,
            next_due_on=due,
            attested_at=at,
            text_version=load_clearance_statement().header.name,
            statement_sha256=digest_of(name, role, plan.name, checked_on, due),
            created_at=at,
        )
        scene.take("clearance", person, "list", owner, at)


def record_number(scene: Scene) -> None:
    """The city pays one partner already, and the finance office knows its number."""
    place = scene.organization(organization(SHOWN_PARTNER))
    number = VendorNumber("VC0000417")
    scene.take("partner", place, "record_vendor_number", scene.acting(FINANCE), scene.house.moment(20), data=number)


def half_send(scene: Scene) -> None:
    """The line broke while a document was on its way that the office had asked for; its sender can go on with it."""
    plan = organization(SHOWN_APPLICANT)
    application = scene.session.scalars(
        sa.select(Application).where(Application.reference == reference("VET", plan.key))
    ).one()
    asked = [one for one in application.requests if one.state is RequestState.OPEN]
    type_key = next((one.item_key for one in asked if one.item is RequestItem.DOCUMENT), "board_roster")
    paper = scene.house.papers.paper(plan, type_key, 2)
    name, half = reference("UPL", plan.key), paper.body[: len(paper.body) // 2]
    with Spool(scene.house.settings.spool).held(name) as part:
        part.write(0, half)
    row = Upload(
        reference=name,
        account_id=scene.user(plan.owner_email).id,
        organization_id=application.organization_id,
        application_id=application.id,
        scope=application.reference,
        type_key=type_key,
        filename=paper.filename,
        size=len(paper.body),
        sha256=hashlib.sha256(paper.body).hexdigest(),
        received=len(half),
        touched_at=scene.house.anchor,
    )
    scene.session.add(row)


def ask_waiver(scene: Scene) -> None:
    """A partner asks to do without a kind of insurance, and waits for the answer."""
    key, type_key = WAIVER_ASKED
    plan = organization(key)
    owner, at = scene.acting(plan.owner_email), scene.house.moment(2)
    first = scene.house.today
    waiver = Waiver(
        reference=reference("WVR", f"{key}:{type_key}"),
        organization=scene.organization(plan),
        type_key=type_key,
        reason="We drive nobody. Families bring the students, and we walk from the school.",
        starts_on=first,
        ends_on=school_year_bounds(school_year_of(first))[1],
        asked_by_id=owner.user_id,
        created_at=at,
    )
    scene.take("waiver", waiver, "ask", owner, at)
