"""Anybody checks a document: by its code, by its SHA-256, by sending it; with a seal of former years too."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from tests.support.stored import body_of
from vetting import clock
from vetting.documents import process
from vetting.documents.slots import place
from vetting.models import Agreement, AgreementState, ExecutedDocument, Role, SealCertificate
from vetting.unit_of_work import unit_of_work
from vetting.views.verify import AT_ONCE

EXACT = "This is an exact copy of the executed agreement."

Execute = Callable[[int], None]


@pytest.fixture
def executed(make: Factory, session: Session, execute: Execute) -> Agreement:
    agreement = make.signed(make.agreement())
    session.commit()
    execute(agreement.id)
    return agreement


@pytest.fixture
def document(app: Flask, session: Session, executed: Agreement) -> bytes:
    """The sealed file."""
    with looking(session):
        found = session.scalars(sa.select(ExecutedDocument)).one()
    return body_of(app.extensions["store"], found.storage_key)


def sent(client: CheckingClient, body: bytes) -> str:
    data = {"file": (io.BytesIO(body), "agreement.pdf"), "csrf_token": client.csrf_token()}
    answer = client.open("/verify", method="POST", data=data, csrf=False, content_type="multipart/form-data")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_code_or_a_hash_is_looked_up_without_the_file(
    client: CheckingClient, executed: Agreement, document: bytes
) -> None:
    sha256 = hashlib.sha256(document).hexdigest()
    found = client.get(f"/verify?sha256=%20{sha256.upper()}").get_data(as_text=True)
    assert EXACT in found
    assert executed.reference in found
    assert "Your file was not sent to us." in found
    unknown = client.get("/verify?sha256=" + "0" * 64).get_data(as_text=True)
    assert "No agreement we issued has this SHA-256." in unknown
    assert "exact copy" not in unknown
    broken = client.get("/verify?sha256=12345")
    assert broken.status_code == 422
    assert 'value="12345"' in broken.get_data(as_text=True)
    to_code = client.get(f"/verify?code={executed.verify_code.upper()}")
    assert (to_code.status_code, to_code.location) == (303, f"/verify/{executed.verify_code}")
    wrong = client.get("/verify?code=nothing")
    assert wrong.status_code == 422
    assert "No sealed agreement has this code." in wrong.get_data(as_text=True)


def test_a_replaced_agreement_says_so_by_every_way(
    client: CheckingClient, make: Factory, session: Session, executed: Agreement, document: bytes
) -> None:
    session.refresh(executed)
    make.take("agreement", executed, "supersede")
    session.commit()
    for page in (sent(client, document), client.get(f"/verify?sha256={hashlib.sha256(document).hexdigest()}").text):
        assert "exact copy of an executed agreement that a later one has replaced" in page
    assert executed.state is AgreementState.SUPERSEDED


def test_a_later_change_of_names_changes_no_document(
    client: CheckingClient,
    make: Factory,
    session: Session,
    executed: Agreement,
    document: bytes,
    browser_for: Callable[..., CheckingClient],
) -> None:
    """What was signed stays, whatever the partner and the school are called today."""
    with unit_of_work(session):
        executed.organization.legal_name = "Quite Another Name"
        executed.school.name = "Another School"
        program = executed.partnership.program
        program.name = "Another Program"
    coordinator = make.person("Cora Office", Role.COORDINATOR)
    session.commit()
    with browser_for(coordinator).get(f"/agreements/{executed.reference}/document.pdf") as again:
        assert again.data == document
        assert again.headers["ETag"] == f'"{hashlib.sha256(document).hexdigest()}"'
    assert EXACT in client.get(f"/verify?sha256={hashlib.sha256(document).hexdigest()}").text
    assert "Quite Another Name" not in client.get(f"/verify/{executed.verify_code}").text


def test_a_file_whose_reader_was_killed_is_not_called_unreadable(
    app: Flask, client: CheckingClient, document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"file": (io.BytesIO(document), "agreement.pdf"), "csrf_token": client.csrf_token()}
    with monkeypatch.context() as patch:
        patch.setattr(process, "CHILD", "tests.support.killed_children")
        ended = client.open("/verify", method="POST", data=data, csrf=False, content_type="multipart/form-data")
    assert (ended.status_code, ended.headers["Retry-After"]) == (503, "10")
    assert "could not be checked just now" in ended.get_data(as_text=True)
    assert EXACT in sent(client, document)


def test_when_all_places_are_taken_a_person_is_asked_to_come_back(
    app: Flask, client: CheckingClient, document: bytes
) -> None:
    folder = app.config["SETTINGS"].instance / "work" / "verify"
    data = {"file": (io.BytesIO(document), "agreement.pdf"), "csrf_token": client.csrf_token()}
    with place(folder, AT_ONCE), place(folder, AT_ONCE):
        busy = client.open("/verify", method="POST", data=data, csrf=False, content_type="multipart/form-data")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "10")
    assert "Please try again in 10 seconds." in busy.get_data(as_text=True)
    assert EXACT in sent(client, document)


def test_a_document_outlives_its_seal(  # noqa: PLR0917 - each is a fixture
    app: Flask,
    client: CheckingClient,
    make: Factory,
    session: Session,
    execute: Execute,
    executed: Agreement,
    document: bytes,
) -> None:
    """After the key was replaced the old document is as good as ever, and the new one names its own seal."""
    instance: Path = app.config["SETTINGS"].instance
    shutil.rmtree(instance / "keys" / "development")
    later = make.signed(make.agreement())
    session.commit()
    execute(later.id)
    with looking(session):
        first, second = session.scalars(sa.select(SealCertificate).order_by(SealCertificate.id)).all()
        new = session.scalars(sa.select(ExecutedDocument).order_by(ExecutedDocument.id.desc())).first()
    assert new is not None
    assert first.fingerprint != second.fingerprint == new.seal_fingerprint
    for body in (document, body_of(app.extensions["store"], new.storage_key)):
        assert EXACT in sent(client, body)
    page = client.get("/pki/").get_data(as_text=True)
    assert all(seal.fingerprint in page for seal in (first, second))
    assert client.get(f"/pki/{first.fingerprint}.pem").text == first.chain
    roots = x509.load_pem_x509_certificates(client.get("/pki/district-roots.pem").data)
    assert len(roots) == 2
    with client.get("/pki/program/check_agreement.py") as program:
        assert program.text.startswith("#!/usr/bin/env python3")
    assert client.get("/pki/absent.crl").status_code == 404
    assert client.get("/pki/program/passphrase").status_code == 404


@pytest.mark.parametrize(("moved", "counts"), [(timedelta(days=1), True), (timedelta(days=-1), False)])
def test_a_withdrawn_seal_counts_for_what_it_sealed_before(
    moved: timedelta, counts: bool, app: Flask, client: CheckingClient, document: bytes
) -> None:
    folder: Path = app.config["SETTINGS"].instance / "keys"
    withdraw(folder, clock.now() + moved)
    try:
        page = sent(client, document)
        changed = sent(client, document + b"\n")
        assert "Withdrawn on" in client.get("/pki/").get_data(as_text=True)
        assert client.get("/pki/test.crl").mimetype == "application/pkix-crl"
    finally:
        shutil.rmtree(folder / "crl")
    assert (EXACT in page) is counts
    assert ("its seal could not be confirmed" in page) is not counts
    # Without the register nobody knows when it was sealed: whoever has the stolen key could have done it today.
    assert "not sealed by this district" in changed


def withdraw(folder: Path, moment: datetime) -> None:
    """Has the authority of the development seal withdraw it."""
    home = folder / "development"
    key, authority, _ = pkcs12.load_key_and_certificates(
        (home / "ca.p12").read_bytes(), (home / "passphrase").read_bytes()
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert authority is not None
    seal = x509.load_pem_x509_certificate((home / "seal.pem").read_bytes())
    entry = x509.RevokedCertificateBuilder().serial_number(seal.serial_number).revocation_date(moment).build()
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(datetime(2026, 1, 1, tzinfo=UTC))
        .next_update(datetime(2046, 1, 1, tzinfo=UTC))
        .add_revoked_certificate(entry)
        .sign(key, SHA256())
    )
    (folder / "crl").mkdir()
    (folder / "crl" / "test.crl").write_bytes(revoked.public_bytes(Encoding.DER))
