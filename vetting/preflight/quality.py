"""Whether a person could read it: opens, not empty, not upside down, fine and sharp enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.reading import Page, Reading

FEW_LETTERS = 12
"""Fewer letters than this on a page are no text: a page number, a scanner's mark."""
EMPTY, FAINT = 12, 70
"""Tones (of 255) between paper and print up to which a page is empty, or faint."""
LEAST_DPI = 100
BLURRED = 0.2
SIDEWAYS, ENOUGH_INK = 1.5, 0.008
"""Lines of print make a picture change more downwards than across; that says something only where there is print."""


def legible(reading: Reading, given: Given) -> Iterator[Finding]:
    """Findings about the pages as pictures."""
    if reading.outcome != "done":
        yield Finding("not_opened")
        return
    for number, page in enumerate(reading.pages, 1):
        if page.problem:
            yield Finding("page_not_opened", number)
            return
    if not reading.drawn:
        if reading.letters < FEW_LETTERS:
            yield Finding("blank", 1)
        return
    blank = [number for number, page in enumerate(reading.pages, 1) if _blank(page)]
    # The empty back of a sheet is nothing to talk about; an empty front is.
    if blank and (blank[0] == 1 or len(blank) == len(reading.pages)):
        yield Finding("blank", blank[0])
        return
    read = [(number, page) for number, page in enumerate(reading.pages, 1) if number not in blank]
    yield from _first(read, _turned, "turned")
    scans = [(number, page) for number, page in read if page.dpi is not None]
    coarse = next((found for found in scans if _coarse(found[1])), None)
    if coarse is not None:
        yield Finding("coarse", coarse[0], {"dpi": coarse[1].dpi or 0})
    else:
        # A blur takes the darkness out of thin print as well, so that is not said twice.
        blurred = list(_first(scans, _blurred, "blurred"))
        yield from blurred or _first(scans, _faint, "faint")
    if reading.letters < FEW_LETTERS:
        yield Finding("no_text", read[0][0] if read else 1)


def has_text(reading: Reading) -> bool:
    """Whether there are words to compare anything with."""
    return reading.outcome == "done" and reading.letters >= FEW_LETTERS


def _first(pages: list[tuple[int, Page]], bad: Callable[[Page], bool], key: str) -> Iterator[Finding]:
    for number, page in pages:
        if bad(page):
            yield Finding(key, number)
            return


def _blank(page: Page) -> bool:
    return page.letters < FEW_LETTERS and page.depth is not None and page.depth <= EMPTY


def _turned(page: Page) -> bool:
    if page.letters >= FEW_LETTERS:
        return page.turn != 0
    return page.across is not None and page.across > SIDEWAYS and (page.ink or 0) >= ENOUGH_INK


def _coarse(page: Page) -> bool:
    return page.dpi is not None and page.dpi < LEAST_DPI


def _faint(page: Page) -> bool:
    return page.depth is not None and page.depth < FAINT


def _blurred(page: Page) -> bool:
    return page.sharp is not None and page.sharp < BLURRED
