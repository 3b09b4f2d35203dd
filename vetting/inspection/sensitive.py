"""What must never be kept: the result of a background check, and the personal tax number of a person.

Pure rules over a file's name and the words in it. The child that examines a file loads this module, so it imports
nothing of the project. Rules are tables; where one is in doubt it lets a file pass, because a person looks at
every document and a good one that is turned away helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

CHECK_RESULTS = "check_results"
PERSONAL_NUMBER = "personal_number"

MOST_CHARACTERS = 400_000

# --- names of files -----------------------------------------------------------------------------------------------

# Each row: words that must all be in the name. A name that also holds a word of PAPERWORK is about the rules of checks,
# not about what one found.
RESULT_NAMES: tuple[tuple[str, ...], ...] = (
    ("icori",),
    ("cori", "report|reports|result|results|response|record|records|printout|clearance letter"),
    ("sori",),
    ("rap sheet|rapsheet",),
    ("fingerprint|fingerprints|fingerprinting", "report|result|results|response|record|records"),
    ("criminal", "history|record|records|report|offender"),
    ("sex offender",),
    ("background check|background checks|backgroundcheck", "report|reports|result|results|record|records"),
)
PAPERWORK = re.compile(
    r"\b(polic(?:y|ies)|procedures?|attestations?|statement|roster|training|template|handbook|plan|guidelines?|insurance)\b"
)

# --- words in files -----------------------------------------------------------------------------------------------

TOPIC = re.compile(
    r"\bi?cori\b|criminal (?:offender record|history|record)|sex offender regist|\bsori\b|fingerprint|background check"
)
# What stands on a result and not in a policy: each row counts once, two are enough. A person named by their date of
# birth counts, because no paper that we ask for names one.
RESULT_MARKS: tuple[re.Pattern[str], ...] = (
    re.compile(r"\b(?:date of birth|d\.?o\.?b\.?|birth date)\s*[:#]?\s*\d{1,4}[/.-]\d{1,2}"),
    re.compile(r"\bno (?:adult |juvenile )?(?:criminal )?(?:record|history|cori)s? (?:was |were |is |are )?found\b"),
    re.compile(r"\bdocket\s*(?:no|number|#|id)?\s*[:.#]?\s*\w*\d"),
    re.compile(r"\b(?:arraign(?:ed|ment)|arrest|offense|disposition) date\s*[:#]?\s*\d"),
    re.compile(r"\b(?:charge|offense|disposition)s?\s*:\s*\w"),
    re.compile(r"\b(?:fbi|state identification|sid|pcf)\s*(?:no|number|#)\s*[.:]?\s*\w*\d"),
    re.compile(
        r"\b(?:cori|icori|sori|criminal (?:history|record)s?|fingerprint(?:ing)?|background check)"
        r"(?: (?:check|search|inquiry|request))? (?:results?|report|response) (?:for|of|on)\s*:?\s*\w"
    ),
    re.compile(r"\b(?:subject|applicant)(?:'s)? name\s*:\s*\w"),
    re.compile(r"\bmother'?s maiden name\s*:?\s*\w"),
)
ENOUGH_MARKS = 2

# --- personal tax numbers -----------------------------------------------------------------------------------------

# Three, two and four digits with hyphens: how a Social Security number is written, and hardly anything else.
HYPHENED = re.compile(r"(?<![\w-])(\d{3})[-‐‑–—](\d{2})[-‐‑–—](\d{4})(?![\w-])")
# The same with spaces, as the boxes of a form come out: a number only beside a word that says so.
SPACED = re.compile(r"(?<![\w-])(\d ?\d ?\d)[ ‐‑–—-]+(\d ?\d)[ ‐‑–—-]+(\d ?\d ?\d ?\d)(?![\w-]| ?\d)")
RUN_TOGETHER = re.compile(r"(?<!\d)(\d{3})(\d{2})(\d{4})(?!\d)")
NAMED = re.compile(r"\bsocial security (?:number|no\b|#)|\bssn\b|\bitin\b", re.IGNORECASE)
OTHER_NUMBER = re.compile(
    r"\b(policy|certificate|claim|invoice|account|acct|case|docket|reference|ref|permit|contract|order|grant|"
    r"phone|fax|tel|part|item|catalog|producer)\b[^\n]{0,24}$",
    re.IGNORECASE,
)
BOXES = re.compile(r"social security number(.{0,120}?)employer identification number", re.IGNORECASE | re.DOTALL)
TAX_FORM = re.compile(r"\brequest for taxpayer\b|\bform w-?9\b", re.IGNORECASE)
NEAR = 80


def found_in(name: str, text: str) -> str | None:
    """``CHECK_RESULTS`` or ``PERSONAL_NUMBER`` when a file of this name with these words must not be kept."""
    text = text[:MOST_CHARACTERS]
    if named_like_results(name) or reads_like_results(text):
        return CHECK_RESULTS
    return PERSONAL_NUMBER if personal_number(text) else None


def named_like_results(name: str) -> bool:
    """Whether the name of a file says that it holds what a background check found."""
    words = " ".join(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    if PAPERWORK.search(words):
        return False
    return any(all(re.search(rf"\b(?:{part})\b", words) for part in row) for row in RESULT_NAMES)


def reads_like_results(text: str) -> bool:
    """Whether the words of a file are those of a report on a person, not of a policy about such reports."""
    plain = re.sub(r"\s+", " ", text).lower()
    if TOPIC.search(plain) is None:
        return False
    return sum(1 for mark in RESULT_MARKS if mark.search(plain)) >= ENOUGH_MARKS


def personal_number(text: str) -> bool:
    """Whether a Social Security or other personal tax number can be read. An employer's number (2-7) is none."""
    return any(_candidates(text))


def _candidates(text: str) -> Iterator[bool]:
    for match in HYPHENED.finditer(text):
        before = text[max(0, match.start() - NEAR) : match.start()]
        if _issued(match) and (NAMED.search(before) or OTHER_NUMBER.search(before) is None):
            yield True
    tax_form = TAX_FORM.search(text) is not None
    for match in SPACED.finditer(text):
        before = text[max(0, match.start() - NEAR) : match.start()]
        if _issued(match) and (NAMED.search(before) or (tax_form and OTHER_NUMBER.search(before) is None)):
            yield True
    for match in RUN_TOGETHER.finditer(text):
        if _issued(match) and NAMED.search(text[max(0, match.start() - 30) : match.start()]):
            yield True
    for match in BOXES.finditer(text):
        if len(re.findall(r"\d", match.group(1))) == 9:
            yield True


def _issued(match: re.Match[str]) -> bool:
    """Whether a number of these three parts can be one that was given to somebody."""
    area, group, serial = (part.replace(" ", "") for part in match.groups())
    if group == "00" or serial == "0000" or area in {"000", "666"}:
        return False
    # From 900 on only the numbers for taxpayers without a Social Security number, with these middle digits.
    return area < "900" or 50 <= int(group) <= 65 or 70 <= int(group) <= 99
