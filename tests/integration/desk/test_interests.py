"""The yearly word, one click on a case, and what may be a conflict before a case opens."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.models import (
    Attestation,
    AttestationState,
    Conflict,
    ConflictState,
    DeskFeature,
    Feature,
    Organization,
    ReviewState,
    Role,
    User,
)
from vetting.queries import hints
from vetting.queries.hints import HintKind
from vetting.workflows.commands import AssignReviewer


def attest(make: Factory, who: User, **lists: str) -> Attestation:
    found = Attestation(
        user_id=who.id,
        year=school_year_of(clock.today()),
        text_version="attestation-1",
        interests=[{"kind": kind, "text": text} for kind, text in lists.items()],
    )
    make.take("attestation", found, "make", make.actor(who))
    return found


def kinds(session: Session, person: User, organization: Organization) -> list[HintKind]:
    return [hint.kind for hint in hints.towards(session, person.id, organization)[0].hints]


def test_the_desk_asks_until_the_word_is_given_and_a_change_replaces_it(
    make: Factory, browser_for, session: Session, read
) -> None:
    person = make.coordinator()
    browser = browser_for(person)
    assert "You have not said yet which interests you have" in read(browser.get("/desk/queue"))
    data = {"board": "Harbor Strings\nHarbor Strings\n\n Chess Club ", "word": "y"}
    assert browser.post("/desk/attestation", data=data).status_code == 303
    assert "You have not said yet which interests you have" not in read(browser.get("/desk/queue"))
    first = session.query(Attestation).one()
    assert [item["text"] for item in first.interests] == ["Harbor Strings", "Chess Club"]
    assert "Chess Club" in browser.get("/desk/attestation").get_data(as_text=True)
    assert browser.post("/desk/attestation", data={"school": "Mill School", "word": "y"}).status_code == 303
    session.expire_all()
    states = {a.state: a.interests for a in session.query(Attestation)}
    assert states[AttestationState.MADE] == [{"kind": "school", "text": "Mill School"}]
    assert len(states[AttestationState.SUPERSEDED]) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"board": "Harbor Strings"}, "Tick the box to give your word"),
        ({"board": "x" * 201, "word": "y"}, "Shorten line 1 to 200 characters"),
        ({"board": "\n".join(map(str, range(31))), "word": "y"}, "at most 30 lines"),
        ({"board": "Har\u202ebor", "word": "y"}, "hidden characters"),
    ],
)
def test_what_is_wrong_with_the_word_is_said_and_nothing_typed_is_lost(
    make: Factory, browser_for, session: Session, data: dict[str, str], words: str
) -> None:
    response = browser_for(make.coordinator()).post("/desk/attestation", data=data)
    text = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in text
    assert data["board"].replace("\u202e", "").split("\n", maxsplit=1)[0] in text
    assert session.query(Attestation).count() == 0


def test_the_director_sees_who_has_not_given_their_word(make: Factory, browser_for, read) -> None:
    director, late = make.director("Dora Director"), make.reviewer("Lara Late")
    attest(make, director, board="Chess Club")
    make.person("Otto Owner")
    page = read(browser_for(director).get("/desk/attestations"))
    assert "Lara Late" in page
    assert "Not yet" in page
    assert "Otto Owner" not in page
    assert "Chess Club" not in page
    assert browser_for(late).get("/desk/attestations").status_code == 403


def test_no_case_opens_without_the_word_where_the_district_asks_for_it(make: Factory, browser_for) -> None:
    person = make.coordinator()
    path = f"/desk/cases/{make.submitted().reference}"
    browser = browser_for(person)
    assert browser.get(path).status_code == 200
    admin = make.actor(make.person("Sy Admin", Role.SYSTEM_ADMIN))
    make.take("desk_feature", DeskFeature(feature=Feature.ATTESTATION_FIRST), "begin", admin)
    response = browser.get(path)
    assert response.status_code == 302
    assert response.location.startswith("/desk/attestation?next=")
    given = browser.post(response.location, data={"word": "y", "next": path})
    assert given.location == path
    assert browser.get(path).status_code == 200


def test_each_hint_is_found_and_other_organizations_have_none(make: Factory, session: Session) -> None:
    owner = make.person("Olga Owner", email="olga@harbor-strings.example")
    organization = make.organization(owner, "Harbor Strings, Inc.")
    make.submitted(make.registration(organization))
    organization.address = "12 Harbor Street, Boston, MA 02110"
    other = make.organization(name="Mill Pond Writers")
    school = make.school("Harborview School")
    oak = make.partner("Tall Oak Drama")
    make.partnership(oak, school)
    session.commit()

    def found(person: User, towards: Organization = organization) -> list[HintKind]:
        assert kinds(session, person, other) == []
        return kinds(session, person, towards)

    assert found(make.person("A", Role.REVIEWER, email="a@harbor-strings.example")) == [HintKind.MAIL]
    former = make.reviewer("B")
    make.end_grant(make.grant(former, Role.ORG_VIEWER, organization=organization))
    assert found(former) == [HintKind.MEMBER]
    for kind, text, expected in (
        ("employer", "harbor strings", HintKind.LISTED),
        ("payment", "Fee from Harbor Strings", HintKind.LISTED),
        ("address", "12 Harbor St., Boston", HintKind.ADDRESS),
        ("person", "Answer to contact_name", HintKind.PERSON),
    ):
        person = make.reviewer()
        attest(make, person, **{kind: text})
        assert found(person) == [expected], text
    for person in (make.reviewer("With Child"), make.person("Leads", Role.REVIEWER)):
        if person.name == "Leads":
            make.grant(person, Role.SCHOOL_LIAISON, school=school)
        else:
            attest(make, person, school="Harborview")
        assert found(person, oak) == [HintKind.SCHOOL]


def test_public_mail_and_the_districts_own_say_nothing(make: Factory, session: Session) -> None:
    owner = make.person("Olga Owner", email="olga@gmail.com")
    organization = make.organization(owner)
    helper = make.person("Helper", email="helper@schools.example")
    make.grant(helper, Role.ORG_VIEWER, organization=organization)
    make.person("Dora", Role.DIRECTOR, email="dora@schools.example")
    assert kinds(session, make.person("A", Role.REVIEWER, email="a@gmail.com"), organization) == []
    assert kinds(session, make.person("B", Role.REVIEWER, email="b@schools.example"), organization) == []


def test_a_case_asks_first_and_both_answers_stay(make: Factory, browser_for, session: Session, read) -> None:
    organization = make.organization(name="Harbor Strings")
    case = make.submitted(make.registration(organization))
    person = make.coordinator()
    attest(make, person, board="Harbor Strings")
    browser, path = browser_for(person), f"/desk/cases/{case.reference}"
    assert browser.get(path).location == f"{path}/interest"
    assert "This may be a conflict" in read(browser.get(f"{path}/interest"))
    assert browser.post(f"{path}/interest", data={"choice": "none"}).location == path
    assert browser.get(path).status_code == 200
    kept = session.query(Conflict).one()
    assert (kept.state, kept.hints) == (ConflictState.DENIED, ["listed:harbor strings"])
    assert browser.post(f"{path}/interest", data={"choice": "have", "reason": "My seat."}).status_code == 303
    assert browser.get(path).status_code == 404
    assert browser.post(f"{path}/interest", data={"choice": "else"}).status_code == 404


def test_a_new_hint_asks_again(make: Factory, browser_for) -> None:
    case = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    person = make.coordinator()
    attest(make, person, board="Harbor Strings")
    browser, path = browser_for(person), f"/desk/cases/{case.reference}"
    browser.post(f"{path}/interest", data={"choice": "none"})
    assert browser.get(path).status_code == 200
    data = {"board": "Harbor Strings", "payment": "Harbor Strings, for a concert", "word": "y"}
    browser.post("/desk/attestation", data=data)
    assert browser.get(path).location == f"{path}/interest"


def test_whoever_assigns_sees_what_speaks_for_an_interest(make: Factory, browser_for, read) -> None:
    case = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    person, boss = make.reviewer("Rita Reviewer"), make.coordinator()
    attest(make, person, board="Harbor Strings")
    make.take("application", case, "screen", make.actor(boss))
    page = read(browser_for(boss).get(f"/desk/cases/{case.reference}/reviewers"))
    assert "May be a conflict: The list of interests names “Harbor Strings”" in page


def test_a_reviewer_is_shown_it_before_the_case_and_the_answer_is_kept(
    make: Factory, browser_for, session: Session, read
) -> None:
    case = make.submitted(make.registration(make.organization(name="Harbor Strings")))
    person, boss = make.reviewer("Rita Reviewer"), make.coordinator()
    attest(make, person, board="Harbor Strings")
    make.take("application", case, "screen", make.actor(boss))
    make.take("application", case, "assign_reviewer", make.actor(boss), data=AssignReviewer(person.id))
    make.take("application", case, "start_review", make.actor(boss))
    browser, path = browser_for(person), f"/desk/cases/{case.reference}/review"
    assert "This may be a conflict" in read(browser.get(path))
    assert browser.post(f"{path}/declaration", data={"choice": "none"}).status_code == 303
    assert browser.get(path).status_code == 200
    assert session.query(Conflict).one().state is ConflictState.DENIED


def test_an_interest_takes_cases_and_reviews_away_at_once(make: Factory, browser_for, session: Session) -> None:
    reviewer, boss = make.reviewer("Rita Reviewer"), make.coordinator()
    case = make.in_review(make.registration(make.organization()), reviewers=[reviewer], coordinator=boss)
    for person in (reviewer, boss):
        response = browser_for(person).post(f"/desk/cases/{case.reference}/interest", data={"choice": "have"})
        assert response.status_code == 303
    session.expire_all()
    assert case.coordinator_id is None
    assert case.reviews[0].state is ReviewState.STEPPED_ASIDE
