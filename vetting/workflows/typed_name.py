"""Whether a name is that of a person: capitals, accents, punctuation, order and middle names do not matter.

Stricter for what somebody types as their signature than for what is read on a paper that somebody signed by hand.
"""

from __future__ import annotations

import re
import unicodedata

_APART = re.compile(r"[^\w]+")
_JOINED = str.maketrans("", "", "'’ʼ`.")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters whose stroke or tie is part of them, so that taking marks off does not reach it; in lower case."""

_WRITTEN_OUT = re.compile(r"(?<=[aou])e")
"""An accent as those write it who do not have it: Mueller for Müller."""

HONORIFICS = frozenset({"dr", "mr", "mrs", "ms", "mx", "miss", "prof", "professor", "rev"})


def resembles(typed: str, name: str) -> bool:
    """The typed words name the same person: the first and the last name are there, each in full, in either order.

    A name of one word has to be typed as it is.
    """
    wanted, given = _words(name), _words(typed)
    if not wanted or not given:
        return False
    if "".join(wanted) == "".join(given):
        return True
    ends = {wanted[0], wanted[-1]}
    between = set(wanted) | ({word[0] for word in wanted[1:-1]})
    if len(wanted) == 1 or not ends <= set(given):
        return False
    if len(wanted) > 2:
        return set(given) <= between
    return given[0] in ends and given[-1] in ends


def names_agree(paper: str, text: str) -> bool:
    """Whether the name on a paper is the one in the text: an initial may stand for any name but the last.

    Titles before a name do not count, nor whether accents are written, left out or spelled (ue for ü).
    """
    read, named = _called(paper), _called(text)
    if not read or not named:
        return False
    if "".join(read) == "".join(named) or sorted(read) == sorted(named):
        return True
    return any(_fit(turned, named) for turned in _turned(read)) or any(_fit(turned, read) for turned in _turned(named))


def _fit(read: list[str], named: list[str]) -> bool:
    """Both are in the usual order: the last names are the same, the first ones go together, and so do those between."""
    if len(read) < 2 or len(named) < 2 or read[-1] != named[-1] or not _same_or_initial(read[0], named[0]):
        return False
    fewer, more = sorted((read[1:-1], named[1:-1]), key=len)
    return all(any(_same_or_initial(word, other) for other in more) for word in fewer)


def _same_or_initial(one: str, other: str) -> bool:
    return one == other or (1 in {len(one), len(other)} and one[0] == other[0])


def _turned(words: list[str]) -> list[list[str]]:
    """As written, with the last name first, and with the first name last."""
    return [words, [*words[1:], words[0]], [words[-1], *words[:-1]]]


def _called(name: str) -> list[str]:
    words = [_WRITTEN_OUT.sub("", word) for word in _words(name)]
    return [word for word in words if word not in HONORIFICS] or words


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.translate(_JOINED))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _APART.split(letters.casefold().translate(_LETTERS)) if word]
