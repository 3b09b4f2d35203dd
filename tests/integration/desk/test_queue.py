"""The queue: who sees what, piles that hold every case once, pages that lose and repeat nothing."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import sqlalchemy as sa

from tests.factories import Factory
from vetting import clock
from vetting.models import OPEN_STATES, Application, Conflict, Organization, Outcome, Role, User
from vetting.policy import Actor, Permission, allows
from vetting.queries import organizations, piles, queue
from vetting.queries.piles import Pile
from vetting.queries.queue import Filters
from vetting.unit_of_work import unit_of_work


def every_kind_of_case(make: Factory) -> list[Application]:
    """Cases in several states, drafts included."""
    return [
        make.registration(),
        make.submitted(),
        make.submitted(),
        make.in_review(),
        make.ready_to_decide(),
        make.decision_drafted(),
        make.approved(),
    ]


def test_the_queue_shows_exactly_what_the_policy_allows(make: Factory, session) -> None:
    cases = every_kind_of_case(make)
    people = [
        make.person("", role)
        for role in (Role.COORDINATOR, Role.REVIEWER, Role.AUDITOR, Role.FINANCE, Role.SYSTEM_ADMIN)
    ]
    torn = make.coordinator("Torn Between")
    make.grant(torn, Role.ORG_VIEWER, organization=cases[1].organization)
    conflict = Conflict(user_id=torn.id, organization_id=cases[3].organization_id)
    make.take("conflict", conflict, "declare", make.actor(torn))
    reviewers = [review.reviewer for case in cases for review in case.reviews]
    owners = [make.owner_of(case.organization) for case in cases]
    actors = [make.actor(person) for person in [*people, torn, *reviewers, *owners]] + [Actor()]
    for actor in actors:
        listed = set(session.scalars(sa.select(Application.id).where(piles.visible_cases(actor))))
        allowed = {case.id for case in session.query(Application) if allows(Permission.CASE_VIEW, actor, case)}
        assert listed == allowed, actor
        named = set(session.scalars(sa.select(Organization.id).where(organizations.visible_organizations(actor))))
        permitted = {o.id for o in session.query(Organization) if allows(Permission.ORGANIZATION_FILE, actor, o)}
        assert named == permitted, actor


def test_every_open_case_waits_for_me_or_for_others(make: Factory, session) -> None:
    every_kind_of_case(make)
    everyone = [make.coordinator("One More"), make.director("Second Director"), make.person("", Role.AUDITOR)]
    everyone += [review.reviewer for case in session.query(Application) for review in case.reviews]
    for person in everyone:
        actor = make.actor(person)
        seen = set(
            session.scalars(
                sa.select(Application.id).where(piles.visible_cases(actor), Application.state.in_(OPEN_STATES))
            )
        )
        lists = {
            pile: [row.reference for row in queue.page(session, actor, Filters(pile=pile), clock.today()).rows]
            for pile in (Pile.MINE, Pile.WAITING)
        }
        both = lists[Pile.MINE] + lists[Pile.WAITING]
        assert len(both) == len(set(both)) == len(seen)


def test_a_badge_says_what_its_list_holds(make: Factory, session) -> None:
    every_kind_of_case(make)
    late = make.submitted()
    with unit_of_work(session):
        late.due_on = clock.today() - timedelta(days=1)
    actor = make.actor(make.director("Second Director"))
    for filters in (Filters(), Filters(kind="registration"), Filters(assignee="nobody"), Filters(q="program of")):
        counts = queue.counts(session, actor, filters, clock.today())
        for pile in Pile:
            chosen = Filters(**{**filters.as_args(), "pile": pile})
            rows = queue.page(session, actor, chosen, clock.today(), size=100).rows
            assert counts[pile] == len(rows), (pile, filters)
    assert queue.counts(session, actor, Filters(), clock.today())[Pile.OVERDUE] == 1


def test_somebody_acts_next_at_every_turn(make: Factory, session) -> None:
    coordinator = make.coordinator()
    director = make.director("Second Director")
    case = make.submitted()

    def mine(person: User) -> list[str]:
        return [row.reference for row in queue.page(session, make.actor(person), Filters(), clock.today()).rows]

    assert case.reference in mine(coordinator)
    make.in_review(case, coordinator=coordinator)
    reviewer = case.reviews[0].reviewer
    assert case.reference in mine(reviewer)
    assert case.reference not in mine(coordinator)
    make.take("review", case.reviews[0], "step_aside", make.actor(reviewer))
    assert case.reference in mine(coordinator), "a case nobody reviews goes back to its coordinator"
    assert case.reference not in mine(reviewer)
    drafted = make.decision_drafted(by=director, outcome=Outcome.APPROVE)
    assert drafted.reference in mine(coordinator)
    assert drafted.reference not in mine(director), "the drafter does not release"


def test_pages_lose_and_repeat_nothing(make: Factory, session) -> None:
    owner = make.person()
    cases = [make.submitted(make.registration(make.organization(owner))) for _ in range(9)]
    dates = [clock.today() + timedelta(days=day) for day in (3, 1, 1, 2, 2, 2, 5, 1, 4)]
    with unit_of_work(session):
        for case, day in zip(random.Random(7).sample(cases, 9), dates, strict=True):
            case.due_on = day
        cases[0].due_on = None
    actor = make.actor(make.coordinator())
    view = Filters(pile=Pile.NEW)
    whole = [row.reference for row in queue.page(session, actor, view, clock.today(), size=50).rows]
    assert len(whole) == 9
    forward: list[str] = []
    after = ""
    while True:
        found = queue.page(session, actor, view, clock.today(), after=after, size=2)
        forward += [row.reference for row in found.rows]
        if not found.after:
            break
        after = found.after
    assert forward == whole
    back = queue.page(session, actor, view, clock.today(), before=whole[5], size=2)
    assert [row.reference for row in back.rows] == whole[3:5]
    for before, here, then in zip(["", *whole], whole, [*whole[1:], ""], strict=False):
        assert queue.neighbors(session, actor, view, clock.today(), here) == (before, then)


def test_a_search_takes_signs_as_they_are(make: Factory, session) -> None:
    case = make.submitted(make.registration(make.organization(name="100% Música_Club")))
    actor = make.actor(make.coordinator())

    def found(text: str) -> list[str]:
        return [row.reference for row in queue.page(session, actor, Filters(pile=Pile.NEW, q=text), clock.today()).rows]

    for text in ("100%", "musica", "MÚSICA_", case.reference, case.reference.lower()[:8], "program of 100%"):
        assert found(text) == [case.reference], text
    for text in ("1%0", "musica club", "'; --"):
        assert found(text) == [], text


def test_the_page_asks_the_database_as_often_for_one_case_as_for_many(make: Factory, browser_for, statements) -> None:
    coordinator = make.coordinator()
    owner = make.person()
    make.submitted(make.registration(make.organization(owner)))
    browser = browser_for(coordinator)
    browser.get("/desk/queue")
    with statements() as few:
        assert browser.get("/desk/queue").status_code == 200
    for _ in range(6):
        make.submitted(make.registration(make.organization(owner)))
    with statements() as many:
        page = browser.get("/desk/queue")
    reads = [s for s in many if s.lstrip().upper().startswith("SELECT")]
    assert len([s for s in few if s.lstrip().upper().startswith("SELECT")]) == len(reads) <= 8
    assert len(page.data) <= 60_000


def test_an_address_with_nonsense_shows_the_queue(make: Factory, browser_for) -> None:
    browser = browser_for(make.coordinator())
    for nonsense in (
        "pile=nowhere",
        "state=%00",
        "after=VET-none",
        "q=%00%25",
        "kind=x&round=y&category=z&assignee=w",
        "before=zz",
    ):
        assert browser.get(f"/desk/queue?{nonsense}").status_code == 200, nonsense


def test_a_filter_is_in_the_address_of_every_page(make: Factory, browser_for) -> None:
    case = make.submitted()
    page = browser_for(make.coordinator()).get("/desk/queue?pile=new&kind=registration").get_data(as_text=True)
    assert f"/desk/cases/{case.reference}?pile=new&amp;kind=registration" in page
    assert "/desk/queue?pile=overdue&amp;kind=registration" in page


def test_nobody_outside_the_office_opens_the_desk(make: Factory, client, browser_for) -> None:
    case = make.submitted()
    owner = browser_for(make.owner_of(case.organization))
    assert owner.get("/desk/queue").status_code == 403
    assert owner.get(f"/desk/cases/{case.reference}").status_code == 404
    assert owner.get(f"/desk/organizations/{case.organization.reference}").status_code == 404
    assert client.get(f"/desk/cases/{case.reference}").status_code == 302
    for path in itertools.chain(
        ("/desk/queue", "/desk/reviews", "/desk/organizations", "/desk/rounds", "/desk/recusals")
    ):
        assert client.get(path).status_code == 302
