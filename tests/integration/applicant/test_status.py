"""Where a case stands: the same fixed words on the page, the card and as data, with honest times."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from tests.support.pages import text_of
from vetting import clock
from vetting.calendar_days import add_business_days, is_business_day
from vetting.data.status import STAGES, WORDS, Situation, Who
from vetting.models import (
    Application,
    Designation,
    OutboxMessage,
    Outcome,
    RequestItem,
    Role,
    Stay,
    User,
    WaitEstimate,
)
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail
from vetting.queries.settings import closures_from
from vetting.queries.standing import approvals, standing
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import DraftDecision, HoldCase, RequestedItem, RequestInformation

BrowserFor = Callable[[User], CheckingClient]
DAY = timedelta(days=1)


def back(days: int) -> date:
    """The business day from which so many business days have passed by today."""
    today = clock.today()
    closures = closures_from(today.year) | closures_from(today.year - 1)
    last = today if is_business_day(today, closures) else add_business_days(today, -1, closures)
    return add_business_days(last, -days, closures)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(17), UTC)


def ask(make: Factory, case: Application, count: int = 1, due: date | None = None) -> None:
    make.take("application", case, "screen", boss := make.actor(make.coordinator()))
    items = tuple(RequestedItem(RequestItem.QUESTION, key, "Say more.") for key in ("mission", "city", "phone")[:count])
    command = RequestInformation(items, clock.today() + 10 * DAY)
    make.take("application", case, "request_information", boss, data=command)
    if due is not None:
        with unit_of_work(make.session):
            for request in case.requests:
                request.due_on = due


def hold(make: Factory, case: Application) -> None:
    boss = make.actor(make.coordinator())
    make.take("application", case, "screen", boss)
    command = HoldCase(add_business_days(clock.today(), 5, closures_from(clock.today().year)))
    make.take("application", case, "hold", boss, data=command, reason="The treasurer is away.")


def decided(make: Factory, case: Application) -> None:
    make.take(
        "application", make.decision_drafted(case), "release_approval", make.actor(make.director("Rita Releaser"))
    )


def draft(make: Factory) -> Application:
    return make.registration()


def submitted(make: Factory) -> Application:
    return make.submitted()


def checking(make: Factory) -> Application:
    case = make.submitted()
    make.take("application", case, "screen", make.actor(make.coordinator()))
    return case


def asked(make: Factory) -> Application:
    case = make.submitted()
    ask(make, case)
    return case


def asked_late(make: Factory) -> Application:
    case = make.submitted()
    ask(make, case, 2, clock.today() - DAY)
    return case


def held(make: Factory) -> Application:
    case = make.submitted()
    hold(make, case)
    return case


def ready(make: Factory) -> Application:
    return make.ready_to_decide()


def drafted(make: Factory) -> Application:
    return make.decision_drafted()


def approved(make: Factory) -> Application:
    return make.approved()


def ending(make: Factory, days: int) -> Application:
    case = make.approved()
    with unit_of_work(make.session):
        row = make.session.scalars(sa.select(Designation).where(Designation.application_id == case.id)).one()
        row.starts_on, row.ends_on = clock.today() - 400 * DAY, clock.today() + days * DAY
    return case


def not_selected(make: Factory) -> Application:
    case = make.ready_to_decide()
    finding = {"standard": "P2", "name": "Safe", "result": "not_yet", "reason": "The plan is missing."}
    data = DraftDecision(Outcome.NOT_SELECT, "Not this time.", (finding,))
    make.take("application", case, "draft_decision", make.actor(make.director("Dan")), data=data)
    make.take("application", case, "release_not_selected", make.actor(make.director("Rita")))
    return case


def withdrawn(make: Factory) -> Application:
    case = make.submitted()
    make.take("application", case, "withdraw", make.actor(make.owner_of(case.organization)))
    return case


def expired(make: Factory) -> Application:
    case = make.registration()
    make.take("application", case, "expire")
    return case


CASES: dict[str, tuple[Callable[[Factory], Application], Situation, Who]] = {
    "draft": (draft, Situation.DRAFT, Who.YOU),
    "submitted": (submitted, Situation.RECEIVED, Who.OFFICE),
    "checking": (checking, Situation.CHECKING, Who.OFFICE),
    "asked": (asked, Situation.ANSWER_NEEDED, Who.YOU),
    "asked late": (asked_late, Situation.ANSWER_LATE, Who.YOU),
    "held": (held, Situation.ON_HOLD, Who.OFFICE),
    "in review": (lambda make: make.in_review(), Situation.IN_REVIEW, Who.OFFICE),
    "ready": (ready, Situation.DECISION_SOON, Who.OFFICE),
    "drafted": (drafted, Situation.DECISION_SOON, Who.OFFICE),
    "approved": (approved, Situation.APPROVED, Who.NOBODY),
    "renewal due": (lambda make: ending(make, 20), Situation.RENEWAL_DUE, Who.YOU),
    "ended": (lambda make: ending(make, -20), Situation.ENDED, Who.NOBODY),
    "not selected": (not_selected, Situation.NOT_SELECTED, Who.NOBODY),
    "withdrawn": (withdrawn, Situation.WITHDRAWN, Who.NOBODY),
    "expired": (expired, Situation.EXPIRED, Who.NOBODY),
}


@pytest.mark.parametrize("name", CASES)
def test_page_card_and_data_say_the_same(make: Factory, browser_for: BrowserFor, name: str) -> None:
    begin, situation, who = CASES[name]
    case = begin(make)
    owner = browser_for(make.owner_of(case.organization))
    make.session.rollback()
    data = owner.get(f"/apply/{case.reference}/status.json").get_json()
    assert data["version"] == 1
    assert (data["situation"], data["who_acts_next"]) == (situation, who)
    assert "%(" not in str(data)
    page, home = text_of(owner.get(f"/apply/{case.reference}").text), text_of(owner.get("/apply").text)
    assert data["headline"] in page
    assert data["headline"] in home
    assert data["what_happens_next"] in page
    assert "reject" not in (page + home).lower()
    if data["how_long"]:
        assert all(sentence in page for sentence in data["how_long"]["words"])
    assert data["waited"]["words"] in page


def test_every_situation_has_a_case_or_a_reason() -> None:
    """Nobody adds a situation that no test has seen: the others need a form step of their own and are tested there."""
    elsewhere = {Situation.LISTED, Situation.SIGN_OFF_AWAITED, Situation.TO_CONFIRM}
    assert {situation for _begin, situation, _who in CASES.values()} | elsewhere == set(Situation)
    assert set(WORDS) == set(Situation)


def test_waiting_for_a_sign_off_or_a_confirmation_comes_before_what_is_left(make: Factory) -> None:
    case = make.registration()
    assert standing(case, clock.today()).situation is Situation.DRAFT
    case.sign_off_asked_at = clock.now()
    assert standing(case, clock.today()).situation is Situation.SIGN_OFF_AWAITED
    case.signed_off_at = clock.now()
    assert standing(case, clock.today()).situation is Situation.DRAFT
    case.assisted_by_id = 1
    assert standing(case, clock.today()).situation is Situation.TO_CONFIRM
    case.confirmed_at = clock.now()
    assert standing(case, clock.today()).situation is Situation.DRAFT
    make.session.rollback()


def test_a_portfolio_approval_waits_for_a_school(make: Factory, session: Session) -> None:
    case = make.portfolio(make.partner())
    decided(make, case)
    found = standing(case, clock.today(), approvals(session, [case.id])[case.id])
    assert (found.situation, found.words.who) == (Situation.LISTED, Who.SCHOOL)
    assert found.by == case.round.listing_ends_on if case.round else None


def test_a_renewal_that_follows_takes_the_reminder_away(make: Factory, session: Session) -> None:
    case = ending(make, 20)
    later = make.registration(make.organization())
    with unit_of_work(session):
        later.previous_id = case.id
    found = standing(case, clock.today(), approvals(session, [case.id])[case.id])
    assert found.situation is Situation.APPROVED


def test_a_hold_says_until_when_and_never_why(make: Factory, browser_for: BrowserFor) -> None:
    case = held(make)
    page = text_of(browser_for(make.owner_of(case.organization)).get(f"/apply/{case.reference}").text)
    assert "It is on hold with us until" in page
    assert "treasurer" not in page
    assert "We aim to decide" not in page


def estimate(session: Session, stage: str, **more: Any) -> None:
    known: dict[str, Any] = {
        "half": [6, 6, 7, 8, 9],
        "nine_in_ten": [15, 15, 15, 16, 16],
        "closed": 212,
        "still_open": 14,
        "decision_half": 34,
        "decision_nine_in_ten": 60,
        "decision_closed": 190,
        "decision_still_open": 30,
        "computed_on": clock.today(),
    }
    with unit_of_work(session):
        session.add(WaitEstimate(kind="registration", stage=stage, **known | more))


def waited(session: Session, case: Application, days: int) -> None:
    """Let the open stay of a case have begun so many business days ago."""
    with unit_of_work(session):
        stay = session.scalars(sa.select(Stay).where(Stay.application_id == case.id, Stay.ended_at.is_(None))).one()
        stay.began_at = noon(back(days))


def look(browser_for: BrowserFor, make: Factory, case: Application) -> tuple[str, dict[str, Any]]:
    owner = browser_for(make.owner_of(case.organization))
    data = owner.get(f"/apply/{case.reference}/status.json").get_json()
    return owner.get(f"/apply/{case.reference}").text, data["how_long"]


def test_history_says_half_and_nine_in_ten(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    case = make.submitted()
    estimate(session, "received")
    html, data = look(browser_for, make, case)
    page = text_of(html)
    assert "Half of cases like yours hear from us within 6 business days, nine in ten within 15 business days." in page
    assert "half take 34 business days and nine in ten take 60 business days or less" in page
    assert "212 past cases like yours and 14 that still wait" in page
    assert "We aim to decide" not in page
    assert (data["basis"], data["half_business_days"], data["nine_in_ten_business_days"]) == ("history", 6, 15)
    assert data["half_by"] == add_business_days(clock.today(), 6, closures_from(clock.today().year)).isoformat()
    # The picture says in words what it shows.
    assert 'aria-label="The whole bar is 15 business days. Half of the cases are done after 6 business days.' in html


def test_what_is_still_to_come_depends_on_how_long_it_waited(
    make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    case = make.submitted()
    estimate(session, "received")
    waited(session, case, 3)
    html, data = look(browser_for, make, case)
    assert data["waited_business_days"] == 3
    assert "Yours has waited 3 business days. Of cases that waited this long, half hear from us by" in text_of(html)
    # 8 days in all; on a day without service it can end on the next at the earliest, and half of those take 9.
    whole = 8 if is_business_day(clock.today(), closures_from(clock.today().year)) else 9
    assert data["half_by"] == add_business_days(back(3), whole, closures_from(back(3).year)).isoformat()


def test_when_few_waited_as_long_only_the_usual_is_said(
    make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    case = make.submitted()
    estimate(session, "received")
    waited(session, case, 9)
    html, data = look(browser_for, make, case)
    assert "Half of cases like yours hear from us within 6 business days" in text_of(html)
    assert (data["half_by"], data["nine_in_ten_by"], data["longer_than_nine_in_ten"]) == (None, None, False)


def test_who_waits_longer_than_nine_in_ten_is_told_so_and_where_to_ask(
    make: Factory, session: Session, browser_for: BrowserFor, app: Any
) -> None:
    case = make.submitted()
    estimate(session, "received")
    waited(session, case, 20)
    html, data = look(browser_for, make, case)
    assert "That is longer than nine in ten. We are sorry. Ask us where it stands:" in text_of(html)
    assert app.config["SETTINGS"].mail_from in text_of(html)
    assert data["longer_than_nine_in_ten"]


@pytest.mark.parametrize("known", [{}, {"half": [], "nine_in_ten": [], "closed": 29}, {"half": [None]}])
def test_without_enough_history_the_target_stands_and_says_why(
    make: Factory, session: Session, browser_for: BrowserFor, known: dict[str, Any]
) -> None:
    case = make.submitted()
    if known:
        estimate(session, "received", **known)
    html, data = look(browser_for, make, case)
    page = text_of(html)
    assert "We aim to decide by" in page
    assert "It is our target and not a promise." in page
    assert "Too few cases like yours are closed" in page
    assert data["basis"] == "target"
    assert "waiting-bar" not in html


def test_a_target_that_has_passed_says_so(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    case = make.submitted()
    with unit_of_work(session):
        case.received_at = clock.now() - timedelta(days=200)
    page = text_of(look(browser_for, make, case)[0])
    assert "That day is past. We are sorry." in page


def test_the_estimate_of_another_kind_or_stage_says_nothing(
    make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    case = make.submitted()
    estimate(session, "review")
    with unit_of_work(session):
        row = session.scalars(sa.select(WaitEstimate)).one()
        session.add(
            WaitEstimate(
                kind="portfolio",
                stage="received",
                **{key: getattr(row, key) for key in ("half", "nine_in_ten", "closed", "still_open", "computed_on")},
                decision_closed=0,
                decision_still_open=0,
            )
        )
    assert look(browser_for, make, case)[1]["basis"] == "target"


def test_both_sides_waiting_is_shown(make: Factory, session: Session, browser_for: BrowserFor) -> None:
    case = make.submitted()
    first, second, third = back(16), back(12), back(8)
    with unit_of_work(session):
        session.execute(sa.delete(Stay).where(Stay.application_id == case.id))
        for state, began, ended in (
            ("draft", back(30), first),
            ("screening", first, second),
            ("information_requested", second, third),
            ("submitted", third, None),
        ):
            session.add(
                Stay(
                    application_id=case.id,
                    kind="registration",
                    case_state=state,
                    began_at=noon(began),
                    ended_at=noon(ended) if ended else None,
                )
            )
    page = text_of(look(browser_for, make, case)[0])
    assert "It has been with us 12 business days and with you 4 business days." in page


def test_everybody_in_the_group_sees_who_is_written_to_and_the_office_does_not(
    make: Factory, session: Session, browser_for: BrowserFor
) -> None:
    case = make.submitted()
    editor, viewer = make.person("Ed Editor"), make.person("Vi Viewer")
    make.grant(editor, Role.ORG_EDITOR, organization=case.organization)
    make.grant(viewer, Role.ORG_VIEWER, organization=case.organization)
    gone = make.person("Gus Gone")
    make.end_grant(make.grant(gone, Role.ORG_EDITOR, organization=case.organization))
    owner = make.owner_of(case.organization)
    page = text_of(browser_for(viewer).get(f"/apply/{case.reference}").text)
    told = page[page.index("We write to ") : page.index("when you have to act")]
    assert "Ed Editor" in told
    assert owner.name in told
    assert "Vi Viewer" not in told
    assert "Gus Gone" not in told
    office = text_of(browser_for(make.coordinator()).get(f"/apply/{case.reference}").text)
    assert "We write to" not in office


def test_the_mail_says_it_in_the_same_words(make: Factory, session: Session, browser_for: BrowserFor, app: Any) -> None:
    case = asked(make)
    owner = make.owner_of(case.organization)
    data = browser_for(owner).get(f"/apply/{case.reference}/status.json").get_json()
    messages = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == f"user:{owner.id}")).all()
    mails = [make_mail(session, message, Place.of(app.config["SETTINGS"])) for message in messages]
    subjects = [mail.subject for mail in mails if mail is not None]
    assert f"{data['headline']} ({case.reference})" in subjects
    # The case has moved on since it came in; that mail still speaks of it as received.
    assert f"We have it. Nothing for you to do. ({case.reference})" in subjects
    assert any(mail is not None and data["headline"] in mail.text for mail in mails)


@pytest.mark.parametrize("begin", [asked, lambda make: make.in_review(), drafted, approved, held])
def test_the_page_stays_within_its_budget(
    make: Factory, session: Session, browser_for: BrowserFor, statements: Any, begin: Callable[[Factory], Application]
) -> None:
    case = begin(make)
    for stage in sorted(set(STAGES.values())):
        estimate(session, stage)
    owner = browser_for(make.owner_of(case.organization))
    path = f"/apply/{case.reference}"
    owner.get(path)
    with statements() as sent:
        page = owner.get(path)
    assert page.status_code == 200
    reads = [line for line in sent if not line.startswith("BEGIN")]
    assert len(reads) <= 8, "\n".join(reads)
    assert len(page.data) <= 40_000
    with statements() as sent:
        owner.get(f"{path}/status.json")
    assert len([line for line in sent if not line.startswith("BEGIN")]) <= 8


def test_the_web_process_does_not_load_what_estimates(app: Any) -> None:
    script = "import sys, wsgi; print(sorted({'statsmodels', 'scipy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_more_time_moves_the_day_a_draft_is_sent_by(make: Factory, session: Session) -> None:
    case = make.portfolio(make.partner())
    assert case.round is not None
    today = clock.today()
    assert standing(case, today).by == clock.local_date(case.round.closes_at)
    later = case.round.closes_at + timedelta(days=3)
    assert standing(case, today, None, [later]).by == clock.local_date(later)
