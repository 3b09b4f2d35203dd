#!/usr/bin/env python3
"""Check an executed agreement on your own computer, without the internet and without the district's system.

    python check_agreement.py --trust district-roots.pem --manifest manifest.jsonl AGREEMENT.pdf

One file. It needs Python 3.10 or newer and, for the seals, the package pyHanko (`pip install pyhanko`). With
`--no-signature` it needs nothing else, and checks the SHA-256 against the list and the history inside the file.

Get the district's root certificate from the district itself, by a way you trust, and not from whoever sent the file.

Exit codes: 0 the file is an exact copy; 1 it is not (changed, damaged or not from this district);
2 nothing could be checked; 3 what was checked is in order, but not everything could be proved.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXACT, WRONG, UNCHECKED, UNPROVEN = 0, 1, 2, 3

SCHEMA = "executed-agreements/2"
FIRST = "0" * 64
LARGEST = 20_000_000
JSON_TYPE, SCAN = b"/Subtype /application#2fjson", "scan"
SEAL_FIELD = "DistrictSeal"

VERDICTS = {
    EXACT: "This is an exact copy of the executed agreement.",
    WRONG: "This is NOT an exact copy of an executed agreement of this district.",
    UNCHECKED: "This file could not be checked.",
    UNPROVEN: "What could be checked is in order, but this does not prove an exact copy.",
}


class CannotCheck(Exception):
    """The list, the certificates or the file cannot be used; the message says why."""


@dataclass
class Report:
    """What was found about one file, line by line, and the exit code it comes to."""

    code: int = EXACT
    lines: list[str] = field(default_factory=list)

    def passed(self, words: str) -> None:
        self.lines.append(f"  yes      {words}")

    def failed(self, words: str) -> None:
        self.lines.append(f"  NO       {words}")
        self.code = WRONG

    def unproven(self, words: str) -> None:
        self.lines.append(f"  unproven {words}")
        if self.code == EXACT:
            self.code = UNPROVEN

    def note(self, words: str) -> None:
        self.lines.append(f"           {words}")


# --- the one form of data that is hashed -------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """JSON with sorted keys (by UTF-16), no spaces, text as it is."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, float):
        raise TypeError("a number with a fraction has no place here")
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def digest(purpose: str, value: object) -> str:
    """SHA-256 (hex) of a purpose, a zero byte and the canonical form."""
    return hashlib.sha256(purpose.encode() + b"\0" + canonical(value)).hexdigest()


# --- the list ----------------------------------------------------------------------------------------------------


def read_manifest(content: bytes) -> dict[str, Mapping[str, Any]]:
    """The documents of a list by their SHA-256. Says nothing about who made the list."""
    try:
        head, *rows = [json.loads(line) for line in content.decode("utf-8").splitlines()]
        if head["schema"] != SCHEMA or head["documents"] != len(rows):
            raise CannotCheck("The list is not complete, or not a list of executed agreements.")
        return {str(row["sha256"]): row for row in rows}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise CannotCheck("The list is damaged.") from None


def signature_problem(content: bytes, signature: bytes, roots: bytes) -> str:
    """Why the list was not signed by the district; empty when it was. Needs pyHanko."""
    import asyncio

    from asn1crypto import cms
    from pyhanko.sign.validation import async_validate_detached_cms

    try:
        signed = cms.ContentInfo.load(signature)["content"]
        status = asyncio.run(async_validate_detached_cms(content, signed, signer_validation_context=_trust(roots)))
    except Exception as error:  # noqa: BLE001 - a hostile file raises anything at all
        return f"The signature of the list cannot be read: {error}"
    if not (status.intact and status.valid):
        return "The list was changed after it was signed."
    return "" if status.trusted else "The list was not signed under the certificates you trust."


def _trust(roots: bytes) -> Any:
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=list(load_certs_from_pemder_data(roots)), allow_fetching=False, revocation_mode="soft-fail"
    )


# --- the seal ----------------------------------------------------------------------------------------------------


def check_seal(pdf: bytes, roots: bytes, report: Report) -> None:
    """One seal of the district over the whole file, closed to changes. Needs pyHanko."""
    import io
    import logging

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    trust = _trust(roots)
    try:
        seals = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
        if len(seals) != 1 or seals[0].field_name != SEAL_FIELD:
            report.failed("The file has exactly one seal, in the place the district puts it.")
            return
        seal = seals[0]
        status = validate_pdf_signature(seal, signer_validation_context=trust, ts_validation_context=trust)
    except Exception:  # noqa: BLE001 - a hostile file raises anything at all
        report.failed("The file can be read, with its seal.")
        return
    unchanged = status.intact and status.valid
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    closed = seal.docmdp_level == MDPPerm.NO_CHANGES and status.docmdp_ok is not False
    (report.passed if unchanged else report.failed)("What was sealed is what is there now.")
    if unchanged:
        (report.passed if status.trusted else report.failed)("The seal leads back to a certificate you trust.")
    else:
        report.unproven("Whose seal it was cannot be said once the text was changed.")
    for good, words in (
        (whole, "The seal covers the file from its first byte to its last."),
        (closed, "The seal allows no later change, and none was made."),
    ):
        (report.passed if good else report.failed)(words)
    report.note(f"Sealed by: {seal.signer_cert.subject.human_friendly}")
    report.note(f"Seal certificate SHA-256: {seal.signer_cert.sha256.hex()}")
    stamp = status.timestamp_validity
    if stamp is not None and stamp.intact and stamp.valid:
        trusted = "trusted" if stamp.trusted else "from an authority you did not name as trusted"
        report.note(f"Time stamp: {stamp.timestamp.isoformat()} ({trusted})")


# --- the history inside ------------------------------------------------------------------------------------------


def attached(pdf: bytes) -> dict[str, bytes]:
    """The files inside an executed agreement, as the district's program writes them; none where two look alike.

    Besides the data there are the scans of what was signed on paper, each under ``scan`` and a number.
    """
    found: dict[str, bytes] = {}
    for head in re.finditer(rb"<</Type /EmbeddedFile\b([^\n]*)/Length (\d+)>>\s*stream\n", pdf):
        body = _unpacked(pdf[head.end() : head.end() + int(head[2])])
        if JSON_TYPE not in head[1]:
            found[f"{SCAN} {len(found)}"] = body
            continue
        name = "audit.json" if body.startswith(b"[") else "agreement.json"
        if name in found:
            return {}
        found[name] = body
    return found


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, LARGEST)
    except zlib.error:
        return b""


def chain_problem(audit: bytes, head: str = "") -> str:
    """What is wrong with a history (the bytes of audit.json); empty when every entry holds.

    Each entry carries a hash of itself and of the entry before it about the same subject, so a change, an insertion or
    a removal anywhere shows. ``head`` is the last hash as the list or the certificate page names it.
    """
    try:
        entries = json.loads(audit.decode("utf-8"))
        if canonical(entries) != audit:
            return "The history is not written in the form it was sealed in."
        last: dict[tuple[object, ...], tuple[int, str]] = {}
        for place, entry in enumerate(entries, start=1):
            kind, number, sequence = entry["subject"]
            before = last.get((kind, number), (0, FIRST))
            content = {key: value for key, value in entry.items() if key != "hash"}
            if digest("history.v1", content) != entry["hash"]:
                return f"Entry {place} of the history ({entry['step']}) was changed."
            if (sequence, entry["previous"]) != (before[0] + 1, before[1]):
                return f"An entry is missing or was added before entry {place} of the history."
            last[kind, number] = (sequence, entry["hash"])
        if not entries:
            return "The history is empty."
        return "The history ends with another entry." if head and entries[-1]["hash"] != head else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "The history is damaged."


def check_inside(files: Mapping[str, bytes], row: Mapping[str, Any] | None, report: Report) -> None:
    """The agreement data and the history that travel inside the file."""
    if not {"agreement.json", "audit.json"} <= set(files):
        report.unproven("The data inside could not be taken out. Use pdfdetach, then --agreement and --audit.")
        return
    problem = chain_problem(files["audit.json"], str(row["chain_head"]) if row else "")
    if problem:
        report.failed(problem)
    else:
        report.passed("The history inside is whole: no entry was changed, added or removed.")
    try:
        content = digest("content.v1", json.loads(files["agreement.json"]))
        entries = json.loads(files["audit.json"])
        named = {entry["data"].get("content_sha256") for entry in entries} - {None}
        compared = {entry["data"].get("scan_sha256") for entry in entries} - {None}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        report.failed("The agreement data inside can be read.")
        return
    expected = {str(row["content_sha256"])} if row else named
    same = content in expected
    (report.passed if same else report.failed)("The agreement data inside is the text that was signed.")
    for body in (body for name, body in files.items() if name.startswith(SCAN)):
        known = hashlib.sha256(body).hexdigest() in compared
        (report.passed if known else report.failed)(
            "The scan inside is the signed paper that was compared with the text."
        )


# --- one file ----------------------------------------------------------------------------------------------------


def check_file(
    pdf: bytes,
    *,
    roots: bytes | None,
    listed: Mapping[str, Mapping[str, Any]] | None,
    files: Mapping[str, bytes] | None = None,
) -> Report:
    """Everything that can be said of one file. ``roots`` None leaves the seal out; ``listed`` None the list."""
    report = Report()
    sha256 = hashlib.sha256(pdf).hexdigest()
    report.note(f"SHA-256: {sha256}")
    row = (listed or {}).get(sha256)
    if listed is None:
        report.unproven("Without the district's signed list, bytes outside the signed range are unproven.")
    elif row is None or row["size"] != len(pdf):
        report.failed("The signed list of the district has a document with this SHA-256.")
    else:
        report.passed(f"The list has it as {row['reference']}, version {row['version']}: every byte is the same.")
        if row.get("state") not in (None, "in_force"):
            report.note(f"State when the list was made: {str(row['state']).replace('_', ' ')}.")
    if roots is None:
        report.unproven("The seal was not checked.")
    else:
        check_seal(pdf, roots, report)
    check_inside(files if files is not None else attached(pdf), row, report)
    return report


# --- the command -------------------------------------------------------------------------------------------------


def _arguments(words: Iterable[str] | None) -> argparse.Namespace:
    about, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(description=about, epilog=rest[rest.find("Exit codes") :])
    parser.add_argument("files", nargs="+", type=Path, metavar="AGREEMENT.pdf")
    parser.add_argument("--trust", type=Path, help="the district's root certificates (PEM)")
    parser.add_argument("--manifest", type=Path, help="the signed list; its signature is the .p7s file beside it")
    parser.add_argument("--no-signature", action="store_true", help="check no seal and no signature; needs no package")
    parser.add_argument("--agreement", type=Path, help="agreement.json, when it was taken out of the file by hand")
    parser.add_argument("--audit", type=Path, help="audit.json, when it was taken out of the file by hand")
    return parser.parse_args(list(words) if words is not None else None)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise CannotCheck(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST:
        raise CannotCheck(f"{path} is too large to be an agreement or a list of them.")
    return content


def _list(asked: argparse.Namespace, roots: bytes | None) -> tuple[dict[str, Mapping[str, Any]] | None, str]:
    """The list, and what cannot be said of it."""
    if asked.manifest is None:
        return None, ""
    content = _read(asked.manifest)
    if roots is None:
        return read_manifest(content), "Nobody checked who made the list: its signature was left out."
    problem = signature_problem(content, _read(asked.manifest.with_suffix(".p7s")), roots)
    if problem:
        raise CannotCheck(problem)
    return read_manifest(content), ""


def main(words: Iterable[str] | None = None) -> int:
    """Check the files named; the largest problem decides the exit code."""
    asked = _arguments(words)
    try:
        roots = _roots(asked)
        listed, doubt = _list(asked, roots)
        given = {"agreement.json": asked.agreement, "audit.json": asked.audit}
        by_hand = {name: _read(path) for name, path in given.items() if path} or None
    except CannotCheck as problem:
        _say(f"{VERDICTS[UNCHECKED]} {problem}")
        return UNCHECKED
    codes = []
    for path in asked.files:
        _say(str(path))
        try:
            report = check_file(_read(path), roots=roots, listed=listed, files=by_hand)
        except CannotCheck as problem:
            report = Report(UNCHECKED, [f"           {problem}"])
        if doubt and report.code in (EXACT, UNPROVEN):
            report.unproven(doubt)
        _say("\n".join([*report.lines, VERDICTS[report.code]]))
        codes.append(report.code)
    return next(code for code in (WRONG, UNCHECKED, UNPROVEN, EXACT) if code in codes)


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")


def _roots(asked: argparse.Namespace) -> bytes | None:
    if asked.no_signature:
        return None
    if asked.trust is None:
        raise CannotCheck("Name the district's root certificates with --trust, or leave the seal out: --no-signature.")
    try:
        import pyhanko.sign.validation  # noqa: F401 - only whether it is there
    except ImportError:
        raise CannotCheck("pyHanko is not installed: run `pip install pyhanko`, or use --no-signature.") from None
    return _read(asked.trust)


if __name__ == "__main__":
    sys.exit(main())
