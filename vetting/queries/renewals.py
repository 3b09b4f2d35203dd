"""Whether a designation can be renewed, what an application took over, and what is left to look at in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from vetting.calendar_days import add_months
from vetting.data.process_settings import RENEWAL_DAYS
from vetting.models import (
    CLOSED_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    Designation,
    DesignationKind,
    DesignationState,
    DocumentVersion,
    PartnerState,
    Program,
)
from vetting.queries import brought_along, evidence, settings, tasklist
from vetting.questionnaires.carrying import Carried, Place, applicable, carry
from vetting.questionnaires.form import Form, Need, Question, Section

LIVE = frozenset(ApplicationState) - CLOSED_STATES
STARTS_AGAIN = frozenset({ApplicationState.NOT_SELECTED, ApplicationState.WITHDRAWN, ApplicationState.EXPIRED})
"""Cases of which another one can be made with the same answers."""

NOT_NOW = frozenset({PartnerState.EXITED, PartnerState.SUSPENDED, PartnerState.MERGED})
"""Where nothing can be renewed, whatever dates say."""

_HELD = frozenset({DesignationState.IN_FORCE, DesignationState.SCHEDULED})
_COUNTS = _HELD | {DesignationState.ENDED, DesignationState.REVOKED}


@dataclass(frozen=True)
class Term:
    """The designation that a renewal follows: its last day, the local day from which it can be renewed, and whether
    it is over already."""

    designation: Designation
    ends_on: date
    opens_on: date
    over: bool

    def is_open(self, today: date) -> bool:
        return today >= self.opens_on


def window_days(content: Mapping[str, Any]) -> int:
    """How many days before the end of a designation its renewal opens, under one version of the settings."""
    return int(content["partner_path"].get("renewal_days", RENEWAL_DAYS))


def last_held(designations: Iterable[Designation]) -> Designation | None:
    """The newest School-Community Partner designation that began or will begin; None when the newest was taken back."""
    own = [d for d in designations if d.kind is DesignationKind.PARTNER and d.state in _COUNTS]
    newest = max(own, key=lambda d: (d.state in _HELD, d.starts_on, d.id), default=None)
    return newest if newest is not None and newest.state is not DesignationState.REVOKED else None


def term_of(designations: Iterable[Designation], days: int) -> Term | None:
    """What a renewal would follow; None where nothing ends."""
    held = last_held(designations)
    if held is None or held.ends_on is None:
        return None
    return Term(held, held.ends_on, held.ends_on - timedelta(days=days), held.state is DesignationState.ENDED)


def next_term(ends_on: date, over: bool, months: int, today: date) -> tuple[date, date]:
    """First and last day of the next designation: the day after the last one, or today when that is over.

    Counted from the old last day, so that the yearly date stays what it was; a decision that comes later than a whole
    term adds the terms that have gone by.
    """
    if over:
        return today, add_months(today, months)
    whole = 1
    while add_months(ends_on, whole * months) < today:
        whole += 1
    return ends_on + timedelta(days=1), add_months(ends_on, whole * months)


def terms(session: Session, organization_ids: Iterable[int]) -> dict[int, Term]:
    """What each of these organizations would renew, by its id."""
    query = sa.select(Designation).where(
        Designation.organization_id.in_(list(organization_ids)), Designation.kind == DesignationKind.PARTNER
    )
    own: dict[int, list[Designation]] = {}
    for designation in session.scalars(query.order_by(Designation.id)):
        own.setdefault(designation.organization_id, []).append(designation)
    days = window_days(settings.process_settings(session).content) if own else 0
    found = {number: term_of(designations, days) for number, designations in own.items()}
    return {number: term for number, term in found.items() if term is not None}


def live_renewal(session: Session, organization_id: int) -> Application | None:
    """The renewal that is being written or decided."""
    return _live(session, organization_id, ApplicationKind.RENEWAL)


def _live(session: Session, organization_id: int, kind: ApplicationKind) -> Application | None:
    return session.scalars(
        sa.select(Application)
        .where(
            Application.organization_id == organization_id,
            Application.kind == kind,
            Application.state.in_(sorted(LIVE)),
        )
        .order_by(Application.id.desc())
        .limit(1)
    ).first()


def live_registration(session: Session, organization_id: int) -> Application | None:
    """The registration that is being written or decided."""
    return _live(session, organization_id, ApplicationKind.REGISTRATION)


def last_approved(session: Session, organization_id: int) -> Application | None:
    """The application whose answers stand: the last approved registration or renewal."""
    return session.scalars(
        sa.select(Application)
        .where(
            Application.organization_id == organization_id,
            Application.kind.in_([ApplicationKind.REGISTRATION, ApplicationKind.RENEWAL]),
            Application.state == ApplicationState.APPROVED,
        )
        .order_by(Application.received_at.desc(), Application.id.desc())
        .limit(1)
    ).first()


def given(application: Application) -> dict[Place, Any]:
    """Every stored answer by program and question."""
    return {(answer.program, answer.question_key): answer.value for answer in application.answers}


def brought(source: Application | None, application: Application) -> Carried:
    """What ``application`` would take over from ``source``, answer by answer."""
    programs = [program.id for program in tasklist.programs_of(application)]
    form = tasklist.form_of(application)
    if source is None and application.kind is ApplicationKind.PORTFOLIO:
        return Carried({}, (), tuple(applicable(form, {}, programs, required=True)), ())
    if source is None:
        return _from_a_list(application, form, programs)
    return carry(tasklist.form_of(source), form, given(source), programs)


def _from_a_list(application: Application, form: Form, programs: list[int]) -> Carried:
    """What the office's list said. Nobody of the organization has said it, so all of it is looked at."""
    known = {question.key for question in form.questions}
    listed = {place: value for place, value in _listed(application).items() if place[1] in known}
    carried = carry(form, form, listed, programs)
    shown = set(applicable(form, carried.values, programs))
    return replace(carried, to_check=tuple(place for place in carried.values if place in shown))


def _listed(application: Application) -> dict[Place, Any]:
    """What the office's list says about the organization (0) and its programs."""
    session = object_session(application)
    told = brought_along.answers(session, application.organization.id) if session is not None else {}
    return {(owner, key): value for owner, found in told.items() for key, value in found.items()}


def still_good(
    session: Session, source: Application | None, application: Application, day: date
) -> list[DocumentVersion]:
    """Documents to use again by themselves: those of the source, else the newest of a kind that must be there."""
    before = {link.document_version.document_id for link in source.evidence} if source is not None else set()
    ready = evidence.reusable(session, application, day)
    wanted = dict(tasklist.documents_wanted(application))
    chosen = [v for v in ready if v.document_id in before and v.document.type_key in wanted]
    have = {v.document.type_key for v in chosen} | tasklist.documents_in(application)
    for version in ready:
        key = version.document.type_key
        if wanted.get(key) is Need.REQUIRED and key not in have:
            chosen.append(version)
            have.add(key)
    return sorted(chosen, key=lambda version: version.id)


@dataclass(frozen=True)
class Item:
    """A question of the case with its answer, and as it was asked before."""

    section: Section
    program: Program | None
    question: Question
    value: Any
    before: Question | None = None
    value_before: Any = None

    @property
    def place(self) -> Place:
        return (self.program.id if self.program else 0, self.question.key)


@dataclass(frozen=True)
class Paper:
    """A kind of document and how it stands: ``version`` is in the case; ``newer_by`` is its last good day, where that
    comes before the end of the new term. Without a version it is asked for; ``ended_on`` is when the last one ended."""

    type_key: str
    version: DocumentVersion | None
    newer_by: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class Left:
    """Where a case that took over answers stands: the numbers, and what a person still looks at."""

    carried: int
    total: int
    to_check: list[Item]
    new: list[Item]
    dropped: list[Item]
    papers: list[Paper]

    @property
    def asked_for(self) -> list[Paper]:
        return [paper for paper in self.papers if paper.version is None]

    @property
    def newer_soon(self) -> list[Paper]:
        return [paper for paper in self.papers if paper.newer_by is not None]


def left(application: Application, until: date | None = None) -> Left:
    """What is left to do. ``until`` is the last day of the new term."""
    kept = application.carryover
    if kept is None:
        return Left(0, 0, [], [], [], [])
    values = given(application)
    items = _items(application, values, kept.source)
    to_check = [items[place] for place in unchecked(application) if place in items]
    new = [items[place] for place in _places(kept.asked) if place in items and values.get(place) in (None, "", [])]
    return Left(
        carried=kept.carried,
        total=kept.carried + len(kept.asked),
        to_check=to_check,
        new=new,
        dropped=_dropped(application, kept.source),
        papers=papers(application, until),
    )


def _places(stored: Iterable[Mapping[str, Any]]) -> list[Place]:
    return [(int(place["program"]), str(place["key"])) for place in stored]


def unchecked(application: Application) -> list[Place]:
    """Answers whose question was changed, or that only a list gave, and that nobody has looked at or changed since."""
    kept = application.carryover
    if kept is None or not kept.to_check:
        return []
    done = set(_places(kept.checked))
    before = given(kept.source) if kept.source is not None else _listed(application)
    now = given(application)
    leaving = tasklist.leaving_out(application)
    return [
        place
        for place in _places(kept.to_check)
        if place not in done and place[0] not in leaving and before.get(place) == now.get(place)
    ]


def _items(application: Application, values: Mapping[Place, Any], source: Application | None) -> dict[Place, Item]:
    former = {q.key: q for q in tasklist.form_of(source).questions} if source is not None else {}
    old = given(source) if source is not None else {}
    programs = {program.id: program for program in tasklist.programs_of(application)}
    shown = set(applicable(tasklist.form_of(application), values, programs))
    found = {}
    for section in tasklist.form_of(application).sections:
        for question in section.questions:
            for owner in programs if section.per_program else (0,):
                place = (owner, question.key)
                if place in shown:
                    found[place] = Item(
                        section,
                        programs.get(owner),
                        question,
                        values.get(place),
                        former.get(question.key),
                        old.get(place),
                    )
    return found


def _dropped(application: Application, source: Application | None) -> list[Item]:
    kept = application.carryover
    if kept is None or source is None:
        return []
    places = set(_places(kept.dropped))
    old = given(source)
    programs = {program.id: program for program in application.organization.programs}
    return [
        Item(section, programs.get(owner), question, None, question, old.get((owner, question.key)))
        for section in tasklist.form_of(source).sections
        for question in section.questions
        for owner in (programs if section.per_program else (0,))
        if (owner, question.key) in places
    ]


def papers(application: Application, until: date | None) -> list[Paper]:
    """Every document that must be there or is, in the order of the form."""
    kept = application.carryover
    former = kept.source.evidence if kept is not None and kept.source is not None else []
    found = []
    for key, need in tasklist.documents_wanted(application):
        links = evidence.links_of(application, key)
        for link in links:
            ends = link.document_version.valid_until
            soon = ends if ends is not None and until is not None and ends < until else None
            found.append(Paper(key, link.document_version, newer_by=soon))
        if not links and need is Need.REQUIRED:
            last = [link.document_version.valid_until for link in former if link.type_key == key]
            found.append(Paper(key, None, ended_on=max((day for day in last if day is not None), default=None)))
    return found


def differences(application: Application) -> int:
    """How many answers that apply are not what they were in the source; a tax id is compared by its digest."""
    kept = application.carryover
    if kept is None or kept.source is None:
        return 0
    programs = [program.id for program in tasklist.programs_of(application)]
    now, old = given(application), given(kept.source)
    places = applicable(tasklist.form_of(application), now, programs)
    return sum(1 for place in places if _compared(now.get(place)) != _compared(old.get(place)))


def _compared(value: Any) -> Any:
    if value in (None, "", []):
        return None
    return value.get("digest", value) if isinstance(value, dict) else value


def new_documents(application: Application) -> int:
    """How many documents of the case were not given before it was started."""
    kept = application.carryover
    return sum(1 for link in application.evidence if kept is None or link.document_version.created_at > kept.created_at)


def may_start_again(application: Application) -> bool:
    """Whether another application can be made from this one."""
    return application.state in STARTS_AGAIN
