"""Whether the sums in a table are right. A total is believed when any sensible way of adding gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vetting.preflight.amounts import amount_of
from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.reading import Page, Reading, Row

TOTAL = re.compile(r"\b(?:sub|grand)?[\s-]?totals?\b|\bsum\b", re.IGNORECASE)
NET = re.compile(r"\b(?:net|surplus|deficit|balance|difference|percent|%)", re.IGNORECASE)
TYPES = frozenset({"budget"})
ROUNDING = 100
"""Cents that each line may be off, as many budgets are in whole dollars."""
FEWEST_LINES = 2


@dataclass
class _Line:
    label: str
    amounts: list[tuple[float, int]]
    """The right edge of each amount and its cents."""

    @property
    def total(self) -> bool:
        return TOTAL.search(self.label) is not None


def sums(reading: Reading, given: Given) -> Iterator[Finding]:
    """The first total that no way of adding the lines above it explains."""
    if given.kind.key not in TYPES:
        return
    for number, page in enumerate(reading.pages, 1):
        finding = _wrong_on(page, number)
        if finding is not None:
            yield finding
            return


def _wrong_on(page: Page, number: int) -> Finding | None:
    lines = [line for row in page.rows if (line := _read(row)) is not None]
    for place, line in enumerate(lines):
        if not line.total or NET.search(line.label):
            continue
        above = lines[:place]
        for edge, cents in line.amounts:
            wrong = _wrong(line, edge, cents, above)
            if wrong is not None:
                return Finding(
                    "total_differs", number, {"label": line.label[:60], "read_cents": cents, "sum_cents": wrong}
                )
    return None


def _wrong(line: _Line, edge: float, cents: int, above: list[_Line]) -> int | None:
    """What the lines add up to, when that is not the total; None when it is, or when there is nothing to add."""
    column = [(one, _at(one, edge)) for one in above]
    column = [(one, value) for one, value in column if value is not None]
    own: list[int] = []
    for one, value in reversed(column):
        if one.total:
            break
        own.append(value or 0)
    items = [value or 0 for one, value in column if not one.total]
    subtotals = [value or 0 for one, value in column if one.total]
    across = [value for other, value in line.amounts if other < edge]
    ways = [own, items, subtotals, [*subtotals, *own], across]
    ways += [items[-count:] for count in range(FEWEST_LINES, len(items))]
    ways += [subtotals[-count:] for count in range(FEWEST_LINES, len(subtotals))]
    tried = [way for way in ways if len(way) >= FEWEST_LINES]
    if any(abs(sum(way) - cents) <= ROUNDING * len(way) for way in tried):
        return None
    if any(abs(value - cents) <= ROUNDING for value in subtotals[-2:]) or (
        len(subtotals) >= 2 and abs(abs(subtotals[-1] - subtotals[-2]) - abs(cents)) <= ROUNDING
    ):
        return None
    best = own if len(own) >= FEWEST_LINES else subtotals if len(subtotals) >= FEWEST_LINES else []
    return sum(best) if best else None


def _at(line: _Line, edge: float) -> int | None:
    """The amount of a line in the column that ends at ``edge``."""
    near = [(abs(end - edge), cents) for end, cents in line.amounts]
    distance, cents = min(near)
    return cents if distance <= max(14.0, 0.0) or (len(near) == 1 and distance < 60) else None


def _read(row: Row) -> _Line | None:
    """A row as a label and amounts; None for a row without both."""
    words, amounts = [], []
    for cell in row:
        cents = amount_of(cell.text)
        if cents is None:
            tail = re.fullmatch(r"(.*?[A-Za-z).:]+.*?)\s*(\$\s?[\d,]+(?:\.\d\d)?)", cell.text)
            if tail is not None and amount_of(tail[2]) is not None:
                words.append(tail[1])
                amounts.append((cell.end, amount_of(tail[2]) or 0))
            elif not amounts:
                words.append(cell.text)
        elif words:
            amounts.append((cell.end, cents))
    label = " ".join(words).strip(" .:$")
    if not label or not amounts or not re.search(r"[A-Za-z]", label):
        return None
    return _Line(label, amounts)
