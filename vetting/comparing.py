"""Two texts word by word: what stays, what goes, what comes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"

_WORDS = re.compile(r"\s+|[^\s]+")

LONGEST = 4000
"""Texts of more words than this are shown whole, the old one and the new one, instead of word by word."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both texts, only in the old one, or only in the new one."""

    kind: str
    text: str


def word_by_word(old: str, new: str) -> list[Piece]:
    """The pieces of the change from ``old`` to ``new``, in reading order.

    The pieces that are not new give the old text when they are put together, those that are not gone the new one. Runs
    of spaces and line ends are pieces of text like words, so nothing is lost.
    """
    if old == new:
        return [Piece(SAME, old)] if old else []
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > LONGEST:
        return [Piece(kind, text) for kind, text in ((GONE, old), (NEW, new)) if text]
    found: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for act, first, last, first_new, last_new in matcher.get_opcodes():
        if act == "equal":
            found.append(Piece(SAME, "".join(before[first:last])))
            continue
        if last > first:
            found.append(Piece(GONE, "".join(before[first:last])))
        if last_new > first_new:
            found.append(Piece(NEW, "".join(after[first_new:last_new])))
    return found
