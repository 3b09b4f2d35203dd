"""One standard across many applications: off until switched on, in a mixed order, into the same ratings."""

from __future__ import annotations

import pytest

from tests.factories import Factory
from vetting.models import Application, DeskFeature, Feature, User
from vetting.queries import references
from vetting.queries.reviews import in_random_order
from vetting.workflows.commands import RatingValue, SaveRatings

ACROSS = "/desk/standards"


@pytest.fixture
def reviewer(make: Factory) -> User:
    return make.reviewer()


@pytest.fixture
def cases(make: Factory, reviewer) -> list[Application]:
    """Four registrations that one person is reviewing."""
    return [make.in_review(reviewers=[reviewer]) for _number in range(4)]


@pytest.fixture
def on(make: Factory) -> None:
    make.take("desk_feature", DeskFeature(feature=Feature.CROSS_CASE_RATING), "begin")


@pytest.fixture
def keys(cases) -> list[str]:
    return [indicator.key for indicator in references.framework(cases[0].framework_version).must_haves]


@pytest.fixture
def browser(browser_for, reviewer):
    return browser_for(reviewer)


def met(case: Application) -> dict[str, bool | None]:
    return {rating.indicator_key: rating.met for rating in case.reviews[0].ratings}


def test_what_is_off_is_not_there(cases, keys, browser, read) -> None:
    for path in ("", f"/{keys[0]}", f"/{keys[0]}/{cases[0].reference}"):
        assert browser.get(f"{ACROSS}{path}").status_code == 404
    assert "across your cases" not in read(browser.get("/desk/reviews"))


@pytest.mark.usefixtures("on")
def test_one_indicator_goes_through_all_cases(cases, keys, browser, session, sent, read) -> None:
    assert "One standard across your cases" in read(browser.get("/desk/reviews"))
    assert f"{keys[0]} " in read(browser.get(ACROSS))
    page = browser.get(f"{ACROSS}/{keys[0]}")
    assert "0 of 4 rated" in read(page)
    seen = []
    first = page.get_data(as_text=True).split(f"{ACROSS}/{keys[0]}/VET-")[1][:9]
    address = f"{ACROSS}/{keys[0]}/VET-{first}"
    for number in range(4):
        shown = browser.get(address)
        assert f"{number} of 4 rated" in read(shown)
        seen.append(address)
        answer = browser.post(address, data=sent(shown) | {f"rating-{keys[0]}": "met", "action": "next"})
        assert answer.status_code == 303
        address = answer.location
    assert len(set(seen)) == 4
    assert address.endswith(f"{ACROSS}/{keys[0]}")
    assert "All your cases are rated" in read(browser.get(address))
    session.expire_all()
    assert [met(case) for case in cases] == [{keys[0]: True}] * 4


@pytest.mark.usefixtures("on")
def test_rating_across_touches_nothing_else_and_clashes_like_the_checklist(  # noqa: PLR0917 - fixtures
    make: Factory, cases, keys, browser, session, sent, read
) -> None:
    case = cases[0]
    review = case.reviews[0]
    other = RatingValue(met=True, reason="Stays as it is.")
    make.take(
        "review", review, "save_ratings", make.actor(review.reviewer), data=SaveRatings({keys[1]: other}, "A comment.")
    )
    across, whole = f"{ACROSS}/{keys[0]}/{case.reference}", f"/desk/cases/{case.reference}/review"
    page, checklist = sent(browser.get(across)), sent(browser.get(whole))
    browser.post(whole, data=checklist | {f"rating-{keys[0]}": "not_met", f"reason-{keys[0]}": "From the checklist."})
    typed = {f"rating-{keys[0]}": "met", f"reason-{keys[0]}": "From across."}
    assert browser.post(f"{across}/autosave", data=page | typed).status_code == 409
    clash = browser.post(across, data=page | typed | {"action": "next"})
    assert clash.status_code == 409
    assert "From the checklist." in read(clash)
    assert browser.post(across, data=sent(clash) | {"action": "next"}).status_code == 303
    session.expire_all()
    kept = {r.indicator_key: (r.met, r.reason) for r in review.ratings}
    assert kept == {keys[0]: (True, "From across."), keys[1]: (True, "Stays as it is.")}
    assert review.comment == "A comment."


@pytest.mark.usefixtures("on")
def test_a_whole_standard_goes_through_the_cases_too(cases, keys, browser, sent, session) -> None:
    framework = references.framework(cases[0].framework_version)
    standard = framework.indicator(keys[0]).standard_key
    wanted = [key for key in keys if framework.indicator(key).standard_key == standard]
    address = f"{ACROSS}/{standard}/{cases[0].reference}"
    page = browser.get(address)
    for key in keys:
        assert (f'name="rating-{key}"' in page.get_data(as_text=True)) is (key in wanted)
    said = browser.post(f"{address}/autosave", data=sent(page) | {f"rating-{key}": "met" for key in wanted})
    assert said.status_code == 200
    session.expire_all()
    assert met(cases[0]) == dict.fromkeys(wanted, True)


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize("key", ["ZZ9", "P1.1.1", "%20"])
def test_what_is_no_standard_is_not_found(key, cases, browser) -> None:
    assert browser.get(f"{ACROSS}/{key}").status_code == 404
    assert browser.get(f"{ACROSS}/{key}/{cases[0].reference}").status_code == 404


@pytest.mark.usefixtures("on")
def test_only_ones_own_reviews_in_progress_are_met(make: Factory, cases, keys, browser, browser_for, read) -> None:
    theirs = make.in_review()
    make.rate(cases[3].reviews[0])
    for case in (theirs, cases[3]):
        assert browser.get(f"{ACROSS}/{keys[0]}/{case.reference}").status_code == 404
    assert "0 of 3 rated" in read(browser.get(f"{ACROSS}/{keys[0]}"))


def test_the_order_is_mixed_and_stays(cases) -> None:
    reviews = [case.reviews[0] for case in cases]
    orders = {
        (user, key): [review.id for review in in_random_order(reviews, user, key)]
        for user in range(12)
        for key in ("P1.1", "P2.1")
    }
    assert orders[3, "P1.1"] == [review.id for review in in_random_order(list(reversed(reviews)), 3, "P1.1")]
    assert len({tuple(order) for order in orders.values()}) > 8
    assert len({order[0] for order in orders.values()}) == 4, "each case comes first for somebody"
