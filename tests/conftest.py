"""One application per test process on a real database, put back to its migrated state before every test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

import config
from tests.factories import Factory
from tests.support.client import TEST_SESSION, CheckingClient
from tests.support.demonstration import kept_once, load_with_a_break
from tests.support.memory import FOLDER_VARIABLE
from tests.support.postgres import SERVER_VARIABLE, Postgres
from tests.support.restored import Beginning, beginning_of, restored
from tests.support.tools import require_tool
from vetting import clock, tokens
from vetting.extensions import db
from vetting.models import LoginSession, User
from vetting.workflows import anchors

pytest_plugins = ["tests.support.plugin"]

DATABASE = os.environ.get("TEST_DATABASE") or "sqlite"
TEMPLATE = "vetting_template"
WORKING = "vetting_test"
DEMONSTRATION = "vetting_demonstration"
FOLDERS = ("anchors", "store", "mail", "work", "previews", "uploads")


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of this process's application, in memory where the run has a folder there."""
    memory = os.environ.get(FOLDER_VARIABLE)
    return Path(mkdtemp(prefix="instance-", dir=memory)) if memory else tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="session")
def database_url(instance: Path, request: pytest.FixtureRequest) -> str:
    """The database of this process: a file, or a database on the run's PostgreSQL server."""
    if DATABASE == "sqlite":
        return f"sqlite:///{instance / 'vetting.db'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.database_url(_name(WORKING))


def _name(base: str) -> str:
    return f"{base}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="session")
def settings(instance: Path, database_url: str) -> config.Settings:
    """Settings of a development copy without demonstration data."""
    return replace(
        config.load(),
        instance=instance,
        database_url=database_url,
        public_url="http://localhost",
        trusted_hosts=("localhost", "127.0.0.1"),
        demo=False,
        production=False,
        smtp_url="",
        secret_key="a test's own secret key, long enough to pass",
        password_salt="a test's own salt, long enough to pass",
    )


@pytest.fixture(scope="session")
def built_app(settings: config.Settings, request: pytest.FixtureRequest) -> Flask:
    """The application with a migrated database kept aside as a template."""
    from vetting import create_app

    if DATABASE == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        for name in (TEMPLATE, WORKING):
            server.drop_database(_name(name))
        server.create_database(_name(WORKING))
    app = create_app(settings)
    _unsynced(app)
    app.testing = True
    app.test_client_class = CheckingClient
    result = app.test_cli_runner().invoke(args=["vetting", "migrate"])
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()
    if DATABASE == "postgresql":
        server.create_database(_name(TEMPLATE), template=_name(WORKING))
    else:
        _fold_log(settings.instance / "vetting.db")
        shutil.copy(settings.instance / "vetting.db", settings.instance / "template.db")
    shutil.copytree(settings.instance / "anchors", settings.instance / "anchors-template")
    return app


def _unsynced(app: Flask) -> None:
    """Wait for no disk: what a test writes has to outlive its processes, which some tests kill, but not the machine.

    PostgreSQL is run the same way (``tests/support/postgres.py``); processes that tests start keep waiting.
    """

    def relax(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    if DATABASE == "sqlite":
        with app.app_context():
            sa.event.listen(db.engine, "connect", relax)


@pytest.fixture(scope="session", autouse=True)
def _unsynced_files() -> Iterator[None]:
    """The same for the files of the store and of the anchors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


def _fold_log(path: Path) -> None:
    """Move the write-ahead log into the file, so that the file alone is the database."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def beginning(built_app: Flask, postgres_server: Postgres) -> Beginning:
    """What the template holds, and with it every copy: they come with the numbers of their transactions."""
    return beginning_of(postgres_server.database_url(_name(TEMPLATE)))


@pytest.fixture(scope="session")
def put_back(built_app: Flask, database_url: str, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Brings the database and the folders back to reference data and nothing else."""
    folder: Path = built_app.config["SETTINGS"].instance

    def back() -> None:
        let_go(built_app)
        if DATABASE == "postgresql":
            server: Postgres = request.getfixturevalue("postgres_server")
            beginning: Beginning = request.getfixturevalue("beginning")
            if not restored(database_url, beginning):
                server.drop_database(_name(WORKING))
                server.create_database(_name(WORKING), template=_name(TEMPLATE))
        else:
            for suffix in ("-wal", "-shm"):
                (folder / f"vetting.db{suffix}").unlink(missing_ok=True)
            shutil.copy(folder / "template.db", folder / "vetting.db")
        for name in FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(folder / "anchors-template", folder / "anchors")
        (folder / "store").mkdir()
        (folder / "mail").mkdir()

    return back


@pytest.fixture(scope="session")
def demonstration_folder(
    built_app: Flask,
    put_back: Callable[[], None],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Path:
    """What the loaded demonstration keeps in its instance folder; on PostgreSQL there is a template of it as well."""
    instance: Path = built_app.config["SETTINGS"].instance

    def make(folder: Path) -> None:
        put_back()
        load_with_a_break(built_app)
        let_go(built_app)
        if DATABASE == "postgresql":
            server: Postgres = request.getfixturevalue("postgres_server")
            server.drop_database(DEMONSTRATION)
            server.create_database(DEMONSTRATION, template=_name(WORKING))
        else:
            _fold_log(instance / "vetting.db")
        shutil.copytree(instance, folder, ignore=shutil.ignore_patterns("*template*", "*-wal", "*-shm"))

    # Processes without a common PostgreSQL server have nothing to share.
    together = "PYTEST_XDIST_WORKER" in os.environ and (DATABASE == "sqlite" or SERVER_VARIABLE in os.environ)
    root = tmp_path_factory.getbasetemp()
    return kept_once((root.parent if together else root) / "demonstration", make)


@pytest.fixture(scope="module")
def demonstrated(
    built_app: Flask, put_back: Callable[[], None], demonstration_folder: Path, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """The application with the whole demonstration in it."""
    put_back()
    instance: Path = built_app.config["SETTINGS"].instance
    if DATABASE == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        server.drop_database(_name(WORKING))
        server.create_database(_name(WORKING), template=DEMONSTRATION)
    for name in FOLDERS:
        shutil.rmtree(instance / name, ignore_errors=True)
    shutil.copytree(demonstration_folder, instance, dirs_exist_ok=True)
    yield built_app
    let_go(built_app)


def let_go(app: Flask) -> None:
    """End the application's own connections."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(built_app: Flask, put_back: Callable[[], None]) -> Iterator[Flask]:
    """The application with a database that holds reference data and nothing else."""
    put_back()
    # A test of several districts leaves the process writing into another one's folder.
    anchors.use(built_app.config["SETTINGS"].instance / "anchors")
    yield built_app
    let_go(built_app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own, apart from those of requests."""
    with app.app_context():
        own = Session(db.engine, expire_on_commit=False)
    app.extensions[TEST_SESSION] = own
    yield own
    own.close()


@pytest.fixture
def make(app: Flask, session: Session) -> Factory:
    """Builders of people, organizations and cases, through the engine."""
    return Factory(session, app.extensions["store"])


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    """A browser that nobody is signed in with; every page it gets is checked."""
    browser = app.test_client()
    assert isinstance(browser, CheckingClient)
    return browser


@pytest.fixture
def browser_for(app: Flask, session: Session) -> Callable[[User], CheckingClient]:
    """A browser signed in as a person."""

    def signed_in(user: User, method: str = "password") -> CheckingClient:
        browser = app.test_client()
        assert isinstance(browser, CheckingClient)
        sign_in(browser, session, user, method)
        return browser

    return signed_in


def sign_in(browser: CheckingClient, session: Session, user: User, method: str = "password") -> None:
    """Sign ``browser`` in as ``user`` without walking through the sign-in page."""
    token = tokens.new_token()
    session.add(
        LoginSession(
            user_id=user.id,
            token_digest=tokens.digest(token),
            method=method,
            address="127.0.0.1",
            agent="test",
            authenticated_at=clock.now(),
            expires_at=clock.now().replace(year=clock.now().year + 1),
        )
    )
    session.commit()
    with browser.session_transaction() as cookie:
        cookie["sid"] = token
        cookie["_user_id"] = user.fs_uniquifier
        cookie["_fresh"] = True
        cookie["fs_paa"] = clock.now().timestamp()


@pytest.fixture
def statements(app: Flask) -> Callable[[], contextmanager[list[str]]]:  # type: ignore[valid-type]
    """Counts the statements that a block sends to the database: ``with statements() as sent: ...``."""

    @contextmanager
    def recording() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            sent.append(statement)

        with app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    return recording


CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, closed after each module: while its driver runs, nothing else here can use asyncio."""
    path = require_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=CHROMIUM)
        yield browser
        browser.close()
