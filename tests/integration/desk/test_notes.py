"""Notes stay in the office, messages go to the applicant, and neither is mistaken for the other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import object_session

from tests.factories import Factory
from vetting import clock
from vetting.models import Application, Note, NoteKind, NoteState, OutboxMessage, Role, SeenBy


def comment(make: Factory, case: Application, author, body: str, **more) -> Note:
    note = Note(application=case, author_id=author.id, kind=NoteKind.COMMENT, seen_by=SeenBy.OFFICE, body=body, **more)
    make.take("note", note, "write", make.actor(author))
    return note


def test_a_note_is_kept_and_nobody_is_told(browser_for, coordinator, screening, session, read) -> None:
    path = f"/desk/cases/{screening.reference}"
    browser = browser_for(coordinator)
    page = read(browser.get(f"{path}/notes"))
    assert "The applicant does not see it." in page
    assert "Keep in the office" in page
    before = session.query(OutboxMessage).count()
    assert browser.post(f"{path}/notes", data={"kind": "comment", "body": "The board is new."}).status_code == 303
    page = read(browser.get(f"{path}/notes"))
    assert "Comment" in page
    assert "The board is new." in page
    assert "Office only" in page
    assert "The board is new." in read(browser.get(path))
    assert session.query(OutboxMessage).count() == before


def test_a_call_says_when_and_with_whom(browser_for, coordinator, screening, session, read) -> None:
    path = f"/desk/cases/{screening.reference}/notes"
    browser = browser_for(coordinator)
    day = clock.today() - timedelta(days=2)
    data = {"kind": "call", "body": "They will send it.", "happened_on": day.isoformat(), "with_whom": "Ana Owner"}
    assert browser.post(path, data=data).status_code == 303
    assert "with Ana Owner" in read(browser.get(path))
    note = session.query(Note).one()
    assert (note.kind, note.happened_on, note.seen_by) == (NoteKind.CALL, day, SeenBy.OFFICE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"body": " "}, "Write what you want to say"),
        ({"body": "x" * 4001}, "Shorten this to 4000 characters or fewer"),
        ({"body": "His CORI results came back."}, "results of a background check"),
        ({"body": "Her student id 1234567."}, "information about a single student"),
        ({"with_whom": "Date of birth: 2015-03-04", "kind": "call"}, "information about a single student"),
        ({"kind": "call", "happened_on": ""}, "Give the day on which it took place"),
        ({"kind": "visit", "happened_on": "2999-01-01"}, "not after today"),
        ({"kind": "call", "with_whom": ""}, "Say with whom it was"),
        ({"kind": "letter"}, "Not a valid choice"),
        ({"kind": "message"}, "Not a valid choice"),
        ({"body": "odd \x00 sign"}, "hidden characters"),
    ],
)
def test_a_wrong_note_is_refused_in_words_and_kept(wrong, said, browser_for, screening, read, sent) -> None:
    path = f"/desk/cases/{screening.reference}/notes"
    browser = browser_for(screening.coordinator)
    good = {"kind": "comment", "body": "Text to keep.", "happened_on": "2026-01-05", "with_whom": "Ana"}
    answer = browser.post(path, data=good | wrong)
    assert answer.status_code == 422
    assert said in read(answer)
    if "body" not in wrong:
        assert sent(answer)["body"] == "Text to keep."
    assert object_session(screening).query(Note).count() == 0


def test_a_reply_stands_under_what_it_answers(make, browser_for, coordinator, screening, read, session) -> None:
    first = comment(make, screening, coordinator, "Is the plan complete?")
    comment(make, screening, coordinator, "Something else.")
    path, number = f"/desk/cases/{screening.reference}/notes", first.id
    browser = browser_for(make.coordinator("Carl Colleague"))
    form = read(browser.get(f"{path}?reply={number}"))
    assert "You reply to: “Is the plan complete?”" in form
    assert browser.post(path, data={"kind": "comment", "body": "Yes it is.", "reply_to": number}).status_code == 303
    page = read(browser.get(path))
    assert page.index("Is the plan complete?") < page.index("Yes it is.")
    assert page.index("Something else.") < page.index("Is the plan complete?")
    reply = session.query(Note).filter(Note.body == "Yes it is.").one()
    assert reply.parent_id == number
    # A thread has one level, and stays in its case.
    assert browser.get(f"{path}?reply={reply.id}").status_code == 404
    other = make.submitted()
    wrong = f"/desk/cases/{other.reference}/notes"
    assert browser.post(wrong, data={"kind": "comment", "body": "x", "reply_to": number}).status_code == 404


def test_only_the_writer_takes_a_note_back_and_its_text_stays(
    make, browser_for, screening, session, read, sent
) -> None:
    coordinator = screening.coordinator
    note = comment(make, screening, coordinator, "They missed a payment.")
    path = f"/desk/cases/{screening.reference}/notes"
    take_back = f"{path}/{note.id}/take-back"
    other = browser_for(make.coordinator("Carl Colleague"))
    assert other.get(take_back).status_code == 404
    assert "Take back" not in read(other.get(path))
    own = browser_for(coordinator)
    form = own.get(take_back)
    assert own.post(take_back, data=sent(form) | {"reason": ""}).status_code == 422
    assert own.post(take_back, data=sent(form) | {"reason": "It was another one."}).status_code == 303
    page = read(other.get(path))
    assert "Taken back by its writer. It was another one." in page
    assert "They missed a payment." in page
    session.expire_all()
    assert note.state is NoteState.TAKEN_BACK
    assert own.get(take_back).status_code == 404


def test_a_message_is_looked_at_then_sent_and_the_applicant_answers(
    make, browser_for, screening, session, read, sent
) -> None:
    owner, coordinator = make.owner_of(screening.organization), screening.coordinator
    reference, address = screening.reference, owner.email
    desk = browser_for(coordinator)
    path = f"/desk/cases/{reference}/message"
    form = desk.get(path)
    assert "The applicant sees this." in read(form)
    look = desk.post(path, data=sent(form) | {"body": "When does it begin?", "look": "1"})
    assert f"{address}" in read(look)
    assert f"Subject: A message about {reference}" in read(look)
    assert "What you write When does it begin?" in read(look)
    assert session.query(Note).count() == 0
    assert desk.post(path, data=sent(look)).status_code == 303
    assert "The applicant sees this" in read(desk.get(f"/desk/cases/{reference}/notes"))

    apply = browser_for(owner)
    status = read(apply.get(f"/apply/{reference}"))
    assert "We have a message for you" in status
    page = apply.get(f"/apply/{reference}/messages")
    assert "Partnerships office" in read(page)
    assert "When does it begin?" in read(page)
    assert coordinator.name not in read(page)
    assert apply.post(f"/apply/{reference}/messages", data={"body": "On 8 September."}).status_code == 303
    assert "We have a message for you" not in read(apply.get(f"/apply/{reference}"))
    session.expire_all()
    assert screening.message_received_at is not None
    told = [m.recipient for m in session.query(OutboxMessage).filter(OutboxMessage.topic == "message.received")]
    assert told == [f"user:{coordinator.id}"]
    assert "The applicant wrote to us:" in read(desk.get(f"/desk/cases/{reference}"))
    reply = session.query(Note).filter(Note.from_applicant).one().id
    form = desk.get(f"{path}?reply={reply}")
    assert "You answer: “On 8 September.”" in read(form)
    assert desk.post(path, data=sent(form) | {"body": "Thank you."}).status_code == 303
    session.expire_all()
    assert screening.message_received_at is None


def test_readers_of_the_organization_read_and_do_not_write(make, browser_for, screening, coordinator, read) -> None:
    viewer = make.person("Vera Viewer")
    make.grant(viewer, Role.ORG_VIEWER, organization=screening.organization)
    message = Note(
        application=screening,
        author_id=coordinator.id,
        kind=NoteKind.MESSAGE,
        seen_by=SeenBy.APPLICANT,
        body="Hello there.",
    )
    make.take("note", message, "send", make.actor(coordinator))
    path = f"/apply/{screening.reference}/messages"
    browser = browser_for(viewer)
    page = read(browser.get(path))
    assert "Hello there." in page
    assert "Send to the office" not in page
    assert browser.post(path, data={"body": "Hi"}).status_code == 403
    assert browser_for(make.person("Stranger")).get(path).status_code == 404


@pytest.mark.parametrize("body", ["", " ", "x" * 4001, "Her student id 1234567."])
def test_a_wrong_message_of_the_applicant_is_refused_and_kept(
    body, make, browser_for, screening, session, sent
) -> None:
    path = f"/apply/{screening.reference}/messages"
    browser = browser_for(make.owner_of(screening.organization))
    answer = browser.post(path, data={"body": body})
    assert answer.status_code == 422
    assert sent(answer)["body"].strip() == body.strip()
    assert session.query(Note).count() == 0


def test_who_owes_a_review_reads_no_note_of_another_reviewer(make, browser_for, coordinator, read) -> None:
    first, second = make.reviewer("Rosa First"), make.reviewer("Sam Second")
    case = make.in_review(make.portfolio(), reviewers=[first, second], coordinator=coordinator)
    secret = comment(make, case, first, "This plan is the weakest I saw.")
    comment(make, case, coordinator, "The site visit is on Friday.")
    comment(make, case, first, "About the visit: it went badly.", parent=secret)
    path, number = f"/desk/cases/{case.reference}/notes", secret.id
    reader = browser_for(second)
    page = read(reader.get(path))
    assert "The site visit is on Friday." in page
    assert "weakest" not in page
    assert "went badly" not in page
    assert reader.get(f"{path}?reply={number}").status_code == 404
    assert "weakest" in read(browser_for(first).get(path))
    assert "weakest" in read(browser_for(coordinator).get(path))
    make.rate(next(review for review in case.reviews if review.reviewer_id == second.id))
    assert "weakest" in read(reader.get(path))


def test_many_threads_are_read_page_by_page(make, browser_for, coordinator, screening, statements, read) -> None:
    for number in range(30):
        comment(make, screening, coordinator, f"Note number {number:02}.")
    path = f"/desk/cases/{screening.reference}/notes"
    browser = browser_for(coordinator)
    first = read(browser.get(path))
    assert "Note number 29." in first
    assert "Note number 04." not in first
    older = browser.get(path).get_data(as_text=True).split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = read(browser.get(older))
    assert "Note number 04." in second
    assert "Note number 05." not in second
    with statements() as sent_statements:
        browser.get(path)
    assert len([s for s in sent_statements if s.lstrip().upper().startswith("SELECT")]) <= 14


@pytest.mark.parametrize("page", ["notes?reply={}", "message?reply={}", "notes/{}/take-back", "flags/{}/resolve"])
def test_a_number_beyond_all_numbers_is_no_note(page, browser_for, coordinator, screening) -> None:
    answer = browser_for(coordinator).get(f"/desk/cases/{screening.reference}/{page.format(10**24)}")
    assert answer.status_code == 404


def test_a_page_of_notes_beyond_all_numbers_is_the_first(browser_for, coordinator, screening) -> None:
    answer = browser_for(coordinator).get(f"/desk/cases/{screening.reference}/notes?before={10**24}")
    assert answer.status_code == 200
