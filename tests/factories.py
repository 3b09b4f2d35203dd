"""Builders of test data. Everything with a state is brought there by the engine, as people would do it."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from vetting import clock, refs
from vetting.calendar_days import local_moment_utc
from vetting.data.reading import content_hash
from vetting.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationKind,
    ApplicationState,
    Clearance,
    Document,
    DocumentVersion,
    FundYear,
    IndexScore,
    Organization,
    Outcome,
    Partnership,
    Program,
    ReferenceKind,
    ReferenceVersion,
    Review,
    Role,
    RoleGrant,
    Round,
    School,
    SchoolYear,
    Signer,
    SignerState,
    UnsignedCopy,
    User,
)
from vetting.policy import SYSTEM, Actor
from vetting.queries import references, tasklist
from vetting.queries.actors import actor_for
from vetting.questionnaires.form import Kind, Question
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import (
    AgreementDraft,
    AssignReviewer,
    AttachEvidence,
    DraftDecision,
    GiveConsent,
    RatingValue,
    RecordExecution,
    SaveAnswers,
    SaveRatings,
    Sign,
)
from vetting.workflows.registry import workflow_named

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
)


class Factory:
    """Each method commits what it made and returns it."""

    def __init__(self, session: Session, store: Any) -> None:
        self.session = session
        self.store = store
        self.count = itertools.count(1)

    def take(self, workflow: str, subject: Any, step: str, actor: Actor = SYSTEM, **more: Any) -> Any:
        """One step in a unit of work of its own."""
        with unit_of_work(self.session) as session:
            return engine.run(session, workflow_named(workflow), subject, step, actor, **more)

    def actor(self, user: User, **more: Any) -> Actor:
        """The person with what they hold now."""
        with self.session.no_autoflush:
            return actor_for(self.session, user, **more)

    # People

    def person(self, name: str = "", *roles: Role, **more: Any) -> User:
        """An account with a confirmed address; office roles are granted by the system."""
        number = next(self.count)
        name = name or f"Person {number}"
        domain = "district.example" if roles else "people.example"
        user = User(
            email=more.pop("email", f"{name.lower().replace(' ', '.')}.{number}@{domain}"),
            name=name,
            title=more.pop("title", "Staff"),
            active=True,
            fs_uniquifier=uuid.uuid4().hex,
            fs_webauthn_user_handle=uuid.uuid4().hex,
            confirmed_at=clock.now(),
            preferences={},
            **more,
        )
        with unit_of_work(self.session) as session:
            session.add(user)
        for role in roles:
            self.grant(user, role)
        return user

    def grant(
        self, user: User, role: Role, *, organization: Organization | None = None, school: School | None = None
    ) -> RoleGrant:
        grant = RoleGrant(
            user_id=user.id,
            role=role,
            organization_id=organization.id if organization else None,
            school_id=school.id if school else None,
        )
        self.take("role_grant", grant, "grant")
        return grant

    def end_grant(self, grant: RoleGrant) -> None:
        self.take("role_grant", grant, "end")

    # Schools

    def school(self, name: str = "", **more: Any) -> School:
        number = next(self.count)
        school = School(dese_id=f"0035{number:04d}", name=name or f"School {number}", **more)
        with unit_of_work(self.session) as session:
            session.add(school)
            session.flush()
            session.add(
                SchoolYear(
                    school_id=school.id,
                    school_year="2025-26",
                    name=school.name,
                    lowest_grade="K",
                    highest_grade="8",
                    enrollment=400,
                )
            )
        return school

    def leader(self, school: School, name: str = "") -> User:
        user = self.person(name or f"Leader of {school.name}", title="Principal")
        self.grant(user, Role.SCHOOL_LEADER, school=school)
        return user

    # Organizations and registrations

    def organization(self, owner: User | None = None, name: str = "") -> Organization:
        """A registered organization with one program in draft."""
        owner = owner or self.person()
        number = next(self.count)
        name = name or f"Organization {number}"
        organization = Organization(
            reference=refs.new_reference("ORG"),
            legal_name=name,
            name_folded=refs.folded(name),
            kind="community_based_organization",
            made_up=True,
        )
        self.take("partner", organization, "register", self.actor(owner))
        program = Program(reference=refs.new_reference("PRG"), organization=organization, name=f"Program of {name}")
        self.take("program", program, "add", self.actor(owner))
        return organization

    def owner_of(self, organization: Organization) -> User:
        grant = (
            self.session.query(RoleGrant)
            .filter(RoleGrant.organization_id == organization.id, RoleGrant.role == Role.ORG_OWNER)
            .order_by(RoleGrant.id)
            .first()
        )
        assert grant is not None
        return grant.user

    def registration(self, organization: Organization | None = None) -> Application:
        """A registration in draft, with nothing answered."""
        organization = organization or self.organization()
        return self._application(organization, ApplicationKind.REGISTRATION, "registration")

    def _application(self, organization: Organization, kind: ApplicationKind, form: str, **more: Any) -> Application:
        current = references.current
        application = Application(
            reference=refs.new_reference("VET"),
            kind=kind,
            organization=organization,
            form_version_id=current(self.session, ReferenceKind.FORM, form).id,
            framework_version_id=current(self.session, ReferenceKind.STANDARDS, "quality-standards").id,
            settings_version_id=current(self.session, ReferenceKind.SETTINGS, "process-settings").id,
            state_since=clock.now(),
            **more,
        )
        self.take("application", application, "start", self.actor(self.owner_of(organization)))
        return application

    def fill(self, application: Application) -> None:
        """Answer every question and add every required document."""
        owner = self.actor(self.owner_of(application.organization))
        form = tasklist.form_of(application)
        own = {q.key: answer(q) for s in form.sections if not s.per_program for q in s.questions}
        self.take("application", application, "save_answers", owner, data=SaveAnswers(own))
        for program in tasklist.programs_of(application):
            values = {q.key: answer(q) for s in form.sections if s.per_program for q in s.questions}
            if values:
                values["program_name"] = program.name
                self.take("application", application, "save_answers", owner, data=SaveAnswers(values, program.id))
        for task in tasklist.tasks(application):
            for type_key in task.state.missing_documents:
                self.attach(application, type_key)

    def document(
        self,
        organization: Organization,
        type_key: str,
        content: bytes = PDF,
        *,
        filename: str = "",
        of: Document | None = None,
    ) -> DocumentVersion:
        """A stored document version; of a document that is there already, its next one."""
        content = content + f"% {type_key} {next(self.count)}\n".encode()
        stored = self.store.put(BytesIO(content), area="evidence")
        owner = self.actor(self.owner_of(organization))
        document = of or Document(
            reference=refs.new_reference("DOC"), organization_id=organization.id, type_key=type_key
        )
        version = DocumentVersion(
            document=document,
            number=len(document.versions) + 1,
            filename=filename or f"{type_key}.pdf",
            media_type="application/pdf",
            size=stored.size,
            sha256=hashlib.sha256(content).hexdigest(),
            storage_key=stored.key,
            valid_from=clock.today() - timedelta(days=30),
            valid_until=clock.today() + timedelta(days=300),
        )
        document.organization = organization
        self.take("evidence", version, "receive", owner)
        return version

    def cleared(
        self, organization: Organization, due: date, *, at: datetime | None = None, name: str = ""
    ) -> Clearance:
        """Somebody on the list of cleared people whose next check is due on a local day, past ones included."""
        owner = self.actor(self.owner_of(organization))
        # Listed while the check still counted.
        then = at or local_moment_utc(min(due, clock.today()), time(12))
        person = Clearance(
            organization_id=organization.id,
            name=name or f"Person {next(self.count)}",
            role="Instructor",
            checked_by="Harbor Arts",
            checked_on=due - timedelta(days=1095),
            next_due_on=due,
            attested_at=then,
            text_version="test",
            statement_sha256="0" * 64,
        )
        self.take("clearance", person, "list", owner, at=then)
        return person

    def attach(self, application: Application, type_key: str) -> DocumentVersion:
        version = self.document(application.organization, type_key)
        owner = self.actor(self.owner_of(application.organization))
        self.take("application", application, "attach_evidence", owner, data=AttachEvidence(version, type_key))
        return version

    def submitted(self, application: Application | None = None) -> Application:
        application = application or self.registration()
        self.fill(application)
        owner = self.actor(self.owner_of(application.organization))
        self.take("application", application, "submit", owner)
        return application

    # The office

    def coordinator(self, name: str = "Cora Coordinator") -> User:
        return self.person(name, Role.COORDINATOR)

    def reviewer(self, name: str = "") -> User:
        return self.person(name, Role.REVIEWER)

    def director(self, name: str = "Dora Director") -> User:
        return self.person(name, Role.DIRECTOR)

    def screening(self, coordinator: User | None = None, application: Application | None = None) -> Application:
        """A case in screening, in the hands of the coordinator."""
        application = self.submitted(application)
        self.take("application", application, "screen", self.actor(coordinator or self.coordinator()))
        return application

    def settings(self, **changed: Any) -> None:
        """Cases begin under new settings from now on: the former ones but for what is changed."""
        former = references.current(self.session, ReferenceKind.SETTINGS, "process-settings")
        fresh = ReferenceVersion(
            kind=former.kind,
            key=former.key,
            number=former.number + 1,
            title=former.title,
            provenance=former.provenance,
            content={**former.content, **changed},
            content_sha256="1" * 64,
        )
        self.take("reference", fresh, "draft")
        self.take("reference", fresh, "publish")

    def in_review(
        self,
        application: Application | None = None,
        *,
        reviewers: list[User] | None = None,
        coordinator: User | None = None,
    ) -> Application:
        """A case in review; every reviewer has declared no conflict."""
        if application is None or application.state is ApplicationState.DRAFT:
            application = self.submitted(application)
        boss = self.actor(coordinator or self.coordinator())
        needed = 2 if application.kind is ApplicationKind.PORTFOLIO else 1
        people = reviewers or [self.reviewer() for _ in range(needed)]
        self.take("application", application, "screen", boss)
        for person in people:
            self.take("application", application, "assign_reviewer", boss, data=AssignReviewer(person.id))
        self.take("application", application, "start_review", boss)
        for review in application.reviews:
            self.take("review", review, "declare_no_conflict", self.actor(review.reviewer))
        return application

    def rate(self, review: Review, *, level: int = 3, met: bool = True) -> None:
        """Rate everything the review asks for, and submit."""
        framework = references.framework(review.application.framework_version)
        if review.application.kind is ApplicationKind.PORTFOLIO:
            values = {i.key: RatingValue(level=level, reason="Seen in the plan.") for i in framework.indicators}
        else:
            values = {i.key: RatingValue(met=met, reason="Seen in the plan.") for i in framework.must_haves}
        person = self.actor(review.reviewer)
        self.take("review", review, "save_ratings", person, data=SaveRatings(values, "Clear and complete."))
        self.take("review", review, "submit", person)

    def ready_to_decide(self, application: Application | None = None, **more: Any) -> Application:
        application = self.in_review(application, **more)
        for review in list(application.reviews):
            self.rate(review)
        return application

    def decision_drafted(
        self, application: Application | None = None, *, outcome: Outcome = Outcome.APPROVE, by: User | None = None
    ) -> Application:
        application = self.ready_to_decide(application)
        drafter = self.actor(by or self.director("Dan Drafter"))
        finding = {"standard": "P2", "name": "Safe and supportive environment", "result": "meets", "reason": "Seen."}
        draft = DraftDecision(outcome, "A clear decision.", (finding,))
        self.take("application", application, "draft_decision", drafter, data=draft)
        return application

    def approved(self, application: Application | None = None) -> Application:
        application = self.decision_drafted(application)
        self.take("application", application, "release_approval", self.actor(self.director("Rita Releaser")))
        return application

    def partner(self, name: str = "") -> Organization:
        """A School-Community Partner with an approved program."""
        organization = self.organization(name=name)
        self.approved(self.registration(organization))
        return organization

    # The Portfolio

    def round(self, **more: Any) -> Round:
        """A round that is open now."""
        current = references.current
        now = clock.now()
        round_ = Round(
            reference=refs.new_reference("RND"),
            title=more.pop("title", "Portfolio round"),
            opens_at=now - timedelta(days=10),
            closes_at=now + timedelta(days=20),
            decision_by=clock.today() + timedelta(days=60),
            listing_starts_on=clock.today(),
            listing_ends_on=clock.today() + timedelta(days=365),
            category_keys=more.pop("category_keys", ["academic_support", "stem"]),
            framework_version_id=current(self.session, ReferenceKind.STANDARDS, "quality-standards").id,
            form_version_id=current(self.session, ReferenceKind.FORM, "portfolio").id,
            **more,
        )
        director = self.actor(self.director())
        self.take("round", round_, "draft", director)
        self.take("round", round_, "open", director)
        return round_

    def form_draft(self, key: str = "registration") -> ReferenceVersion:
        """A draft of a form's next version, as a copy of the current one."""
        current = references.current(self.session, ReferenceKind.FORM, key)
        draft = ReferenceVersion(
            kind=current.kind,
            key=key,
            number=current.number + 1,
            title=current.title,
            provenance=current.provenance,
            provenance_note=current.provenance_note,
            content={**current.content, "version": current.number + 1},
            content_sha256=content_hash({**current.content, "version": current.number + 1}),
        )
        self.take("reference", draft, "draft")
        return draft

    def portfolio(self, organization: Organization | None = None, round_: Round | None = None) -> Application:
        """A Portfolio application in draft."""
        organization = organization or self.partner()
        round_ = round_ or self.round()
        return self._application(
            organization,
            ApplicationKind.PORTFOLIO,
            "portfolio",
            program=organization.programs[0],
            round=round_,
            category_key=round_.category_keys[0],
        )

    # Agreements

    def partnership(self, organization: Organization | None = None, school: School | None = None) -> Partnership:
        """A partnership confirmed by the school leader."""
        organization = organization or self.partner()
        school = school or self.school()
        leader = self.actor(self._holder(Role.SCHOOL_LEADER, school=school) or self.leader(school))
        partnership = Partnership(
            reference=refs.new_reference("PSH"),
            program=organization.programs[0],
            school=school,
            school_year="2026-27",
        )
        self.take("partnership", partnership, "propose", leader)
        self.take("partnership", partnership, "confirm", leader)
        return partnership

    def agreement(self, partnership: Partnership | None = None, *, cents: int = 0, source: str = "none") -> Agreement:
        """A complete draft; the signers are the only holders of their roles."""
        partnership = partnership or self.partnership()
        organization = partnership.program.organization
        leader = self._holder(Role.SCHOOL_LEADER, school=partnership.school)
        if self._holder(Role.ORG_SIGNER, organization=organization) is None:
            signer = self.person("Sam Signer", title="Executive Director")
            self.grant(signer, Role.ORG_SIGNER, organization=organization)
        if self._holder(Role.DISTRICT_SIGNATORY) is None:
            self.person("Dee Signatory", Role.DISTRICT_SIGNATORY, title="Chief of Partnerships")
        assert leader is not None
        agreement = Agreement(
            reference=refs.new_reference("AGR"),
            verify_code=refs.new_code(),
            partnership=partnership,
            school=partnership.school,
            organization=organization,
            school_year="2026-27",
            fiscal_year="FY27",
            template_version_id=references.current(
                self.session, ReferenceKind.AGREEMENT_TEMPLATE, "scope-of-service"
            ).id,
            created_by_id=leader.id,
        )
        self.take("agreement", agreement, "draft", self.actor(leader))
        self.take("agreement", agreement, "save", self.actor(leader), data=scope(cents, source))
        return agreement

    def money(self, school: School, *, cents: int) -> FundYear:
        """A published fund year that gives everything to this school; repeat for no second school."""
        year = FundYear(
            fiscal_year="FY27",
            school_year="2026-27",
            total_cents=cents,
            threshold_hundredths=10,
            index_year="2025-26",
            enrollment_year="2025-26",
            made_up=True,
        )
        with unit_of_work(self.session) as session:
            session.add(
                IndexScore(
                    school_id=school.id, school_year="2025-26", hundredths=80, made_up=True, imported_at=clock.now()
                )
            )
        finance = self.actor(self.person("Fay Finance", Role.FINANCE))
        for step in ("draft", "calculate", "publish"):
            self.take("fund_year", year, step, finance)
        return year

    def sent(self, agreement: Agreement | None = None) -> Agreement:
        """Out for signature; the first signer is invited."""
        agreement = agreement or self.agreement()
        leader = self._holder(Role.SCHOOL_LEADER, school=agreement.school)
        assert leader is not None
        self.take("agreement", agreement, "send", self.actor(leader))
        return agreement

    def consent(self, signer: Signer) -> None:
        actor = self.actor(signer.user, address="127.0.0.1", agent="test", method="password")
        self.take("signer", signer, "consent", actor, data=GiveConsent("consent/1", "c" * 64))

    def sign(self, signer: Signer) -> None:
        """Consent, then sign, as the named person."""
        self.consent(signer)
        actor = self.actor(signer.user, address="127.0.0.1", agent="test", method="password")
        self.take("signer", signer, "sign", actor, data=signature(signer))

    def signed(self, agreement: Agreement | None = None) -> Agreement:
        """Signed by everyone; the worker has not sealed it yet."""
        agreement = agreement or self.agreement()
        if agreement.state is AgreementState.DRAFT:
            self.sent(agreement)
        for signer in agreement.versions[-1].signers:
            if signer.state is not SignerState.SIGNED:
                self.sign(signer)
        return agreement

    def in_force(self, agreement: Agreement | None = None) -> Agreement:
        """In force, with a stored file in the place of the sealed document."""
        agreement = self.signed(agreement)
        stored = self.store.put(BytesIO(PDF + f"% {agreement.reference}\n".encode()), area="executed")
        record = RecordExecution(stored.sha256, stored.size, stored.key, "f" * 64, True, "0" * 64)
        self.take("agreement", agreement, "execute", data=record)
        return agreement

    def _holder(
        self, role: Role, *, school: School | None = None, organization: Organization | None = None
    ) -> User | None:
        query = self.session.query(RoleGrant).filter(RoleGrant.role == role)
        if school is not None:
            query = query.filter(RoleGrant.school_id == school.id)
        if organization is not None:
            query = query.filter(RoleGrant.organization_id == organization.id)
        grant = query.order_by(RoleGrant.id).first()
        return grant.user if grant else None


def unsigned_copy(make: Factory, agreement: Agreement) -> UnsignedCopy:
    """A stored file in the place of the unsigned PDF of the newest version."""
    stored = make.store.put(BytesIO(PDF + f"% {agreement.reference}, not signed\n".encode()), area="unsigned")
    copy = UnsignedCopy(
        agreement_version_id=agreement.versions[-1].id,
        sha256=stored.sha256,
        size=stored.size,
        storage_key=stored.key,
        made_at=clock.now(),
    )
    with unit_of_work(make.session) as session:
        session.add(copy)
    return copy


def signature(signer: Signer) -> Sign:
    """The words and the hash that the named person would send."""
    return Sign(
        signer.name, signer.title, "I sign this agreement.", signer.agreement_version.content_sha256, "password"
    )


def scope(cents: int = 0, source: str = "none") -> AgreementDraft:
    """A complete scope of service."""
    return AgreementDraft(
        content={
            "services": "An after-school orchestra.",
            "schedule": "Mondays and Wednesdays, 3 to 5 p.m.",
            "place": "Music room",
            "students_planned": 30,
            "grades": "3 to 8",
            "roles_school": "The school offers the room.",
            "roles_partner": "The partner sends two teachers.",
            "communication_rhythm": "We meet each month.",
            "improvement_goal": "More students take part in the arts.",
            "goals": [{"goal": "Attendance", "measure": "Days present", "target": "90 percent"}],
            "data_terms": "No information about single students is shared.",
            "payment_schedule": "After each quarter.",
            "payments": [{"due_on": "2027-03-31", "amount_cents": cents, "what": "All sessions"}] if cents else [],
            "termination": "Thirty days' notice.",
            "contacts": [],
            "reporting_dates": ["2027-01-31"],
        },
        amount_cents=cents,
        funding_source=source,
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=200),
    )


def answer(question: Question) -> Any:  # noqa: C901, PLR0911 - one line for each kind
    """A stored value that answers a question."""
    low = question.minimum or 0
    match question.kind:
        case Kind.CHOICE:
            return question.choices[0].key
        case Kind.CHOICES:
            return [question.choices[0].key]
        case Kind.NUMBER | Kind.MONEY:
            return max(low, 5) if question.maximum is None else min(max(low, 5), question.maximum)
        case Kind.YEAR:
            return 1999
        case Kind.DATE:
            return date(2026, 9, 8).isoformat()
        case Kind.YESNO:
            return "no"
        case Kind.ACKNOWLEDGE:
            return "yes"
        case Kind.EMAIL:
            return "someone@place.example"
        case Kind.PHONE:
            return "617-555-0123"
        case Kind.URL:
            return "https://place.example/"
        case Kind.EIN:
            return {"last4": "6789", "digest": "d" * 64, "sealed": "c2VhbGVk"}
        case _:
            return f"Answer to {question.key}"[: question.max_length or 200]
