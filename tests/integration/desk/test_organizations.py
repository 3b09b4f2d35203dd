"""Organizations at the desk: finding them, stopping them, staying away from them; and rounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import Factory
from vetting import clock
from vetting.models import Conflict, ConflictState, PartnerState, Role, Round, RoundState, SuspensionState
from vetting.queries import organizations


def test_organizations_are_found_and_paged_by_name(make: Factory, browser_for, session, monkeypatch, read) -> None:
    owner = make.person()
    for name in ("Zebra Club", "Ália Arts", "alia Zoo", "Middle School Band", "100% Fun_Club"):
        make.organization(owner, name)
    actor = make.actor(make.coordinator())
    monkeypatch.setattr(organizations, "PAGE_SIZE", 2)
    names, after = [], ""
    while True:
        found = organizations.page(session, actor, after=after)
        names += [row.legal_name for row in found.rows]
        if not found.after:
            break
        after = found.after
    assert names == ["100% Fun_Club", "Ália Arts", "alia Zoo", "Middle School Band", "Zebra Club"]
    back = organizations.page(session, actor, before=found.rows[0].reference)
    assert [row.legal_name for row in back.rows] == names[2:4]
    page = read(browser_for(make.coordinator("Second One")).get("/desk/organizations?q=%25+fun_"))
    assert "100% Fun_Club" in page
    assert "Zebra" not in page


def test_the_lists_and_pages_ask_the_database_a_fixed_number_of_times(make: Factory, browser_for, statements) -> None:
    desk = browser_for(make.coordinator())
    first = make.partner()
    counts: dict[str, list[int]] = {}
    for _round in range(2):
        for path in ("/desk/organizations", f"/desk/organizations/{first.reference}", "/desk/recusals", "/desk/rounds"):
            with statements() as seen:
                assert desk.get(path).status_code == 200
            counts.setdefault(path, []).append(len([s for s in seen if s.lstrip().upper().startswith("SELECT")]))
        make.organization(), make.organization()
        make.document(first, "safety_plan")
    assert all(pair[0] == pair[1] <= 17 for pair in counts.values()), counts


def test_one_person_suspends_at_once_and_a_second_one_reviews(make: Factory, browser_for, session, read) -> None:
    organization = make.partner()
    coordinator, director = make.coordinator("First Person"), make.director("Second Person")
    first, second = browser_for(coordinator), browser_for(director)
    path = f"/desk/organizations/{organization.reference}"
    assert "within two business days" in read(first.get(f"{path}/suspend"))
    nothing = first.post(f"{path}/suspend", data={"reason": ""})
    assert nothing.status_code == 422
    assert "Say why services must stop now" in read(nothing)
    assert first.post(f"{path}/suspend", data={"reason": "An adult was hurt."}).status_code == 303
    session.expire_all()
    assert organization.state is PartnerState.SUSPENDED
    assert organization.listed is False
    assert first.post(f"{path}/suspend", data={"reason": "Twice."}).status_code == 422

    assert "A different person reviews it." in read(first.get(f"{path}/suspension"))
    version = organization.suspensions[0].version
    own = first.post(f"{path}/suspension", data={"choice": "lift", "reason": "Oh well.", "version": version})
    assert own.status_code == 422
    bare = second.post(f"{path}/suspension", data={"choice": "lift", "reason": "", "version": version})
    assert bare.status_code == 422
    assert "Say why the suspension is lifted" in read(bare)
    done = second.post(f"{path}/suspension", data={"choice": "lift", "reason": "It was elsewhere.", "version": version})
    assert done.status_code == 303
    session.expire_all()
    assert organization.suspensions[0].state is SuspensionState.LIFTED
    assert organization.state is PartnerState.PARTNER
    assert organization.listed is True
    assert second.get(f"{path}/suspension").status_code == 404


def test_a_confirmed_suspension_stays(make: Factory, browser_for, session) -> None:
    organization = make.partner()
    path = f"/desk/organizations/{organization.reference}"
    browser_for(make.person("Risk Person", Role.RISK)).post(f"{path}/suspend", data={"reason": "No insurance."})
    second = browser_for(make.director("Second Person"))
    assert second.post(f"{path}/suspension", data={"choice": "confirm"}).status_code == 303
    session.expire_all()
    assert organization.suspensions[0].state is SuspensionState.CONFIRMED
    assert organization.state is PartnerState.SUSPENDED


def test_nobody_lifts_their_own_interest_and_another_can(make: Factory, browser_for, session, read) -> None:
    organization = make.organization(name="Near Relatives")
    one, two = make.director("One Director"), make.director("Two Director")
    own, other = browser_for(one), browser_for(two)
    path = f"/desk/organizations/{organization.reference}"
    assert own.post(f"{path}/interest", data={"reason": "My aunt runs it."}).status_code == 303
    page = read(own.get("/desk/recusals"))
    assert organization.reference in page
    assert "Near Relatives" not in page
    assert "Nobody else has declared an interest." in page
    assert own.get(path).status_code == 404
    assert "Near Relatives" not in read(own.get("/desk/organizations"))
    conflict = session.query(Conflict).one()
    step = f"/steps/conflict/{conflict.id}/lift"
    assert own.post(step, data={"reason": "It is fine."}).status_code == 409
    assert "One Director" in read(other.get("/desk/recusals"))
    assert other.post(step, data={"reason": ""}).status_code == 409
    assert other.post(step, data={"reason": "She retired.", "next": "/desk/recusals"}).status_code == 303
    session.expire_all()
    assert conflict.state is ConflictState.LIFTED
    assert own.get(path).status_code == 200


GOOD = {
    "title": "Portfolio 2027-28",
    "summary": "Programs for schools with the most need.",
    "opens_time": "09:00",
    "closes_time": "17:00",
    "min_years": "3",
    "other_criteria": "Serves students all year\r\n\r\nOffers a snack",
}


def dates() -> dict[str, str]:
    day = clock.today()
    later = {"opens_on": 1, "closes_on": 30, "decision_by": 60, "listing_starts_on": 90, "listing_ends_on": 400}
    return {name: (day + timedelta(days=days)).isoformat() for name, days in later.items()}


def round_data(**changed: str) -> dict[str, object]:
    return {**GOOD, **dates(), "categories": ["stem", "summer_learning"], **changed}


def test_a_round_is_prepared_changed_opened_and_then_stays(make: Factory, browser_for, session, read) -> None:
    desk = browser_for(make.director())
    assert desk.post("/desk/rounds/new", data=round_data()).status_code == 303
    session.expire_all()
    round_ = session.query(Round).one()
    path = f"/desk/rounds/{round_.reference}"
    assert round_.opens_at.astimezone(clock.DISTRICT_ZONE).hour == 9
    assert round_.criteria == {"min_years_operating": 3, "other": ["Serves students all year", "Offers a snack"]}
    assert desk.post(f"{path}/edit", data=round_data(title="Portfolio 2028", version="1")).status_code == 303
    stale = desk.post(f"{path}/edit", data=round_data(title="Mine", version="1"))
    assert stale.status_code == 409
    assert "Mine" in read(stale)
    session.expire_all()
    assert round_.title == "Portfolio 2028"
    assert desk.post(f"/steps/round/{round_.reference}/open", data={"version": round_.version}).status_code == 303
    assert desk.get(f"{path}/edit").status_code == 409
    assert desk.post(f"{path}/edit", data=round_data()).status_code == 409
    assert "Change the round" not in read(desk.get(path))
    assert desk.post(f"{path}/cancel", data={"reason": " "}).status_code == 422
    assert desk.post(f"{path}/cancel", data={"reason": "No budget."}).status_code == 303
    session.expire_all()
    assert round_.state is RoundState.CANCELLED


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "  "}, "Enter a name for the round"),
        ({"title": "x" * 201}, "Shorten this to 200 characters or fewer"),
        ({"categories": []}, "Choose at least one service category"),
        ({"categories": ["nothing"]}, "not a valid choice"),
        ({"opens_on": "soon"}, "Not a valid date"),
        ({"opens_on": "0001-01-01"}, "Check the year of this date"),
        ({"closes_on": "2025-01-01"}, "The round must close after it opens"),
        ({"listing_ends_on": "2025-01-01"}, "The listing must end after it begins"),
        ({"min_years": "-1"}, "Enter a number from 0 to 50"),
        ({"min_years": "many"}, "Not a valid integer"),
        ({"opens_time": "25:99"}, "Not a valid time"),
    ],
)
def test_a_wrong_round_is_refused_in_words_and_kept(wrong, said, make: Factory, browser_for, session, read) -> None:
    desk = browser_for(make.director())
    answer = desk.post("/desk/rounds/new", data=round_data(**wrong))
    assert answer.status_code == 422
    assert said in read(answer)
    assert "Offers a snack" in read(answer)
    assert session.query(Round).count() == 0


def test_only_a_director_changes_rounds(make: Factory, browser_for, read) -> None:
    round_ = make.round()
    desk = browser_for(make.coordinator())
    page = read(desk.get(f"/desk/rounds/{round_.reference}"))
    assert "Cancel the round" not in page
    for path in (
        "/desk/rounds/new",
        f"/desk/rounds/{round_.reference}/edit",
        f"/desk/rounds/{round_.reference}/cancel",
    ):
        assert desk.get(path).status_code in {403, 404}
        assert desk.post(path, data=round_data()).status_code in {403, 404}
