"""The applicant's task list: every section and document of a case with how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vetting import clock
from vetting.data.evidence_types import EvidenceTypes, Instead, load_evidence_types
from vetting.data.vocabulary import word_lists
from vetting.models import (
    Application,
    ApplicationKind,
    ClearanceState,
    EvidenceState,
    Organization,
    Program,
    ProgramState,
    ReferenceVersion,
)
from vetting.queries.references import keeper
from vetting.questionnaires.form import Form, Need, Section
from vetting.questionnaires.loading import form_from
from vetting.questionnaires.sections import Progress, SectionState, required_documents, section_state
from vetting.questionnaires.texts import in_language, reading
from vetting.text import N_, Message, say

USABLE = frozenset({EvidenceState.RECEIVED, EvidenceState.ACCEPTED})


@dataclass(frozen=True)
class Task:
    """One line of the task list. ``program`` is None for a section about the organization."""

    section: Section
    program: Program | None
    state: SectionState

    @property
    def key(self) -> str:
        return f"{self.section.key}-{self.program.id}" if self.program else self.section.key


def _read_form(content: Mapping[str, Any], source: str) -> Form:
    return form_from(content, source, words=word_lists(), document_types=frozenset(load_evidence_types().documents))


form_of_version = keeper(_read_form)


def form_of(application: Application) -> Form:
    """The form version the case is answered on, in the language that the person at hand reads forms in."""
    version: ReferenceVersion = application.form_version
    return in_language(form_of_version(version), reading.get())


def split_key(key: str) -> tuple[str, int]:
    """A key such as ``program_basics-12`` as the section or question and the program's id; 0 where none is named."""
    bare, dash, number = key.rpartition("-")
    return (bare, int(number)) if dash and number.isdecimal() else (key, 0)


def evidence_types() -> EvidenceTypes:
    """The known types of evidence with their rules."""
    return load_evidence_types()


def programs_of(application: Application) -> list[Program]:
    """The programs a case is about: its own, or else every live one of the organization that it does not leave out."""
    if application.kind is ApplicationKind.PORTFOLIO:
        return [application.program] if application.program else []
    leaving = leaving_out(application)
    programs = [p for p in application.organization.programs if p.state is not ProgramState.ARCHIVED]
    if any(p.came_from_id is not None for p in programs):
        # Two records became one: each case stays about the programs that it was made for.
        own = {answer.program for answer in application.answers}
        programs = [p for p in programs if p.id in own]
    return [p for p in programs if p.id not in leaving]


def leaving_out(application: Application) -> frozenset[int]:
    """Ids of the programs that the organization does not renew."""
    if application.kind is not ApplicationKind.RENEWAL or application.carryover is None:
        return frozenset()
    return frozenset(application.carryover.leaving)


def answers_of(application: Application, program: int = 0) -> dict[str, Any]:
    """Stored values for the organization; with a program's id, the organization's and that program's together."""
    found = {a.question_key: a.value for a in application.answers if a.program == 0}
    if program:
        found |= {a.question_key: a.value for a in application.answers if a.program == program}
    return found


def answers_by_program(application: Application) -> dict[int, dict[str, Any]]:
    """``answers_of`` for the organization (0) and each program the case is about, for pages that show them all."""
    return {number: answers_of(application, number) for number in (0, *(p.id for p in programs_of(application)))}


def documents_in(application: Application) -> set[str]:
    """The kinds of document the case has a usable version of, or something else that answers for it."""
    given = {link.type_key for link in application.evidence if link.document_version.state in USABLE}
    return given | answered_instead(application)


def answered_instead(application: Application) -> set[str]:
    """The kinds of document the form names that need no file: a number or a list kept with us answers for them."""
    organization, today = application.organization, clock.today()
    named = {need.type for section in form_of(application).sections for need in section.documents}
    found = set()
    for key in named:
        kind = evidence_types().documents[key]
        if kind.instead is Instead.VENDOR_NUMBER and organization.vendor_number:
            found.add(key)
        if kind.instead is Instead.CLEARED_PEOPLE and _all_cleared(organization, today):
            found.add(key)
    return found


def _all_cleared(organization: Organization, day: date) -> bool:
    """Whether somebody is listed, and nobody who is listed has a check that was due before this day."""
    listed = [person for person in organization.clearances if person.state is ClearanceState.LISTED]
    return bool(listed) and all(person.cleared_on(day) for person in listed)


def documents_wanted(application: Application) -> list[tuple[str, Need]]:
    """The kinds of document the form names, each required or optional for this case now."""
    programs = programs_of(application)
    cases = [answers_of(application, p.id) for p in programs] or [answers_of(application)]
    found: dict[str, Need] = {}
    for section in form_of(application).sections:
        needed = required_documents(section, cases, evidence_types())
        for need in section.documents:
            found[need.type] = Need.REQUIRED if need.type in needed else need.need
    return list(found.items())


def documents_required(application: Application) -> list[tuple[int | None, str]]:
    """The kinds of document that the case must have, in the order of the form: the program that needs it, by its id, or
    None for what the whole organization needs or every program does. A number or a list may answer for some of them.
    """
    programs = programs_of(application)
    sections = form_of(application).sections
    whole = [
        (None, key) for s in sections for key in required_documents(s, [answers_of(application)], evidence_types())
    ]
    found: dict[tuple[int | None, str], None] = dict.fromkeys(whole)
    for section in sections:
        by_program = {
            program.id: required_documents(section, [answers_of(application, program.id)], evidence_types())
            for program in programs
        }
        for key in dict.fromkeys(key for keys in by_program.values() for key in keys):
            owners = [number for number, keys in by_program.items() if key in keys]
            if (None, key) in found:
                continue
            found |= dict.fromkeys([(None, key)] if len(owners) == len(programs) else [(n, key) for n in owners])
    return list(found)


def tasks(application: Application) -> list[Task]:
    """Every task in the order of the form; a section per program once for each program."""
    form = form_of(application)
    titles = {section.key: section.title for section in form.sections}
    programs = programs_of(application)
    given = answers_by_program(application)
    cases = [given[program.id] for program in programs] or [given[0]]
    present = documents_in(application)
    complete: set[str] = set()
    found: list[Task] = []
    for section in form.sections:
        needed = required_documents(section, cases, evidence_types())
        owners: list[Program | None] = [*programs] if section.per_program else [None]
        own: list[Task] = []
        for program in owners:
            state = section_state(
                section,
                given[program.id if program else 0],
                complete=complete,
                titles=titles,
                documents=present,
                needed_documents=needed,
            )
            own.append(Task(section, program, state))
        if own and all(task.state.progress is Progress.COMPLETE for task in own):
            complete.add(section.key)
        found += own
    return found


def missing(application: Application) -> list[Message]:
    """One sentence for each task that is not complete."""
    return [
        say(N_("“%(section)s” is not complete."), section=task.section.title)
        for task in tasks(application)
        if task.state.progress is not Progress.COMPLETE and (task.state.reason is not None or task.section.questions)
    ]
