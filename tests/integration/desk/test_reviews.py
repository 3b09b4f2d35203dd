"""A reviewer's work: declare, rate, save, clash, send in; independence of the others."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import object_session

from tests.factories import Factory
from vetting.models import Application, ApplicationState, Conflict, ConflictState, HistoryEntry, ReviewState
from vetting.queries import references
from vetting.workflows.commands import RatingValue, SaveRatings


@pytest.fixture
def case(make: Factory) -> Application:
    """A registration in review whose reviewer has declared no conflict."""
    return make.in_review()


@pytest.fixture
def path(case) -> str:
    return f"/desk/cases/{case.reference}/review"


@pytest.fixture
def browser(browser_for, case):
    return browser_for(case.reviews[0].reviewer)


def must_haves(case: Application) -> list[str]:
    return [indicator.key for indicator in references.framework(case.framework_version).must_haves]


def stored(case: Application, session) -> dict[str, RatingValue]:
    session.expire_all()
    return {r.indicator_key: RatingValue(r.level, r.met, r.not_applicable, r.reason) for r in case.reviews[0].ratings}


def test_a_reviewer_declares_before_anything_else(make: Factory, browser_for, session, read) -> None:
    case, reviewer = make.submitted(), make.reviewer()
    boss = make.actor(make.coordinator())
    make.take("application", case, "screen", boss)
    from vetting.workflows.commands import AssignReviewer

    make.take("application", case, "assign_reviewer", boss, data=AssignReviewer(reviewer.id))
    make.take("application", case, "start_review", boss)
    browser = browser_for(reviewer)
    path = f"/desk/cases/{case.reference}/review"
    assert browser.get(f"/desk/cases/{case.reference}").location.endswith(path)
    assert "Do you have an interest" in read(browser.get(path))
    nothing = browser.post(f"{path}/declaration", data={})
    assert nothing.status_code == 422
    assert "Choose whether you have an interest" in read(nothing)
    assert browser.post(path, data={f"rating-{must_haves(case)[0]}": "met"}).status_code == 409, "no rating before it"
    assert browser.post(f"{path}/declaration", data={"choice": "none"}).status_code == 303
    assert "0 of" in read(browser.get(path))


def test_a_reviewer_finds_the_reviews_and_how_many_are_owed_in_the_navigation(
    make: Factory, case, browser, browser_for
) -> None:
    mine = (
        r'<nav class="topnav[^>]*>(?s:.*?)href="/desk/reviews"( aria-current="page")?>Your reviews ?(?:<[^>]*>(\d+))?'
    )
    here = re.search(mine, browser.get("/desk/reviews").text)
    assert here is not None
    assert here.groups() == (' aria-current="page"', "1")
    assert re.search(mine, browser_for(make.reviewer()).get("/desk/queue").text).groups() == (None, None)
    assert "Your reviews" not in browser_for(make.coordinator()).get("/desk/queue").text


def test_stepping_aside_takes_the_case_away(case, browser, path, session, read) -> None:
    assert (
        browser.post(f"{path}/declaration", data={"choice": "aside", "reason": "I was on its board."}).status_code
        == 303
    )
    assert browser.get(path).status_code == 404
    assert browser.get(f"/desk/cases/{case.reference}").status_code == 404
    assert case.reference not in read(browser.get("/desk/reviews"))
    assert case.organization.reference in read(browser.get("/desk/recusals"))
    session.expire_all()
    assert case.reviews[0].state is ReviewState.STEPPED_ASIDE
    conflict = session.query(Conflict).one()
    assert (conflict.state, conflict.reason) == (ConflictState.DECLARED, "I was on its board.")


def test_a_draft_is_kept_and_an_unchanged_one_writes_nothing(case, browser, path, session, sent) -> None:
    key = must_haves(case)[0]
    data = sent(browser.get(path)) | {f"rating-{key}": "not_met", f"reason-{key}": "No plan\nwas sent."}
    assert browser.post(path, data=data | {"action": "save"}).status_code == 303
    assert stored(case, session) == {key: RatingValue(met=False, reason="No plan\nwas sent.")}
    again = sent(browser.get(path))
    assert again[f"rating-{key}"] == "not_met"
    assert again[f"reason-{key}"] == "No plan\nwas sent."
    before = session.query(HistoryEntry).count()
    assert browser.post(path, data=again | {"action": "save"}).status_code == 303
    assert session.query(HistoryEntry).count() == before


def test_autosave_answers_with_the_time_and_never_clashes_with_itself(case, browser, path, session, sent) -> None:
    key = must_haves(case)[0]
    data = sent(browser.get(path)) | {f"rating-{key}": "met"}
    first = browser.post(f"{path}/autosave", data=data)
    assert first.status_code == 200
    assert first.get_json()["saved_at"]
    second = browser.post(f"{path}/autosave", data=data | first.get_json()["fields"] | {f"rating-{key}": "not_met"})
    assert second.status_code == 200
    assert stored(case, session)[key].met is False


def test_two_tabs_keep_each_others_ratings(case, browser, path, session, sent) -> None:
    one, two = must_haves(case)[:2]
    first, second = sent(browser.get(path)), sent(browser.get(path))
    browser.post(path, data=first | {f"rating-{one}": "met"})
    assert browser.post(path, data=second | {f"rating-{two}": "met"}).status_code == 303
    assert stored(case, session) == {one: RatingValue(met=True), two: RatingValue(met=True)}


def test_two_tabs_that_differ_show_both_texts(case, browser, path, session, read, sent) -> None:
    key = must_haves(case)[0]
    first, second = sent(browser.get(path)), sent(browser.get(path))
    browser.post(path, data=first | {f"rating-{key}": "not_met", f"reason-{key}": "From the first tab."})
    quiet = browser.post(
        f"{path}/autosave", data=second | {f"rating-{key}": "met", f"reason-{key}": "From the second."}
    )
    assert quiet.status_code == 409
    assert key in quiet.get_json()["message"]
    clash = browser.post(path, data=second | {f"rating-{key}": "met", f"reason-{key}": "From the second."})
    assert clash.status_code == 409
    assert "From the first tab." in read(clash)
    assert "From the second." in read(clash)
    assert stored(case, session)[key].reason == "From the first tab."
    assert browser.post(path, data=sent(clash)).status_code == 303
    assert stored(case, session)[key] == RatingValue(met=True, reason="From the second.")


def test_sending_in_lists_everything_that_is_missing(case, browser, path, read, sent, session) -> None:
    keys = must_haves(case)
    data = sent(browser.get(path)) | {f"rating-{keys[0]}": "not_met", "action": "submit"}
    answer = browser.post(path, data=data)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    for key in keys:
        assert f'href="#item-{key}"' in page
    assert f"Give a reason for {keys[0]}." in read(answer), read(answer)
    assert stored(case, session)[keys[0]].met is False, "what could be kept is kept"


def test_a_complete_review_goes_in_once_and_stays(case, browser, path, session, sent, read) -> None:
    assert "Handed in or left" not in read(browser.get("/desk/reviews"))
    data = sent(browser.get(path)) | {f"rating-{key}": "met" for key in must_haves(case)}
    assert browser.post(path, data=data | {"action": "submit"}).status_code == 303
    session.expire_all()
    assert case.state is ApplicationState.READY_TO_DECIDE
    later = browser.post(path, data=data | {f"rating-{must_haves(case)[0]}": "na"})
    assert later.status_code == 409
    assert "It changes only by a correction" in read(browser.get(path))
    owed, done = read(browser.get("/desk/reviews")).split("Handed in or left")
    assert "You owe no review" in owed
    assert case.reference in done


@pytest.mark.parametrize(
    "wrong",
    [
        ("rating-{}", "5", "Choose one of the answers in the list"),
        ("rating-{}", "3", "Choose one of the answers in the list"),
        ("reason-{}", "x" * 2003, "Shorten this by 3 characters"),
        ("reason-{}", "odd \x00 sign", "hidden characters"),
        ("comment", "y" * 4001, "Shorten this by 1 character"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_kept(wrong, case, browser, path, sent, read) -> None:
    name, value, said = wrong
    first, second = must_haves(case)[:2]
    data = sent(browser.get(path)) | {f"rating-{second}": "met", name.format(first): value}
    answer = browser.post(path, data=data)
    assert answer.status_code == 422
    assert said in read(answer)
    assert stored(case, object_session(case)) == {second: RatingValue(met=True)}
    assert browser.post(f"{path}/autosave", data=data).status_code in {409, 422}


def test_nobody_sees_a_word_of_the_other_before_sending_in(make: Factory, browser_for, read) -> None:
    one, two = make.reviewer("Una Reviewer"), make.reviewer("Duo Reviewer")
    case = make.in_review(make.submitted(make.portfolio()), reviewers=[one, two])
    framework = references.framework(case.framework_version)
    secret = {i.key: RatingValue(level=2, reason="A secret opinion.") for i in framework.indicators}
    first = next(review for review in case.reviews if review.reviewer_id == one.id)
    make.take("review", first, "save_ratings", make.actor(one), data=SaveRatings(secret, "A secret comment."))
    make.take("review", first, "submit", make.actor(one))
    browser = browser_for(two)
    for path in ("", "/review", "/decision", "/release"):
        page = browser.get(f"/desk/cases/{case.reference}{path}")
        assert "secret" not in page.get_data(as_text=True), path
    assert browser.get(f"/desk/cases/{case.reference}/decision").status_code == 403
    assert browser.get(f"/desk/cases/{case.reference}/review").status_code == 200


def test_a_portfolio_review_rates_every_indicator(make: Factory, browser_for, read, sent, session) -> None:
    reviewer = make.reviewer()
    case = make.in_review(make.submitted(make.portfolio()), reviewers=[reviewer, make.reviewer()])
    framework = references.framework(case.framework_version)
    keys = [indicator.key for indicator in framework.indicators]
    browser, path = browser_for(reviewer), f"/desk/cases/{case.reference}/review"
    page = browser.get(path)
    assert framework.indicator(keys[0]).levels[3] in read(page)
    data = sent(page) | {f"rating-{key}": "4" for key in keys} | {f"rating-{keys[0]}": "2", f"rating-{keys[1]}": "na"}
    refused = browser.post(path, data=data | {"action": "submit"})
    assert refused.status_code == 422
    assert read(refused).count("Give a reason for the level of") >= 1
    assert "Say why" in read(refused)
    good = sent(refused) | {f"reason-{keys[0]}": "Thin.", f"reason-{keys[1]}": "Not offered."}
    assert browser.post(path, data=good | {"action": "submit"}).status_code == 303
    session.expire_all()
    assert [r.state for r in case.reviews if r.reviewer_id == reviewer.id] == [ReviewState.SUBMITTED]


def test_choosing_a_document_saves_the_draft_first(case, browser, path, session, sent) -> None:
    key = must_haves(case)[0]
    version = case.evidence[-1].document_version
    code = f"{version.document.reference}.{version.number}"
    answer = browser.post(path, data=sent(browser.get(path)) | {f"rating-{key}": "met", "show": code})
    assert answer.status_code == 303
    assert f"?doc={code}" in answer.location
    assert stored(case, session)[key].met is True
