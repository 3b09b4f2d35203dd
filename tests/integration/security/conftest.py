"""The small district, built once per process, and requests that leave no trace in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import config
from tests.conftest import DATABASE, _name
from tests.integration.security.world import World, build
from tests.support.postgres import Postgres
from vetting import create_app
from vetting.documents.renditions import Source, Wish
from vetting.extensions import ENGINES, db
from vetting.models import DocumentVersion
from vetting.views import guard
from vetting.workflows import anchors

MATRIX = Path(__file__).with_name("matrix.csv")
NOBODY = "visitor"
NEVER = {
    "reference": "VET-ZZZZ-ZZZZ",
    "round_reference": "RND-ZZZZ-ZZZZ",
    "dese_id": "99999999",
    "fiscal_year": "FY99",
    "key": "VET-ZZZZ-ZZZZ",
    "code": "f" * 32,
    "token": "Z" * 43,
    "invitation": "INV-ZZZZ-ZZZZ",
    "upload": "UPL-ZZZZ-ZZZZ",
}
"""Names of things that never existed."""


@dataclass(frozen=True)
class Row:
    """One route and method on one thing: the status each person gets."""

    endpoint: str
    method: str
    thing: str
    expected: Mapping[str, int]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.thing}".strip()

    @cached_property
    def fixed(self) -> dict[str, str]:
        """Address values given in the row itself: ``name=value``."""
        return dict(part.split("=", 1) for part in self.thing.split() if "=" in part)

    @cached_property
    def subject(self) -> str:
        """The thing's name in the small district."""
        return next((part for part in self.thing.split() if "=" not in part), "")


def read_matrix() -> list[Row]:
    """The table of expectations."""
    with MATRIX.open(encoding="utf-8", newline="") as lines:
        found = csv.DictReader(lines)
        assert found.fieldnames is not None
        people = found.fieldnames[3:]
        return [
            Row(line["route"], line["method"], line["thing"], {name: int(line[name]) for name in people})
            for line in found
        ]


@dataclass
class District:
    """The application with the small district in its database."""

    app: Flask
    world: World
    cookies: dict[str, str]
    tokens: dict[str, str]

    def address(self, row: Row, *, never: bool = False) -> str:
        """The row's path; with ``never``, the path of a thing that does not exist."""
        values: dict[str, Any] = {**self.world.values.get(row.subject, {}), **row.fixed}
        if row.endpoint == "steps.plain" and "reference" in values:
            values["key"] = values["reference"]
        rule = next(r for r in self.app.url_map.iter_rules(row.endpoint) if row.method in (r.methods or ()))
        if never:
            values |= {name: value for name, value in NEVER.items() if name in rule.arguments and name not in row.fixed}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(row.endpoint, {name: values[name] for name in rule.arguments}, row.method)

    @contextmanager
    def untouched(self) -> Iterator[list[str]]:
        """Whatever is committed inside is taken back; collects the statements that write."""
        engines = db._app_engines[self.app]
        engine = engines[None]
        written: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                written.append(statement)

        with engine.connect() as connection:
            transaction = connection.begin()
            sa.event.listen(connection, "before_cursor_execute", note)
            routed = self.app.extensions[ENGINES]
            engines[None] = connection  # type: ignore[assignment]
            self.app.extensions[ENGINES] = dict.fromkeys(routed, connection)
            try:
                with patch.object(guard, "read_alone", lambda: nullcontext(connection)):
                    yield written
            finally:
                engines[None] = engine
                self.app.extensions[ENGINES] = routed
                with self.app.app_context():
                    db.session.remove()
                transaction.rollback()

    def ask(self, person: str, method: str, path: str, data: Mapping[str, str] | None = None) -> TestResponse:
        """One request of one person's browser."""
        browser: FlaskClient = self.app.test_client()
        browser.set_cookie(str(self.app.config["SESSION_COOKIE_NAME"]), self.cookies[person])
        if method == "GET":
            return browser.get(path)
        return browser.open(path, method=method, data={**(data or {}), "csrf_token": self.tokens[person]})

    def status(self, person: str, row: Row) -> int:
        with self.untouched():
            response = self.ask(person, row.method, self.address(row))
            response.close()
            return response.status_code


@pytest.fixture(scope="session")
def district_app(
    settings: config.Settings, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """An application of its own, beside the one that other tests put back before each of them."""
    before = anchors._folder
    folder = tmp_path_factory.mktemp("district")
    url = f"sqlite:///{folder / 'vetting.db'}"
    if DATABASE == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        server.drop_database(_name("vetting_district"))
        url = server.create_database(_name("vetting_district"))
    app = create_app(replace(settings, instance=folder, database_url=url))
    app.testing = True
    result = app.test_cli_runner().invoke(args=["vetting", "migrate"])
    assert result.exit_code == 0, result.output
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if before is not None:
        anchors.use(before)


@pytest.fixture(scope="session")
def built_district(district_app: Flask) -> District:
    """Everybody and everything, by steps of the engine."""
    with district_app.app_context():
        with Session(db.engine, expire_on_commit=False) as session:
            world = build(session, district_app.extensions["store"])
            _draw(district_app, session, world)
        people = dict(world.people)
        db.session.remove()
        # What a request commits is then only a savepoint of the test's own transaction.
        db.session.configure(join_transaction_mode="create_savepoint")
    cookies, tokens = {}, {}
    for name in [NOBODY, *people]:
        cookies[name], tokens[name] = _cookie(district_app, world, name)
    return District(district_app, world, cookies, tokens)


def _draw(app: Flask, session: Session, world: World) -> None:
    """The evidence has a page that was drawn, so that a picture is there to be refused."""
    version = session.get_one(DocumentVersion, world.values["document"]["key"])
    sheet = {"width": 1, "height": 1, "base": [1, 1], "large": [1, 1]}
    wish = Wish(Source(version.sha256, version.storage_key, version.media_type), 0)
    parts = {"base-1": b"RIFF", "large-1": b"RIFF", "text-1": b'{"lines": [], "text": "", "cut": false}'}
    app.extensions["renditions"].keep_copy(wish.source, b"%PDF-1.7 without anything that could act")
    app.extensions["renditions"].publish(wish, {"outcome": "done", "pages": 1, "sheets": [sheet]}, parts)


def _cookie(app: Flask, world: World, name: str) -> tuple[str, str]:
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context():
        from flask import session

        token = str(generate_csrf())
        if name != NOBODY:
            session["sid"] = world.tokens[name]
            session["_user_id"] = world.people[name].fs_uniquifier
            session["_fresh"] = True
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(serializer.dumps(dict(session))), token


@pytest.fixture
def district(built_district: District) -> Iterator[District]:
    """The district, as it was built."""
    before = anchors._folder
    anchors.use(built_district.app.config["SETTINGS"].instance / "anchors")
    yield built_district
    if before is not None:
        anchors.use(before)
