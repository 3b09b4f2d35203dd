"""Rows and stored files are held against each other: what is lost is named, and what nobody came for goes in time."""

from __future__ import annotations

import ast
import importlib
import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.support.stored import file_of
from vetting import clock, refs
from vetting.extensions import db
from vetting.jobs.reconcile import Report, Trouble, reconcile
from vetting.models import Document, DocumentVersion, ExecutedDocument
from vetting.models.base import Base
from vetting.queries.promises import AREAS, KEEPERS, still_promised
from vetting.worker import Worker

VETTING = Path(__file__).parents[3] / "vetting"
WEEK = timedelta(days=7)


@pytest.fixture
def paper(make: Factory, session: Session) -> Any:
    """Makes bytes a document version of an organization, as an upload does; ``named`` is the key that its row says."""
    organization = make.organization()

    def made(body: bytes, named: str = "") -> DocumentVersion:
        stored = make.store.put(io.BytesIO(body), area="evidence")
        version = DocumentVersion(
            document=Document(
                reference=refs.new_reference("DOC"),
                organization_id=organization.id,
                organization=organization,
                type_key="tax-exemption-letter",
            ),
            number=1,
            filename="paper.pdf",
            media_type="application/pdf",
            size=stored.size,
            sha256=stored.sha256,
            storage_key=named or stored.key,
        )
        make.take("evidence", version, "receive", make.actor(make.owner_of(organization)))
        session.commit()
        return version

    return made


@pytest.fixture
def kept(paper: Any) -> list[DocumentVersion]:
    """Three papers of an organization, one of them sent twice."""
    return [paper(body) for body in (b"%PDF-1 a", b"%PDF-1 b", b"%PDF-1 b")]


@pytest.fixture
def held_against(app: Flask) -> Any:
    with app.app_context():
        sessions = sessionmaker(db.engine)

    def run(**how: Any) -> Report:
        return reconcile(sessions, app.extensions["store"], clock.now() - WEEK, **how)

    return run


def put(app: Flask, content: bytes, area: str = "evidence") -> str:
    key: str = app.extensions["store"].put(io.BytesIO(content), area=area).key
    return key


def age(path: Path) -> None:
    then = (clock.now() - 2 * WEEK).timestamp()
    os.utime(path, (then, then))


def command(app: Flask, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["vetting", "reconcile", *options])


def test_a_whole_store_agrees_however_it_is_asked(app: Flask, kept: list[DocumentVersion], held_against: Any) -> None:
    for how in ({}, {"hashes": True}, {"reap": True}):
        report = held_against(**how)
        assert (report.rows, report.objects, report.findings, report.status) == (3, 2, [], 0)
    done = command(app, "--hashes")
    assert done.exit_code == 0
    assert "3 rows, 2 files, 16 bytes: they agree." in done.output


@pytest.mark.parametrize(
    ("harm", "hashes", "trouble"),
    [
        (Path.unlink, False, Trouble.MISSING),
        (lambda path: path.write_bytes(b"%PDF"), False, Trouble.SIZE),
        (lambda path: path.write_bytes(b"%PDF-1 X"), True, Trouble.CHANGED),
    ],
    ids=["gone", "cut off", "changed"],
)
def test_a_row_that_lost_its_bytes_is_named(
    app: Flask, kept: list[DocumentVersion], held_against: Any, harm: Any, hashes: bool, trouble: Trouble
) -> None:
    lost = kept[0]
    harm(file_of(app.extensions["store"], lost.storage_key))
    (finding,) = held_against(hashes=hashes).findings
    assert finding.trouble is trouble
    done = command(app, *(["--hashes"] if hashes else []))
    assert done.exit_code == 1
    assert f"Document version {lost.id} ({lost.storage_key}) {trouble.value}." in done.output
    assert "1 rows without their bytes" in done.output


def test_a_row_that_names_the_file_of_another_is_named(
    paper: Any, kept: list[DocumentVersion], held_against: Any
) -> None:
    wrong = paper(b"%PDF-1 c", named=kept[0].storage_key)
    (finding,) = held_against().losses
    assert finding.trouble is Trouble.ASTRAY
    assert f"Document version {wrong.id} " in str(finding)


def test_executed_documents_and_copies_are_held_against_theirs(
    app: Flask, make: Factory, session: Session, held_against: Any
) -> None:
    make.in_force()
    session.commit()
    before = held_against(hashes=True)
    assert (before.findings, before.rows >= 1) == ([], True)
    document = session.scalars(sa.select(ExecutedDocument)).one()
    session.commit()
    file_of(app.extensions["store"], document.storage_key).unlink()
    (finding,) = held_against().findings
    assert str(finding) == f"Executed document {document.id} ({document.storage_key}) has no file in the store."


def test_what_nobody_came_for_is_told_and_goes_when_told_to(
    app: Flask, kept: list[DocumentVersion], held_against: Any
) -> None:
    store = app.extensions["store"]
    young, old = put(app, b"in a form somewhere"), put(app, b"its form was closed")
    age(file_of(store, old))
    age(file_of(store, kept[0].storage_key))
    half = store.root / "evidence" / ".incoming-0123456789abcdef"
    half.write_bytes(b"the server died here")
    foreign = store.root / "evidence" / "Thumbs.db"
    foreign.write_bytes(b"from somebody's desktop")
    for path in (half, foreign):
        age(path)

    report = held_against()
    assert [finding.trouble for finding in report.findings] == [Trouble.ORPHAN, Trouble.HALF, Trouble.FOREIGN]
    assert (report.waiting, report.reaped, report.status) == (1, 0, 3)
    assert file_of(store, old).exists()

    report = held_against(reap=True)
    assert [finding.trouble for finding in report.findings] == [Trouble.FOREIGN]
    assert report.reaped == 2
    left = {held.name for held in store.everything()}
    assert left == {young, kept[0].storage_key, kept[1].storage_key, "evidence/Thumbs.db"}
    foreign.unlink()
    assert command(app).exit_code == 0


def test_a_file_is_kept_while_one_row_still_names_it(app: Flask, session: Session, kept: list[DocumentVersion]) -> None:
    assert kept[1].storage_key == kept[2].storage_key
    assert still_promised(session, kept[1].storage_key)
    assert not still_promised(session, put(app, b"nobody's"))
    session.rollback()


def test_a_file_that_came_while_the_store_was_read_is_not_missing(
    app: Flask, kept: list[DocumentVersion], held_against: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.extensions["store"]
    listed = [held for held in store.everything() if held.name != kept[0].storage_key]
    monkeypatch.setattr(type(store), "everything", lambda self: iter(listed))
    assert held_against().findings == []


def test_the_worker_removes_once_a_day_what_nobody_came_for(
    app: Flask, kept: list[DocumentVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.extensions["store"]
    old = put(app, b"its form was closed")
    age(file_of(store, old))
    with app.app_context():
        worker = Worker(app)
        assert worker.tidy() is True
        assert not file_of(store, old).exists()
        age(file_of(store, put(app, b"its form was closed")))
        assert worker.tidy() is False
    assert file_of(store, old).exists()
    assert file_of(store, kept[0].storage_key).exists()


def test_every_table_that_names_a_stored_file_is_in_the_list() -> None:
    naming = {mapper.class_ for mapper in Base.registry.mappers if "storage_key" in mapper.columns}
    assert {keeper.model for keeper in KEEPERS} == naming


def test_every_area_that_is_written_is_in_the_list() -> None:
    written = {area for path in VETTING.rglob("*.py") if path.parent.name != "storage" for area in areas_in(path)}
    assert written == set(AREAS)


def areas_in(path: Path) -> Iterator[str]:
    """The areas that a module puts files in, by name or by a constant."""
    tree = ast.parse(path.read_text())
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "put":
            for given in call.keywords:
                if given.arg == "area":
                    yield given.value.value if isinstance(given.value, ast.Constant) else _constant(path, given.value)


def _constant(path: Path, name: ast.expr) -> str:
    module = importlib.import_module(".".join(path.relative_to(VETTING.parent).with_suffix("").parts))
    return str(getattr(module, ast.unparse(name)))
