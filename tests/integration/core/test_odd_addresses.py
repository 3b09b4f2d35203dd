"""Addresses that nobody of ours wrote: each gets an answer, none an error page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
import structlog
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Role, User

Browser = Callable[[User], CheckingClient]

TOKENS = (
    "[" * 1500,
    '["\\ud800", 3]',
    '[0, "\\ud800", 3]',
    '["a\\u0000", 3]',
    '["a", true]',
    '[0, "a", true]',
    '[true, "a", 3]',
    '["a", -1]',
    '["a", 1e3]',
    "{}",
    "",
)


def test_a_list_goes_on_from_the_beginning_for_a_place_that_is_none(
    make: Factory, browser_for: Browser, session: Session
) -> None:
    make.school("Quincy Upper")
    finance = make.person("Fin Ance", Role.FINANCE)
    session.commit()
    browser = browser_for(finance)
    for text in TOKENS:
        token = urlsafe_b64encode(text.encode()).decode()
        for address in (f"/schools?after={token}", f"/directory?after={token}", f"/directory?before={token}"):
            assert browser.get(address).status_code == 200, (text[:20], address[:30])
        assert "Quincy Upper" in browser.get(f"/schools?after={token}").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/agreements/%00", "/verify/%00", "/steps/signing_batch/%00/drop", "/static/%00"])
def test_a_path_with_a_zero_byte_names_nothing(
    path: str, make: Factory, browser_for: Browser, session: Session
) -> None:
    person = make.person("Dee Signatory", Role.DISTRICT_SIGNATORY, title="Chief")
    session.commit()
    browser = browser_for(person)
    assert browser.get(path).status_code == 404
    assert browser.post(path).status_code == 404


def test_the_last_signatures_list_passes_over_what_cannot_be_asked_for(
    make: Factory, browser_for: Browser, session: Session
) -> None:
    person = make.person("Dee Signatory", Role.DISTRICT_SIGNATORY, title="Chief")
    session.commit()
    browser = browser_for(person)
    for query in ("kind=%00", "school=%01%ef%bb%bf", "pile=%00", "after=-5", "after=" + "9" * 40):
        assert browser.get(f"/countersigning?{query}").status_code == 200, query


@pytest.mark.parametrize("path", ["/desk/queue?{}=%00", "/desk/lapses?{}=%00", "/desk/lapses?{}=9999-12-27"])
def test_a_list_of_the_desk_takes_no_sign_for_a_place_or_a_word(
    path: str, make: Factory, browser_for: Browser, session: Session
) -> None:
    browser = browser_for(make.director())
    for name in ("after", "before", "pile", "q", "type", "lane", "school", "when", "week", "page"):
        assert browser.get(path.format(name)).status_code == 200, name


def test_an_address_writes_one_line_into_the_log_and_no_signs_of_a_terminal(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    written = '/agreements/a%0d%0a{"event":"signed_in"}%1b[2J%e2%80%ae%e2%80%a8'
    with app.test_request_context(written):
        app.preprocess_request()
        structlog.get_logger().warning("looked_at", typed="b\r\n\x1b[31m\u202e\u2028c")
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 2, "a line and its end"
    assert lines[0].isascii()
    assert lines[0].isprintable()
    assert json.loads(lines[0])["path"].startswith("/agreements/a\r\n")
