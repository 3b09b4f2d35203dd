"""The wall: for a person with a declared interest the organization's cases do not exist.

Two districts are the same but for the cases of one organization. Whatever a person with an interest in it asks for,
both answer alike. A new route is asked on its own; one with an address this file cannot fill fails here.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import config
from tests.conftest import DATABASE, _name
from tests.integration.security.conftest import District, _cookie
from tests.integration.security.wall import NAME, WORDS, Walled, build, take_out
from tests.support.postgres import Postgres
from vetting import clock, create_app
from vetting.extensions import db
from vetting.models import OFFICE_ROLES
from vetting.policy import POLICY, Permission, anyone
from vetting.workflows import anchors
from vetting.workflows.registry import WORKFLOWS

SAFE = frozenset({"HEAD", "OPTIONS"})

PUBLIC = {
    "static": "files of the program",
    "directory.": "the public directory says the same to everybody",
    "public.": "public pages, and totals that are published",
    "verify.": "whoever holds a document may check it",
    "health.": "tells nothing of any case",
    "development.": "a developer's own machine shows all mail; it does not exist in production",
    "security.": "signing in, before anybody is known",
    "setup_link.": "the first administrator of an empty district",
}
"""What is the same for everyone by nature."""

SECRETS = {
    "account.app_setup": "shows a fresh secret each time",
}
"""Pages about the reader's own sign-in that can never be alike."""

TOTALS = {
    "form_admin.index": "how many applications are on each version of a form is a total",
    "form_admin.show": "how many applications are on each version of a form is a total",
    "rounds.index": "how many applications a round received and decided is published",
    "rounds.show": "how many applications a round received and decided is published",
}
"""Pages that show published totals, which count every case for every reader."""

OTHER_WORKFLOWS = frozenset(
    {
        "conflict", "partner", "program", "designation", "suspension", "partnership", "agreement", "signer", "round",
        "reference", "fund_year", "assessment", "role_grant", "invitation", "cover", "attestation", "bulk_run",
        "desk_feature", "partner_import", "invitation_batch", "ownership_offer", "sponsorship", "duplicate_pair",
        "email_change", "lapse", "waiver", "retention_schedule", "disposal", "disposal_item",
        "delegation", "year_file",
        "signing_hold", "signing_batch", "signing_item", "renewal_run", "renewal_item",
        "paper_record",
    }
)  # fmt: skip
"""Workflows whose subjects are not part of a case; they are the same in both districts."""

REFERENCES = {
    "/desk/cases/": "case",
    "/desk/queue/": "case",
    "/desk/views/": "view",
    "/desk/bulk/": "run",
    "/desk/imports/invitations/": "invitation_batch",
    "/desk/imports/": "import",
    "/desk/assigning/people/": "person",
    "/desk/assisted/": "case",
    "/desk/duplicates/": "pair",
    "/desk/lapses/": "lapse",
    "/desk/waivers/new/": "organization",
    "/desk/waivers/": "waiver",
    "/desk/documents/": "document",
    "/desk/retention/holds/new/": "organization",
    "/desk/retention/holds/": "hold",
    "/desk/retention/runs/": "removal",
    "/apply/waivers/": "waiver",
    "/apply/sponsors/": "sponsorship",
    "/apply/organizations/": "organization",
    "/apply/renew/": "organization",
    "/apply/copies/of/": "organization",
    "/apply/copies/": "copy",
    "/apply/": "case",
    "/desk/organizations/": "organization",
    "/schools/delegations/": "delegation",
    "/schools/documents/": "year_file",
    "/agreements/": "agreement",
    "/countersigning/together/": "signing_batch",
    "/countersigning/": "agreement",
    "/desk/renewal-runs/": "renewal_run",
    "/partnerships/": "partnership",
    "/evidence/": "document",
    "/desk/rounds/": "round",
    "/desk/extensions/": "extension",
    "/desk/standards/": "case",
    "/directory/programs/": "program",
    "/admin/people/": "person",
}
"""What the word ``reference`` means in an address, by its beginning; the first that fits counts."""

LISTS = {
    "queue.index": ("pile=mine", "pile=waiting", "pile=done", "pile=overdue", "pile=new", "pile=decide"),
}
"""Views of a list that its plain address does not show."""


@dataclass
class Pair:
    """The district, and the same one without the cases."""

    whole: District
    absent: District
    walled: Walled


@pytest.fixture(scope="module")
def pair(
    settings: config.Settings, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Pair]:
    before = anchors._folder
    folders = tmp_path_factory.mktemp("walled"), tmp_path_factory.mktemp("absent")
    urls = [f"sqlite:///{folder / 'vetting.db'}" for folder in folders]
    server: Postgres | None = None
    if DATABASE == "postgresql":
        server = request.getfixturevalue("postgres_server")
        for name in ("vetting_walled", "vetting_absent"):
            server.drop_database(_name(name))
        urls[0] = server.create_database(_name("vetting_walled"))
    whole = create_app(replace(settings, instance=folders[0], database_url=urls[0]))
    whole.testing = True
    assert whole.test_cli_runner().invoke(args=["vetting", "migrate"]).exit_code == 0
    with whole.app_context():
        with Session(db.engine, expire_on_commit=False) as session:
            walled = build(session, whole.extensions["store"])
        _let_go()
    if server is not None:
        urls[1] = server.create_database(_name("vetting_absent"), template=_name("vetting_walled"))
    shutil.copytree(folders[0], folders[1], dirs_exist_ok=True)
    absent = create_app(replace(settings, instance=folders[1], database_url=urls[1]))
    absent.testing = True
    with absent.app_context():
        with db.engine.begin() as connection:
            take_out(connection, walled.ids)
        _let_go()
        # What a request commits is then only a savepoint of the test's own transaction.
        db.session.configure(join_transaction_mode="create_savepoint")
    pairs: dict[str, tuple[str, str]] = {name: _cookie(whole, walled, name) for name in walled.people}  # type: ignore[arg-type]
    cookies, tokens = ({name: found[i] for name, found in pairs.items()} for i in (0, 1))
    yield Pair(_district(whole, cookies, tokens), _district(absent, cookies, tokens), walled)
    for app in (whole, absent):
        with app.app_context():
            _let_go()
    if before is not None:
        anchors.use(before)


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()


def _district(app: Flask, cookies: dict[str, str], tokens: dict[str, str]) -> District:
    return District(app, None, cookies, tokens)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    data: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def concerned(app: Flask) -> list[Rule]:
    """Every route that could tell something about a case."""
    told_alike = {*PUBLIC, *SECRETS}
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(tuple(told_alike))]


def values_for(rule: Rule, walled: Walled) -> list[dict[str, Any]]:
    """Ways to fill an address with the names of what is behind the wall. Raises for an argument nobody explained."""
    if not rule.arguments:
        return [{}]
    if rule.arguments == {"workflow", "key", "step"}:
        return [
            {"workflow": workflow.name, "key": key, "step": step.name}
            for workflow in WORKFLOWS.values()
            for key in walled.keys[workflow.name][:2]
            for step in workflow.steps
            if not step.starts
        ]
    known: Mapping[str, list[Any]] = {
        "reference": _references(rule, walled),
        "document": [walled.values["document"]],
        "number": [1],
        "page": [1],
        "size": ["base"],
        "dese_id": [walled.values["school"]],
        "fiscal_year": [walled.values["fiscal_year"]],
        "program": [walled.values["program"]],
        "key": ["P1.1"] if rule.rule.startswith("/desk/standards/") else ["fit"],
        "type_key": [walled.values["type_key"]],
        "round_reference": [walled.values["round"]],
        "note": walled.keys["note"],
        "flag": walled.keys["flag"],
        "review": walled.keys["review"],
        "indicator": ["P1.1"],
        "feature": ["cover"],
        "table": ["workload", "funnel", "states", "late", "rounds"],
        "act": ["resolve", "hand", "take"],
        "token": ["Z" * 43],
        "invitation": ["INV-ZZZZ-ZZZZ"],
        "upload": ["UPL-ZZZZ-ZZZZ"],
        "person": [walled.values["cleared"]],
        "code": [walled.values["code"]],
        "form": ["registration"],
        "part": ["organization" if "/sections/" in rule.rule else "website"],
        "language": ["es"],
        "kind": ["yaml"],
        "sheet": ["partners"],
        "position": [1],
        "fingerprint": ["0" * 64],
        "name": ["root"],
        "bound_to": ["f" * 64],
        "paper_record": ["PAP-ZZZZ-ZZZZ"],
        "agreement": [walled.values["agreement"]],
    }
    unknown = rule.arguments - set(known)
    assert not unknown, f"{rule.rule}: say in test_wall.py what {sorted(unknown)} stands for"
    names = sorted(rule.arguments)
    return [dict(zip(names, filled, strict=True)) for filled in product(*(known[name] for name in names))]


def _references(rule: Rule, walled: Walled) -> list[str]:
    if "reference" not in rule.arguments:
        return []
    kind = next((kind for start, kind in REFERENCES.items() if rule.rule.startswith(start)), None)
    assert kind, f"{rule.rule}: say in test_wall.py what its reference stands for"
    return list(walled.cases) if kind == "case" else [walled.values[kind]]


ACTS = frozenset({"coordinator", "director", "reviewer"})
"""Roles that do most of what can be done with a case; for the others it is enough that they look everywhere."""


def questions(app: Flask, rule: Rule, walled: Walled, *, acts: bool = True) -> Iterator[Asked]:
    """Everything this file asks of a route: plain, searching for what is behind the wall, and beginning there."""
    adapter = app.url_map.bind("localhost")
    case = walled.cases[-1]
    posted = (
        *((name, case) for name in ("case", "cases", "application", "applications", "reference", "references")),
        *(("reason", "x"), ("q", NAME), ("body", "x"), ("choice", "none"), ("person", walled.values["person"])),
        *(("wakes_on", "2099-01-05"), ("reviewer", walled.values["person"])),
    )
    for number, values in enumerate(values_for(rule, walled)):
        for method in sorted((rule.methods or set()) - SAFE):
            path = adapter.build(rule.endpoint, values, method)
            if method != "GET":
                # What is posted is tried on two of the cases; looking is tried on all.
                if acts and (number < POSTED_ON or rule.endpoint == "steps.plain"):
                    yield from (Asked(method, path), Asked(method, path, posted))
                continue
            yield Asked(method, path)
            if not rule.arguments:
                searches = (f"q={NAME.split()[0]}", f"q={case}", *(f"after={name}" for name in walled.cases))
                yield from (Asked(method, f"{path}?{more}") for more in (*searches, f"before={case}"))
                yield from (Asked(method, f"{path}?{more}") for more in LISTS.get(rule.endpoint, ()))


POSTED_ON = 2

MASKS = (
    (re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'), r"\1"),
    (re.compile(r'(<meta name="csrf-token" content=")[^"]*'), r"\1"),
    (re.compile(r'("challenge": ")[^"]*'), r"\1"),
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})? ?([AP]M)?"), "clock"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "request"),
    (re.compile(r"\bINB-[0-9A-Z]{4}-[0-9A-Z]{4}\b"), "a new batch"),
)
"""What differs between any two answers: tokens, clocks, the numbers of requests, references drawn by the question."""

HEADERS = ("Content-Type", "Location", "Content-Disposition", "Cache-Control")


def answer(district: District, person: str, asked: Asked) -> tuple[Any, ...]:
    """What a person is told, without what differs between any two answers."""
    with district.untouched():
        response = district.ask(person, asked.method, asked.path, dict(asked.data))
        told = _told(response)
        response.close()
    return told


def _told(response: TestResponse) -> tuple[Any, ...]:
    headers = (_masked(response.headers.get(name, "")) for name in HEADERS)
    return response.status_code, *headers, _masked(words_of(response))


def _masked(text: str) -> str:
    for mask, instead in MASKS:
        text = mask.sub(instead, text)
    return text


def words_of(response: TestResponse) -> str:
    """Everything in an answer; of a workbook its sheets, because the file itself holds the time it was made."""
    if response.data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(response.data)) as book:
            names = [name for name in book.namelist() if not name.startswith("docProps")]
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in names)
    return response.data.decode("utf-8", "replace")


def differing(pair: Pair, person: str, rules: list[Rule]) -> list[str]:
    """Questions that tell this person in which of the two districts they are."""
    found = []
    for rule in rules:
        for asked in questions(pair.whole.app, rule, pair.walled, acts=person in ACTS):
            # Some words hang on how old a thing is by now: both are asked at one moment.
            with time_machine.travel(clock.now(), tick=False):
                whole, absent = (answer(district, person, asked) for district in (pair.whole, pair.absent))
            assert whole[0] < 500, f"{person}: {asked} {dict(asked.data)} fell over"
            if whole != absent:
                found.append(
                    f"{asked} {dict(asked.data)}: {whole[0]} and {absent[0]}{_first_difference(whole, absent)}"
                )
    return found


def _first_difference(one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    pairs = zip(str(one[-1]).splitlines(), str(other[-1]).splitlines(), strict=False)
    return next((f"\n    {a.strip()[:200]}\n    {b.strip()[:200]}" for a, b in pairs if a != b), "")


def test_every_address_can_be_filled(pair: Pair) -> None:
    for rule in concerned(pair.whole.app):
        assert values_for(rule, pair.walled), rule.rule


# Thousands of questions, each asked of two districts; a busy machine takes minutes.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", sorted(role.value for role in OFFICE_ROLES))
def test_a_person_with_an_interest_cannot_tell_that_the_cases_exist(pair: Pair, role: str) -> None:
    rules = [rule for rule in concerned(pair.whole.app) if rule.endpoint not in TOTALS]
    found = differing(pair, role, rules)
    assert not found, "\n".join(found)


def test_somebody_without_an_interest_does_see_them(pair: Pair) -> None:
    """Otherwise the test above would compare two empty districts."""
    telling = {
        rule.endpoint
        for rule in concerned(pair.whole.app)
        if rule.endpoint
        in {"cases.show", "queue.index", "organizations.show", "decisions.release", "evidence.download"}
        and differing(pair, "impartial", [rule])
    }
    assert telling == {"cases.show", "queue.index", "organizations.show", "decisions.release", "evidence.download"}


def test_a_wall_with_a_hole_is_noticed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [rule for rule in concerned(pair.whole.app) if rule.endpoint == "cases.show"]
    monkeypatch.setitem(POLICY, Permission.CASE_VIEW, anyone)
    assert differing(pair, "coordinator", rules)


def test_published_totals_count_every_case_for_everybody(pair: Pair) -> None:
    reference = pair.walled.values["round"]
    pages = []
    for person in ("coordinator", "impartial"):
        with pair.whole.untouched():
            page = pair.whole.ask(person, "GET", f"/desk/rounds/{reference}").get_data(as_text=True)
        pages.append(re.findall(r"<dd>.*?</dd>", page, re.DOTALL))
    assert pages[0] == pages[1]


def test_no_page_of_the_desk_names_the_organization(pair: Pair) -> None:
    """Equality would not notice a page that names it in both districts, such as a list of organizations."""
    found = {}
    for rule in concerned(pair.whole.app):
        if rule.arguments or "GET" not in (rule.methods or ()):
            continue
        with pair.whole.untouched():
            response = pair.whole.ask("director", "GET", rule.rule)
            text = words_of(response)
            response.close()
        words = [name for name, word in WORDS.items() if word in text]
        if words:
            found[rule.rule] = words
    assert found == {}
