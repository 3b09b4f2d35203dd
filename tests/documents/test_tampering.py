"""Whatever is done to a sealed file or its history, the page and the program for lawyers both notice."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from tests.documents import test_seal as changes
from tests.documents.samples import CERTIFICATE, CONTENT, SCANS, on_paper, with_content
from tests.support import soak
from vetting.canonical import canonical_json, digest
from vetting.documents import examination
from vetting.documents.agreement import executed_pdf
from vetting.documents.check import UNKNOWN, Outcome, RegisterEntry, verdict
from vetting.documents.export import ManifestEntry, signed_manifest
from vetting.documents.keys import SealKeys
from vetting.documents.seal import SEAL_FIELD, seal_pdf, signer_of
from vetting.documents.standalone import check_agreement as checker
from vetting.models import HistoryEntry

GOOD = (Outcome.EXACT_COPY, Outcome.SUPERSEDED)


def history(compared: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Two chains as the engine writes them: the agreement's and one signer's, who may have signed on paper."""
    entries: list[dict[str, Any]] = []
    last: dict[tuple[str, int], HistoryEntry] = {}
    for kind, number, step, data in (
        ("agreement", 7, "draft", {}),
        ("agreement", 7, "send", {"version": 1, "content_sha256": CERTIFICATE["content_sha256"]}),
        ("signer", 3, "name", {}),
        ("signer", 3, "sign", {"content_sha256": CERTIFICATE["content_sha256"], **(compared or {})}),
        ("agreement", 7, "all_signed", {"note": "Ñandú, 王"}),
    ):
        before = last.get((kind, number))
        entry = HistoryEntry(
            subject_type=kind,
            subject_id=number,
            sequence=before.sequence + 1 if before else 1,
            step=step,
            from_state="a" if before else None,
            to_state="b",
            actor_id=5,
            actor_kind="person",
            actor_name="Dolores Peña",
            at=datetime(2026, 9, 8, 12, len(entries), tzinfo=UTC),
            reason="",
            data=data,
            application_id=None,
            organization_id=1,
            agreement_id=7,
            school_id=2,
            previous_hash=before.hash if before else "0" * 64,
        )
        entry.hash = entry.computed_hash()
        last[kind, number] = entry
        entries.append({**entry.sealed_content(), "hash": entry.hash})
    return entries


@dataclass(frozen=True)
class Sealed:
    """A sealed file with everything that says it is genuine."""

    pdf: bytes
    audit: bytes
    keys: SealKeys
    entry: RegisterEntry
    roots: bytes
    listed: Mapping[str, Mapping[str, Any]]

    def page(self, pdf: bytes, *, look: bool = True) -> Outcome:
        """What the page says; with ``look`` the file is taken apart, as it always is there."""
        sha256 = hashlib.sha256(pdf).hexdigest()
        found = examination.facts(pdf, list(self.keys.trusted_pem)) if look else UNKNOWN
        return verdict(sha256, self.entry if sha256 == self.entry.sha256 else None, found).outcome

    def program(self, pdf: bytes, *, with_list: bool = True) -> checker.Report:
        """What the program for lawyers says."""
        return checker.check_file(pdf, roots=self.roots, listed=self.listed if with_list else None)


@pytest.fixture(scope="module")
def whole(keys: SealKeys) -> Sealed:
    audit = history()
    head = audit[-1]["hash"]
    pdf = seal_pdf(
        executed_pdf(CONTENT, {**CERTIFICATE, "chain_head": head}, audit), keys, reason="Executed", location="x"
    )
    sha256 = hashlib.sha256(pdf).hexdigest()
    sealed_at = datetime.now(UTC)
    signed = signed_manifest(
        [
            ManifestEntry(
                file="a.pdf", reference=CONTENT["reference"], version=1, sha256=sha256, size=len(pdf),
                content_sha256=CERTIFICATE["content_sha256"], chain_head=head, executed_at=sealed_at.isoformat(),
                seal_fingerprint=keys.fingerprint, state="in_force",
            )
        ],
        keys,
        sealed_at,
    )  # fmt: skip
    roots = "".join(keys.trusted_pem).encode()
    assert checker.signature_problem(signed.manifest, signed.signature, roots) == ""
    assert checker.signature_problem(signed.manifest + b"\n", signed.signature, roots) != ""
    return Sealed(
        pdf,
        canonical_json(audit),
        keys,
        RegisterEntry(
            sha256, CONTENT["reference"], "x", superseded=False, content_sha256=CERTIFICATE["content_sha256"],
            seal_fingerprint=keys.fingerprint, sealed_at=sealed_at,
        ),
        roots,
        checker.read_manifest(signed.manifest),
    )  # fmt: skip


MATRIX: Mapping[str, tuple[Callable[[bytes], bytes], int]] = {
    "a byte of a page": (changes.in_stream, checker.WRONG),
    "a byte of the attached data": (changes.in_attachment, checker.WRONG),
    "bytes behind the end": (changes.appended, checker.WRONG),
    "a later revision of a page": (changes.another_page_text, checker.WRONG),
    "a later revision with a box over the text": (changes.box_over_the_text, checker.WRONG),
    "a later revision of the catalog": (changes.another_language, checker.WRONG),
    # No seal covers the room inside itself, and only the list knows.
    "a digit in the unused room of the seal": (changes.in_seal_padding, checker.UNPROVEN),
}
"""What is done to the file, and what the program says of it without the list."""


def test_the_file_itself_is_found_exact_by_both(whole: Sealed) -> None:
    assert whole.page(whole.pdf) is Outcome.EXACT_COPY
    report = whole.program(whole.pdf)
    assert report.code == checker.EXACT, report.lines
    alone = whole.program(whole.pdf, with_list=False)
    assert alone.code == checker.UNPROVEN
    assert any("bytes outside the signed range are unproven" in line for line in alone.lines)


@pytest.mark.parametrize("row", MATRIX)
def test_each_row_of_the_matrix_is_caught_by_the_program(row: str, whole: Sealed) -> None:
    """That the page catches them is asked in ``test_seal``, through the process it really uses."""
    change, alone = MATRIX[row]
    changed = change(whole.pdf)
    assert whole.program(changed, with_list=False).code == alone
    assert checker.check_file(changed, roots=None, listed=whole.listed).code == checker.WRONG


def test_a_scan_inside_is_told_from_the_data_and_held_against_the_history(keys: SealKeys) -> None:
    audit = history({"scan_sha256": hashlib.sha256(next(iter(SCANS.values()))).hexdigest()})
    other = {name: body + b" " for name, body in SCANS.items()}
    for scans, seen in ((SCANS, "yes "), (other, "NO ")):
        certificate = on_paper({**CERTIFICATE, "chain_head": audit[-1]["hash"]}, scans)
        pdf = seal_pdf(executed_pdf(CONTENT, certificate, audit, scans=scans), keys, reason="Executed", location="x")
        report = checker.check_file(pdf, roots="".join(keys.trusted_pem).encode(), listed=None)
        assert [line for line in report.lines if "scan" in line] == [
            f"  {seen:<8} The scan inside is the signed paper that was compared with the text."
        ]
        assert "  yes      The agreement data inside is the text that was signed." in report.lines
        assert report.code == (checker.UNPROVEN if scans is SCANS else checker.WRONG)


def test_a_file_cut_back_to_before_its_seal_is_caught(whole: Sealed) -> None:
    cut = whole.pdf[: whole.pdf.index(b"%%EOF") + 6]
    assert whole.page(cut) is Outcome.UNSEALED_DRAFT
    assert whole.program(cut).code == checker.WRONG
    assert whole.program(cut, with_list=False).code == checker.WRONG


def test_a_look_alike_under_the_same_names_is_caught(whole: Sealed, other_keys: SealKeys) -> None:
    content, certificate = with_content(services="Something nobody agreed to")
    forged = seal_pdf(executed_pdf(content, certificate, history()), other_keys, reason="Executed", location="x")
    assert whole.page(forged) is Outcome.NOT_OURS
    assert whole.program(forged).code == checker.WRONG
    assert whole.program(forged, with_list=False).code == checker.WRONG


def test_a_second_seal_cannot_be_added(whole: Sealed, other_keys: SealKeys) -> None:
    with signer_of(other_keys) as signer, pytest.raises(SigningError):
        PdfSigner(PdfSignatureMetadata(field_name="Another"), signer).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(whole.pdf))
        )


def with_another_signature(pdf: bytes, keys: SealKeys) -> bytes:
    """A later revision with a signature of somebody else, written around the library's refusal to add one."""
    embedding = PdfCMSEmbedder().write_cms("Another", IncrementalPdfFileWriter(io.BytesIO(pdf)))
    next(embedding)
    embedding.send(
        SigObjSetup(sig_placeholder=SignatureObject(subfilter=SigSeedSubFilter.PADES, bytes_reserved=16_384))
    )
    prepared, output = embedding.send(SigIOSetup(md_algorithm="sha256"))
    with signer_of(keys) as signer:
        signature = asyncio.run(signer.async_sign(prepared.document_digest, "sha256", use_pades=True))
    embedding.send(signature)
    return output.getvalue()


def open_to_signatures(keys: SealKeys) -> bytes:
    """A document under our seal that allows further signatures, as ours never do (P=2)."""
    metadata = PdfSignatureMetadata(
        field_name=SEAL_FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )  # fmt: skip
    writer = IncrementalPdfFileWriter(io.BytesIO(executed_pdf(CONTENT, CERTIFICATE, history())))
    with signer_of(keys) as signer:
        return PdfSigner(metadata, signer).sign_pdf(writer).getvalue()


@pytest.mark.parametrize("closed", [True, False], ids=["closed to changes", "open to signatures"])
def test_a_signature_added_by_somebody_else_is_caught(closed: bool, whole: Sealed, other_keys: SealKeys) -> None:
    rogue = with_another_signature(whole.pdf if closed else open_to_signatures(whole.keys), other_keys)
    found = examination.facts(rogue, list(whole.keys.trusted_pem))
    # The library itself calls our seal intact in both.
    assert [item["intact"] for item in found["signatures"]] == [True, True]  # type: ignore[attr-defined]
    assert whole.page(rogue) is Outcome.SEALED_BUT_CHANGED
    assert whole.program(rogue).code == checker.WRONG
    assert whole.program(rogue, with_list=False).code == checker.WRONG


def test_our_own_seal_that_allows_signatures_is_not_taken_for_ours(whole: Sealed) -> None:
    opened = open_to_signatures(whole.keys)
    assert whole.page(opened) is Outcome.SEALED_BUT_CHANGED
    assert whole.program(opened).code == checker.WRONG


def test_a_list_signed_by_somebody_else_is_refused(whole: Sealed, other_keys: SealKeys) -> None:
    signed = signed_manifest([], other_keys, datetime(2026, 10, 1, tzinfo=UTC))
    assert "not signed under" in checker.signature_problem(signed.manifest, signed.signature, whole.roots)
    with pytest.raises(checker.CannotCheck, match="not complete"):
        checker.read_manifest(signed.manifest + b"{}\n")


@pytest.mark.soak
def test_no_changed_byte_of_the_file_passes(whole: Sealed) -> None:
    """Every change is asked about at both places; the file is taken apart for some of them, which takes longest."""
    chance = random.Random(soak.SEED)
    for number in range(soak.amount(500, 10_000)):
        place = chance.randrange(len(whole.pdf))
        changed = bytearray(whole.pdf)
        changed[place] ^= chance.randrange(1, 256)
        look = number % soak.amount(50, 10) == 0
        assert whole.page(bytes(changed), look=look) not in GOOD, place
        if look:
            assert whole.program(bytes(changed)).code == checker.WRONG, place
        assert hashlib.sha256(changed).hexdigest() not in whole.listed, place


@pytest.mark.soak
def test_no_changed_byte_of_the_history_passes(whole: Sealed) -> None:
    head = whole.listed[whole.entry.sha256]["chain_head"]
    assert checker.chain_problem(whole.audit, head) == ""
    chance = random.Random(soak.SEED)
    for _ in range(soak.amount(500, 10_000)):
        place = chance.randrange(len(whole.audit))
        changed = bytearray(whole.audit)
        changed[place] ^= chance.randrange(1, 256)
        assert checker.chain_problem(bytes(changed), head), place


def test_entries_taken_out_put_in_or_moved_are_noticed(whole: Sealed) -> None:
    entries = json.loads(whole.audit)
    for other in (entries[:-1], entries[1:], [*entries[:2], *entries[3:]], entries[::-1], [*entries, entries[-1]], []):
        assert checker.chain_problem(canonical_json(other), entries[-1]["hash"])
    rewritten = [dict(entry) for entry in entries]
    rewritten[0]["reason"] = "Another reason"
    rewritten[0]["hash"] = digest("history.v1", {key: rewritten[0][key] for key in rewritten[0] if key != "hash"})
    assert checker.chain_problem(canonical_json(rewritten))
