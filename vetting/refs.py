"""Random public references such as ``VET-7K2Q-9F``.

They name a case to people on paper and on the phone, so letters that are easily confused are left out,
and they are random so that one reference tells nothing about another.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def new_reference(prefix: str, groups: tuple[int, ...] = (4, 4)) -> str:
    """A new reference: the prefix and groups of random characters (28 symbols, about 4.8 bits each)."""
    parts = ("".join(secrets.choice(ALPHABET) for _ in range(size)) for size in groups)
    return "-".join((prefix, *parts))


def new_code() -> str:
    """A random 128-bit code for addresses that must not be guessed."""
    return secrets.token_hex(16)


def folded(text: str) -> str:
    """Text as searches and look-alike checks compare it: no case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


# Letters of the Cyrillic, Armenian and Greek scripts, each above the one of ours that it looks like.
_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮԚԜавеѕіјкмнорстухүԁһԛԝՕօΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχɑɡı",
    "ABESIJKMHOPCTYXYQWabesijkmhopctyxydhqwOoABEZHIKMNOPTYXaeikvoptuxagi",
)
_DRAWN_ALIKE = str.maketrans("i10", "llo")


def in_our_letters(text: str) -> str:
    """``folded``, with what is not seen taken out and letters of other scripts replaced by ours that look the same."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Cf")
    return folded(plain.translate(_TWINS))


def as_seen(text: str) -> str:
    """Text as a quick eye takes it, to compare names only: a capital i and an l, and an o and a zero, are one."""
    return in_our_letters(text).translate(_DRAWN_ALIKE)
