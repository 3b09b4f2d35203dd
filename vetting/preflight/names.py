"""Names of organizations in a text: without case, accents, signs and the words that say what kind of body it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from vetting.preflight.reading import Reading
from vetting.refs import folded

_SIGNS = re.compile(r"[^\w\s]|_")
_APOSTROPHE = re.compile(r"['\u2019`]")
_KINDS = re.compile(r"\b(?:the|inc|incorporated|llc|ltd|corp|corporation|co|company)\b")
SAME, NEARLY = 92.0, 78.0
"""How alike (0 to 100) a name and a piece of text are to be the same, or worth a second look."""
SHORT = 5
"""Letters below which only the very same word counts."""


@dataclass(frozen=True)
class Sighting:
    """Where a name stands, or what looks most like it; ``alike`` from 0 to 100."""

    alike: float
    page: int = 0
    read: str = ""


@lru_cache(maxsize=2000)
def bare(text: str) -> str:
    """A text as names are compared."""
    plain = _SIGNS.sub(" ", _APOSTROPHE.sub("", folded(text).replace("&", " and ")))
    kept = " ".join(_KINDS.sub(" ", plain).split())
    return kept or " ".join(plain.split())


def sighted(names: Iterable[str], reading: Reading) -> Sighting:
    """The best place of any of ``names``. A name may run over two lines."""
    wanted = [name for name in {bare(name) for name in names} if name]
    best = Sighting(0.0)
    for number, page in enumerate(reading.pages, 1):
        lines = [bare(line) for line in page.lines]
        whole = f" {' '.join(lines)} "
        if any(f" {name} " in whole for name in wanted):
            return Sighting(100.0, number)
        for row, line in enumerate(lines):
            together = f"{line} {lines[row + 1]}" if row + 1 < len(lines) else line
            for name in wanted:
                alike = _alike(name, together)
                if alike > best.alike:
                    best = Sighting(alike, number, page.lines[row].strip())
    return best


def _alike(name: str, line: str) -> float:
    if len(name) < SHORT or len(line) < len(name) * 0.7:
        return 0.0
    return float(fuzz.partial_ratio(name, line, score_cutoff=NEARLY - 10))
