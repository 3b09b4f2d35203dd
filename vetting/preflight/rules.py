"""The rules in their order, and what one document or one application comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vetting.data.evidence_types import EvidenceType
from vetting.preflight import insurance, kinds, papers, places, quality, totals
from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.reading import Reading

RULES_VERSION = 2
"""Raised with every change that may change findings; then what is still open is checked again."""

Rule = Callable[[Reading, Given], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    quality.legible,
    kinds.right_kind,
    papers.names,
    papers.tax_ids,
    places.address,
    places.vendor_number,
    papers.days,
    papers.fiscal_years,
    insurance.limits,
    insurance.additional_insured,
    insurance.holder,
    insurance.policy_number,
    papers.signatures,
    papers.board_terms,
    totals.sums,
)

ABOUT_CONTENT = frozenset(RULES) - {quality.legible, kinds.right_kind}


def check(reading: Reading, given: Given) -> list[Finding]:
    """Everything to say about one document. A file of another kind is not held against the rules of the right one."""
    found: list[Finding] = []
    for rule in RULES:
        if rule in ABOUT_CONTENT and any(finding.key in {"not_opened", "another_kind"} for finding in found):
            continue
        found.extend(rule(reading, given))
    return found


@dataclass(frozen=True)
class Sent:
    """One document of an application: how it is named in findings, and the facts that are compared with others.

    ``first`` and ``last`` are the typed first and last good day.
    """

    code: str
    kind: EvidenceType
    sha256: str
    policy_number: str
    first: date | None
    last: date | None


def together(
    sent: Sequence[Sent], programs: Sequence[tuple[date | None, date | None]], today: date
) -> Mapping[str, list[Finding]]:
    """What only shows when the documents of an application are seen together: by the code of the document.

    ``programs`` are the first and last days of the programs, where they are known.
    """
    found: dict[str, list[Finding]] = {}
    # A program that runs already has had its cover; a newer policy begins after it, as it should.
    starts = [first for first, _last in programs if first is not None and first >= today]
    ends = [last for _first, last in programs if last is not None]
    for one in sent:
        findings = [*_against_programs(one, starts, ends), *_against_match(one, sent), *_twice(one, sent)]
        if findings:
            found[one.code] = findings
    return found


def _against_programs(one: Sent, starts: Sequence[date], ends: Sequence[date]) -> Iterator[Finding]:
    if one.kind.group != "insurance":
        return
    if one.last is not None and ends and one.last < max(ends):
        yield Finding("ends_before_program", 0, {"read_on": one.last.isoformat(), "expected_on": max(ends).isoformat()})
    if one.first is not None and starts and one.first > min(starts):
        values = {"read_on": one.first.isoformat(), "expected_on": min(starts).isoformat()}
        yield Finding("begins_after_program", 0, values)


def _against_match(one: Sent, sent: Sequence[Sent]) -> Iterator[Finding]:
    others = [other.policy_number for other in sent if other.kind.key == one.kind.must_match and other.policy_number]
    plain = {insurance.plain(number) for number in others}
    if others and one.policy_number and insurance.plain(one.policy_number) not in plain:
        yield Finding("policy_mismatch", 0, {"read": one.policy_number, "expected": others[0]})


def _twice(one: Sent, sent: Sequence[Sent]) -> Iterator[Finding]:
    for other in sent:
        if other.sha256 == one.sha256 and other.kind.key != one.kind.key and not _may_share(one, other):
            yield Finding("same_file_twice", 0, {"read": other.kind.name})
            return


def _may_share(one: Sent, other: Sent) -> bool:
    """One certificate often lists several covers, and an endorsement often comes in the same file."""
    return one.kind.group == "insurance" and other.kind.group == "insurance"
