"""Reminders: once each, only the nearest, and of nothing that is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from vetting import clock
from vetting.events import Event
from vetting.jobs.reminders import remind
from vetting.models import (
    Designation,
    DocumentVersion,
    OutboxMessage,
    Role,
    User,
)
from vetting.notifications.choices import Choice, with_choice
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import AnswerRequest, ExtendRequest
from vetting.workflows.vault_commands import Checked


def written(session: Any, event: Event) -> list[tuple[str, int]]:
    """The day and the milestone of each reminder of this kind, in order."""
    session.rollback()
    rows = session.query(OutboxMessage).filter(OutboxMessage.topic == event).order_by(OutboxMessage.id)
    found = [(row.payload["due"], row.payload["days"]) for row in rows]
    # A session of the tests holds the write lock until it lets go.
    session.rollback()
    return found


def test_each_request_is_reminded_of_seven_three_and_one_day_before_and_never_twice(
    session, sessions, noon, asked, due_on
):
    for days in range(11):
        remind(sessions, noon(days))
        remind(sessions, noon(days))
    day = due_on.isoformat()
    assert written(session, Event.REQUEST_DUE) == [(day, 7)] * 2 + [(day, 3)] * 2 + [(day, 1)] * 2


def test_after_days_without_a_worker_only_the_nearest_reminder_is_sent(session, sessions, noon, asked, due_on):
    remind(sessions, noon(8))
    assert written(session, Event.REQUEST_DUE) == [(due_on.isoformat(), 3)] * 2


def test_nothing_is_reminded_of_on_the_day_people_were_told(make, session, sessions, noon, asked, due_on):
    request = asked.requests[0]
    boss = make.actor(make.coordinator())
    make.take(
        "information_request", request, "extend", boss, data=ExtendRequest(due_on + timedelta(1)), reason="A holiday."
    )
    remind(sessions, noon(0))
    assert written(session, Event.REQUEST_DUE) == []


def test_a_day_that_moved_has_reminders_of_its_own(make, session, sessions, noon, asked, due_on):
    remind(sessions, noon(9))
    later = due_on + timedelta(days=20)
    boss = make.actor(make.coordinator())
    make.take("information_request", asked.requests[0], "extend", boss, data=ExtendRequest(later), reason="A holiday.")
    remind(sessions, noon(23))
    assert written(session, Event.REQUEST_DUE) == [(due_on.isoformat(), 1)] * 2 + [(later.isoformat(), 7)]


def test_a_reminder_that_waited_is_not_sent_once_the_thing_is_settled(make, session, sessions, noon, asked, hands):
    hands.deliver()
    remind(sessions, noon(3))
    owner = make.owner_of(asked.organization)
    answer = AnswerRequest(reply="We serve families in Mattapan.")
    make.take("information_request", asked.requests[1], "answer", make.actor(owner), data=answer)
    session.rollback()

    mails = hands.deliver(noon(3))

    reminders = [mail for mail in mails if "reminder" in mail["Subject"]]
    assert len(reminders) == 1
    text = reminders[0].get_body(("plain",)).get_content()
    assert "Emergency and safety plan" in text or "safety" in text.lower()
    assert "/account/notifications" in text


def test_people_who_left_are_not_reminded(make, session, sessions, noon, asked, hands):
    second = make.person("Second Owner")
    grant = make.grant(second, Role.ORG_OWNER, organization=asked.organization)
    hands.deliver()
    remind(sessions, noon(3))
    make.end_grant(grant)
    session.rollback()
    assert second.email not in {mail["To"] for mail in hands.deliver(noon(3))}


def test_reminders_leave_in_the_morning_and_not_at_midnight(session, sessions, asked, noon, hands):
    hands.deliver()
    midnight = noon(3) - timedelta(hours=11, minutes=59)
    remind(sessions, midnight)
    assert hands.deliver(midnight + timedelta(minutes=1)) == []
    assert len(hands.deliver(noon(3))) == 2


def test_an_approval_is_reminded_of_until_it_is_renewed(make, session, sessions, noon):
    partner = make.partner()
    session.rollback()
    own = session.query(Designation).filter(Designation.organization_id == partner.id).one()
    with unit_of_work(session):
        own.starts_on = clock.today() - timedelta(days=300)
        own.ends_on = clock.today() + timedelta(days=61)
    for days in (0, 1, 2, 31, 32):
        remind(sessions, noon(days))
    day = own.ends_on.isoformat()
    assert written(session, Event.REGISTRATION_ENDING) == [(day, 60), (day, 30)]
    with unit_of_work(session):
        session.add(
            Designation(
                organization_id=partner.id,
                kind=own.kind,
                starts_on=own.ends_on + timedelta(days=1),
                ends_on=own.ends_on + timedelta(days=365),
            )
        )
    remind(sessions, noon(54))
    assert written(session, Event.REGISTRATION_ENDING) == [(day, 60), (day, 30)]


def test_a_document_that_runs_out_is_reminded_of_until_a_newer_one_is_there(make, session, sessions, noon):
    partner = make.partner()
    session.rollback()
    version = session.query(DocumentVersion).order_by(DocumentVersion.id).first()
    until = clock.today() + timedelta(days=30)
    with unit_of_work(session):
        session.query(DocumentVersion).update({DocumentVersion.typed_valid_until: None})
        version.valid_from, version.valid_until = None, until
        version.created_at = clock.now() - timedelta(days=100)
    remind(sessions, noon(0))
    assert written(session, Event.DOCUMENT_ENDING) == [(until.isoformat(), 30)]
    make.document(partner, version.document.type_key)
    remind(sessions, noon(23))
    assert written(session, Event.DOCUMENT_ENDING) == [(until.isoformat(), 30)]


def test_an_unsent_application_is_reminded_of_its_own_deadline(make, session, sessions, noon, hands):
    make.portfolio()
    session.rollback()
    hands.deliver()
    remind(sessions, noon(6))
    found = written(session, Event.ROUND_CLOSING)
    assert [days for _, days in found] == [14]
    (mail,) = hands.deliver(noon(6))
    text = mail.get_body(("plain",)).get_content()
    assert " EST" in text or " EDT" in text


def test_who_switched_reminders_off_still_gets_the_request_itself(make, session, sessions, noon, asked, hands):
    owner = make.owner_of(asked.organization)
    _choose(session, owner, asked.organization_id, Choice(reminders=False))
    first = hands.deliver()
    mine = [mail.get_body(("plain",)).get_content().lower() for mail in first if mail["To"] == owner.email]
    assert any("safety" in text for text in mine)
    remind(sessions, noon(3))
    assert hands.deliver(noon(3)) == []
    session.rollback()
    outcomes = {row.outcome for row in session.query(OutboxMessage).filter(OutboxMessage.topic == Event.REQUEST_DUE)}
    assert outcomes == {"not wanted by the reader"}


def test_a_daily_mail_holds_what_came_in_order_of_date(make, session, sessions, noon, asked, hands):
    owner = make.owner_of(asked.organization)
    _choose(session, owner, asked.organization_id, Choice(daily=True))
    hands.deliver()
    boss = make.actor(make.coordinator())
    first, second = asked.requests
    make.take(
        "information_request", first, "extend", boss, data=ExtendRequest(first.due_on + timedelta(1)), reason="Ill."
    )
    session.rollback()
    hands.deliver()
    remind(sessions, noon(4))
    assert hands.deliver(noon(4)) == []
    session.rollback()
    assert {row.outcome for row in session.query(OutboxMessage).filter(OutboxMessage.topic == Event.REQUEST_DUE)} == {
        "in the daily mail"
    }
    (mail,) = hands.deliver(noon(5))
    assert mail["To"] == owner.email
    assert mail["Subject"] == "Your daily mail: 2 things"
    text = mail.get_body(("plain",)).get_content()
    assert text.index(f"{second.due_on:%B} {second.due_on.day}") < text.index(f"{first.due_on:%B} {first.due_on.day}")
    assert f"/apply/{asked.reference}" in text
    assert hands.deliver(noon(5)) == []


def test_a_daily_mail_of_settled_things_is_not_sent(make, session, sessions, noon, asked, hands):
    owner = make.owner_of(asked.organization)
    _choose(session, owner, asked.organization_id, Choice(daily=True))
    hands.deliver()
    remind(sessions, noon(4))
    hands.deliver(noon(4))
    boss = make.actor(make.coordinator())
    for request in asked.requests:
        make.take("information_request", request, "take_back", boss, reason="We found it.")
    session.rollback()
    assert [mail["Subject"] for mail in hands.deliver(noon(5)) if "daily" in mail["Subject"]] == []


def _choose(session: Any, person: User, organization_id: int, choice: Choice) -> None:
    session.rollback()
    with unit_of_work(session):
        row = session.get_one(User, person.id)
        row.preferences = with_choice(row.preferences, organization_id, choice)


def test_owners_are_reminded_once_of_everybody_whose_next_check_comes_soon(make, session, sessions, noon, hands):
    mine, other = make.organization(name="Harbor Arts"), make.organization(name="Bay Science")
    editor = make.person("Eddie Editor")
    make.grant(editor, Role.ORG_EDITOR, organization=mine)
    first, later = clock.today() + timedelta(days=40), clock.today() + timedelta(days=60)
    long_ago = noon(-400)
    for organization, name, due in (
        (mine, "Ana Example", first),
        (mine, "Ben Example", later),
        (mine, "Cleo Example", later + timedelta(days=200)),
        (other, "Zelda Other", later + timedelta(days=300)),
    ):
        make.cleared(organization, due, at=long_ago, name=name)
    owner, reference = make.owner_of(mine).email, mine.reference
    session.rollback()
    hands.deliver()
    for days in (9, 10, 11, 33, 34):
        remind(sessions, noon(days))
    assert written(session, Event.CHECKS_DUE) == [(first.isoformat(), 30), (first.isoformat(), 7)]

    sent = hands.deliver(noon(34))

    mails = [mail for mail in sent if "Background checks" in mail["Subject"]]
    assert {mail["To"] for mail in mails} == {owner}, "who was checked is for those who answer for them"
    text = mails[0].get_body(("plain",)).get_content()
    assert "Ana Example" in text
    assert "Ben Example" in text
    assert "Cleo" not in text
    assert "Zelda" not in text
    assert f"/apply/organizations/{reference}/cleared-people" in text
    assert "Ana" not in mails[0]["Subject"]
    session.rollback()
    payloads = session.query(OutboxMessage).filter(OutboxMessage.topic == Event.CHECKS_DUE).all()
    assert "Ana" not in str([row.payload for row in payloads]), "names stay in the list until the mail is made"


def test_a_new_check_settles_the_reminder(make, session, sessions, noon, hands):
    organization = make.organization()
    due = clock.today() + timedelta(days=30)
    person = make.cleared(organization, due, at=noon(-400))
    owner = make.actor(make.owner_of(organization))
    session.rollback()
    hands.deliver()
    remind(sessions, noon(0))
    checked = Checked("Harbor Arts", clock.today(), due + timedelta(days=900), "test", "0" * 64)
    make.take("clearance", person, "renew", owner, data=checked)
    session.rollback()
    assert hands.deliver(noon(0)) == []
    remind(sessions, noon(23))
    assert written(session, Event.CHECKS_DUE) == [(due.isoformat(), 30)]


def test_a_document_is_reminded_of_ninety_sixty_thirty_and_seven_days_before(make, session, sessions, noon):
    make.partner()
    session.rollback()
    version = session.query(DocumentVersion).order_by(DocumentVersion.id).first()
    until = clock.today() + timedelta(days=95)
    with unit_of_work(session):
        session.query(DocumentVersion).update({DocumentVersion.typed_valid_until: None})
        version.valid_from, version.valid_until = None, until
        version.created_at = clock.now() - timedelta(days=100)
    for days in (4, 5, 6, 35, 36, 65, 88, 89):
        remind(sessions, noon(days))
    assert written(session, Event.DOCUMENT_ENDING) == [(until.isoformat(), days) for days in (90, 60, 30, 7)]
