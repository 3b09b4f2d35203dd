"""Amounts of money as they are printed, in cents."""

from __future__ import annotations

import re
from collections.abc import Iterator

_AMOUNT = re.compile(
    r"""
    (?P<minus>\(|-|\u2212)?\s?
    (?P<sign>\$|USD\s?)?\s?
    (?: (?P<grouped>\d{1,3}(?:,\s?\d{3})+(?:\.\d{1,2})?)
      | (?P<dotted>\d{1,3}(?:\.\d{3}){2,}(?:,\d{2})?)
      | (?P<plain>\d+(?:\.\d{1,2})?)
    )
    \s?(?P<million>million\b|mil\b|mm?\b)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORDS = re.compile(r"\b(one|two|three|four|five|ten)\s+million\b", re.IGNORECASE)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
MILLION = 100_000_000
BEFORE = re.compile(r"[\w/#-]$")
AFTER = re.compile(r"^[\w/%-]|^\.\d|^,\d")


def limits_in(line: str) -> Iterator[tuple[int, int, int]]:
    """Amounts that can be a limit of insurance: in cents, with where each begins and ends. A bare number is none."""
    for cents, start, end, marked in _found(line):
        if marked:
            yield cents, start, end
    for found in _WORDS.finditer(line):
        yield _NUMBERS[found[1].lower()] * MILLION, found.start(), found.end()


def amount_of(cell: str) -> int | None:
    """The amount that a whole cell of a table holds, in cents; None where it holds anything else."""
    text = cell.strip().strip("*").strip()
    if text in {"-", "\u2013", "\u2014", "$ -", "$-", "$0", "0"}:
        return 0
    negative = text.startswith(("(", "-", "\u2212")) or text.endswith(")")
    bare = re.sub(r"[()$\s\u2212]|USD", "", text, flags=re.IGNORECASE).lstrip("-")
    if not re.fullmatch(r"\d{1,3}(?:,\d{3})*(?:\.\d{1,4})?|\d+(?:\.\d+)?", bare):
        return None
    value = round(float(bare.replace(",", "")) * 100)
    return -value if negative else value


def _found(line: str) -> Iterator[tuple[int, int, int, bool]]:
    for found in _AMOUNT.finditer(line):
        start = found.start()
        if not found["sign"] and BEFORE.search(line[:start].rstrip(" ") if found["minus"] else line[:start]):
            continue
        if not found["million"] and not found[0].endswith(" ") and AFTER.search(line[found.end() :]):
            continue
        if found["dotted"]:
            number = float(found["dotted"].replace(".", "").replace(",", "."))
        else:
            number = float((found["grouped"] or found["plain"]).replace(",", "").replace(" ", ""))
        cents = round(number * (1_000_000 if found["million"] else 1) * 100)
        marked = bool(found["sign"] or found["grouped"] or found["dotted"] or found["million"])
        yield cents, start, found.end(), marked
