"""Documents are read beside the case as pages that we drew; the original leaves only as a download."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import g
from PIL import Image

from tests.documents import papers
from tests.factories import Factory
from tests.support.stored import file_of
from vetting.documents.kinds import DOCX, JPEG, PDF
from vetting.documents.preview import draw_next
from vetting.documents.renditions import BATCH
from vetting.models import Application, DocumentVersion, EvidenceLink, ScanResult
from vetting.views import casefile

Draw = Callable[[], None]


@pytest.fixture
def draw(app) -> Draw:
    """The worker's turn: what somebody has open is drawn first, before the other documents of the case."""

    def turn() -> None:
        assert draw_next(app.extensions["renditions"], app.extensions["store"])

    return turn


@pytest.fixture
def send(make: Factory) -> Callable[..., tuple[Application, DocumentVersion]]:
    """A case that came with one more document, and that document."""

    def sent(content: bytes, media_type: str = PDF, **more: Any) -> tuple[Application, DocumentVersion]:
        case = make.submitted()
        stored = make.store.put(io.BytesIO(content), area="evidence")
        version = make.document(case.organization, "safety_plan")
        fresh = DocumentVersion(
            document=version.document,
            number=2,
            filename="private name.pdf",
            media_type=media_type,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=stored.key,
            issuer="A named issuer",
            uploaded_by_id=make.owner_of(case.organization).id,
            **more,
        )
        make.session.add_all(
            [fresh, EvidenceLink(application=case, document_version=fresh, type_key=case.evidence[0].type_key)]
        )
        make.session.commit()
        return case, fresh

    return sent


def pane(case: Application, version: DocumentVersion, **more: object) -> str:
    code = f"{version.document.reference}.{version.number}"
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/desk/cases/{case.reference}?doc={code}{asked}"


def source(page: str) -> str:
    """The address of the picture on a page."""
    found = re.search(r'<img src="(/evidence/[^"]+)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_a_document_is_prepared_and_then_shown_page_by_page(make, browser_for, read, send, draw) -> None:
    case, version = send(papers.pdf_of("<b>Bold</b> plan", "Page two"))
    browser = browser_for(make.coordinator())
    waiting = browser.get(pane(case, version))
    assert "We are preparing the pages." in read(waiting)
    poll = re.search(r'data-poll="([^"]+)"', waiting.get_data(as_text=True))
    assert poll is not None
    assert browser.get(poll[1]).json["ready"] is False
    draw()
    assert browser.get(poll[1]).json["ready"] is True
    first = browser.get(pane(case, version))
    assert "of 2" in read(first)
    assert "&lt;b&gt;Bold&lt;/b&gt;</tspan>" in first.get_data(as_text=True)
    assert "Page two" not in read(first)
    second = browser.get(pane(case, version, page=2))
    assert "Page two" in read(second)
    assert "Page two" in read(browser.get(pane(case, version, page=99_999)))


def test_a_wait_is_explained(make, browser_for, read, send, app, draw) -> None:
    """How many documents come first; and, when it is long, what to do meanwhile."""
    case, version = send(papers.pdf_of("x"))
    browser = browser_for(make.coordinator())
    browser.get(f"/desk/cases/{case.reference}")
    assert "1 other document comes first." in read(browser.get(pane(case, version)))
    draw()
    assert "other document" not in read(browser.get(pane(case, version)))
    (mine,) = app.extensions["renditions"].root.glob("wanted/now-*")
    os.utime(mine, (1, 1))
    assert "you can download the document meanwhile" in read(browser.get(pane(case, version)))


def test_reading_asks_for_what_comes_next(make, browser_for, send, app, draw) -> None:
    """At the end of a batch the next one is drawn before anybody turns the page."""
    case, version = send(papers.pdf_of(*(f"Page {number}" for number in range(BATCH + 1))))
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()

    def later() -> set[int]:
        wishes = app.extensions["renditions"].wishes()
        return {wish.batch for wish in wishes if wish.source.sha256 == version.sha256}

    browser.get(pane(case, version, page=BATCH - 1))
    assert later() == set()
    browser.get(pane(case, version, page=BATCH))
    assert later() == {1}


def test_the_worker_draws(make, browser_for, read, send, app) -> None:
    case, version = send(papers.pdf_of("Drawn by the worker"))
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    assert app.test_cli_runner().invoke(args=["vetting", "worker", "--once"]).exit_code == 0
    assert "Drawn by the worker" in read(browser.get(pane(case, version)))
    assert app.extensions["renditions"].wishes() == []


def test_a_picture_is_ours_and_cannot_do_anything(make, browser_for, send, draw) -> None:
    case, version = send(papers.photo(), JPEG)
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()
    answer = browser.get(source(browser.get(pane(case, version)).get_data(as_text=True)))
    assert answer.mimetype == "image/webp"
    assert Image.open(io.BytesIO(answer.data)).format == "WEBP"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert "Set-Cookie" not in answer.headers
    answer.close()
    with browser.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_who_may_not_see_the_document_gets_neither_picture_nor_progress(make, client, browser_for, send, draw) -> None:
    case, version = send(papers.pdf_of("x"))
    coordinator, stranger = browser_for(make.coordinator()), browser_for(make.reviewer())
    coordinator.get(pane(case, version))
    draw()
    picture = source(coordinator.get(pane(case, version)).get_data(as_text=True))
    progress = picture.rpartition("/")[0]
    for address in (picture, progress):
        with coordinator.get(address) as answer:
            assert answer.status_code == 200
        assert stranger.get(address).status_code == 404
        assert client.get(address).status_code == 302


def test_an_infected_file_is_not_shown(make, browser_for, read, send, draw, session) -> None:
    case, version = send(papers.pdf_of("Harmful"))
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()
    picture = source(browser.get(pane(case, version)).get_data(as_text=True))
    session.execute(sa.update(DocumentVersion).where(DocumentVersion.id == version.id).values(scan=ScanResult.INFECTED))
    session.commit()
    page = browser.get(pane(case, version))
    assert "nobody can open it" in read(page)
    assert "Harmful" not in read(page)
    assert browser.get(picture).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (papers.locked(), "This file is locked with a password"),
        (papers.pdf_of("x")[:150], "This file is damaged"),
    ],
)
def test_what_cannot_be_shown_says_why(content, said, make, browser_for, read, send, draw) -> None:  # noqa: PLR0917
    case, version = send(content)
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()
    page = browser.get(pane(case, version))
    assert said in read(page)
    assert "Download it to read it." in read(page)
    assert "data-poll" not in page.get_data(as_text=True)


def test_a_file_that_is_gone_is_said_to_be_gone(make, browser_for, read, send, app) -> None:
    case, version = send(papers.pdf_of("x"))
    file_of(app.extensions["store"], version.storage_key).unlink()
    browser = browser_for(make.coordinator())
    assert "The file is missing from the store." in read(browser.get(pane(case, version)))


def test_office_documents_are_shown_as_words(make, browser_for, read, send, draw) -> None:
    case, version = send(papers.docx_of("Staff meet at the gate."), DOCX)
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()
    page = browser.get(pane(case, version))
    assert "Staff meet at the gate." in read(page)
    assert "<img" not in page.get_data(as_text=True).partition('class="viewer"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("zoom", "width"), [("fit", 816), ("100", 816), ("150", 1224), ("200", 1632), ("9999", 816), ("x", 816)]
)
def test_the_address_says_how_large(zoom, width, make, browser_for, send, draw) -> None:
    case, version = send(papers.pdf_of("x"))
    browser = browser_for(make.coordinator())
    browser.get(pane(case, version))
    draw()
    page = browser.get(pane(case, version, zoom=zoom)).get_data(as_text=True)
    assert f'width="{width}"' in page
    assert ('class="sheet fits"' in page) == (zoom not in {"100", "150", "200"})


def test_a_page_can_be_asked_for_by_number(make, browser_for, read, send, draw) -> None:
    """The form keeps the filter of the queue, the document and the size."""
    case, version = send(papers.pdf_of("one", "two", "three"))
    browser = browser_for(make.coordinator())
    here = pane(case, version, zoom=150, bucket="open")
    browser.get(here)
    draw()
    page = browser.get(here).get_data(as_text=True)
    form = re.search(r'<form action="([^"]+)" method="get">(.*?)</form>', page, flags=re.DOTALL)
    assert form is not None
    assert urlsplit(form[1]).fragment == "evidence"
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    assert hidden["zoom"] == "150"
    assert 'name="page"' in form[2]
    third = browser.get(urlsplit(form[1]).path, query_string={**hidden, "page": "3"})
    assert "three" in read(third)


def test_a_reviewer_turns_pages_without_losing_what_is_rated(make, browser_for, read, send, draw, sent) -> None:
    """Without scripts the buttons of the viewer save the draft first; the place in the document is kept."""
    case, version = send(papers.pdf_of("one", "two", "three"))
    reviewer = make.reviewer()
    make.in_review(case, reviewers=[reviewer])
    browser = browser_for(reviewer)
    path = f"/desk/cases/{case.reference}/review"
    code = f"{version.document.reference}.{version.number}"
    browser.get(f"{path}?doc={code}")
    draw()
    page = browser.get(f"{path}?doc={code}&page=1&zoom=150")
    values = re.findall(r'name="show" value="([^"]+)"', page.get_data(as_text=True))
    assert f"{code}~2~150" in values
    fields = {**sent(page), "comment": "Read to the end."}

    def place(**more: str) -> tuple[dict[str, list[str]], str]:
        answer = browser.post(path, data={**fields, **more})
        assert answer.status_code == 303
        address = urlsplit(answer.location)
        return parse_qs(address.query), address.fragment

    assert place(show=f"{code}~2~150") == ({"doc": [code], "page": ["2"], "zoom": ["150"]}, "evidence")
    asked = {"show": f"{code}~?~fit", "show-page": "3"}
    assert place(**asked) == ({"doc": [code], "page": ["3"]}, "evidence")
    assert place(**{"action": "save", "show-page": "2"}) == ({"doc": [code], "page": ["2"], "zoom": ["150"]}, "")
    assert place(action="save") == ({"doc": [code], "page": ["1"], "zoom": ["150"]}, "")
    assert place(show=f"{code}~x~y") == ({"doc": [code]}, "evidence")
    assert "Read to the end." in read(browser.get(path))


def test_nobody_is_named_where_the_review_is_blind(make, app, send, draw) -> None:
    case, version = send(papers.pdf_of("x"))
    link = next(each for each in case.evidence if each.document_version is version)
    reader = app.test_request_context("/")
    with reader:
        g.actor = make.actor(make.coordinator())
        open_, blind = (casefile.viewer(link, "/here", anonymous=hides) for hides in (False, True))
    for word in ("private name.pdf", "A named issuer", "Sent by"):
        assert word in str(open_["facts"])
        assert word not in str(blind)
    assert open_["download_href"]
    assert not blind["download_href"]


def test_the_other_documents_of_a_case_are_drawn_meanwhile(make, browser_for, send, app) -> None:
    case, version = send(papers.pdf_of("x"))
    browser_for(make.coordinator()).get(pane(case, version))
    wanted = {wish.source.sha256 for wish in app.extensions["renditions"].wishes()}
    assert len(case.evidence) > 1
    assert wanted == {link.document_version.sha256 for link in case.evidence}
