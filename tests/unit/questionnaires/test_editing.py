"""Drafts: whatever editors do, the draft loads or the change is refused in words; comparing and files lose nothing."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import DataError, content_of
from vetting.data.vocabulary import word_lists
from vetting.questionnaires import editing
from vetting.questionnaires.burden import Burden, burden
from vetting.questionnaires.comparing import What, compare
from vetting.questionnaires.editing import EditRefused, QuestionFields, SectionFields
from vetting.questionnaires.files import MOST_BYTES, content_from, to_json, to_yaml
from vetting.questionnaires.form import Comparison, Form, Kind, Need
from vetting.questionnaires.loading import PORTFOLIO, REGISTRATION, form_from
from vetting.questionnaires.relied_on import READ, kept_faults, reuse_faults
from vetting.questionnaires.texts import Standing, in_language, mark, standing, texts_of
from vetting.questionnaires.wording import refused_wording, wording_faults
from vetting.workflows.effects.profiles import FACETS, ORGANIZATION_FIELDS

TYPES = load_evidence_types()
ASK = QuestionFields("How many adults help?", Kind.NUMBER)


def read(content: dict[str, Any], *, unfinished: bool = False) -> Form:
    return form_from(
        content, "draft", words=word_lists(), document_types=frozenset(TYPES.documents), unfinished=unfinished
    )


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(content_of(REGISTRATION))


# Small alphabets, so that operations meet each other's keys.
labels = st.sampled_from(["Name of the club", "How many adults help?", "Zip", "¿Qué?", "9 lives", "!", "x" * 90])
kinds = st.sampled_from(list(Kind))
question_keys = st.sampled_from(
    [
        "legal_name",
        "nonprofit_status",
        "ein",
        "has_employees",
        "start_date",
        "end_date",
        "name_club",
        "adults_help",
        "no",
    ]
)
section_keys = st.sampled_from(
    ["organization", "people", "mission", "program_schedule", "promises", "documents", "name_club", "nowhere"]
)
fields_of_questions = st.builds(
    QuestionFields,
    label=labels,
    kind=kinds,
    required=st.booleans(),
    max_length=st.none() | st.integers(1, 500),
    minimum=st.none() | st.integers(0, 9),
    maximum=st.none() | st.integers(0, 9),
    options=st.lists(st.tuples(st.sampled_from(["", "a", "b"]), labels), max_size=3).map(tuple),
    options_from=st.sampled_from(["", "", "grades", "nowhere"]),
    max_choices=st.none() | st.integers(1, 3),
    minutes=st.none() | st.integers(1, 9),
)
fields_of_sections = st.builds(
    SectionFields,
    title=labels,
    help=st.sampled_from(["", "Take your time."]),
    per_program=st.booleans(),
    after=st.lists(section_keys, max_size=2, unique=True).map(tuple),
    documents=st.lists(st.tuples(st.sampled_from(["w9", "coi_auto"]), st.sampled_from(list(Need))), max_size=1).map(
        tuple
    ),
)
conditions = st.none() | st.builds(
    lambda key, comparison: {"question": key, **comparison},
    question_keys,
    st.sampled_from([{"is": "yes"}, {"is_any": ["nonprofit", "gone"]}, {"at_least": 3}, {"is_not": "nonprofit"}]),
)
places = st.sampled_from([-1, 1, 20])
operations = st.one_of(
    st.tuples(st.just(editing.add_section), fields_of_sections, st.just(())),
    st.tuples(st.just(editing.change_section), section_keys, fields_of_sections),
    st.tuples(st.just(editing.move_section), section_keys, places),
    st.tuples(st.just(editing.remove_section), section_keys),
    st.tuples(st.just(editing.add_question), section_keys, fields_of_questions, st.just(())),
    st.tuples(st.just(editing.change_question), question_keys, fields_of_questions, st.none() | section_keys),
    st.tuples(st.just(editing.move_question), question_keys, places),
    st.tuples(st.just(editing.remove_question), question_keys),
    st.tuples(st.just(editing.set_condition), question_keys, conditions),
    st.tuples(
        st.just(editing.add_check), section_keys, question_keys, st.sampled_from(list(Comparison)), question_keys,
        st.just("The two do not fit"),
    ),
    st.tuples(st.just(editing.remove_check), section_keys, question_keys, question_keys),
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, min_size=1, max_size=12))
def test_after_any_changes_the_draft_loads_or_says_why_not(steps: list[tuple[Any, ...]]) -> None:
    content = copy.deepcopy(content_of(REGISTRATION))
    reasons: list[str] = []
    for change, *values in steps:
        before = copy.deepcopy(content)
        try:
            changed = change(content, *values)
            changed = changed[0] if isinstance(changed, tuple) else changed
            read(changed, unfinished=True)
        except (EditRefused, DataError) as refused:
            reasons.append(str(refused))
            changed = before
        assert content == before
        content, form = changed, read(changed, unfinished=True)
        assert not compare(form, form).changes
        assert content_from(to_yaml(content).encode(), "x.yaml") == content
        assert content_from(to_json(content).encode(), "x.json") == content
        assert set(editing.paths_in(content)) == set(texts_of(form))
    assert all(reasons)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=8
    )
)
def test_what_goes_into_a_file_comes_back(value: Any) -> None:
    content = {"key": "registration", "no": value, "yes": str(value)}
    for text in (to_yaml(content), to_json(content)):
        try:
            assert content_from(text.encode(), "x") == content
        except UnicodeEncodeError:
            assert any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


@pytest.mark.parametrize("name", [REGISTRATION, PORTFOLIO])
def test_a_version_does_not_differ_from_itself_or_from_its_download(name: str) -> None:
    form = read(content_of(name))
    again = read(content_from(to_yaml(content_of(name)).encode(), name))
    assert compare(form, form).empty
    assert compare(form, again).empty
    assert again.content_hash == form.content_hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "Other words"), ("help", "Other help"), ("required", False), ("max_length", 7), ("public", False),
        ("informs", ("P1.1",)), ("identifies", False), ("minutes", 9), ("kind", Kind.LONGTEXT),
    ],
)  # fmt: skip
def test_every_property_of_a_question_shows_in_the_comparison(content: dict[str, Any], field: str, value: Any) -> None:
    as_is = QuestionFields(
        "Legal name", Kind.TEXT, "As written on your IRS letter or state papers.", True, 160,
        informs=("O1.1",), public=True, identifies=True,
    )  # fmt: skip
    before = editing.change_question(content, "legal_name", as_is)
    assert read(before) == read(content)
    after = editing.change_question(content, "legal_name", dataclasses.replace(as_is, **{field: value}))
    (change,) = compare(read(content), read(after)).changes
    assert (change.what, change.question and change.question.key) == (What.CHANGED, "legal_name")


def test_a_comparison_tells_what_came_went_and_moved_and_what_it_costs(content: dict[str, Any]) -> None:
    after, key = editing.add_question(content, "mission", dataclasses.replace(ASK, minutes=4), ())
    after = editing.remove_question(after, "website")
    after = editing.move_question(after, "beneficiaries", -1)
    found = compare(read(content), read(after))
    told = {(change.what, change.question.key if change.question else change.section.key) for change in found.changes}
    assert told == {(What.ADDED, key), (What.REMOVED, "website"), (What.CHANGED, "mission")}
    assert found.added == Burden(4 * 60 - 20, 0)
    assert found.added_minutes in {3, 4}
    assert compare(read(after), read(content)).added_minutes == -found.added_minutes
    assert found.added.hours_for(100) == 7


def test_a_question_of_a_program_counts_for_each_program(content: dict[str, Any]) -> None:
    after, _ = editing.add_question(content, "program_basics", ASK, ())
    assert compare(read(content), read(after)).added == Burden(0, 30)
    assert burden(read(content)).each_program > 0


def test_keys_are_made_from_the_words_and_are_never_used_twice(content: dict[str, Any]) -> None:
    after, key = editing.add_question(content, "mission", ASK, ())
    assert key == "how_many_adults_help"
    again, second = editing.add_question(after, "people", ASK, ())
    assert second == "how_many_adults_help_2"
    renamed = editing.change_question(again, key, dataclasses.replace(ASK, label="Adults"))
    assert key in {question.key for question in read(renamed).questions}
    _, third = editing.add_question(content, "mission", ASK, {key})
    assert third == "how_many_adults_help_2"
    assert editing.key_from("9 ¿¡", ()) == "q_9"
    assert editing.key_from("¡!", {"question"}) == "question_2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: editing.set_condition(c, "legal_name", {"question": "ein", "is": "x"}), "so it must stand below it"),
        (lambda c: editing.set_condition(c, "mission", {"question": "gone", "is": "x"}), "which is not a question"),
        (lambda c: editing.set_condition(c, "mission", {"question": "city", "is": "x"}), "does not offer any"),
        (lambda c: editing.set_condition(c, "mission", {"question": "city", "at_least": 1}), "does not ask for one"),
        (lambda c: editing.set_condition(c, "staff_count", {"question": "has_employees", "is": "si"}), "does not have"),
        (lambda c: editing.move_section(c, "organization", 1), None),
        (lambda c: editing.move_section(c, "organization", 4), "so it must stand below it"),
        (lambda c: editing.remove_section(c, "organization"), "which is not a section"),
        (lambda c: editing.remove_question(c, "has_employees"), "which is not a question"),
        (lambda c: editing.remove_question(c, "start_date"), "names a question that is not in the section"),
        (
            lambda c: editing.change_question(c, "start_date", QuestionFields("First day", Kind.TEXT)),
            "kinds that cannot be compared",
        ),
        (
            lambda c: editing.change_question(
                c, "staff_count", QuestionFields("Staff", Kind.NUMBER, minimum=5, maximum=2)
            ),
            "is more than max",
        ),
        (
            lambda c: editing.change_question(
                c, "nonprofit_status", QuestionFields("Status", Kind.CHOICE, options=(("nonprofit", "Nonprofit"),))
            ),
            "waits for an answer that",
        ),
        (
            lambda c: editing.change_question(
                c, "mission", QuestionFields("Pick", Kind.CHOICES, options=(("", "One"),), max_choices=2)
            ),
            "more answers than it has",
        ),
        (lambda c: editing.set_texts(c, "es", {"question.gone.label": ("Hola", "x")}), "there is no text"),
        (lambda c: editing.set_texts(c, "xx", {"title": ("Hola", "x")}), "not in 'xx'"),
        (lambda c: editing.change_about(c, title="T\u202ex", provenance="example", note="n"), "hidden characters"),
        (lambda c: editing.change_about(c, title="T" * 201, provenance="example", note="n"), "Shorten the title"),
    ],
)  # fmt: skip
def test_changes_that_break_the_form_are_refused_in_words(
    content: dict[str, Any], change: Any, words: str | None
) -> None:
    changed = change(content)
    if words is None:
        read(changed)
        return
    with pytest.raises(DataError) as refused:
        read(changed)
    assert words in refused.value.problem


def test_a_condition_on_each_programs_answer_cannot_govern_a_question_that_is_asked_once(
    content: dict[str, Any],
) -> None:
    program = editing.add_question(content, "program_basics", QuestionFields("Is it new?", Kind.YESNO), ())[0]
    asked = editing.add_question(program, "promises", QuestionFields("Why?", Kind.TEXT), ())[0]
    with pytest.raises(DataError, match="each program answers for itself"):
        read(editing.set_condition(asked, "why", {"question": "it_new", "is": "yes"}))


def test_an_empty_section_may_stand_in_a_draft_only(content: dict[str, Any]) -> None:
    draft, key = editing.add_section(content, SectionFields("Transport"), ())
    assert read(draft, unfinished=True).section(key).questions == ()
    with pytest.raises(DataError, match="at least one question or one document"):
        read(draft)


def test_questions_the_program_reads_cannot_be_taken_away(content: dict[str, Any]) -> None:
    current = read(content)
    read_by_profiles = {*ORGANIZATION_FIELDS, *FACETS}
    assert read_by_profiles <= READ["registration"]
    assert READ["registration"] <= {question.key for question in current.questions}
    assert READ["portfolio"] <= {q.key for q in read(content_of(PORTFOLIO)).questions}
    gone = editing.remove_question(content, "website")
    assert ["“Website” must stay" in str(fault.message) for fault in kept_faults(read(gone), current, TYPES)] == [True]
    gone = editing.remove_question(content, "transports_students")
    (fault,) = kept_faults(read(gone), current, TYPES)
    assert "is asked for because of the answer" in str(fault.message)
    assert list(kept_faults(read(editing.remove_question(content, "finance_name")), current, TYPES)) == []


def test_a_key_never_comes_back_for_another_kind_of_answer(content: dict[str, Any]) -> None:
    before = {question.key: question.kind for question in read(content).questions}
    other = editing.change_question(content, "finance_name", QuestionFields("Finance", Kind.NUMBER))
    (fault,) = reuse_faults(read(other), before)
    assert (fault.question, fault.field) == ("finance_name", "kind")
    assert list(reuse_faults(read(content), before)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("List the names of your students", "stay with the school"),
        ("Student names", "stay with the school"),
        ("Name each student who took part", "stay with the school"),
        ("Students' dates of birth", "stay with the school"),
        ("Which of them have an IEP?", "stay with the school"),
        ("Give the results of CORI checks", "stay with the person who ran the check"),
        ("Upload background check reports", "stay with the person who ran the check"),
        ("Add a copy of each person's background check", "stay with the person who ran the check"),
        ("Was anybody on your staff ever convicted?", "stay with the person who ran the check"),
        ("Social Security number of the director", "tax ID of the organization"),
        ("Give the results of checks for all staff. Never name students", None),
        ("Say who keeps the list and how often it is checked. Never give results.", None),
        ("Do not give names of students", None),
        ("Add a copy of your background check policy", None),
        ("How many students will you serve?", None),
        ("Which grades of students do you serve?", None),
    ],
)
def test_no_form_asks_for_what_belongs_elsewhere(text: str, words: str | None) -> None:
    refused = refused_wording(text)
    assert (refused is None) if words is None else (refused is not None and words in str(refused))


@pytest.mark.parametrize("name", [REGISTRATION, PORTFOLIO])
def test_the_forms_that_ship_ask_for_nothing_of_that_kind(name: str) -> None:
    assert list(wording_faults(read(content_of(name)))) == []


def test_every_text_of_a_question_is_looked_at(content: dict[str, Any]) -> None:
    asks = QuestionFields("Papers", Kind.CHOICE, options=(("", "Criminal records"), ("", "None")))
    after, key = editing.add_question(content, "mission", asks, ())
    (fault,) = wording_faults(read(after))
    assert (fault.question, fault.field) == (key, "options")


def test_a_translation_is_shown_until_it_is_missing_and_says_when_it_is_old(content: dict[str, Any]) -> None:
    english = texts_of(read(content))
    path = "question.mission.label"
    draft = editing.set_texts(content, "es", {path: ("¿Cuál es su misión?", mark(english[path]))})
    form = read(draft)
    spanish = in_language(form, "es")
    assert spanish.section("mission").question("mission").label == "¿Cuál es su misión?"
    assert spanish.section("mission").title == form.section("mission").title
    assert in_language(form, "fr") is form
    assert standing(form, "es")[path] is Standing.GOOD
    assert standing(form, "es")["title"] is Standing.MISSING
    question = QuestionFields("What do you want to change?", Kind.LONGTEXT)
    reworded = read(editing.change_question(draft, "mission", question))
    assert standing(reworded, "es")[path] is Standing.OUT_OF_DATE
    assert in_language(reworded, "es").section("mission").question("mission").label == "¿Cuál es su misión?"
    (change,) = compare(read(content), form).texts
    assert (change.language, change.added, change.changed, change.removed) == ("es", 1, 0, 0)
    assert "translations" not in editing.set_texts(draft, "es", {path: ("", "")})
    assert "translations" not in editing.remove_section(draft, "mission")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe", "not text in UTF-8"),
        (b"a: [1, 2", "expected"),
        (b"a: &x [1]\nb: *x\n", "write the text out"),
        (b"a: 1\na: 2\n", "is written twice"),
        (b'{"a": 1, "a": 2}', "is written twice"),
        (b'{"a": ', "not valid JSON"),
        (b"- one\n", "expected a list of named values"),
        (b"", "expected a list of named values"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b"x" * (MOST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_files_that_are_no_form_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(DataError) as refused:
        content_from(data, "upload")
    assert words in refused.value.problem
