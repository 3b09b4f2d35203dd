"""What a rating rests on: cited pages, notes for the office, and two tabs that never overwrite each other unseen."""

from __future__ import annotations

import pytest

from tests.factories import Factory
from vetting.models import Application, ApplicationKind, Review
from vetting.queries import references
from vetting.workflows.commands import RatingValue, SaveRatings


@pytest.fixture
def case(make: Factory) -> Application:
    """A registration in review whose reviewer has declared no conflict."""
    return make.in_review()


@pytest.fixture
def review(case) -> Review:
    return case.reviews[0]


@pytest.fixture
def path(case) -> str:
    return f"/desk/cases/{case.reference}/review"


@pytest.fixture
def browser(browser_for, review):
    return browser_for(review.reviewer)


@pytest.fixture
def key(case) -> str:
    return references.framework(case.framework_version).must_haves[0].key


@pytest.fixture
def code(case) -> str:
    return code_of(case)


def code_of(case: Application) -> str:
    version = case.evidence[0].document_version
    return f"{version.document.reference}.{version.number}"


def cited(review: Review, session) -> list[tuple[str, int]]:
    session.expire_all()
    return [(item["doc"], item["page"]) for rating in review.ratings for item in rating.citations]


def test_the_open_page_is_cited_and_opens_from_the_checklist(browser, path, key, code, review, session, sent) -> None:  # noqa: PLR0917 - fixtures
    data = sent(browser.get(path)) | {"shown": f"{code}~2~150", "cite": key}
    answer = browser.post(path, data=data)
    assert answer.status_code == 303
    assert answer.location.endswith(f"&zoom=150#item-{key}"), "the reader stays at the indicator, the page stays open"
    assert cited(review, session) == [(code, 2)]
    assert f'href="{path}?doc={code}&amp;page=2#evidence"' in browser.get(path).get_data(as_text=True)
    again = sent(browser.get(path))
    assert browser.post(path, data=again | {"uncite": f"{key}~{code}~2"}).status_code == 303
    assert cited(review, session) == []


def test_a_page_is_cited_by_hand(browser, path, key, code, review, session, sent) -> None:  # noqa: PLR0917 - fixtures
    data = sent(browser.get(path)) | {f"citedoc-{key}": code, f"citepage-{key}": "3"}
    assert browser.post(path, data=data).status_code == 303
    assert cited(review, session) == [(code, 3)]
    data = sent(browser.get(path)) | {f"citedoc-{key}": code, f"citepage-{key}": "3"}
    assert browser.post(path, data=data).status_code == 303
    assert cited(review, session) == [(code, 3)], "the same page twice is one citation"


@pytest.mark.parametrize(
    ("document", "page", "said"),
    [
        ("", "3", "Choose the document that this page is from"),
        ("{code}", "", "Give the page of the document that you cite"),
        ("{code}", "0", "Give the page as a whole number, such as 3"),
        ("{code}", "-1", "Give the page as a whole number, such as 3"),
        ("{code}", "two", "Give the page as a whole number, such as 3"),
        ("{code}", "²", "Give the page as a whole number, such as 3"),
        ("{code}", "123456", "Give the page as a whole number, such as 3"),
        ("DOC-ZZZZ-ZZZZ.1", "1", "Choose one of the documents of this application"),
        ("x" * 500, "1", "Choose one of the documents of this application"),
    ],
)
def test_what_cannot_be_cited_is_said_and_kept(  # noqa: PLR0917 - fixtures
    document, page, said, browser, path, key, code, review, session, sent, read
) -> None:
    typed = {f"citedoc-{key}": document.format(code=code), f"citepage-{key}": page, f"reason-{key}": "Seen here."}
    answer = browser.post(path, data=sent(browser.get(path)) | typed)
    assert answer.status_code == 422
    assert f"{key}: {said}" in read(answer)
    shown = sent(answer)
    assert (shown[f"reason-{key}"], shown[f"citepage-{key}"]) == ("Seen here.", page)
    assert cited(review, session) == []


def test_a_document_of_another_case_cannot_be_cited(make: Factory, browser, path, key, sent, read) -> None:
    other = code_of(make.in_review())
    answer = browser.post(path, data=sent(browser.get(path)) | {f"cited-{key}": f"{other}~1"})
    assert answer.status_code == 422
    assert "Choose one of the documents of this application" in read(answer)


def test_a_rating_cites_a_handful_of_pages(browser, path, key, code, sent, read) -> None:
    many = " ".join(f"{code}~{page}" for page in range(1, 14))
    answer = browser.post(path, data=sent(browser.get(path)) | {f"cited-{key}": many})
    assert answer.status_code == 422
    assert "Cite 12 pages or fewer" in read(answer)


def test_a_citation_outlives_its_document(make: Factory, case, browser, path, key, code, review, session, sent) -> None:  # noqa: PLR0917 - fixtures
    """When the applicant sends a newer version, what was seen in the old one stays on the rating."""
    value = RatingValue(met=True, citations=((code, 1),))
    make.take("review", review, "save_ratings", make.actor(review.reviewer), data=SaveRatings({key: value}))
    version = case.evidence[0].document_version
    make.take("evidence", version, "replace")
    data = sent(browser.get(path)) | {f"reason-{key}": "Still true."}
    assert browser.post(path, data=data).status_code == 303
    assert cited(review, session) == [(code, 1)]


def test_a_note_for_the_office_is_labelled_and_kept(browser, path, key, review, session, sent, read) -> None:  # noqa: PLR0917 - fixtures
    page = browser.get(path)
    assert "it may be released under public records law" in read(page)
    assert browser.post(path, data=sent(page) | {f"note-{key}": "Ask the city."}).status_code == 303
    session.expire_all()
    assert [(r.note, r.met) for r in review.ratings] == [("Ask the city.", None)]
    assert sent(browser.get(path))[f"note-{key}"] == "Ask the city."
    assert "0 of" in read(browser.get(path)), "a note alone is no rating"


def test_notes_and_citations_of_two_tabs_clash_in_sight(browser, path, key, code, review, session, sent, read) -> None:  # noqa: PLR0917 - fixtures
    first, second = sent(browser.get(path)), sent(browser.get(path))
    browser.post(path, data=first | {f"note-{key}": "From the first.", f"cited-{key}": f"{code}~1"})
    clash = browser.post(path, data=second | {f"note-{key}": "From the second."})
    assert clash.status_code == 409
    for text in ("From the first.", "From the second.", "page 1"):
        assert text in read(clash)
    session.expire_all()
    assert review.ratings[0].note == "From the first."


def test_the_closing_comment_is_not_overwritten_unseen(browser, path, review, session, sent, read) -> None:
    first, second = sent(browser.get(path)), sent(browser.get(path))
    browser.post(path, data=first | {"comment": "The first thought."})
    quiet = browser.post(f"{path}/autosave", data=second | {"comment": "The second thought."})
    assert quiet.status_code == 409
    assert "the closing comment" in quiet.get_json()["message"]
    clash = browser.post(path, data=second | {"comment": "The second thought."})
    assert clash.status_code == 409
    assert "The first thought." in read(clash)
    assert browser.post(path, data=sent(clash)).status_code == 303
    session.expire_all()
    assert review.comment == "The second thought."


def test_autosave_of_one_tab_never_undoes_another(case, browser, path, review, session, sent) -> None:
    one, two = (indicator.key for indicator in references.framework(case.framework_version).must_haves[:2])
    first, second = sent(browser.get(path)), sent(browser.get(path))
    browser.post(path, data=second | {f"rating-{two}": "met"})
    for reason in ("Once.", "Twice."):
        said = browser.post(f"{path}/autosave", data=first | {f"rating-{one}": "met", f"reason-{one}": reason})
        assert said.status_code == 200
        first |= said.get_json()["fields"]
    session.expire_all()
    assert {rating.indicator_key: rating.met for rating in review.ratings} == {one: True, two: True}


def test_a_refused_part_does_not_make_the_rest_clash_with_itself(case, browser, path, review, session, sent) -> None:
    one, two = (indicator.key for indicator in references.framework(case.framework_version).must_haves[:2])
    data = sent(browser.get(path)) | {f"rating-{one}": "met", f"citepage-{two}": "no number", f"rating-{two}": "met"}
    refused = browser.post(f"{path}/autosave", data=data)
    assert refused.status_code == 422
    assert two in refused.get_json()["message"]
    data |= refused.get_json()["fields"] | {f"rating-{one}": "not_met", f"citepage-{two}": ""}
    assert browser.post(f"{path}/autosave", data=data).status_code == 200
    session.expire_all()
    assert {rating.indicator_key: rating.met for rating in review.ratings} == {one: False, two: True}


def test_autosave_brings_the_list_of_citations_along(browser, path, key, code, sent) -> None:
    said = browser.post(f"{path}/autosave", data=sent(browser.get(path)) | {"shown": f"{code}~1~fit", "cite": key})
    told = said.get_json()
    assert told["fields"][f"cited-{key}"] == f"{code}~1"
    assert f"doc={code}&amp;page=1#evidence" in told["parts"][f"cited-list-{key}"]


def test_a_save_costs_the_same_whatever_the_case_holds(make: Factory, browser_for, session, sent, statements) -> None:
    reviewer = make.reviewer()
    case = make.in_review(make.submitted(make.portfolio()), reviewers=[reviewer, make.reviewer()])
    browser, path = browser_for(reviewer), f"/desk/cases/{case.reference}/review"
    keys = [indicator.key for indicator in references.framework(case.framework_version).indicators]
    data = sent(browser.get(path)) | {f"rating-{keys[0]}": "3"}
    with statements() as asked:
        assert browser.post(f"{path}/autosave", data=data).status_code == 200
    assert len(asked) <= 15, asked


def test_a_renewal_shows_what_was_given_last_time(make: Factory, browser_for, session, read) -> None:
    before = make.approved()
    organization = before.organization
    renewal = make.registration(organization)
    renewal.kind, renewal.previous_id = ApplicationKind.RENEWAL, before.id
    session.commit()
    reviewer = make.reviewer()
    case = make.in_review(renewal, reviewers=[reviewer])
    page = browser_for(reviewer).get(f"/desk/cases/{case.reference}/review")
    assert "Last time: Met. Seen in the plan." in read(page)
    assert "Changed since last time" in read(page), "every document of this renewal is a new file"
