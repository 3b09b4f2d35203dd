"""Employer identification numbers (the federal tax id of an organization): read, check, mask."""

from __future__ import annotations

import re

from vetting.text import N_, Message, say

# Prefixes that the IRS lists as given out. A number with another prefix is a typing mistake.
PREFIXES = frozenset(
    f"{prefix:02d}"
    for first, last in ((1, 6), (10, 16), (20, 27), (30, 48), (50, 68), (71, 77), (80, 88), (90, 95), (98, 99))
    for prefix in range(first, last + 1)
)

_EIN = re.compile(r"([0-9]{2})[- ]?([0-9]{7})")
_SSN = re.compile(r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}")

FORMAT = N_("Enter the tax ID as nine digits, such as 04-1234567")
PREFIX = N_("No tax ID begins with %(prefix)s. Check the first two digits")
PERSONAL = N_("This looks like a Social Security number. Do not enter it here. Use the tax ID of the organization")


def read_ein(text: str) -> str | Message:
    """The number as `12-3456789`, or what is wrong with it."""
    cleaned = text.strip().replace("\u2013", "-").replace("\u2011", "-")
    if _SSN.fullmatch(cleaned):
        return say(PERSONAL)
    match = _EIN.fullmatch(cleaned)
    if match is None or not match[2].strip("0"):
        return say(FORMAT)
    if match[1] not in PREFIXES:
        return say(PREFIX, prefix=match[1])
    return f"{match[1]}-{match[2]}"


def masked_ein(ein: str) -> str:
    """The number as pages show it: `**-***6789`."""
    return f"**-***{ein[-4:]}"
