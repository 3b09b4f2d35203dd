"""Every route, method, person and thing: the table beside this file says what each gets, and the program agrees.

A route without a row fails, and so does a row without a route. ``matrix.csv`` is read by people too: columns are
persons of the small district in ``world.py``, cells are HTTP statuses.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.security.conftest import NEVER, NOBODY, District, Row, read_matrix
from tests.support import second_pass
from tests.support.soak import FULL, amount
from vetting import policy
from vetting.extensions import db
from vetting.policy import POLICY, Permission, anyone
from vetting.views.guard import actor
from vetting.workflows.registry import WORKFLOWS

ROWS = read_matrix()
SAFE = frozenset({"HEAD", "OPTIONS"})
DENIED = frozenset({302, 403, 404})


def routes(district: District) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in district.app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
        if rule.endpoint != "static"
    }


def plain_steps() -> set[tuple[str, str]]:
    """Steps that the one general route takes."""
    return {
        (workflow.name, step.name)
        for workflow in WORKFLOWS.values()
        for step in workflow.steps
        if not step.starts and not step.by_system and not step.command
    }


def test_every_route_and_method_has_a_row_and_every_row_a_route(district: District) -> None:
    in_table = {(row.endpoint, row.method) for row in ROWS}
    assert sorted(routes(district) - in_table) == [], "add rows to matrix.csv"
    assert sorted(in_table - routes(district)) == [], "remove rows from matrix.csv"


def test_every_plain_step_has_a_row() -> None:
    in_table = {(row.fixed["workflow"], row.fixed["step"]) for row in ROWS if row.endpoint == "steps.plain"}
    assert sorted(plain_steps() - in_table) == []
    assert sorted(in_table - plain_steps()) == []


def test_every_person_has_a_column(district: District) -> None:
    assert set(ROWS[0].expected) == {NOBODY, *district.world.people}


def test_every_route_names_its_permission(district: District) -> None:
    views = district.app.view_functions
    unnamed = [name for name, view in views.items() if name != "static" and not hasattr(view, "__permission__")]
    assert unnamed == []


REHEARSED = frozenset({"agreements.sending", "renewal_runs.draft"})
"""Pages that take a step and roll it back, to show the mail that it would send."""


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_person_gets_what_the_table_says(district: District, row: Row) -> None:
    """The status; a page that is only read writes nothing; what may not be seen looks like what never was."""
    path, never = district.address(row), district.address(row, never=True)
    wrong = []
    compared = 0
    for person, expected in asked_people(row).items():
        with district.untouched() as written:
            response = district.ask(person, row.method, path)
            if response.status_code != expected:
                wrong.append(f"{person}: {response.status_code} instead of {expected}")
            if row.method == "GET" and written and row.endpoint not in REHEARSED:
                wrong.append(f"{person}: a page that is read wrote {written[:1]}")
            if expected == 404 and never != path and compared < amount(2, 99):
                compared += 1
                if not looks_alike(district, row, person, response, never):
                    wrong.append(f"{person}: the answer differs from the one for a thing that never existed")
            response.close()
    assert wrong == []


def asked_people(row: Row) -> dict[str, int]:
    """Everybody; where all who are signed in get the same, an ordinary run asks a few of them.

    On the second database one person for each answer sends the route's statements.
    """
    if second_pass.ACTIVE:
        firsts = {status: person for person, status in reversed(row.expected.items())}
        return {person: status for status, person in firsts.items()}
    if len({status for person, status in row.expected.items() if person != NOBODY}) > 1 or FULL:
        return dict(row.expected)
    return {person: row.expected[person] for person in (NOBODY, "owner", "coordinator", "former_office")}


def looks_alike(district: District, row: Row, person: str, response: TestResponse, never: str) -> bool:
    other = district.ask(person, row.method, never)
    return other.status_code == 404 and plain(response) == plain(other)


def plain(response: TestResponse) -> tuple[str, list[tuple[str, str]]]:
    """The body and headers without what differs from one request to the next: tokens, and the address itself."""
    body = response.get_data(as_text=True)
    path = response.request.path
    body = re.sub(r'(name="csrf_token"[^>]*value=|value=)"[^"]{40,}"', r"\1", body).replace(path, "PATH")
    body = body.replace(path.replace("/", "%2F"), "PATH")
    changing = {"X-Request-Id", "Set-Cookie", "Date", "Content-Length"}
    return body, [(name, value) for name, value in response.headers if name not in changing]


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=str)
def test_nothing_is_written_for_a_form_of_another_site(district: District, row: Row) -> None:
    """Without the token of the person's own page a form is shown again, or turned away; it never acts."""
    allowed = [person for person, status in row.expected.items() if status not in DENIED]
    for person in allowed[:2]:
        with district.untouched() as written:
            browser = district.app.test_client()
            browser.set_cookie(str(district.app.config["SESSION_COOKIE_NAME"]), district.cookies[person])
            response = browser.post(district.address(row), data={"name": "Typed here"})
            assert response.status_code == 400
            assert written == []


# What keeps the table honest: without the rule, or without the question, some cell must differ.


def notices(district: District, rows: Iterable[Row], *, only_denied: bool = True) -> bool:
    """Whether any cell of these rows differs from the table now."""
    for row in rows:
        for person, expected in row.expected.items():
            if only_denied and expected not in DENIED:
                continue
            try:
                if district.status(person, row) != expected or lets_a_visitor_in(district, person, row):
                    return True
            except Exception:  # noqa: BLE001 - a view that was never meant for this person fell over: noticed
                return True
    return False


def lets_a_visitor_in(district: District, person: str, row: Row) -> bool:
    """Whether somebody who is not signed in is sent anywhere but to the sign-in page."""
    if person != NOBODY or row.expected[person] != 302 or row.endpoint.startswith("security."):
        return False
    with district.untouched():
        return not district.ask(person, row.method, district.address(row)).headers["Location"].startswith("/sign-in")


def asked_for(district: District, permission: Permission) -> list[Row]:
    """Rows whose answer should hang on a permission, the nearest first."""
    views = district.app.view_functions
    near, steps = [], []
    for row in ROWS:
        view = views[row.endpoint]
        if permission in {view.__permission__, view.__sees__}:  # type: ignore[attr-defined]
            near.append(row)
        elif row.endpoint == "steps.plain":
            workflow = row.fixed["workflow"]
            step = WORKFLOWS[workflow].by_name[row.fixed["step"]][0]
            if permission in {step.permission, policy.VISIBLE_BY[workflow]}:
                steps.append(row)
    return near + steps


ELSEWHERE = {
    Permission.APPLICATION_START: "asked by the engine when an application is born: test_engine.py",
    Permission.CONFLICT_DECLARE: "asked by the engine when a conflict is born: test_engine.py",
    Permission.PARTNERSHIP_MANAGE: "asked by the engine when a partnership is born: test_engine.py",
    Permission.SYSTEM_ACT: "steps of the system itself, which no route takes: test_engine.py",
    Permission.HISTORY_VIEW: "decides what a page says: test_canaries.py",
    Permission.DECISION_VIEW: "differs from case.view only while a review is owed, when nothing is drafted yet",
}
"""Rules that no status of a route hangs on, and where they are proved."""

CLOSED = sorted(permission for permission, rule in POLICY.items() if rule is not anyone and permission not in ELSEWHERE)


@pytest.mark.parametrize("permission", CLOSED)
def test_without_a_rule_of_the_policy_a_cell_differs(
    district: District, monkeypatch: pytest.MonkeyPatch, permission: Permission
) -> None:
    rows = asked_for(district, permission)
    monkeypatch.setitem(POLICY, permission, anyone)
    assert notices(district, rows), f"no cell of {len(rows)} rows notices that {permission} lets everybody in"


GUARDED = sorted({row.endpoint for row in ROWS})


@pytest.mark.parametrize("endpoint", GUARDED)
def test_without_its_question_a_route_differs(
    district: District, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    view = district.app.view_functions[endpoint]
    if POLICY[view.__permission__] is anyone:  # type: ignore[attr-defined]
        return  # a public page asks nothing that could be removed; what it takes by steps is asked by the engine
    monkeypatch.setitem(district.app.view_functions, endpoint, unguarded(view))
    rows = [row for row in ROWS if row.endpoint == endpoint]
    assert notices(district, rows), f"no cell notices that {endpoint} asks nobody"


def unguarded(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view as it would be with its guard taken off: it still loads what the address names."""
    load = inspect.getclosurevars(view).nonlocals.get("load")
    bare = inspect.unwrap(view, stop=lambda inner: not hasattr(inner, "__permission__"))

    def opened(**values: Any) -> Any:
        actor()
        return bare(**values) if load is None else bare(load(db.session, **values))

    opened.__permission__ = Permission.PUBLIC_READ  # type: ignore[attr-defined]
    return opened


def test_names_of_things_that_never_existed_do_not_exist(district: District) -> None:
    known = {str(value) for values in district.world.values.values() for value in values.values()}
    assert known.isdisjoint(NEVER.values())
