"""What of last year's answers answers this year's questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import answer
from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import content_of
from vetting.data.vocabulary import word_lists
from vetting.queries import tasklist
from vetting.questionnaires.carrying import applicable, carry, still_fits
from vetting.questionnaires.form import Form, Kind, Question
from vetting.questionnaires.loading import form_from

PROGRAMS = (7, 9)


def registration() -> Form:
    name = "forms/registration-1.yaml"
    types = frozenset(load_evidence_types().documents)
    return form_from(content_of(name), name, words=word_lists(), document_types=types)


def changed(form: Form, key: str, **more: Any) -> Form:
    """The form with one question changed."""

    def of(question: Question) -> Question:
        return replace(question, **more) if question.key == key else question

    sections = tuple(replace(s, questions=tuple(of(q) for q in s.questions)) for s in form.sections)
    return replace(form, sections=sections)


def without(form: Form, key: str) -> Form:
    sections = tuple(replace(s, questions=tuple(q for q in s.questions if q.key != key)) for s in form.sections)
    return replace(form, sections=sections)


def answers(form: Form) -> dict[tuple[int, str], Any]:
    """Every question answered, for the organization and each program."""
    return {
        (owner, q.key): answer(q)
        for s in form.sections
        for q in s.questions
        for owner in (PROGRAMS if s.per_program else (0,))
    }


def test_the_same_form_asks_nothing_again() -> None:
    form = registration()
    given_ = answers(form)
    found = carry(form, form, given_, PROGRAMS)
    assert found.values == given_
    assert found.to_check == found.asked == found.dropped == ()


def test_other_words_bring_the_answer_along_to_be_checked() -> None:
    form = registration()
    new = changed(form, "city", label="Town or city")
    found = carry(form, new, answers(form), PROGRAMS)
    assert found.to_check == ((0, "city"),)
    assert found.asked == ()
    assert found.values == answers(form)


def test_who_agreed_to_other_words_has_not_agreed_to_these() -> None:
    form = registration()
    new = changed(form, "promise_true", label="All of this is true, and we pay for the audit.")
    found = carry(form, new, answers(form), PROGRAMS)
    assert found.asked == ((0, "promise_true"),)
    assert (0, "promise_true") not in found.values


def test_a_new_question_is_asked_of_each_program_and_a_removed_one_is_left_behind() -> None:
    form = registration()
    section = next(s for s in form.sections if s.per_program and s.questions)
    fresh = replace(section.questions[0], key="brand_new", label="Something new?", show_if=None, required=True)
    sections = tuple(replace(s, questions=(*s.questions, fresh)) if s is section else s for s in form.sections)
    new = without(replace(form, sections=sections), "website")
    found = carry(form, new, answers(form), PROGRAMS)
    assert set(found.asked) == {(7, "brand_new"), (9, "brand_new")}
    assert found.dropped == ((0, "website"),)


def test_an_answer_that_no_longer_fits_is_asked_again() -> None:
    form = registration()
    new = changed(form, "legal_name", max_length=3)
    assert (0, "legal_name") in carry(form, new, answers(form), PROGRAMS).asked
    kind = next(q for q in form.questions if q.key == "organization_kind")
    fewer = tuple(choice for choice in kind.choices if choice.key != answer(kind))
    narrowed = changed(form, "organization_kind", choices=fewer)
    assert (0, "organization_kind") in carry(form, narrowed, answers(form), PROGRAMS).asked


def test_a_program_that_is_not_there_any_more_keeps_its_answers_to_itself() -> None:
    form = registration()
    found = carry(form, form, answers(form), (7,))
    assert all(owner != 9 for owner, _key in found.values)
    assert all(owner == 9 for owner, _key in found.dropped)


@given(st.sets(st.sampled_from([q.key for q in registration().questions]), max_size=6), st.randoms())
def test_nothing_is_lost_and_nothing_is_made_up(keys: set[str], random: Any) -> None:
    """Each answer comes along unchanged, is asked again, or stays behind; nothing appears that nobody said."""
    form = registration()
    new = form
    for key in sorted(keys):
        new = random.choice([without(new, key), changed(new, key, label="Other words"), new])
    given_ = answers(form)
    found = carry(form, new, given_, PROGRAMS)
    assert all(given_[place] == value for place, value in found.values.items())
    assert set(found.to_check) <= set(found.values)
    assert not set(found.asked) & set(found.values)
    needed = set(applicable(new, found.values, PROGRAMS, required=True))
    assert needed == set(found.asked) | (needed & set(found.values))
    gone = {q.key for q in form.questions} - {q.key for q in new.questions}
    assert {key for _owner, key in found.dropped} == gone


def test_every_kind_of_stored_answer_fits_its_own_question() -> None:
    for question in registration().questions:
        value = answer(question)
        assert still_fits(question, value), question.key
    assert not still_fits(replace(next(iter(registration().questions)), kind=Kind.NUMBER, minimum=5), 4)
    assert tasklist.split_key("a-1") == ("a", 1)
