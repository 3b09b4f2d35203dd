"""The forms that ship, how far a section has come, and what a faulty form is told."""

import copy
from typing import Any

import pytest

from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import DataError, Provenance, content_of
from vetting.data.vocabulary import word_lists
from vetting.questionnaires.form import Form
from vetting.questionnaires.loading import PORTFOLIO, REGISTRATION, form_from, load_form
from vetting.questionnaires.sections import (
    Progress,
    required_documents,
    section_problems,
    section_state,
    total_minutes,
    visible_answers,
    visible_questions,
)
from vetting.standards.loading import load_framework

TYPES = load_evidence_types()
REGISTRATION_FORM = load_form(REGISTRATION)


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(content_of(REGISTRATION))


def read(content: dict[str, Any]) -> Form:
    return form_from(content, "draft-3", words=word_lists(), document_types=frozenset(TYPES.documents))


@pytest.mark.parametrize("name", [REGISTRATION, PORTFOLIO])
def test_the_forms_that_ship_say_that_they_are_examples(name: str) -> None:
    form = load_form(name)
    assert form.header.provenance is Provenance.EXAMPLE
    assert "not the district's" in form.header.provenance_note
    assert form_from(content_of(name), name, words=word_lists(), document_types=frozenset(TYPES.documents)) == form


def test_registration_asks_the_organization_first_and_then_each_program() -> None:
    sections = [section.key for section in REGISTRATION_FORM.sections]
    assert sections[:3] == ["organization", "people", "mission"]
    assert [s.key for s in REGISTRATION_FORM.sections if s.per_program] == [
        "program_basics",
        "program_audience",
        "program_schedule",
        "program_access",
        "program_staffing",
    ]
    assert sections[-2:] == ["promises", "documents"]


def test_every_indicator_can_be_judged_from_what_applicants_give() -> None:
    framework = load_framework()
    known = {indicator.key for indicator in framework.indicators}
    forms = [REGISTRATION_FORM, load_form(PORTFOLIO)]
    informed = {key for form in forms for question in form.questions for key in question.informs}
    assert informed <= known
    documents = {need.type for form in forms for section in form.sections for need in section.documents}
    for indicator in framework.indicators:
        assert indicator.key in informed or documents & set(indicator.evidence), indicator.key


def test_every_must_have_has_a_required_document_in_registration() -> None:
    section = REGISTRATION_FORM.section("documents")
    needed = set(required_documents(section, [{"nonprofit_status": "for_profit"}], TYPES))
    for indicator in load_framework().must_haves:
        assert needed & set(indicator.evidence), indicator.key


def test_documents_follow_from_the_answers_of_any_program() -> None:
    section = REGISTRATION_FORM.section("documents")
    organization = {"nonprofit_status": "nonprofit", "has_employees": "yes", "organization_kind": "business"}
    quiet = required_documents(section, [organization], TYPES)
    assert {"irs_determination", "coi_workers_comp"} <= set(quiet)
    assert "coi_auto" not in quiet
    driving = organization | {"transports_students": "yes"}
    assert "coi_auto" in required_documents(section, [organization, driving], TYPES)


def test_a_question_appears_only_when_it_applies() -> None:
    section = REGISTRATION_FORM.section("organization")
    keys = {question.key for question in visible_questions(section, {"nonprofit_status": "fiscal_sponsor"})}
    assert {"fiscal_sponsor_name", "ein"} <= keys
    assert not {"fiscal_sponsor_name", "ein"} & {question.key for question in visible_questions(section, {})}
    answers = {"nonprofit_status": "other", "ein": "04-1234567", "legal_name": "Example", "stray": "x"}
    assert visible_answers(REGISTRATION_FORM, answers) == {"nonprofit_status": "other", "legal_name": "Example"}


def test_a_section_walks_from_not_started_to_complete() -> None:
    section = REGISTRATION_FORM.section("mission")
    titles = {"organization": "About your organization"}
    waiting = section_state(section, {}, titles=titles)
    assert waiting.progress is Progress.CANNOT_START
    assert str(waiting.reason) == "Complete “About your organization” first."
    fresh = section_state(section, {}, complete={"organization"})
    assert fresh.progress is Progress.NOT_STARTED
    begun = section_state(section, {"mission": "Music."}, complete={"organization"})
    assert begun.progress is Progress.IN_PROGRESS
    assert "beneficiaries" in begun.missing_questions
    answers = {
        "mission": "Music.",
        "beneficiaries": ["students"],
        "years_in_boston": 0,
        "has_employees": "no",
        "volunteer_count": 0,
        "languages_spoken": ["en"],
    }
    done = section_state(section, answers, complete={"organization"})
    assert (done.progress, done.reason) == (Progress.COMPLETE, None)
    reopened = section_state(section, answers | {"has_employees": "yes"}, complete={"organization"})
    assert reopened.missing_questions == ("staff_count",)
    assert str(reopened.reason) == "Questions still to answer: 1."


def test_documents_count_for_the_state_of_their_section() -> None:
    section = REGISTRATION_FORM.section("documents")
    needed = required_documents(section, [{}], TYPES)
    state = section_state(section, {}, complete={"organization"}, needed_documents=needed)
    assert (state.progress, state.missing_documents) == (Progress.NOT_STARTED, needed)
    state = section_state(section, {}, complete={"organization"}, documents=needed[:1], needed_documents=needed)
    assert (state.progress, state.missing_documents) == (Progress.IN_PROGRESS, needed[1:])
    state = section_state(section, {}, complete={"organization"}, documents=needed, needed_documents=needed)
    assert state.progress is Progress.COMPLETE


def test_answers_that_do_not_fit_together_keep_a_section_open() -> None:
    schedule = REGISTRATION_FORM.section("program_schedule")
    assert section_problems(schedule, {"start_date": "2026-09-30"}) == {}
    wrong = section_problems(schedule, {"start_date": "2026-09-30", "end_date": "2026-09-29"})
    assert str(wrong["end_date"]) == "The last day must not be before the first day"
    budget = load_form(PORTFOLIO).section("budget")
    amounts = {
        "program_cost": 900_000,
        "district_share": 1_000_000,
        "other_sources": "x",
        "without_district_money": "x",
    }
    state = section_state(budget, amounts, complete={"design"})
    assert (state.progress, str(state.reason)) == (Progress.IN_PROGRESS, "Answers to check: 1.")


def test_a_second_program_adds_its_minutes() -> None:
    one, two = total_minutes(REGISTRATION_FORM), total_minutes(REGISTRATION_FORM, programs=2)
    assert 60 <= one <= 180
    assert one < two < 2 * one
    assert total_minutes(load_form(PORTFOLIO)) == total_minutes(load_form(PORTFOLIO), programs=2)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("0.questions.0.kind", "essay", "expected one of text"),
        ("0.questions.0.min", 3, "has no meaning for text"),
        ("0.questions.2.options_from", "colours", "there is no list 'colours'"),
        ("0.questions.2.options_from", None, "name the choices"),
        ("0.questions.0.options_from", "days", "has no meaning for text"),
        ("0.questions.0.show_if", {"question": "nobody", "is": "x"}, "depends on 'nobody', which is not a question"),
        ("0.questions.0.show_if", {"question": "ein"}, "say what the answer is compared with"),
        ("0.questions.1.key", "legal_name", "'legal_name' is used twice"),
        ("0.after", ["promises"], "so it must stand below it"),
        ("1.after", ["nowhere"], "which is not a section"),
        ("5.checks.0.other", "ein", "names a question that is not in the section"),
        ("8.questions.0.required", False, "a promise is always required"),
        ("9.documents.0.type", "poem", "there is no document type 'poem'"),
        ("9.documents.0.need", "maybe", "expected one of required, if_applies, optional"),
        ("9.documents", None, "at least one question or one document"),
        ("0.questions.0.label", "", "expected a text"),
    ],
)
def test_a_faulty_form_is_refused_in_words(content: dict[str, Any], path: str, value: object, words: str) -> None:
    *parents, last = path.split(".")
    target: Any = content["sections"]
    for step in parents:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[last] = value
    with pytest.raises(DataError) as refused:
        read(content)
    assert refused.value.file == "draft-3"
    assert words in str(refused.value)


def test_questions_that_are_optional_hold_nothing_up() -> None:
    section = REGISTRATION_FORM.section("people")
    answers = {question.key: "given" for question in section.questions if question.required}
    assert len(answers) < len(section.questions)
    assert section_state(section, answers).progress is Progress.COMPLETE
    del answers["signer_email"]
    assert section_state(section, answers).missing_questions == ("signer_email",)
