"""One small district in which every relation a person can have to a thing occurs once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory, unsigned_copy
from tests.integration.security import world_lapses
from tests.integration.security.world_paper import signed_paper
from tests.support import listed
from vetting import clock, refs, tokens
from vetting.calendar_days import school_year_of
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.keys import load_seal_keys
from vetting.jobs import renewal_run
from vetting.jobs.seal_keys import KEYS, enter
from vetting.models import (
    AgreementActivity,
    Application,
    ApplicationKind,
    Assessment,
    BulkAct,
    BulkRun,
    Clearance,
    Conflict,
    CopyKind,
    Cover,
    Delegation,
    DeskFeature,
    DuplicatePair,
    EmailChange,
    Extension,
    Feature,
    Flag,
    Invitation,
    LoginSession,
    Note,
    NoteKind,
    Organization,
    OwnCopy,
    OwnershipOffer,
    Partnership,
    ReferenceKind,
    Remark,
    RequestItem,
    Role,
    Round,
    SavedView,
    School,
    SeenBy,
    Side,
    SigningBatch,
    SigningHold,
    Sponsorship,
    Suspension,
    Upload,
    User,
    YearFile,
)
from vetting.queries import approvals, references, renewals, tasklist, year_files
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.documents import wanted
from vetting.workflows.commands import AssistedEntry, BringOver, PlanRun, RequestedItem, RequestInformation
from vetting.workflows.countersign_commands import DrawUpBatch, HoldSignature
from vetting.workflows.effects.suspensions import drafted

CANARIES = {
    "reviewer": "Quillfeather Reviewername",
    "rating": "ratingreason-hush-7731",
    "comment": "reviewcomment-hush-7732",
    "decision": "unreleaseddecision-hush-7733",
    "conflict": "conflictreason-hush-7734",
    "tax id": "987654321",
    "note": "officenote-hush-7735",
    "reviewer note": "reviewernote-hush-7736",
    "flag": "flagreason-hush-7737",
    "settled": "flagsettled-hush-7738",
}
"""What no applicant and no visitor may ever read."""


@dataclass
class World:
    """Who there is, and what they act on."""

    people: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    values: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def build(session: Session, store: Any) -> World:
    """Everything comes to its place by steps of the engine."""
    make = Factory(session, store)
    world = World()
    people = world.people
    organization = _organization(make, people)
    _office(make, people, organization)
    world.values["public"] = {"reference": organization.reference}
    world.values["program"] = {"reference": organization.programs[0].reference}
    _cases(make, world, organization)
    _renewal(make, world, organization, store)
    _others(make, world)
    _schools(make, world, organization)
    _leading(make, world, store)
    _people(make, world)
    make.take("desk_feature", DeskFeature(feature=Feature.CROSS_CASE_RATING), "begin")
    make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")
    _cover(make, world)
    _relations(make, world, organization)
    world.values["form_draft"] = {"form": make.form_draft().key}
    _saved_view(make, world)
    _imports(make, world)
    _running_out(make, world, organization)
    for name, person in people.items():
        world.tokens[name] = _sign_in(session, person)
    session.commit()
    return world


def _relations(make: Factory, world: World, organization: Organization) -> None:
    """What waits between organizations, between one and its people, and in the hands of the office for somebody."""
    people = world.people
    owner = people["owner"]
    named = {name: world.values[name]["reference"] for name in ("other", "suspended")}
    other, stopped = (
        make.session.query(Organization).filter(Organization.reference == named[name]).one() for name in named
    )
    first, second = sorted((other, stopped), key=lambda each: each.id)
    pair = DuplicatePair(first_id=first.id, second_id=second.id, reasons=[{"key": "website"}])
    make.take("duplicate_pair", pair, "suspect")
    apart = DuplicatePair(
        first_id=min(organization.id, other.id), second_id=max(organization.id, other.id), reasons=[{"key": "phone"}]
    )
    make.take("duplicate_pair", apart, "suspect")
    make.take("duplicate_pair", apart, "dismiss", make.actor(people["director"]), reason="Another town.")
    offer = OwnershipOffer(organization=organization, from_user_id=owner.id, to_user_id=people["viewer"].id)
    offer.organization_id, offer.answer_by = organization.id, clock.today() + timedelta(days=14)
    make.take("ownership_offer", offer, "offer", make.actor(owner))
    sponsorship = Sponsorship(
        organization=other,
        organization_id=other.id,
        sponsor=organization,
        sponsor_id=organization.id,
        sponsor_name=organization.legal_name,
    )
    make.take("sponsorship", sponsorship, "ask", make.actor(people["other_owner"]))
    group = make.organization(name="Corner Garden Group")
    held = Sponsorship(
        organization=group,
        organization_id=group.id,
        sponsor=organization,
        sponsor_id=organization.id,
        sponsor_name=organization.legal_name,
    )
    make.take("sponsorship", held, "ask", make.actor(make.owner_of(group)))
    make.take("sponsorship", held, "confirm", make.actor(owner))
    for name, found in {
        "pair": pair,
        "pair_apart": apart,
        "offer": offer,
        "sponsorship": sponsorship,
        "sponsorship_held": held,
    }.items():
        world.values[name] = {"reference": found.reference}
    world.values["member_role_number"] = {"reference": organization.reference, "number": people["editor"].grants[0].id}
    _new_address(make, world, owner)
    _entry(make, world)


def _new_address(make: Factory, world: World, owner: User) -> None:
    """The owner wants another address."""
    old, new = tokens.new_token(), tokens.new_token()
    change = EmailChange(
        user_id=owner.id,
        old_email=owner.email,
        new_email="olga@new.example",
        old_nonce=tokens.new_nonce(),
        new_nonce=tokens.new_nonce(),
        old_digest=tokens.digest(old),
        new_digest=tokens.digest(new),
        expires_at=clock.now() + timedelta(days=2),
    )
    make.take("email_change", change, "ask", make.actor(owner))
    world.values["new_address"] = {"token": new, "reference": change.reference}


def _entry(make: Factory, world: World) -> None:
    """The coordinator enters an application for somebody on the phone."""
    coordinator = make.actor(world.people["coordinator"])
    organization = Organization(
        reference=refs.new_reference("ORG"),
        legal_name="Phone Tree Choir",
        name_folded="phone tree choir",
        kind="community_based_organization",
        made_up=True,
    )
    make.take("partner", organization, "register_for", coordinator)
    current = references.current
    case = Application(
        reference=refs.new_reference("VET"),
        kind=ApplicationKind.REGISTRATION,
        organization=organization,
        form_version_id=current(make.session, ReferenceKind.FORM, "registration").id,
        framework_version_id=current(make.session, ReferenceKind.STANDARDS, "quality-standards").id,
        settings_version_id=current(make.session, ReferenceKind.SETTINGS, "process-settings").id,
        state_since=clock.now(),
    )
    make.take("application", case, "start_assisted", coordinator, data=AssistedEntry("phone", "Rosa Caller"))
    world.values["entry"] = {"reference": case.reference, "key": _a_section(case, per_program=False)}


def _saved_view(make: Factory, world: World) -> None:
    """A view that the coordinator offers to the team."""
    view = SavedView(
        reference=refs.new_reference("VIEW"),
        owner_id=world.people["coordinator"].id,
        name="New this week",
        arguments={"pile": "new"},
        team=True,
    )
    with unit_of_work(make.session) as session:
        session.add(view)
    world.values["saved_view"] = {"reference": view.reference}


def _running_out(make: Factory, world: World, organization: Organization) -> None:
    """What runs out, is waived, held and kept."""
    found = world_lapses.add(make, organization, world.people["editor"])
    for name in ("lapse", "waiver", "hold", "removal"):
        world.values[name] = {"reference": found[name]}
    world.values["schedule"] = {"number": found["schedule"], "key": found["schedule_key"]}


def _imports(make: Factory, world: World) -> None:
    """The director brought a list along, looked at another, and invited a contact."""
    director = world.people["director"]
    fresh, done = listed.checked(make, director), listed.loaded(make, director)
    elsewhere = make.organization(name="Brought Along Bakers")
    world.values["import"] = {"reference": fresh.reference}
    world.values["import_loaded"] = {"reference": done.reference}
    sent = listed.batch(make, director, done, elsewhere)
    world.values["invitation_batch"] = {"reference": sent.reference, "position": 1}


def _runs(make: Factory, world: World, case: Application) -> None:
    """The coordinator planned something for many cases, and began it once."""
    coordinator = make.actor(world.people["coordinator"])
    world.values["reviewing"] = {"reference": world.people["reviewer_assigned"].reference}
    for name in ("run_planned", "run"):
        run = BulkRun(
            reference=refs.new_reference("RUN"),
            act=BulkAct.MOVE,
            made_by_id=coordinator.user_id,
            parameters={"step": "screen"},
        )
        make.take("bulk_run", run, "plan", coordinator, data=PlanRun(((case, {}),)))
        world.values[name] = {"reference": run.reference, "key": run.reference}
    make.take("bulk_run", run, "start", coordinator)


def _countersigning(make: Factory, world: World, partnership: Partnership) -> None:
    """Two agreements wait for the district alone, one of them on hold; the coordinator planned two years' renewals."""
    signatory, coordinator = make.actor(world.people["signatory"]), make.actor(world.people["coordinator"])
    waiting, held = (make.sent(make.agreement(partnership)) for _ in range(2))
    for agreement in (waiting, held):
        for signer in agreement.versions[-1].signers[:-1]:
            make.sign(signer)
    world.values["countersign"] = {"reference": waiting.reference}
    hold = SigningHold(signer=held.versions[-1].signers[-1], reason="", wakes_on=clock.today())
    wakes = HoldSignature(clock.today() + timedelta(days=5))
    make.take("signing_hold", hold, "hold", signatory, data=wakes, reason="Later")
    world.values["signing_hold"] = {"key": hold.id}
    place = waiting.versions[-1].signers[-1]
    batch = SigningBatch(
        reference=refs.new_reference("SGN"),
        user_id=signatory.user_id,
        terms_sha256=place.agreement_version.terms_sha256,
        digest="",
        given={},
    )
    make.take("signing_batch", batch, "draw_up", signatory, data=DrawUpBatch((place,)))
    world.values["signing_batch"] = {"reference": batch.reference, "key": batch.reference}
    ending = world.values["agreement_in_force"]["reference"]
    for name in ("renewal_planned", "renewal_run"):
        with unit_of_work(make.session):
            run = renewal_run.plan(make.session, coordinator, school_year_of(clock.today() + timedelta(days=200)))
        world.values[name] = {"reference": run.reference, "key": run.reference, "agreement": ending}
        world.values["renewal_item"] = world.values.get("renewal_item") or {"key": run.items[0].id}
    make.take("renewal_run", run, "start", coordinator)


def _cover(make: Factory, world: World) -> None:
    """The coordinator will be away, and the director stands in."""
    part = DeskFeature(feature=Feature.COVER)
    make.take("desk_feature", part, "begin")
    day = clock.today() + timedelta(days=30)
    away, beside = world.people["coordinator"], world.people["director"]
    cover = Cover(absent_id=away.id, substitute_id=beside.id, starts_on=day, ends_on=day, set_by_id=away.id)
    make.take("cover", cover, "agree", make.actor(away))
    world.values |= {"part": {"key": part.id}, "cover": {"key": cover.id}}


def _organization(make: Factory, people: dict[str, User]) -> Organization:
    people["owner"] = make.person("Olga Owner")
    organization = make.organization(people["owner"], "Harbor Strings")
    for role, name in (
        (Role.ORG_EDITOR, "editor"),
        (Role.ORG_SIGNER, "signer"),
        (Role.ORG_VIEWER, "viewer"),
    ):
        people[name] = make.person(f"{name.title()} Member", title="Staff")
        make.grant(people[name], role, organization=organization)
    people["former_member"] = make.person("Former Member")
    grant = make.grant(people["former_member"], Role.ORG_OWNER, organization=organization)
    make.end_grant(grant)
    return organization


def _office(make: Factory, people: dict[str, User], organization: Organization) -> None:
    people["reviewer_assigned"] = make.person(CANARIES["reviewer"], Role.REVIEWER)
    for name in ("reviewer_submitted", "reviewer_unassigned", "reviewer_conflicted"):
        people[name] = make.person(name.replace("_", " ").title(), Role.REVIEWER)
    people["coordinator"] = make.person("Cora Coordinator", Role.COORDINATOR)
    people["coordinator_member"] = make.person("Mia Member", Role.COORDINATOR)
    make.grant(people["coordinator_member"], Role.ORG_VIEWER, organization=organization)
    people["director"] = make.person("Dora Director", Role.DIRECTOR)
    people["auditor"] = make.person("Ada Auditor", Role.AUDITOR)
    people["finance"] = make.person("Fay Finance", Role.FINANCE)
    people["signatory"] = make.person("Dee Signatory", Role.DISTRICT_SIGNATORY, title="Chief of Partnerships")
    people["admin"] = make.person("Sy Admin", Role.SYSTEM_ADMIN)
    people["former_office"] = make.person("Former Coordinator", Role.COORDINATOR)
    make.end_grant(people["former_office"].grants[0])
    conflict = Conflict(
        user_id=people["reviewer_conflicted"].id, organization_id=organization.id, reason=CANARIES["conflict"]
    )
    make.take("conflict", conflict, "declare", make.actor(people["reviewer_conflicted"]))


def _cases(make: Factory, world: World, organization: Organization) -> None:
    people = world.people
    program = organization.programs[0]
    registration = make.approved(make.registration(organization))
    first, second, third = (make.round(title=f"Round {number}") for number in ("one", "two", "three"))

    in_review = _portfolio(make, organization, first, 0)
    reviewers = [people["reviewer_assigned"], people["reviewer_submitted"]]
    make.in_review(in_review, reviewers=reviewers, coordinator=people["coordinator"])
    make.rate(in_review.reviews[1])
    in_review.reviews[1].ratings[0].reason = CANARIES["rating"]
    in_review.reviews[1].comment = CANARIES["comment"]
    organization.ein_encrypted = CANARIES["tax id"].encode()

    drafting = _portfolio(make, organization, first, 1)
    new = make.submitted(_portfolio(make, organization, third, 1))
    asked = make.submitted(_portfolio(make, organization, second, 0))
    boss = make.actor(people["coordinator"])
    make.take("application", asked, "screen", boss)
    sentence = RequestedItem(RequestItem.QUESTION, _a_question(asked), "We need one more sentence.")
    paper = RequestedItem(RequestItem.DOCUMENT, _a_document(asked), "We need the last page as well.")
    due = clock.today() + timedelta(days=10)
    make.take("application", asked, "request_information", boss, data=RequestInformation((sentence, paper), due))
    to_release = make.decision_drafted(_portfolio(make, organization, second, 1))
    to_release.decisions[-1].summary = CANARIES["decision"]
    to_decide = make.ready_to_decide(_portfolio(make, organization, third, 0))
    to_decide.reviews[0].ratings[0].reason = CANARIES["rating"]
    to_decide.reviews[0].comment = CANARIES["comment"]
    make.session.commit()

    _words_about(make, world, in_review)
    for name, case in {
        "registration": registration,
        "in_review": in_review,
        "drafting": drafting,
        "new": new,
        "asked": asked,
        "to_release": to_release,
        "to_decide": to_decide,
    }.items():
        version = case.evidence[0].document_version if case.evidence else None
        world.values[name] = {
            "reference": case.reference,
            "number": 1,
            "program": program.reference,
            "key": _a_section(case, per_program=False),
            "type_key": _a_document(case),
            "document": version.document.reference if version else "",
        }
    world.values["asked_paper"] = {"reference": asked.reference, "number": 2}
    _sending(make, world, drafting)
    _runs(make, world, new)
    world.values["own_review"] = {"key": in_review.reviews[0].id}
    world.values["sent_review"] = {"key": in_review.reviews[1].id}
    world.values["conflict"] = {"key": make.session.query(Conflict).one().id}
    document = in_review.evidence[0].document_version
    world.values["document"] = {"key": document.id}
    world.values["evidence"] = {"reference": document.document.reference, "number": document.number}
    budget = next(link.document_version for link in in_review.evidence if link.type_key == "budget")
    world.values["restricted"] = {"reference": budget.document.reference, "number": budget.number}
    _vault(make, world, organization)
    fresh = make.round(title="Round four")
    world.values["round_open"] = {"reference": fresh.reference, "round_reference": fresh.reference}
    _drafted_round(make, world, fresh)
    _more_time(make, world, drafting)


def _vault(make: Factory, world: World, organization: Organization) -> None:
    """Documents outside any case, one that may hold a personal number, and a cleared person."""
    kept = make.document(organization, "articles_or_charter")
    tax_form = make.document(organization, "w9")
    world.values["tax_form"] = {"reference": tax_form.document.reference, "number": tax_form.number}
    person = Clearance(
        organization_id=organization.id,
        organization=organization,
        name="Ana Example",
        role="Instructor",
        checked_by="Harbor Arts",
        checked_on=clock.today() - timedelta(days=30),
        next_due_on=clock.today() + timedelta(days=300),
        attested_at=clock.now(),
        text_version="1",
        statement_sha256="a" * 64,
    )
    make.take("clearance", person, "list", make.actor(world.people["owner"]))
    world.values["vaulted"] = {
        "reference": organization.reference,
        "document": kept.document.reference,
        "type_key": kept.document.type_key,
        "person": person.reference,
    }
    world.values["cleared"] = {"key": person.reference}


def _sending(make: Factory, world: World, case: Application) -> None:
    """The owner sends a document in pieces; none has arrived yet."""
    row = Upload(
        reference=refs.new_reference("UPL"),
        account_id=world.people["owner"].id,
        organization_id=case.organization_id,
        application_id=case.id,
        scope=case.reference,
        type_key=_a_document(case),
        filename="charter.pdf",
        size=1000,
        sha256="a" * 64,
    )
    with unit_of_work(make.session) as session:
        session.add(row)
    world.values["upload"] = {"upload": row.reference}


def _more_time(make: Factory, world: World, case: Application) -> None:
    """Somebody waits for an answer whether they get more time."""
    extension = Extension(reference=refs.new_reference("EXT"), application=case, wish="Our server was down.")
    make.take("extension", extension, "ask", make.actor(world.people["editor"]))
    world.values["extension"] = {"reference": extension.reference}
    world.values["calendar_round"] = {"key": case.reference}


def _renewal(make: Factory, world: World, organization: Organization, store: Any) -> None:
    """The approval ends soon and its renewal is begun; a copy of the registration lies ready."""
    owner = make.actor(world.people["owner"])
    held = renewals.last_held(organization.designations)
    last = renewals.last_approved(make.session, organization.id)
    assert held is not None
    with unit_of_work(make.session):
        held.ends_on = clock.today() + timedelta(days=30)
    renewal = Application(
        reference=refs.new_reference("VET"),
        kind=ApplicationKind.RENEWAL,
        organization=organization,
        form_version=references.current(make.session, ReferenceKind.FORM, "registration"),
        framework_version=references.current(make.session, ReferenceKind.STANDARDS, "quality-standards"),
        settings_version=references.current(make.session, ReferenceKind.SETTINGS, "process-settings"),
        state_since=clock.now(),
    )
    make.take("application", renewal, "start", owner)
    make.take("application", renewal, "bring_over", owner, data=BringOver(last))
    copy = OwnCopy(
        reference=refs.new_reference("CPY"),
        kind=CopyKind.PDF,
        organization=organization,
        application=last,
        fingerprint="history-0",
        asked_by_id=owner.user_id,
    )
    make.take("own_copy", copy, "ask", owner)
    make.take("own_copy", copy, "ready", data=store.put(BytesIO(b"%PDF-1.4 a copy"), area="copies"))
    world.values["renewing"] = {"reference": renewal.reference}
    world.values["copy"] = {"reference": copy.reference}


def _words_about(make: Factory, world: World, case: Application) -> None:
    """What the office says to itself about a case, and what it says to the applicant."""
    coordinator, reviewer = world.people["coordinator"], world.people["reviewer_submitted"]
    notes = {
        "note": _note(case, coordinator, CANARIES["note"], NoteKind.VISIT),
        "reviewer_note": _note(case, reviewer, CANARIES["reviewer note"], NoteKind.COMMENT),
    }
    for note, author in zip(notes.values(), (coordinator, reviewer), strict=True):
        make.take("note", note, "write", make.actor(author))
    message = _note(case, coordinator, "Welcome to the review.", NoteKind.MESSAGE)
    make.take("note", message, "send", make.actor(coordinator))
    for name, reason in (("flag", CANARIES["flag"]), ("flag_settled", "Settle this.")):
        flag = Flag(
            application=case,
            reason=reason,
            section="",
            owner_id=coordinator.id,
            raised_by_id=world.people["director"].id,
        )
        make.take("flag", flag, "raise", make.actor(world.people["director"]))
        world.values[name] = {"reference": case.reference, "number": flag.id}
        world.values[f"step_{name}"] = {"key": flag.id}
    make.take("flag", flag, "resolve", make.actor(coordinator), reason=CANARIES["settled"])
    for name, note in {**notes, "message": message}.items():
        world.values[name] = {"reference": case.reference, "number": note.id}
        world.values[f"step_{name}"] = {"key": note.id}


def _note(case: Application, author: User, body: str, kind: NoteKind) -> Note:
    seen_by = SeenBy.APPLICANT if kind is NoteKind.MESSAGE else SeenBy.OFFICE
    return Note(application=case, author_id=author.id, kind=kind, seen_by=seen_by, body=body)


def _drafted_round(make: Factory, world: World, like: Round) -> None:
    round_ = Round(
        reference=refs.new_reference("RND"),
        title="Round five",
        opens_at=like.opens_at,
        closes_at=like.closes_at,
        decision_by=like.decision_by,
        listing_starts_on=like.listing_starts_on,
        listing_ends_on=like.listing_ends_on,
        category_keys=like.category_keys,
        framework_version_id=like.framework_version_id,
        form_version_id=like.form_version_id,
    )
    make.take("round", round_, "draft", make.actor(world.people["director"]))
    world.values["round_draft"] = {"reference": round_.reference, "round_reference": round_.reference}


def _portfolio(make: Factory, organization: Organization, round_: Round, category: int) -> Application:
    round_.category_keys = sorted(round_.category_keys, reverse=bool(category))
    return make.portfolio(organization, round_)


def _a_question(application: Application) -> str:
    return next(q.key for s in tasklist.form_of(application).sections for q in s.questions)


def _a_section(application: Application, *, per_program: bool) -> str:
    sections = tasklist.form_of(application).sections
    return next((s.key for s in sections if s.questions and s.per_program is per_program), "")


def _a_document(application: Application) -> str:
    return wanted(application)[0][0]


def _others(make: Factory, world: World) -> None:
    world.people["other_owner"] = make.person("Oskar Other")
    other = make.organization(world.people["other_owner"], "Mill Pond Writers")
    case = make.registration(other)
    world.values["other_drafting"] = {
        "reference": case.reference,
        "program": other.programs[0].reference,
        "key": _a_section(case, per_program=True),
        "type_key": _a_document(case),
        "number": 1,
    }
    world.values["other"] = {"reference": other.reference}
    suspended = make.partner("Stopped Dancers")
    suspension: Suspension = drafted(
        make.session, suspended, world.people["director"].id, "Insurance ended.", clock.now()
    )
    make.take("suspension", suspension, "impose", make.actor(world.people["director"]), reason="Insurance ended.")
    world.values["suspended"] = {"reference": suspended.reference}
    world.values["suspension"] = {"key": suspension.id}


def _seal(make: Factory) -> str:
    """The development seal, on record as after the first document that carries it."""
    folder = make.store.root.parent / KEYS
    ensure_development_keys(folder)
    keys = load_seal_keys(folder)
    enter(sessionmaker(make.session.get_bind()), keys, clock.now())
    return keys.fingerprint


def _schools(make: Factory, world: World, organization: Organization) -> None:
    people = world.people
    school = make.school("Harborview School")
    people["leader"] = make.leader(school, "Lee Leader")
    people["other_leader"] = make.leader(make.school("Millpond School"), "Mo Leader")
    partnership = make.partnership(organization, school)
    year = make.money(school, cents=50_000_00)
    world.values["school"] = {"dese_id": school.dese_id}
    world.values["partnership"] = {"reference": partnership.reference}
    world.values["fund_year"] = {"fiscal_year": year.fiscal_year, "dese_id": school.dese_id, "key": year.id}
    assessment = Assessment(
        school=school,
        school_year="2026-27",
        framework_version_id=references.current(
            make.session, ReferenceKind.EFFECTIVENESS, "partnership-effectiveness"
        ).id,
        started_by_id=people["leader"].id,
    )
    make.take("assessment", assessment, "start", make.actor(people["leader"]))
    world.values["assessment"] = {"key": assessment.id}
    world.values["published"] = {"key": assessment.framework_version_id}
    in_force = make.in_force(make.agreement(partnership, cents=1_000_00, source="partnership_fund"))
    world.values["agreement_in_force"] = {"reference": in_force.reference, "code": in_force.verify_code}
    world.values["seal"] = {"fingerprint": _seal(make)}
    world.values["checker"] = {"name": "check_agreement.py"}
    world.values["withdrawn"] = {"name": "development"}
    sent = make.sent(make.agreement(partnership))
    unsigned_copy(make, sent)
    world.values["agreement_sent"] = {"reference": sent.reference}
    world.values["signature"] = {"key": sent.versions[-1].signers[0].id}
    paper = signed_paper(make, people, sent)
    world.values |= {"paper": {"paper_record": paper}, "step_paper": {"key": paper}}
    _countersigning(make, world, partnership)
    draft = make.agreement(partnership)
    world.values["agreement_draft"] = {"reference": draft.reference}
    rooms = make.agreement(partnership)
    with unit_of_work(make.session):
        rooms.activity = AgreementActivity.SPACE
    make.take("agreement", rooms, "request_review", make.actor(people["leader"]))
    owner = people["owner"]
    remark = Remark(agreement=rooms, part="services", side=Side.PARTNER, author_id=owner.id, body="For whom?")
    make.take("agreement_remark", remark, "make", make.actor(owner))
    proposal = Remark(
        agreement=rooms,
        part="services",
        side=Side.PARTNER,
        author_id=owner.id,
        was=rooms.draft["services"],
        proposed="Other words",
    )
    make.take("agreement_remark", proposal, "make", make.actor(owner))
    world.values |= {"remark": {"key": remark.id}, "proposal": {"key": proposal.id}}
    world.values["approval"] = {"key": approvals.standing_ones(make.session, rooms)[0].id}


def _leading(make: Factory, world: World, store: Any) -> None:
    """What a school's leader has besides: somebody who acts for them, and the documents of a year in a file."""
    leader = world.people["leader"]
    number = world.values["school"]["dese_id"]
    school = make.session.query(School).filter(School.dese_id == number).one()
    assistant = make.person("Ana Assistant", title="Assistant principal")
    make.grant(assistant, Role.SCHOOL_LIAISON, school=school)
    delegation = Delegation(
        reference=refs.new_reference("DEL"),
        school_id=school.id,
        school=school,
        leader_id=leader.id,
        delegate_id=assistant.id,
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=30),
    )
    make.take("delegation", delegation, "give", make.actor(leader))
    listed_there = year_files.entries(make.session, make.actor(leader), school.id, "2026-27")
    made = YearFile(
        reference=refs.new_reference("YRF"),
        school_id=school.id,
        school=school,
        school_year="2026-27",
        asked_by_id=leader.id,
        fingerprint=year_files.fingerprint(listed_there),
        total=len(listed_there),
    )
    make.take("year_file", made, "ask", make.actor(leader))
    make.take("year_file", made, "ready", data=store.put(BytesIO(b"PK a year"), area="copies"))
    world.values |= {"delegation": {"reference": delegation.reference}, "year_file": {"reference": made.reference}}


def _people(make: Factory, world: World) -> None:
    people = world.people
    world.values["person"] = {"reference": people["viewer"].reference}
    world.values["member_role"] = {"key": people["editor"].grants[0].id}
    world.values["office_role"] = {"key": people["coordinator"].grants[0].id}
    for name, actor, more in (
        ("invitation", "admin", {"role": Role.REVIEWER}),
        ("member_invitation", "owner", {"role": Role.ORG_EDITOR, "organization_id": _organization_id(people["owner"])}),
    ):
        nonce, token = refs.new_code(), tokens.new_token()
        invitation = Invitation(
            email=f"{name}@people.example",
            nonce=nonce,
            token_digest=tokens.digest(token),
            expires_at=clock.now() + timedelta(days=10),
            **more,
        )
        make.take("invitation", invitation, "invite", make.actor(people[actor]))
        place = world.values["public"]["reference"] if name == "member_invitation" else invitation.reference
        world.values[name] = {
            "reference": place,
            "invitation": invitation.reference,
            "token": token,
        }
        world.values[f"step_{name}"] = {"key": invitation.reference}


def _organization_id(owner: User) -> int | None:
    return owner.grants[0].organization_id


def _sign_in(session: Session, user: User) -> str:
    token = tokens.new_token()
    moment = clock.now()
    session.add(
        LoginSession(
            user_id=user.id,
            token_digest=tokens.digest(token),
            method="password",
            address="127.0.0.1",
            agent="test",
            authenticated_at=moment,
            expires_at=moment + timedelta(days=1),
        )
    )
    return token
