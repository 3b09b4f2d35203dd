"""Execution survives a kill at any point: one document, one message for each event and recipient."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from tests.support.soak import FULL
from tests.support.stored import body_of, file_of
from vetting import fonts
from vetting.documents.export import read_manifest
from vetting.extensions import db
from vetting.jobs.export import MANIFEST, ROOTS, ExportFailed, export
from vetting.models import Agreement, AgreementState, ExecutedDocument, OutboxMessage, Role, SealCertificate
from vetting.queries import agreements
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker

POINTS = (
    "before the seal is on record",
    "after the seal is on record",
    "before rendering",
    "after rendering",
    "after sealing",
    "after checking",
    "after putting aside",
    "after storing",
    "before the last step",
    "after the last step",
    "before the commit",
    "after the commit",
)

REDUCED = ("before rendering", "after storing", "after the last step")

SignAll = Callable[[Agreement], Agreement]
SCRIPT = Path(__file__).with_name("killed_worker.py")
ROOT = Path(__file__).resolve().parents[3]


def run(app: Flask, agreement_id: int, point: str) -> int:
    """The exit status of a worker that is told to die at ``point``."""
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ,
        "VETTING_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PASSWORD_SALT": settings.password_salt,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), point, str(agreement_id)], env=environment, capture_output=True, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS if FULL else REDUCED)
def test_killed_at_any_point_and_repeated_there_is_one_document(
    point: str,
    app: Flask,
    make: Factory,
    session: Session,
    signed_by_all: SignAll,
    execute: Callable[[int], None],
) -> None:
    agreement = signed_by_all(make.agreement())
    agreement_id = agreement.id
    session.commit()
    assert run(app, agreement_id, point) == -signal.SIGKILL
    execute(agreement_id)
    execute(agreement_id)
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.IN_FORCE
        assert len(session.scalars(sa.select(SealCertificate)).all()) == 1
        found = session.scalars(sa.select(ExecutedDocument)).one()
        body = body_of(app.extensions["store"], found.storage_key)
        assert hashlib.sha256(body).hexdigest() == found.sha256
        assert list(app.extensions["store"].keys("executed")) == [found.storage_key]
        told = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.executed")
        ).all()
        assert sorted(told) == sorted(set(told))
        assert told


def test_an_agreement_that_is_not_fully_signed_is_left_alone(
    make: Factory, session: Session, execute: Callable[[int], None]
) -> None:
    agreement = make.agreement()
    session.commit()
    execute(agreement.id)
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.DRAFT
        assert session.scalars(sa.select(ExecutedDocument)).all() == []


def checker(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the program in an export says, run as a reader would run it: in the folder, without this project."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [sys.executable, "-I", "check_agreement.py", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_export_can_be_checked_without_the_system(
    app: Flask,
    make: Factory,
    session: Session,
    signed_by_all: SignAll,
    execute: Callable[[int], None],
    tmp_path: Path,
) -> None:
    agreement = signed_by_all(make.agreement())
    session.commit()
    execute(agreement.id)
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    store, settings = app.extensions["store"], app.config["SETTINGS"]
    told: list[tuple[int, int]] = []
    folder = tmp_path / "export"
    done = export(sessions, store, settings, folder, lambda part, all_: told.append((part, all_)))
    assert (done.documents, told) == (1, [(0, 1), (1, 1)])
    (entry,) = read_manifest((folder / MANIFEST).read_bytes())
    assert (entry.reference, entry.version, entry.state) == (agreement.reference, 1, "in_force")
    assert hashlib.sha256((folder / entry.file).read_bytes()).hexdigest() == entry.sha256
    assert "check_agreement.py" in (folder / "README.txt").read_text()

    with_all = ("--trust", ROOTS, "--manifest", MANIFEST)
    found = checker(folder, *with_all, entry.file)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "This is an exact copy of the executed agreement." in found.stdout
    assert " NO " not in found.stdout

    without_list = checker(folder, "--trust", ROOTS, entry.file)
    assert without_list.returncode == 3
    assert "bytes outside the signed range are unproven" in without_list.stdout
    without_package = checker(folder, "--no-signature", "--manifest", MANIFEST, entry.file)
    assert without_package.returncode == 3, without_package.stdout
    assert "The history inside is whole" in without_package.stdout

    (folder / "more.pdf").write_bytes((folder / entry.file).read_bytes() + b"\n")
    assert checker(folder, *with_all, entry.file, "more.pdf").returncode == 1
    changed = (folder / MANIFEST).read_bytes().replace(entry.sha256[:8].encode(), b"00000000")
    (folder / MANIFEST).write_bytes(changed)
    refused = checker(folder, *with_all, entry.file)
    assert refused.returncode == 2
    assert "changed after it was signed" in refused.stdout

    with pytest.raises(ExportFailed, match="not empty"):
        export(sessions, store, settings, folder)
    with looking(session):
        document = session.scalars(sa.select(ExecutedDocument)).one()
    file_of(store, document.storage_key).write_bytes(b"something else")
    with pytest.raises(ExportFailed, match=agreement.reference):
        export(sessions, store, settings, tmp_path / "second")


def test_the_certificate_names_what_was_observed_of_each_signer(
    app: Flask, make: Factory, session: Session, signed_by_all: SignAll, execute: Callable[[int], None]
) -> None:
    import io

    import pikepdf

    agreement = signed_by_all(make.agreement())
    session.commit()
    execute(agreement.id)
    with looking(session):
        document = session.scalars(sa.select(ExecutedDocument)).one()
        version = document.agreement_version
        content = version.content
    with pikepdf.open(io.BytesIO(body_of(app.extensions["store"], document.storage_key))) as pdf:
        audit = json.loads(pdf.attachments["audit.json"].get_file().read_bytes())
        inside = json.loads(pdf.attachments["agreement.json"].get_file().read_bytes())
    assert inside == content
    assert [item["role_label"] for item in content["signers"]] == [
        "Authorized signer of the partner",
        "School leader",
        "District signatory",
    ]
    assert audit[-1]["hash"] == document.chain_head
    assert {entry["step"] for entry in audit} >= {"send", "consent", "sign", "all_signed"}


def test_a_damaged_file_from_an_earlier_attempt_is_not_taken_up(
    app: Flask, make: Factory, session: Session, signed_by_all: SignAll, execute: Callable[[int], None]
) -> None:
    agreement = signed_by_all(make.agreement())
    with looking(session):
        head = agreements.history(session, agreement)[-1].hash
    folder: Path = app.config["SETTINGS"].instance / "work"
    folder.mkdir(exist_ok=True)
    (folder / f"{agreement.id}-{head}.sealed").write_bytes(b"2026-11-22T00:00:00+00:00\n%PDF-1.7 cut short")
    execute(agreement.id)
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.IN_FORCE
        document = session.scalars(sa.select(ExecutedDocument)).one()
        assert document.size > 10_000
    assert list(folder.iterdir()) == []


def test_a_document_that_cannot_be_made_says_why_and_is_tried_again(
    app: Flask,
    make: Factory,
    session: Session,
    signed_by_all: SignAll,
    browser_for: Callable[..., CheckingClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A font that is not installed is an accident of the machine: nobody signs again because of it."""
    office = make.person("Cora Office", Role.COORDINATOR)
    agreement = signed_by_all(make.agreement())
    session.commit()
    page = f"/agreements/{agreement.reference}"
    browser = browser_for(office)
    assert "could not be made" not in browser.get(page).get_data(as_text=True)
    with monkeypatch.context() as without_fonts:
        without_fonts.setattr(fonts, "select", _no_fonts)
        worker_of(app).drain()
    said = browser.get(page).get_data(as_text=True)
    assert "The document could not be made yet" in said
    assert "The fonts are gone." in said
    with looking(session):
        session.refresh(agreement)
        version = str(agreement.version)
    answer = browser.post(f"/steps/agreement/{agreement.reference}/seal_again", data={"version": version})
    assert answer.status_code == 303
    assert "could not be made" not in browser.get(page).get_data(as_text=True)
    worker_of(app).drain()
    with looking(session):
        session.refresh(agreement)
        assert agreement.state is AgreementState.IN_FORCE
        assert len(session.scalars(sa.select(ExecutedDocument)).all()) == 1


def test_a_sign_that_no_font_has_is_refused_before_anybody_signs(
    make: Factory, session: Session, browser_for: Callable[..., CheckingClient]
) -> None:
    agreement = make.agreement()
    with unit_of_work(session):
        agreement.draft = {**agreement.draft, "services": "Music lessons \U0001f3bb"}
    office = browser_for(make.person("Cora Office", Role.COORDINATOR))
    version = str(agreement.version)
    session.commit()
    answer = office.post(f"/agreements/{agreement.reference}/send", data={"version": version})
    assert answer.status_code == 409
    assert "The document cannot print \U0001f3bb (U+1F3BB)." in answer.get_data(as_text=True)


def worker_of(app: Flask) -> Worker:
    with app.app_context():
        return Worker(app)


def _no_fonts(*_: object) -> None:
    raise fonts.FontsMissing("The fonts are gone.")
