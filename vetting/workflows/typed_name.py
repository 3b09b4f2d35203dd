"""Whether what somebody typed is their name: capitals, accents, punctuation and middle names do not matter."""

from __future__ import annotations

import re
import unicodedata

_APART = re.compile(r"[^\w]+")
_JOINED = str.maketrans("", "", "'’ʼ`.")


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


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.translate(_JOINED))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _APART.split(letters.casefold()) if word]
