"""The office writes the next version of a form: a draft, what changes, and a second person who publishes it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.forms.conftest import Editor, filled, words
from vetting import clock
from vetting.jobs.demo import next_form
from vetting.jobs.demo.cast import DIRECTORS
from vetting.jobs.demo.scene import House, Scene
from vetting.models import Application, HistoryEntry, ReferenceKind, ReferenceState, ReferenceVersion, Round
from vetting.queries import form_versions, references, tasklist
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import SaveAnswers

STATUS = "/draft/questions/nonprofit_status"
NEW_QUESTION = "/draft/sections/mission/question"
NEW = {"label": "How do you greet new families?", "minutes": "6"}


def add_question(editor: Editor, section: str = "mission", kind: str = "longtext", **more: Any) -> Any:
    return editor.send(f"/draft/sections/{section}/question", query={"kind": kind}, **{**NEW, **more})


def question(editor: Editor, key: str) -> Any:
    return next(q for q in form_versions.form(editor.draft).questions if q.key == key)


def test_a_draft_is_written_compared_and_published_by_somebody_else(
    editor: Editor, admin: Any, browser_for: Any, session: Session
) -> None:
    assert add_question(editor).status_code == 303
    assert editor.send("/draft/questions/website", label="Your website").status_code == 303
    page = words(editor.get("/draft/publish"))
    assert "How do you greet new families? Added" in page
    assert "Your website Changed" in page
    assert "Question: before Website now Your website" in page
    assert "6 minutes longer" in page
    assert "Nobody sent this form in the last 12 months" in page
    assert "You worked on this draft, so another person publishes it." in page
    version = str(editor.draft.version)
    refused = editor.post("/draft/publish", version=version)
    assert refused.status_code == 409
    assert editor.draft.state is ReferenceState.DRAFT

    other = Editor(browser_for(admin), session)
    assert other.post("/draft/publish", version=version).status_code == 303
    assert editor.draft.state is ReferenceState.PUBLISHED
    assert references.current(session, ReferenceKind.FORM, "registration").number == 2
    steps = list(
        session.scalars(
            sa.select(HistoryEntry.step)
            .where(HistoryEntry.subject_type == "reference", HistoryEntry.subject_id == editor.draft.id)
            .order_by(HistoryEntry.sequence)
        )
    )
    assert steps == ["draft", "save", "save", "publish"]
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), unit_of_work(session):
        session.execute(sa.update(ReferenceVersion).where(ReferenceVersion.number == 2).values(content={}))


def test_who_began_on_a_version_finishes_on_it_and_who_comes_later_begins_on_the_new_one(
    make: Factory, editor: Editor, browser_for: Any, session: Session, admin: Any
) -> None:
    running = make.registration()
    make.take("application", running, "save_answers", data=SaveAnswers({"legal_name": "Harbor Strings"}, 0))
    reference, owner = running.reference, browser_for(make.owner_of(running.organization))
    add_question(editor, label="How did you hear of us?", kind="text", minutes="")
    version = str(editor.draft.version)
    assert Editor(browser_for(admin), session).post("/draft/publish", version=version).status_code == 303
    session.expire_all()
    running = session.merge(running)
    assert running.form_version.number == 1
    asked = {question.key for question in tasklist.form_of(running).questions}
    assert "how_did_you_hear_us" not in asked
    section = owner.get(f"/apply/{reference}/sections/mission")
    assert "How did you hear of us?" not in words(section)
    make.fill(running)
    submitted = make.submitted(running)
    assert submitted.form_version.number == 1
    fresh = make.registration()
    assert fresh.form_version.number == 2
    page = browser_for(make.owner_of(fresh.organization)).get(f"/apply/{fresh.reference}/sections/mission")
    assert "How did you hear of us?" in words(page) or page.status_code == 302


def test_an_open_round_keeps_its_version_and_one_in_preparation_takes_the_newest(
    make: Factory, session: Session, browser_for: Any, director: Any, admin: Any
) -> None:
    open_round = make.round()
    prepared = Round(**{c.name: getattr(open_round, c.name) for c in Round.__table__.columns if c.name in KEPT})
    prepared.reference, prepared.title = "RND-NEXT-0001", "The next round"
    make.take("round", prepared, "draft")
    writer = Editor(browser_for(director), session, "portfolio").start()
    assert add_question(writer, "need").status_code == 303
    page = words(writer.get("/draft/publish"))
    assert f"The round “{open_round.title}” is open and keeps its version." in page
    assert "The round “The next round” takes the newest version when it opens." in page
    version = str(writer.draft.version)
    assert Editor(browser_for(admin), session, "portfolio").post("/draft/publish", version=version).status_code == 303
    session.expire_all()
    prepared = session.merge(prepared)
    make.take("round", prepared, "open")
    assert prepared.form_version.number == 2
    begun = session.get(Round, open_round.id)
    assert begun is not None
    assert begun.form_version.number == 1
    partner = make.partner()
    chosen = {"program": partner.programs[0].reference, "category": "stem.science"}
    applicant = browser_for(make.owner_of(partner))
    assert applicant.post(f"/apply/portfolio/{begun.reference}", data=chosen).status_code == 303
    case = session.scalars(sa.select(Application).where(Application.round_id == begun.id)).one()
    assert case.form_version.number == 1


KEPT = {
    "summary", "opens_at", "closes_at", "decision_by", "listing_starts_on", "listing_ends_on", "category_keys",
    "criteria", "framework_version_id", "form_version_id",
}  # fmt: skip


def test_two_people_who_change_different_questions_are_not_in_each_others_way(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:
    other = Editor(browser_for(admin), session)

    one, two = editor.get("/draft/questions/website"), other.get("/draft/questions/city")
    assert editor.post("/draft/questions/website", **{**filled(one), "label": "Your site"}).status_code == 303
    assert other.post("/draft/questions/city", **{**filled(two), "label": "Town"}).status_code == 303
    assert (question(editor, "website").label, question(editor, "city").label) == ("Your site", "Town")


def test_two_people_who_change_the_same_question_both_see_both_texts(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:

    other = Editor(browser_for(admin), session)
    one, two = editor.get("/draft/questions/website"), other.get("/draft/questions/website")
    assert editor.post("/draft/questions/website", **{**filled(one), "label": "Your site"}).status_code == 303
    clash = other.post("/draft/questions/website", **{**filled(two), "label": "Homepage", "help": "With www."})
    assert clash.status_code == 409
    page = words(clash)
    assert "Somebody else changed this after you opened the page" in page
    for text in ("Your site", "Homepage", "With www.", "Dora Director"):
        assert text in page
    assert question(editor, "website").label == "Your site"
    kept = filled(clash)
    assert kept["label"] == ["Homepage"]
    assert other.post("/draft/questions/website", **kept).status_code == 303
    assert (question(editor, "website").label, question(editor, "website").help) == ("Homepage", "With www.")


def test_what_was_typed_stays_when_the_draft_was_published_or_the_question_removed_meanwhile(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:

    other = Editor(browser_for(admin), session)
    typed = {**filled(editor.get("/draft/questions/finance_name")), "label": "Typed with care"}
    assert other.post("/draft/act", act="remove_question", part="finance_name").status_code == 303
    gone = editor.post("/draft/questions/finance_name", **typed)
    assert (gone.status_code, "Typed with care" in words(gone)) == (409, True)
    typed = {**filled(editor.get("/draft/questions/city")), "label": "Typed with more care"}
    assert other.send("/draft/discard", reason="Not now").status_code == 303
    gone = editor.post("/draft/questions/city", **typed)
    assert (gone.status_code, "Typed with more care" in words(gone)) == (409, True)


def test_a_section_is_added_filled_moved_and_holds_up_publishing_while_it_is_empty(editor: Editor) -> None:
    assert editor.send("/draft/section", title="Getting there", help="How staff travel.").status_code == 303
    page = words(editor.get("/draft"))
    assert "“Getting there” asks nothing yet" in page
    assert "“Getting there” asks nothing yet." in words(editor.get("/draft/publish"))
    assert add_question(editor, "getting_there", "yesno", label="Do staff come by train?").status_code == 303
    assert editor.post("/draft/act", act="section_up", part="getting_there").status_code == 303
    sections = [section.key for section in form_versions.form(editor.draft).sections]
    assert sections[-2:] == ["getting_there", "documents"]
    changed = editor.send(
        "/draft/sections/getting_there", title="Travel", after=["organization"], document_w9="optional"
    )
    assert changed.status_code == 303
    section = form_versions.form(editor.draft).section("getting_there")
    assert (section.title, section.after) == ("Travel", ("organization",))
    assert [(need.type, need.need.value) for need in section.documents] == [("w9", "optional")]


def test_a_condition_is_chosen_from_earlier_answers_only(editor: Editor) -> None:
    add_question(editor, "mission", "text", label="Which union?")
    page = words(editor.get("/draft/questions/which_union/condition"))
    assert "Do you have paid employees?" in page
    assert "Name of the main contact" not in page
    path = "/draft/questions/which_union/condition"
    sent = editor.send(path, query={"on": "has_employees"}, operator="is_any", answers=["yes"])
    assert sent.status_code == 303
    assert "asked only if “Do you have paid employees?” is “Yes”" in words(editor.get("/draft", open="mission"))
    none = editor.send(path, query={"on": "organization_kind"}, operator="is_not", answers=["business", "hospital"])
    assert none.status_code == 422
    number = editor.send(path, query={"on": "years_in_boston"}, number="3")
    assert number.status_code == 303
    assert "is at least 3" in words(editor.get("/draft", open="mission"))
    refused = editor.post("/draft/act", act="remove_question", part="years_in_boston")
    assert (refused.status_code, "which is not a question" in words(refused)) == (409, True)
    assert editor.post("/draft/act", act="ask_always", part="which_union").status_code == 303
    assert question(editor, "which_union").show_if is None


def test_a_check_between_two_answers_is_added_and_taken_away(editor: Editor) -> None:
    for label in ("Hours for students", "Hours in all"):
        add_question(editor, "mission", "number", label=label, minutes="")
    sent = editor.send(
        "/draft/sections/mission/check", question="hours_students", comparison="not_more", other="hours_all",
        message="The hours for students must not be more than the hours in all",
    )  # fmt: skip
    assert sent.status_code == 303
    wrong = editor.send(
        "/draft/sections/mission/check", question="hours_students", comparison="not_before", other="hours_all",
        message="No",
    )  # fmt: skip
    assert wrong.status_code == 422
    twice = editor.send(
        "/draft/sections/mission/check", question="hours_students", comparison="not_more", other="hours_all",
        message="Again",
    )  # fmt: skip
    assert "These two answers are already compared" in words(twice)
    assert "is not more than" in words(editor.get("/draft/sections/mission"))
    taken = editor.post("/draft/act", act="remove_check", part="mission", question="hours_students", other="hours_all")
    assert taken.status_code == 303
    assert form_versions.form(editor.draft).section("mission").checks == ()


@pytest.mark.parametrize(
    ("path", "query", "changes", "sentence"),
    [
        (NEW_QUESTION, {"kind": "text"}, {"label": "Names of the students"}, "stay with the school"),
        (NEW_QUESTION, {"kind": "text"}, {"label": "CORI check results"}, "who ran the check"),
        (NEW_QUESTION, {"kind": "number"}, {"label": "N", "minimum": "9", "maximum": "3"}, "is more than max"),
        (NEW_QUESTION, {"kind": "text"}, {"label": ""}, "Enter the question"),
        (NEW_QUESTION, {"kind": "text"}, {"label": "X", "max_length": "0"}, "Enter a number from 1"),
        (NEW_QUESTION, {"kind": "text"}, {"label": "X", "informs": "Q9.9"}, "There is no indicator Q9.9"),
        (NEW_QUESTION, {"kind": "choice"}, {"label": "X"}, "name the choices"),
        (NEW_QUESTION, {"kind": "number"}, {"label": "X", "minutes": "soon"}, "Enter a whole number"),
        ("/draft/questions/finance_name", {"kind": "number"}, {}, "had another kind of answer in an earlier version"),
        (STATUS, {}, {"options_from": "", "choices-0-name": "Other"}, "waits for an answer that"),
        ("/draft/sections/organization", {}, {"title": ""}, "Enter a title"),
        ("/draft/section", {}, {"title": "Students' records"}, "stay with the school"),
        ("/draft/about", {}, {"note": ""}, "Say where the questions come from"),
    ],
)  # fmt: skip
def test_a_change_that_does_not_work_is_refused_beside_what_was_typed(
    editor: Editor, path: str, query: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    before = editor.draft.content
    answer = editor.send(path, query=query, **changes)
    assert answer.status_code == 422, words(answer)
    assert sentence in words(answer)
    for text in changes.values():
        assert text in answer.get_data(as_text=True).replace("&#39;", "'")
    assert editor.draft.content == before


def test_questions_the_program_needs_cannot_be_removed(editor: Editor) -> None:
    refused = editor.post("/draft/act", act="remove_question", part="legal_name")
    assert refused.status_code == 409
    assert "must stay: the program uses the answer" in words(refused)
    refused = editor.post("/draft/act", act="remove_section", part="organization")
    assert refused.status_code == 409
    assert editor.post("/draft/act", act="explode", part="organization").status_code == 400


def test_choices_keep_their_keys_while_their_words_change(editor: Editor) -> None:
    names = {"choices-0-name": "By mail", "choices-1-name": "By phone"}
    assert add_question(editor, "mission", "choice", label="How do we reach you?", **names).status_code == 303
    keys = [choice.key for choice in question(editor, "how_we_reach_you").choices]
    assert keys == ["mail", "phone"]
    renamed = {"choices-0-name": "By letter", "choices-1-name": "", "choices-2-name": "In person"}
    assert editor.send("/draft/questions/how_we_reach_you", **renamed).status_code == 303
    assert [(c.key, c.name) for c in question(editor, "how_we_reach_you").choices] == [
        ("mail", "By letter"),
        ("person", "In person"),
    ]


def test_a_question_moves_to_another_section_and_up(editor: Editor) -> None:
    assert editor.send("/draft/questions/website", section="mission").status_code == 303
    assert editor.post("/draft/act", act="question_up", part="website").status_code == 303
    keys = [q.key for q in form_versions.form(editor.draft).section("mission").questions]
    assert keys[-2] == "website"
    assert "Section: before About your organization now Your mission and reach" in words(editor.get("/draft/publish"))


def test_opening_and_saving_any_question_untouched_changes_nothing(editor: Editor) -> None:
    before = form_versions.form(editor.draft)
    for key in ("legal_name", "nonprofit_status", "year_founded", "mission", "has_employees", "ein", "start_date"):
        assert editor.send(f"/draft/questions/{key}").status_code == 303
    for key in ("organization", "documents", "program_schedule"):
        assert editor.send(f"/draft/sections/{key}").status_code == 303
    assert editor.send("/draft/about").status_code == 303
    assert form_versions.form(editor.draft).sections == before.sections
    assert "Nothing is different" in words(editor.get("/draft/publish"))


def test_a_draft_without_changes_is_not_published(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:
    refused = Editor(browser_for(admin), session).post("/draft/publish", version=str(editor.draft.version))
    assert (refused.status_code, "Nothing is different" in words(refused)) == (409, True)


def test_a_discarded_draft_keeps_its_reason_and_its_number(editor: Editor, session: Session) -> None:
    assert editor.send("/draft/discard", reason="").status_code == 422
    assert editor.send("/draft/discard", reason="We wait for the board").status_code == 303
    assert "We wait for the board" in words(editor.get("/2"))
    editor.start()
    assert editor.draft.number == 3
    assert editor.draft.content["version"] == 3


def test_only_one_draft_at_a_time(editor: Editor, browser_for: Any, admin: Any, session: Session) -> None:
    other = Editor(browser_for(admin), session).start()
    assert other.draft.number == 2
    assert len(form_versions.versions_of(session, "registration")) == 2


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_download_uploaded_again_is_the_same_version(editor: Editor, kind: str) -> None:
    add_question(editor)
    before = editor.draft.content
    file = editor.get(f"/2/file.{kind}")
    assert file.headers["Content-Disposition"] == f'attachment; filename="registration-2.{kind}"'
    editor.send("/draft/discard", reason="To begin again")
    sent = editor.post("/upload", file=(BytesIO(file.data), f"registration.{kind}"))
    assert sent.status_code == 303, words(sent)
    assert editor.draft.content == {**before, "version": 3}
    assert list(editor.draft.content) == list(before)
    assert "Nothing is different" in words(editor.get("/compare", **{"from": "2", "to": "3"}))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "expected a list of named values"),
        (b"key: portfolio\n", "must be “registration”"),
        (b"key: registration\nversion: 1\n", "expected a text"),
        (b"key: registration\nsections: [1]\n", "expected"),
        (b"\xff", "not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_version_changes_nothing(editor: Editor, data: bytes, sentence: str) -> None:
    before = editor.draft.content
    answer = editor.post("/upload", file=(BytesIO(data), "form.yaml"))
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert editor.draft.content == before


def test_a_version_looks_as_applicants_see_it(editor: Editor) -> None:
    page = words(editor.get("/1"))
    assert "Registration of an organization and its programs, version 1" in page
    assert "As written on your IRS letter or state papers." in page
    assert "Only if you answer" in page
    assert editor.get("/9").status_code == 404
    assert editor.get("/1", **{"in": "xx"}).status_code == 404
    assert editor.get("/compare", **{"from": "1", "to": "9"}).status_code == 404


def test_the_list_counts_applications_by_version(make: Factory, editor: Editor) -> None:
    make.registration()
    page = words(editor.browser.get("/admin/forms"))
    assert "Version 1 Published" in page
    assert "Version 2 Draft" in page
    assert "Open the draft" in page


def test_a_round_and_the_start_page_say_how_long_the_form_takes_and_which_papers_it_asks_for(
    make: Factory, browser_for: Any, director: Any, client: Any
) -> None:
    round_ = make.round()
    page = words(browser_for(director).get(f"/desk/rounds/{round_.reference}"))
    assert "Application to the Opportunity Portfolio, version 1. About 250 minutes." in page
    start = words(client.get("/become"))
    assert "takes about 114 minutes with one program" in start
    assert "Certificate of insurance: general liability" in start
    assert "Papers that only some organizations need" in start
    assert "They do not belong here" in start


def test_a_year_of_applicants_makes_minutes_into_hours(make: Factory, editor: Editor) -> None:
    make.submitted()
    add_question(editor, minutes="120")
    assert "With the 1 application of the last 12 months, that is 2 hours more a year." in words(
        editor.get("/draft/publish")
    )


def test_the_demonstration_leaves_a_draft_to_look_at(
    session: Session, make: Factory, browser_for: Any, app: Any
) -> None:
    house = House(app.extensions["store"], app.config["SETTINGS"], clock.now(), "")
    director = make.director()
    scene = Scene(session, house)
    scene._actors[DIRECTORS[0]] = make.actor(director)
    with unit_of_work(session):
        next_form.draft(scene)
    page = words(Editor(browser_for(director), session).get("/draft/publish"))
    assert "How do families tell you what they think? Added" in page
    assert "Most characters: before 1000 now 600" in page
    assert "Time to answer: before 360 seconds now 240 seconds" in page
    assert "2 minutes longer" in page
    assert "3 texts added" in page
