"""The lead's page and the page of a case ask as often with ten applications as with a thousand."""

from __future__ import annotations

import re
from typing import Any

from tests.factories import Factory
from tests.integration.desk import generated


def test_ten_and_a_thousand_applications_cost_as_many_reads(make: Factory, browser_for: Any, statements: Any) -> None:
    many = generated.many_cases(make, 10, 11)
    browser = browser_for(many.people["coordinator"])
    listed = browser.get("/desk/queue?pile=open").get_data(as_text=True)
    found = re.search(r'href="(/desk/cases/VET-[A-Z0-9-]+)', listed)
    assert found, "no case is listed"
    paths = ("/desk/lead", found[1])

    def asked(path: str) -> tuple[int, int]:
        browser.get(path)
        with statements() as sent:
            page = browser.get(path)
        assert page.status_code == 200
        return sum(1 for line in sent if line.lstrip().upper().startswith("SELECT")), len(page.data)

    few = [asked(path)[0] for path in paths]
    assert generated.more_cases(make, many, 990, 12).cases == 1000
    more = [asked(path) for path in paths]
    assert [reads for reads, _size in more] == few
    assert few[0] <= 12
    assert few[1] <= 14
    assert more[0][1] <= 60_000
    assert more[1][1] <= 90_000
