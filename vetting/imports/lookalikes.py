"""Names that look alike: found without comparing everything with everything."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from rapidfuzz import fuzz

ALIKE = 90.0
"""From this similarity on (0 to 100) a person is asked."""
NEARLY_ALIKE = 80.0
"""Enough where the tax id is the same as well."""
MOST_SHARING = 200
"""A word or ending in more names than this says nothing about any of them."""

_FILLERS = re.compile(
    r"\b(?:the|of|and|for|in|at|a|an|inc|incorporated|llc|ltd|corp|corporation|co|company|foundation|trust)\b"
)
_NO_LETTERS = re.compile(r"[^\w\s]|_")


def bare(folded_name: str) -> str:
    """A folded name without signs and without words that every other name has; itself where nothing is left."""
    plain = _NO_LETTERS.sub(" ", folded_name.replace("&", " and ").replace("'", "").replace("\u2019", ""))
    kept = " ".join(_FILLERS.sub(" ", plain).split())
    return kept or " ".join(plain.split()) or folded_name


def similarity(one: str, other: str) -> float:
    """How alike two folded names are, from 0 to 100, whatever the order of their words."""
    return float(fuzz.token_sort_ratio(bare(one), bare(other)))


def _handles(name: str) -> set[str]:
    together = name.replace(" ", "")
    return {*name.split(), f"^{together[:4]}", f"{together[-4:]}$"}


def pairs(rows: Mapping[int, str], others: Mapping[int, str]) -> Iterator[tuple[int, bool, int]]:
    """Rows whose folded names look like another row's (``True``, each two once, the lower one first) or like one of
    ``others`` (``False``)."""
    names = {(True, key): bare(name) for key, name in rows.items()}
    names |= {(False, key): bare(name) for key, name in others.items()}
    shared: dict[str, list[tuple[bool, int]]] = defaultdict(list)
    for place, name in names.items():
        for handle in _handles(name):
            shared[handle].append(place)
    for key in rows:
        place = (True, key)
        handles = [shared[handle] for handle in _handles(names[place])]
        near = {other for found in handles if len(found) <= MOST_SHARING for other in found if other != place}
        for is_row, other in sorted(near):
            if is_row and key < other:
                # The two meet again from the other side.
                continue
            if fuzz.token_sort_ratio(names[place], names[(is_row, other)], score_cutoff=ALIKE):
                yield key, is_row, other
