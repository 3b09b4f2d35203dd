"""Findings and their words: one table of everything that can be noticed, how serious it is, and how to fix it.

Values in a sentence are named by what they are: ``..._on`` is an ISO date, ``..._cents`` an amount in cents.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from vetting.text import N_


class Severity(enum.StrEnum):
    """A warning is likely to come back from the reviewer; a hint is worth a look. Neither stops anything."""

    HINT = "hint"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was noticed, on which page (from 1; 0: nowhere in particular), with the words and values it came from."""

    key: str
    page: int = 0
    values: Mapping[str, str | int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it is stored."""
        return {"key": self.key, "page": self.page, "values": dict(self.values)}

    @staticmethod
    def of_data(data: Mapping[str, Any]) -> Finding:
        """As it was stored."""
        return Finding(data["key"], data["page"], data["values"])


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table: what is said, and how to fix it."""

    severity: Severity
    says: str
    fix: str


_W, _H = Severity.WARNING, Severity.HINT

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        # Pages
        "not_opened": Check(
            _W,
            N_("We could not open this file to check it."),
            N_("Open it on your device, save it again as PDF without a password, and send that."),
        ),
        "page_not_opened": Check(
            _W, N_("We could not open this page."), N_("Save the document again as PDF and send that.")
        ),
        "blank": Check(_W, N_("This page looks empty."), N_("Scan it again with the printed side to the glass.")),
        "turned": Check(
            _W, N_("This page is upside down or on its side."), N_("Turn it the right way up and save it again.")
        ),
        "coarse": Check(
            _W,
            N_("The picture is too coarse to read (%(dpi)s dots per inch)."),
            N_("Scan it at 200 dots per inch or more, or take the photo from closer by."),
        ),
        "faint": Check(_W, N_("The print is very faint."), N_("Scan it again, darker, or send the original file.")),
        "blurred": Check(_W, N_("The picture is blurred."), N_("Scan it again, or hold the camera still and close.")),
        "no_text": Check(
            _H,
            N_("This is a picture without words that we can read. A person will look at it."),
            N_("If you have the document as it came from the sender, send that instead of a scan."),
        ),
        # Kind
        "another_kind": Check(
            _W,
            N_("This looks like another kind of document: %(read)s."),
            N_("Check that you chose the right file. If so, add it under its own kind."),
        ),
        "kind_unclear": Check(
            _H,
            N_("We did not find the words that this kind of document usually has."),
            N_("Check that you chose the right file."),
        ),
        # Names
        "name_missing": Check(
            _W,
            N_("We did not find your organization's name. We looked for: %(expected)s."),
            N_("The document should show your legal name, the name you do business under, or your fiscal sponsor."),
        ),
        "name_other": Check(
            _W,
            N_("The document is made out to “%(read)s”. We looked for: %(expected)s."),
            N_("Send the document of your organization, or correct the name in your application."),
        ),
        "name_nearly": Check(
            _H,
            N_("The name reads “%(read)s”. We looked for: %(expected)s."),
            N_("Check the spelling in the document and in your application."),
        ),
        "tax_id_differs": Check(
            _W,
            N_("The tax ID here ends in %(read)s. It is not the one in your application."),
            N_("Check the tax ID in your application, or send the document of the right organization."),
        ),
        "tax_id_missing": Check(
            _H, N_("We did not find a tax ID (EIN)."), N_("The document should show the organization's nine digits.")
        ),
        "personal_number": Check(
            _W,
            N_("This seems to show a Social Security number."),
            N_("Take the document out. Send one with the organization's tax ID (EIN) instead."),
        ),
        "address_differs": Check(
            _H,
            N_("We did not find the address that you gave us: %(expected)s."),
            N_("If you moved, correct your address here, or ask for a document with the new one."),
        ),
        "vendor_number_differs": Check(
            _W,
            N_("The vendor number here is %(read)s. We keep %(given)s."),
            N_("Check the number on the page of your organization, or send the form with the right one."),
        ),
        # Dates
        "ran_out": Check(_W, N_("It ran out on %(read_on)s."), N_("Ask for a current one and send that.")),
        "too_old": Check(
            _W,
            N_("The newest date on it is %(read_on)s. That is too long ago for this kind of document."),
            N_("Ask for a newer one and send that."),
        ),
        "in_the_future": Check(
            _W, N_("The date you typed, %(given_on)s, is still to come."), N_("Check the date on the document.")
        ),
        "other_last_day": Check(
            _W,
            N_("You typed %(given_on)s as the last day. The document says %(read_on)s."),
            N_("Correct the date, or send the document that runs until the day you typed."),
        ),
        "other_first_day": Check(
            _W,
            N_("You typed %(given_on)s as the first day. The document says %(read_on)s."),
            N_("Correct the date, or send the document that begins on the day you typed."),
        ),
        "other_issue_day": Check(
            _H,
            N_("You typed %(given_on)s as the date of the document. We read %(read_on)s."),
            N_("Check the date that is written on the document."),
        ),
        "no_date": Check(_H, N_("We found no date on it."), N_("The document should show the day it was made.")),
        "other_fiscal_year": Check(
            _W,
            N_("You typed a fiscal year that ends on %(given_on)s. The document is about %(read)s."),
            N_("Correct the date, or send the document for that year."),
        ),
        # Insurance
        "cover_missing": Check(
            _W,
            N_("We did not find this kind of cover on the certificate."),
            N_("Ask your insurer for a certificate that lists it."),
        ),
        "limit_low": Check(
            _W,
            N_("We read a limit of %(read_cents)s. We ask for at least %(least_cents)s."),
            N_("Ask your insurer to raise the limit, or ask the office about a waiver."),
        ),
        "limit_differs": Check(
            _W,
            N_("You typed %(given_cents)s. We read a limit of %(read_cents)s."),
            N_("Correct the amount, or send the certificate that shows it."),
        ),
        "limit_not_found": Check(
            _H,
            N_("We could not read the limit of this cover."),
            N_("The certificate should show the amount beside the cover."),
        ),
        "not_additional_insured": Check(
            _W,
            N_("It does not name the district as additional insured."),
            N_("Ask your insurer to add these words: “%(expected)s”"),
        ),
        "wording_differs": Check(
            _W,
            N_("The words about the additional insured differ from ours. Missing: %(missing)s."),
            N_("Ask your insurer for these words: “%(expected)s”"),
        ),
        "holder_differs": Check(
            _W,
            N_("The certificate holder is not the district. We read: “%(read)s”."),
            N_("Ask your insurer to name as certificate holder: %(expected)s"),
        ),
        "policy_number_differs": Check(
            _W,
            N_("You typed the policy number %(given)s. We read %(read)s."),
            N_("Correct the number, or send the document of that policy."),
        ),
        "policy_number_missing": Check(
            _H,
            N_("We did not find the policy number that you typed, %(given)s."),
            N_("Check the number on the document."),
        ),
        # Content
        "signature_date_missing": Check(
            _W, N_("We found no date beside the signature."), N_("Sign and date it, scan it, and send it again.")
        ),
        "no_signature": Check(
            _H, N_("We found no place for a signature."), N_("The document should be signed and dated.")
        ),
        "total_differs": Check(
            _W,
            N_("“%(label)s” says %(read_cents)s, but its lines add up to %(sum_cents)s."),
            N_("Check the sums in your budget and send it again."),
        ),
        "no_terms": Check(
            _W,
            N_("The list does not show in which years each person serves."),
            N_("Add the first and last year of each term."),
        ),
        # Together with the rest of the application
        "ends_before_program": Check(
            _W,
            N_("It ends on %(read_on)s, before your program ends on %(expected_on)s."),
            N_("You will need a new one by then. If you have it already, send it too."),
        ),
        "begins_after_program": Check(
            _W,
            N_("It begins on %(read_on)s, after your program begins on %(expected_on)s."),
            N_("Send the document that covers the first days too, or check your program's dates."),
        ),
        "policy_mismatch": Check(
            _W,
            N_("Its policy number, %(read)s, is not the one of your certificate, %(expected)s."),
            N_("Ask your insurer for an endorsement to the policy on the certificate."),
        ),
        "same_file_twice": Check(
            _W,
            N_("The same file is also used for: %(read)s."),
            N_("Check that you chose the right file for each kind of document."),
        ),
    }
)


def is_warning(finding: Finding) -> bool:
    """Whether it is likely to come back."""
    return CHECKS[finding.key].severity is Severity.WARNING
