"""The address and the city vendor number on papers, against what the organization typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.insurance import CERTIFICATES
from vetting.preflight.quality import has_text
from vetting.preflight.reading import Reading
from vetting.refs import folded

ADDRESSED = frozenset({"w9", "business_license", "child_care_license", "dor_good_standing"}) | CERTIFICATES
"""Papers that carry the address an organization has now."""

VENDOR_NUMBERED = frozenset({"w9", "city_contract_forms"})
"""Papers on which the number stands under which the city pays, if it stands anywhere."""

_ZIP = re.compile(r"\b[A-Z]{2}\.?,?\s+(\d{5})(?:-\d{4})?\b")
_BARE_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\b")
_STREET = re.compile(r"\b(\d+[a-z]?)\s+([\w'.]+(?:\s+[\w'.]+)?)")
# Bounded, because the words of a page are a stranger's: a page full of beginnings takes no longer than another.
_VENDOR = re.compile(
    r"(?:vendor|supplier)\s{0,4}(?:number|no\.?|id|code|#)\s{0,4}(?:\([^)]{0,60}\)\s{0,4})?[:#]?\s{0,9}"
    r"([A-Z]{0,4}(?:[ -]?\d[\dA-Z]{0,15}){1,5})",
    re.IGNORECASE,
)


def address(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the typed address stands on it. A paper without any address says nothing."""
    if not has_text(reading) or given.kind.key not in ADDRESSED or not given.addresses:
        return
    text = " ".join(page.text for page in reading.pages)
    if not _ZIP.search(text):
        return
    known = {zip_code for typed in given.addresses for zip_code in _BARE_ZIP.findall(typed)}
    plain = _spelled(text)
    if known & set(_BARE_ZIP.findall(text)) or any(street in plain for street in _streets(given.addresses)):
        return
    yield Finding("address_differs", 1, {"expected": given.addresses[0][:120]})


def _spelled(text: str) -> str:
    return " ".join(folded(text).split())


def _streets(addresses: tuple[str, ...]) -> list[str]:
    """The number and the first word or two of each street, as they are compared."""
    found = [_STREET.search(_spelled(typed)) for typed in addresses]
    return [f"{one.group(1)} {one.group(2).split()[0]}" for one in found if one is not None]


def vendor_number(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the number on it is the one that is kept here."""
    if not has_text(reading) or given.kind.key not in VENDOR_NUMBERED or not given.vendor_number:
        return
    found = [(number, read) for number, page in enumerate(reading.pages, 1) for read in _VENDOR.findall(page.text)]
    if found and all(_plain(read) != _plain(given.vendor_number) for _number, read in found):
        number, read = found[0]
        yield Finding("vendor_number_differs", number, {"read": read.strip(), "given": given.vendor_number})


def _plain(number: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", number.upper())
