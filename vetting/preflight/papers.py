"""Names, tax ids, days, years and signatures on papers of every kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from vetting.calendar_days import add_months
from vetting.data.evidence_types import Asked, Expiry
from vetting.preflight.dates import Printed, dates_in, first_days, last_days, printed_dates
from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.insurance import CERTIFICATES, block
from vetting.preflight.names import NEARLY, SAME, bare, sighted
from vetting.preflight.quality import has_text
from vetting.preflight.reading import Reading

NAMED = frozenset(
    [
        "irs_determination",
        "articles_or_charter",
        "board_roster",
        "state_charity_filing",
        "business_license",
        "dor_good_standing",
        "w9",
        "form_990",
        "audited_financials",
        "budget",
        "coi_general_liability",
        "coi_workers_comp",
        "coi_auto",
        "coi_abuse_molestation",
        "coi_cyber",
        "additional_insured_endorsement",
        "cori_policy",
        "clearance_attestation",
        "fingerprint_attestation",
        "tb_clearance",
        "child_care_license",
        "data_sharing_agreement",
        "match_commitment",
        "reference_letter",
    ]
)
"""Papers that carry the organization's name."""

TAXED = frozenset({"w9", "irs_determination", "form_990", "state_charity_filing", "dor_good_standing"})
SHOWS_TAX_ID = frozenset({"w9", "form_990", "irs_determination"})
SIGNED = frozenset(
    [
        "w9",
        "clearance_attestation",
        "fingerprint_attestation",
        "tb_clearance",
        "insurance_waiver",
        "data_sharing_agreement",
        "match_commitment",
    ]
)

_EIN = re.compile(r"(?<![\d-])(\d)\s?(\d)\s?[-\u2010-\u2013]\s?(\d(?:\s?\d){6})(?![\d-])")
_EIN_CALLED = re.compile(
    r"(?:employer\s{1,9}identification|\bEIN\b|\bFEIN\b|tax\s{0,9}(?:payer\s{0,9})?id|federal\s{1,9}id)\D{0,40}(\d(?:[\s-]?\d){8})(?!\d)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\d-])\d{3}\s?[-\u2010-\u2013]\s?\d{2}\s?[-\u2010-\u2013]\s?\d{4}(?![\d-])")
_MADE_OUT = re.compile(
    r"^\W*(?:named\s+)?insured\b\W*(?:name)?\W*$|name\s+of\s+(?:entity|insured|organization|taxpayer)|^\W*insured\s*:|\bname\s*\(as\s+shown",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\bsign(?:ed|ature)\b|\bsign\s+here\b|authorized\s+(?:representative|official|signer)|\bsigned\s+by\b|\bx\s?_{4,}|/s/",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FISCAL = re.compile(
    r"(?:fiscal\s+year|\bFY|year\s+ended|years\s+ended|year\s+ending|calendar\s+year|tax\s+year|fiscal\s+period|school\s+year)\D{0,30}"
    r"((?:\w+\s+\d{1,2},?\s+)?(?:20)?\d\d(?:\s*[-/\u2013]\s*(?:20)?\d\d)?)",
    re.IGNORECASE,
)
_CALENDAR = re.compile(r"\b(20\d\d)\s+(?:calendar|fiscal|tax)\s+year", re.IGNORECASE)
FUTURE = timedelta(days=1)


def names(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether it is made out to the organization."""
    if not has_text(reading) or given.kind.key not in NAMED or not given.names:
        return
    found = sighted(given.names, reading)
    expected = " / ".join(dict.fromkeys(given.names))[:160]
    if found.alike >= SAME:
        return
    made_out = _made_out_to(reading)
    if found.alike >= NEARLY:
        yield Finding("name_nearly", found.page, {"read": found.read[:100], "expected": expected})
    elif made_out is not None:
        yield Finding("name_other", made_out[0], {"read": made_out[1], "expected": expected})
    else:
        yield Finding("name_missing", 1, {"expected": expected})


def _made_out_to(reading: Reading) -> tuple[int, str] | None:
    """What stands where such papers have the name, and its page."""
    for number, page in enumerate(reading.pages, 1):
        for row, cells in enumerate(page.rows):
            for cell in cells:
                found = _MADE_OUT.search(cell.text)
                if found is None:
                    continue
                rest = cell.text[found.end() :].strip(" :")
                # A label with a colon has its value beside it, the heading of a box below it.
                beside = (
                    [other.text for other in cells if other.x > cell.end] if cell.text.rstrip().endswith(":") else []
                )
                rows = page.rows[row + 1 : row + 3]
                below = [other.text for after in rows for other in after if abs(other.x - cell.x) < 60]
                own = [rest] if ")" not in rest else []
                read = next((text for text in (*own, *beside[:1], *below) if len(bare(text)) > 3), "")
                if read:
                    return number, " ".join(read.split())[:80]
    return None


def tax_ids(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the tax id is the one in the application; a personal number is never asked for."""
    if not has_text(reading):
        return
    for number, page in enumerate(reading.pages, 1):
        if given.kind.key in SHOWS_TAX_ID and _SSN.search(page.text):
            yield Finding("personal_number", number)
            return
    if given.kind.key not in TAXED:
        return
    found = [(number, digits) for number, page in enumerate(reading.pages, 1) for digits in _digits(page.text)]
    if not found:
        if given.kind.key in SHOWS_TAX_ID:
            yield Finding("tax_id_missing", 1)
    elif given.same_tax_id is not None and not any(given.same_tax_id(digits) for _n, digits in found):
        yield Finding("tax_id_differs", found[0][0], {"read": found[0][1][-4:]})


def _digits(text: str) -> list[str]:
    found = [re.sub(r"\D", "", "".join(match.groups())) for match in _EIN.finditer(text)]
    found += [re.sub(r"\D", "", match[1]) for match in _EIN_CALLED.finditer(text)]
    return list(dict.fromkeys(found))


def days(reading: Reading, given: Given) -> Iterator[Finding]:
    """The days that were typed against those that are printed, and both against today."""
    if given.issued_on is not None and given.issued_on > given.today + FUTURE:
        yield Finding("in_the_future", 0, {"given_on": given.issued_on.isoformat()})
    printed = printed_dates(reading) if has_text(reading) else []
    ends = _about(reading, given, last_days(reading)) if printed else []
    known = {one.day for one in printed}
    if given.kind.expiry.rule is Expiry.PRINTED_DATE:
        yield from _last_day(given, ends, known)
    if given.valid_from is not None and given.valid_from not in known:
        starts = _about(reading, given, first_days(reading)) if printed else []
        if starts:
            yield _differs("other_first_day", given.valid_from, starts)
    yield from _issued(given, printed, ends)
    if (
        has_text(reading)
        and not printed
        and Asked.ISSUED_ON in given.kind.asks
        and not _MONTH_YEAR.search(reading.text)
    ):
        yield Finding("no_date", 1)


def _about(reading: Reading, given: Given, dates: list[Printed]) -> list[Printed]:
    """Of a certificate that lists several covers, the days of the one that is asked about."""
    if given.kind.key not in CERTIFICATES:
        return dates
    rows = set(block(reading, given.kind.key))
    return [one for one in dates if (one.page, one.row) in rows] or dates


def _last_day(given: Given, ends: list[Printed], known: set[date]) -> Iterator[Finding]:
    typed = given.valid_until
    if typed is not None and typed < given.today:
        yield Finding("ran_out", ends[0].page if ends else 0, {"read_on": typed.isoformat()})
        return
    last = max(ends, key=lambda one: one.day) if ends else None
    if last is None:
        return
    if last.day < given.today:
        yield Finding("ran_out", last.page, {"read_on": last.day.isoformat()})
    elif typed is not None and typed not in {one.day for one in ends} and (typed not in known or len(ends) > 0):
        yield _differs("other_last_day", typed, ends)


def _differs(key: str, typed: date, printed: list[Printed]) -> Finding:
    near = min(printed, key=lambda one: abs((one.day - typed).days))
    return Finding(key, near.page, {"given_on": typed.isoformat(), "read_on": near.day.isoformat()})


def _issued(given: Given, printed: list[Printed], ends: list[Printed]) -> Iterator[Finding]:
    past = [one for one in printed if one.day <= given.today and one.day not in {end.day for end in ends}]
    months = given.kind.expiry.months
    newest = max(past, key=lambda one: one.day, default=None)
    dated = given.kind.expiry.rule is Expiry.MONTHS_FROM_ISSUE and months and newest is not None
    if dated and newest is not None and add_months(newest.day, months or 0) < given.today:
        yield Finding("too_old", newest.page, {"read_on": newest.day.isoformat()})
        return
    typed = given.issued_on
    if typed is None or typed > given.today + FUTURE or not past or typed in {one.day for one in printed}:
        return
    yield _differs("other_issue_day", typed, past)


def fiscal_years(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether it is about the fiscal year that was typed."""
    typed = given.fiscal_year_end
    if typed is None or not has_text(reading):
        return
    if typed in {one.day for one in printed_dates(reading)}:
        return
    read: list[tuple[int, str, set[int]]] = []
    for number, line in reading.lines():
        read += [(number, match[0], _years(match[1])) for match in _FISCAL.finditer(line)]
        read += [(number, match[0], {int(match[1])}) for match in _CALENDAR.finditer(line)]
    read = [found for found in read if found[2]]
    if not read:
        return
    # A fiscal year is called by its last year, the tax form of one by its first.
    good = {typed.year} | ({typed.year - 1} if given.kind.key == "form_990" and typed.month < 12 else set())
    if not any(years & good for _n, _text, years in read):
        yield Finding(
            "other_fiscal_year", read[0][0], {"given_on": typed.isoformat(), "read": " ".join(read[0][1].split())[:60]}
        )


def _years(text: str) -> set[int]:
    whole = {int(year) for year in re.findall(r"20\d\d", text)}
    short = re.findall(r"(?<!\d)\d\d(?!\d)", re.sub(r"[A-Za-z]+\s+\d{1,2}\b,?", "", text))
    return whole | {2000 + int(year) for year in short}


def signatures(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether there is a date beside the place to sign."""
    if not has_text(reading) or given.kind.key not in SIGNED:
        return
    seen = 0
    for number, page in enumerate(reading.pages, 1):
        for row, line in enumerate(page.lines):
            if not _SIGNATURE.search(line):
                continue
            seen = seen or number
            near = page.lines[max(0, row - 2) : row + 3]
            if any(True for text in near for _found in dates_in(text)):
                return
    yield Finding("signature_date_missing", seen) if seen else Finding("no_signature", 1)


def board_terms(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether a board roster says who serves until when."""
    if given.kind.key != "board_roster" or not has_text(reading):
        return
    rows = [line for _page, line in reading.lines() if _MONTH_YEAR.search(line)]
    if len(rows) < 2 + (1 if any("roster" in line.lower() or "board" in line.lower() for line in rows) else 0):
        yield Finding("no_terms", 1)
