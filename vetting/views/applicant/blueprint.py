"""The blueprint, and how addresses become the things they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vetting.data.vocabulary import category_of, word_lists
from vetting.extensions import db
from vetting.forms.questions import Kept, narrowed
from vetting.models import Application, ApplicationKind, ApplicationState, Program, User
from vetting.queries import applications, tasklist
from vetting.questionnaires.form import Section
from vetting.questionnaires.sections import Progress
from vetting.sealing import Sealer
from vetting.views.guard import actor

bp = Blueprint("applicant", __name__)

TONES: Mapping[Progress, str] = {
    Progress.CANNOT_START: "neutral",
    Progress.NOT_STARTED: "neutral",
    Progress.IN_PROGRESS: "info",
    Progress.COMPLETE: "good",
}


def load_case(session: Session, reference: str) -> Application | None:
    """The case behind an address."""
    return applications.by_reference(session, reference)


def load_to_show(session: Session, reference: str) -> Application | None:
    """The case behind an address, with what the page about where it stands reads."""
    return applications.by_reference_to_show(session, reference)


@dataclass(frozen=True)
class Place:
    """A section of a case, for the organization or one of its programs."""

    application: Application
    section: Section
    program: Program | None = None

    @property
    def organization_id(self) -> int:
        """Lets the policy ask which organization it belongs to."""
        return self.application.organization_id

    @property
    def program_id(self) -> int:
        """0 stands for the organization's own answers."""
        return self.program.id if self.program else 0

    @property
    def answers(self) -> dict[str, Any]:
        """Stored values of the section and of what its conditions ask about."""
        return tasklist.answers_of(self.application, self.program_id)

    @property
    def url(self) -> str:
        """The page of the section."""
        return section_url(self.application, self.section, self.program)


def load_section(session: Session, reference: str, key: str, program: str | None = None) -> Place | None:
    """The section behind an address, or None where the case, the section or the program does not exist."""
    application = applications.by_reference(session, reference)
    return place_in(application, key, program) if application is not None else None


def place_in(application: Application, key: str, program_reference: str | None) -> Place | None:
    """A section of a case by its key and, for a section about a program, that program's reference."""
    section = next((s for s in tasklist.form_of(application).sections if s.key == key), None)
    if section is None or section.per_program != (program_reference is not None):
        return None
    program = next((p for p in tasklist.programs_of(application) if p.reference == program_reference), None)
    if section.per_program and program is None:
        return None
    return Place(application, offered(application, section), program)


def offered(application: Application, section: Section) -> Section:
    """The section with the choices that fit the case: a round offers its own category and no other."""
    if application.kind is not ApplicationKind.PORTFOLIO:
        return section
    services = (word.key for word in word_lists()["service_categories"].items)
    fitting = [key for key in services if category_of(key) == application.category_key]
    return narrowed(section, choices={"portfolio_category": fitting})


def section_url(application: Application, section: Section, program: Program | None) -> str:
    """The page of a section."""
    if section.documents and not section.questions:
        return url_for("applicant.documents", reference=application.reference)
    if program is None:
        return url_for("applicant.section", reference=application.reference, key=section.key)
    return url_for(
        "applicant.program_section", reference=application.reference, program=program.reference, key=section.key
    )


def kept_answers(application: Application, program_id: int, *, named: bool = False) -> dict[str, Kept]:
    """Stored answers of the organization or one program; ``named`` tells who wrote each, for when two people did."""
    own = [answer for answer in application.answers if answer.program == program_id]
    ids = {answer.updated_by_id for answer in own if answer.updated_by_id}
    names: dict[int, str] = {}
    if ids and named:
        people = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
        names = {person.id: person.name for person in people}
    if (me := actor().user_id) in names:
        names[me] = _("you, on another page")
    return {a.question_key: Kept(a.value, a.version, names.get(a.updated_by_id or 0, ""), a.page) for a in own}


def sealer() -> Sealer:
    """What seals tax ids in this application."""
    found: Sealer = current_app.extensions["sealer"]
    return found


def title_of(application: Application) -> str:
    """What a case is, in a few words."""
    if application.kind is ApplicationKind.PORTFOLIO:
        return str(_("Application to the Opportunity Portfolio"))
    if application.kind is ApplicationKind.RENEWAL:
        return str(_("Renewal as a School-Community Partner"))
    return str(_("Registration as a School-Community Partner"))


def subject_of(application: Application) -> str:
    """Whom a case is about: the program of a Portfolio application, else the organization."""
    if application.kind is ApplicationKind.PORTFOLIO and application.program is not None:
        return application.program.name
    return application.organization.legal_name


def is_draft(application: Application) -> bool:
    """Whether everything may still be changed."""
    return application.state is ApplicationState.DRAFT
