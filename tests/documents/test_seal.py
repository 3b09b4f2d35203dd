"""The seal holds for every reader, and no changed file is ever called an exact copy."""

import dataclasses
import hashlib
import io
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys as keys_asn1
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.timestamps import DummyTimeStamper

from tests.documents.conftest import Register
from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT, with_content
from tests.support.tools import require_tool
from vetting.documents import examination
from vetting.documents.agreement import draft_pdf, executed_pdf
from vetting.documents.check import LARGEST_FILE, Outcome, Verdict, examine, self_check
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.errors import SealFailed, SelfCheckFailed
from vetting.documents.keys import SealKeys, load_seal_keys
from vetting.documents.process import Limits
from vetting.documents.seal import seal_pdf


def verdict(pdf: bytes, keys: SealKeys, register: Register) -> Verdict:
    return examine(pdf, trusted=keys.trusted_pem, register=register)


def passed(found: Verdict) -> dict[str, bool]:
    return {check.name: check.passed for check in found.checks}


def test_the_sealing_library_finds_it_whole_trusted_and_closed(sealed: bytes, keys: SealKeys) -> None:
    found = examination.facts(sealed, list(keys.trusted_pem))
    (seal,) = found["signatures"]  # type: ignore[misc]
    wanted = ("genuine", "intact", "whole_file", "unchanged_since", "no_changes_allowed")
    assert {name: seal[name] for name in wanted} == dict.fromkeys(wanted, True)
    assert seal["fingerprint"] == keys.fingerprint
    assert [found[name] for name in ("tagged", "pdfa", "pdfua")] == [True, True, True]


def test_an_independent_reader_finds_it_valid(sealed: bytes, tmp_path: Path) -> None:
    tool = require_tool("pdfsig")
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    arguments = [tool, "-nocert", tmp_path / "sealed.pdf"]
    report = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in report
    assert "Total document signed" in report
    assert report.count("Signature #") == 1


def test_sealing_changes_nothing_that_was_rendered(unsealed: bytes, sealed: bytes) -> None:
    assert sealed.startswith(unsealed)
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()
        assert not list(pdf.Root.AcroForm.Fields[0].AP.N.get("/Resources", {}).get("/Font", {}))


def test_the_stored_file_is_an_exact_copy(sealed: bytes, keys: SealKeys, register: Register) -> None:
    found = verdict(sealed, keys, register)
    assert found.outcome is Outcome.EXACT_COPY
    assert all(passed(found).values())
    assert len(passed(found)) == 9
    assert found.entry is not None
    assert found.entry.reference == CONTENT["reference"]


def test_a_replaced_agreement_is_called_that(sealed: bytes, keys: SealKeys, register: Register) -> None:
    entry = register(hashlib.sha256(sealed).hexdigest())
    assert entry is not None
    replaced = dataclasses.replace(entry, superseded=True)
    assert examine(sealed, trusted=keys.trusted_pem, register=lambda _: replaced).outcome is Outcome.SUPERSEDED


def test_a_file_in_the_register_whose_seal_we_no_longer_trust_is_not_called_exact(
    sealed: bytes, other_keys: SealKeys, register: Register
) -> None:
    assert verdict(sealed, other_keys, register).outcome is Outcome.SEAL_UNCONFIRMED


def flip(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def in_stream(sealed: bytes) -> bytes:
    return flip(sealed, sealed.index(b"stream\n") + 60)


def in_attachment(sealed: bytes) -> bytes:
    return flip(sealed, sealed.index(b"stream\n", sealed.index(b"/EmbeddedFile")) + 40)


def in_seal_padding(sealed: bytes) -> bytes:
    """Another hexadecimal digit in the unused room behind the seal, which no signature covers."""
    end = re.search(rb"/Contents <[0-9a-fA-F]+?(0{40,})>", sealed)
    assert end is not None
    return sealed[: end.start(1) + 20] + b"1" + sealed[end.start(1) + 21 :]


def appended(sealed: bytes) -> bytes:
    return sealed + b"\n% one more line\n"


def another_language(sealed: bytes) -> bytes:
    """A later revision that changes the catalog."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Lang"] = pdf_string("fr")
    writer.update_root()
    return written(writer)


def another_page_text(sealed: bytes) -> bytes:
    """A later revision that draws over the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Rotate")] = writer.root["/Pages"]["/Count"]
    writer.mark_update(page.container_ref)
    return written(writer)


def box_over_the_text(sealed: bytes) -> bytes:
    """A later revision that lays a box over the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0]
    box = DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/FreeText"),
        NameObject("/Rect"): ArrayObject(map(NumberObject, (50, 50, 300, 90))),
        NameObject("/Contents"): pdf_string("Free of charge"),
    })  # fmt: skip
    page[NameObject("/Annots")] = ArrayObject([writer.add_object(box)])
    writer.mark_update(page.container_ref)
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


CHANGES = [in_stream, in_attachment, in_seal_padding, appended, another_language, another_page_text, box_over_the_text]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_file_is_recognized_as_ours_but_changed(
    change: object, sealed: bytes, keys: SealKeys, register: Register
) -> None:
    assert callable(change)
    changed = change(sealed)
    assert changed != sealed
    found = verdict(changed, keys, register)
    assert found.outcome is Outcome.SEALED_BUT_CHANGED
    assert not passed(found)["In our register"]


def test_our_certificate_copied_into_a_foreign_seal_is_not_our_seal(
    sealed: bytes, keys: SealKeys, register: Register
) -> None:
    """The signature value itself is changed, so nobody who holds our key has made it."""
    container = re.search(rb"/Contents <([0-9a-fA-F]+?)0{40,}>", sealed)
    assert container is not None
    forged = sealed[: container.end(1) - 8] + b"00000000" + sealed[container.end(1) :]
    found = verdict(forged, keys, register)
    assert found.outcome is Outcome.NOT_OURS
    assert not passed(found)["Our seal"]


def test_a_seal_counts_after_its_certificate_has_ended(sealed: bytes, keys: SealKeys, register: Register) -> None:
    entry = register(hashlib.sha256(sealed).hexdigest())
    assert entry is not None
    long_after = examination.facts(sealed, list(keys.trusted_pem), datetime(2046, 1, 1, tzinfo=UTC))
    then = examination.facts(sealed, list(keys.trusted_pem), datetime(2026, 9, 10, tzinfo=UTC))
    assert [found["signatures"][0]["genuine"] for found in (long_after, then)] == [False, True]  # type: ignore[index]
    known = dataclasses.replace(entry, sealed_at=datetime(2026, 9, 10, tzinfo=UTC))
    assert examine(sealed, trusted=keys.trusted_pem, register=lambda _: known).outcome is Outcome.EXACT_COPY
    ended = dataclasses.replace(entry, sealed_at=datetime(2046, 1, 1, tzinfo=UTC))
    assert examine(sealed, trusted=keys.trusted_pem, register=lambda _: ended).outcome is Outcome.SEAL_UNCONFIRMED


def test_bytes_outside_the_seal_are_named(sealed: bytes, keys: SealKeys, register: Register) -> None:
    checks = passed(verdict(appended(sealed), keys, register))
    assert (checks["Sealed text unchanged"], checks["Whole file sealed"]) == (True, False)
    checks = passed(verdict(another_language(sealed), keys, register))
    assert (checks["Whole file sealed"], checks["Closed to changes"]) == (False, False)


def test_cut_back_to_before_the_seal_it_is_a_draft(
    sealed: bytes, unsealed: bytes, keys: SealKeys, register: Register
) -> None:
    assert verdict(sealed[: len(unsealed)], keys, register).outcome is Outcome.UNSEALED_DRAFT
    draft = draft_pdf(CONTENT, datetime(2026, 9, 1, tzinfo=UTC))
    assert verdict(draft, keys, register).outcome is Outcome.UNSEALED_DRAFT


def test_a_seal_with_our_names_but_another_key_is_not_ours(
    keys: SealKeys, other_keys: SealKeys, register: Register
) -> None:
    content, certificate = with_content(services="Something nobody agreed to")
    forged = seal_pdf(executed_pdf(content, certificate, AUDIT), other_keys, reason="Executed agreement", location="x")
    assert other_keys.subject == keys.subject
    found = verdict(forged, keys, register)
    assert found.outcome is Outcome.NOT_OURS
    assert passed(found)["Sealed text unchanged"]
    assert not passed(found)["Our seal"]


def test_other_files_get_an_answer_too(keys: SealKeys, register: Register) -> None:
    blank = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(blank)
    assert verdict(blank.getvalue(), keys, register).outcome is Outcome.NOT_OURS
    for rubbish in (b"", b"hello", b"%PDF-1.7\n" + b"[" * 100_000, b"\0" * 1000):
        assert verdict(rubbish, keys, register).outcome is Outcome.UNREADABLE
    assert verdict(b"%PDF" + b" " * LARGEST_FILE, keys, register).outcome is Outcome.UNREADABLE


def test_a_file_that_takes_too_long_gets_an_answer(sealed: bytes, keys: SealKeys) -> None:
    found = examine(
        sealed, trusted=keys.trusted_pem, register=lambda _: None, limits=Limits(wall_seconds=0.05, cpu_seconds=1)
    )
    assert found.outcome is Outcome.UNREADABLE


def test_a_good_file_passes_its_own_check_and_a_wrong_one_does_not(
    sealed: bytes, unsealed: bytes, keys: SealKeys, other_keys: SealKeys
) -> None:
    self_check(sealed, keys, CERTIFICATE["content_sha256"])
    with pytest.raises(SelfCheckFailed, match="not the text that was signed"):
        self_check(sealed, keys, "00" * 32)
    with pytest.raises(SelfCheckFailed, match="no seal"):
        self_check(unsealed, keys, CERTIFICATE["content_sha256"])
    with pytest.raises(SelfCheckFailed, match="district's certificate"):
        self_check(sealed, other_keys, CERTIFICATE["content_sha256"])
    with pytest.raises(SelfCheckFailed):
        self_check(in_stream(sealed), keys, CERTIFICATE["content_sha256"])


def test_a_sealed_file_cannot_be_sealed_again(sealed: bytes, keys: SealKeys) -> None:
    with pytest.raises(SealFailed):
        seal_pdf(sealed, keys, reason="again", location="x")


def test_a_file_without_the_field_or_an_ended_certificate_is_not_sealed(unsealed: bytes, keys: SealKeys) -> None:
    draft = draft_pdf(CONTENT, datetime(2026, 9, 1, tzinfo=UTC))
    with pytest.raises(SealFailed):
        seal_pdf(draft, keys, reason="x", location="x")
    ended = dataclasses.replace(keys, not_after=datetime(2021, 1, 1, tzinfo=UTC))
    with pytest.raises(SealFailed, match="2021-01-01"):
        seal_pdf(unsealed, ended, reason="x", location="x")


def test_a_time_stamp_is_inside_the_one_revision_and_is_reported(
    unsealed: bytes, keys: SealKeys, tmp_path: Path
) -> None:
    ensure_development_keys(tmp_path)
    folder = tmp_path / "development"
    own = load_seal_keys(tmp_path)
    stamped = seal_pdf(unsealed, own, reason="x", location="x", timestamper=authority(folder))
    self_check(stamped, own, CERTIFICATE["content_sha256"])
    assert verdict(stamped, own, lambda _: None).time_stamp.startswith("2026-09-10T18:05:00")
    assert verdict(stamped, keys, lambda _: None).outcome is Outcome.NOT_OURS


def authority(folder: Path) -> DummyTimeStamper:
    """A time-stamp authority under the development root; its key must be RSA for the library's own authority."""
    passphrase = (folder / "passphrase").read_bytes()
    ca_key, ca, _ = pkcs12.load_key_and_certificates((folder / "ca.p12").read_bytes(), passphrase)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    assert ca is not None
    key = rsa.generate_private_key(65537, 2048)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time stamps for tests")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(ca_key, SHA256())
    )
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        keys_asn1.PrivateKeyInfo.load(der),
        certs_to_embed=[asn1_x509.Certificate.load(ca.public_bytes(Encoding.DER))],
        fixed_dt=datetime(2026, 9, 10, 18, 5, tzinfo=UTC),
    )
