"""Is this file the executed agreement? A verdict in words, with every check that led to it.

The decisive check is the register of SHA-256 sums: a seal alone does not notice bytes added behind it or in the unused
room inside it. The rest says what kind of file a stranger holds in hand.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from vetting.documents.errors import SelfCheckFailed
from vetting.documents.keys import SealKeys
from vetting.documents.process import ChildDied, ChildTimedOut, Limits, run_child
from vetting.text import N_

LARGEST_FILE = 10_000_000
EXAMINE_LIMITS = Limits(wall_seconds=30.0, cpu_seconds=20, memory_bytes=1_500_000_000)


NONE_WITHDRAWN: Mapping[str, datetime] = {}


class Outcome(StrEnum):
    """What a checked file is."""

    EXACT_COPY = "exact_copy"
    SUPERSEDED = "superseded"
    SEALED_BUT_CHANGED = "sealed_but_changed"
    SEAL_UNCONFIRMED = "seal_unconfirmed"
    UNSEALED_DRAFT = "unsealed_draft"
    NOT_OURS = "not_ours"
    UNREADABLE = "unreadable"
    NOT_REGISTERED = "not_registered"


HEADLINES: Mapping[Outcome, str] = {
    Outcome.EXACT_COPY: N_("This is an exact copy of the executed agreement."),
    Outcome.SUPERSEDED: N_("This is an exact copy of an executed agreement that a later one has replaced."),
    Outcome.SEALED_BUT_CHANGED: N_("This file carries our seal, but bytes were added or changed afterwards."),
    Outcome.SEAL_UNCONFIRMED: N_("This file is in our register, but its seal could not be confirmed. Please ask us."),
    Outcome.UNSEALED_DRAFT: N_("This is a draft. It was never sealed and proves nothing."),
    Outcome.NOT_OURS: N_("This file was not sealed by this district."),
    Outcome.UNREADABLE: N_("This file cannot be read as a PDF."),
    Outcome.NOT_REGISTERED: N_("No agreement we issued has this SHA-256."),
}


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """What the register knows about a document with a certain SHA-256.

    `sealed_at` (UTC) is when we sealed it: certificates that ended since then still count.
    """

    sha256: str
    reference: str
    title: str
    superseded: bool
    content_sha256: str
    seal_fingerprint: str
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it passed, and what that means."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, its sentence, the checks in order, and the register entry where one matched."""

    outcome: Outcome
    headline: str
    sha256: str
    checks: tuple[Check, ...]
    entry: RegisterEntry | None
    time_stamp: str


# Name, words when passed, words when not; the order is the order on the page.
WORDS: Mapping[str, tuple[str, str, str]] = {
    "register": (
        N_("In our register"),
        N_("The file has the same SHA-256 as a document we issued, so every byte is the same."),
        N_("No document we issued has this SHA-256."),
    ),
    "readable": (N_("Readable"), N_("The file is a PDF."), N_("The file is damaged, too large or not a PDF.")),
    "one_seal": (
        N_("One seal"),
        N_("The file has exactly one seal."),
        N_("The file has no seal, or more than one."),
    ),
    "known": (
        N_("Our seal"),
        N_("The seal leads back to the district's certificate."),
        N_("No seal in this file leads back to the district's certificate."),
    ),
    "standing": (
        N_("Seal in good standing"),
        N_("The district had not withdrawn this seal when the document was sealed."),
        N_("The district has withdrawn this seal."),
    ),
    "intact": (
        N_("Sealed text unchanged"),
        N_("What was sealed is what is there now."),
        N_("What was sealed is not what is there now."),
    ),
    "whole_file": (
        N_("Whole file sealed"),
        N_("The seal covers the file from its first byte to its last."),
        N_("There are bytes that the seal does not cover."),
    ),
    "closed": (
        N_("Closed to changes"),
        N_("The seal allows no later change, and none was made."),
        N_("Something was changed after sealing, or the seal would allow it."),
    ),
    "content": (
        N_("Agreement data inside"),
        N_("The data inside the file is the text that was signed."),
        N_("The data inside the file is not the text that was signed."),
    ),
}


def examine(
    pdf: bytes,
    *,
    trusted: Sequence[str],
    register: Callable[[str], RegisterEntry | None],
    withdrawn: Mapping[str, datetime] = NONE_WITHDRAWN,
    limits: Limits = EXAMINE_LIMITS,
) -> Verdict:
    """Check a file from outside; nothing is stored and nothing raises for bad input.

    Raises ChildKilled when somebody else ended the child that read it, so that nothing can be said now.

    `trusted` are PEM root certificates of the district, old ones included; `register` looks up a SHA-256 (hex);
    `withdrawn` says of a seal by its fingerprint since when (UTC) it no longer counts.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    entry = register(sha256)
    found = _facts(pdf, trusted, entry.sealed_at if entry else None, limits)
    return verdict(sha256, entry, found, withdrawn)


def by_hash(sha256: str, entry: RegisterEntry | None) -> Verdict:
    """What can be said of a file that stayed with its owner, by its SHA-256 (hex) alone.

    That every byte is the same includes the seal and everything that was checked before the document was registered.
    """
    passed = entry is not None
    found = Check(WORDS["register"][0], passed, WORDS["register"][1 if passed else 2])
    outcome = Outcome.NOT_REGISTERED if entry is None else _registered(entry)
    return Verdict(outcome, HEADLINES[outcome], sha256, (found,), entry, "")


def self_check(pdf: bytes, keys: SealKeys, content_sha256: str) -> None:
    """Raise SelfCheckFailed unless a freshly sealed agreement is everything it must be before it is stored.

    For the worker: reads the file in this process.
    """
    from vetting.documents import examination

    found = examination.facts(pdf, list(keys.trusted_pem))
    results = dict(_results(found, content_sha256, keys.fingerprint, in_good_standing=True))
    problems = [WORDS[name][2] for name, passed in results.items() if not passed]
    problems += [f"The file is not {words}." for fact, words in STANDARDS.items() if not found.get(fact)]
    if problems:
        raise SelfCheckFailed(problems)


STANDARDS = {"tagged": "tagged for screen readers", "pdfa": "declared as PDF/A", "pdfua": "declared as PDF/UA"}


def _facts(pdf: bytes, trusted: Sequence[str], moment: datetime | None, limits: Limits) -> Mapping[str, Any]:
    if len(pdf) > LARGEST_FILE:
        return UNKNOWN
    try:
        data = {"trusted": list(trusted), "moment": moment.isoformat() if moment else None}
        return run_child("examine", data, {"pdf": pdf}, limits).data
    except (ChildTimedOut, ChildDied):
        return UNKNOWN


UNKNOWN: Mapping[str, Any] = {"readable": False, "signatures": [], "content_sha256": None, "seal_field": False}


def _results(
    found: Mapping[str, Any], content_sha256: str | None, expected_seal: str | None, *, in_good_standing: bool
) -> Iterator[tuple[str, bool]]:
    signatures = found["signatures"]
    seal = signatures[0] if len(signatures) == 1 else {}
    yield "readable", bool(found["readable"])
    yield "one_seal", len(signatures) == 1
    yield "known", bool(seal.get("genuine")) and expected_seal in (None, seal.get("fingerprint"))
    if seal.get("genuine"):
        yield "standing", in_good_standing
    yield "intact", bool(seal.get("intact"))
    yield "whole_file", bool(seal.get("whole_file"))
    yield "closed", bool(seal.get("no_changes_allowed") and seal.get("unchanged_since"))
    if content_sha256 is not None:
        yield "content", found.get("content_sha256") == content_sha256


def verdict(
    sha256: str,
    entry: RegisterEntry | None,
    found: Mapping[str, Any],
    withdrawn: Mapping[str, datetime] = NONE_WITHDRAWN,
) -> Verdict:
    """The verdict on a file with this SHA-256 (hex) of which the facts are `found` (see `examination.facts`)."""
    expected = (entry.content_sha256, entry.seal_fingerprint) if entry else (None, None)
    standing = _in_good_standing(entry, found, withdrawn)
    results = {"register": entry is not None, **dict(_results(found, *expected, in_good_standing=standing))}
    outcome = _outcome(results, entry, found)
    checks = tuple(Check(WORDS[name][0], passed, WORDS[name][1 if passed else 2]) for name, passed in results.items())
    stamps = [str(item["time_stamp"]) for item in found["signatures"]]
    return Verdict(outcome, HEADLINES[outcome], sha256, checks, entry, stamps[0] if len(stamps) == 1 else "")


def _in_good_standing(entry: RegisterEntry | None, found: Mapping[str, Any], withdrawn: Mapping[str, datetime]) -> bool:
    """Whether no seal in the file had been withdrawn when it sealed; only our register tells that time."""
    dates = [withdrawn[item["fingerprint"]] for item in found["signatures"] if item["fingerprint"] in withdrawn]
    sealed_at = entry.sealed_at if entry else None
    return not dates or (sealed_at is not None and sealed_at < min(dates))


def _outcome(results: Mapping[str, bool], entry: RegisterEntry | None, found: Mapping[str, Any]) -> Outcome:
    if entry is not None:
        if not all(results.values()):
            return Outcome.SEAL_UNCONFIRMED
        return _registered(entry)
    signatures = found["signatures"]
    if any(item["genuine"] for item in signatures) and results.get("standing", True):
        return Outcome.SEALED_BUT_CHANGED
    if not results["readable"]:
        return Outcome.UNREADABLE
    if not signatures and (found["seal_field"] or found["content_sha256"]):
        return Outcome.UNSEALED_DRAFT
    return Outcome.NOT_OURS


def _registered(entry: RegisterEntry) -> Outcome:
    return Outcome.SUPERSEDED if entry.superseded else Outcome.EXACT_COPY
