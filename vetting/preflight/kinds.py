"""Which kind of document a text is, by the words that such documents always have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.names import bare
from vetting.preflight.quality import has_text
from vetting.preflight.reading import Reading
from vetting.text import N_

TOP_LINES = 14
"""A document says what it is near its top."""


@dataclass(frozen=True)
class Look:
    """A kind by its looks: the name people know, the types it may be sent as, words at its top, words anywhere."""

    name: str
    types: frozenset[str]
    title: re.Pattern[str]
    anywhere: re.Pattern[str]


def _look(name: str, types: str, title: str, anywhere: str = r"(?!)") -> Look:
    return Look(name, frozenset(types.split()), re.compile(title), re.compile(anywhere))


CERTIFICATES = "coi_general_liability coi_workers_comp coi_auto coi_abuse_molestation coi_cyber"

# The texts they are held against are in small letters, without signs.
LOOKS: Mapping[str, Look] = {
    "certificate": _look(
        N_("a certificate of insurance"),
        CERTIFICATES,
        r"certificate of (?:liability |property |commercial )?insurance|evidence of (?:insurance|coverage|cover)\b"
        r"|(?:certificate|memorandum) of (?:liability|coverage|insurance)|insurance certificate"
        r"|this certificate is issued",
        r"certificate holder",
    ),
    "endorsement": _look(
        N_("an insurance endorsement"),
        "additional_insured_endorsement",
        r"endorsement changes the policy|additional insured\b.{0,60}(?:person|organization|endorsement)"
        r"|endorsement\b.{0,40}additional insured|schedule of additional insured|policy change endorsement"
        r"|\bendorsement (?:no|number|page|form)\b",
        r"this endorsement (?:modifies|changes|forms)",
    ),
    "w9": _look(
        N_("an IRS Form W-9"),
        "w9",
        r"request for taxpayer|\bform w 9\b|substitute (?:form )?w 9|\bw 9\b.{0,40}taxpayer",
        r"backup withholding|taxpayer identification number and certification",
    ),
    "990": _look(
        N_("an IRS Form 990"),
        "form_990",
        r"return of organization exempt from income tax|\bform 990|electronic notice.{0,20}e postcard",
        r"annual electronic filing requirement for small exempt",
    ),
    "irs": _look(
        N_("an IRS letter"),
        "irs_determination",
        r"internal revenue service|department of the treasury|determination letter|affirmation letter",
        r"(?:exempt from federal income tax|tax exempt status).{0,200}(?:section )?501|501 ?c ?3.{0,300}exempt",
    ),
    "audit": _look(
        N_("audited statements"),
        "audited_financials",
        r"independent auditors? s? ?report|audited financial statements|report of independent (?:auditor|certified)"
        r"|financial statements\b.{0,80}year ended",
        r"in our opinion the (?:accompanying )?financial statements",
    ),
    "standing": _look(
        N_("a certificate of good standing"),
        "dor_good_standing",
        r"certificate of (?:good standing|tax compliance)|good standing (?:and|or) (?:or )?tax compliance",
        r"department of revenue.{0,400}(?:good standing|compliance)",
    ),
    "charity": _look(
        N_("a state charity filing"),
        "state_charity_filing",
        r"\bform pc\b|certificate (?:for|of) (?:registration )?solicitation|public charities division"
        r"|division of public charities|non profit organizations public charities",
    ),
    "budget": _look(
        N_("a budget"),
        "budget",
        r"\bbudget\b",
        r"\btotal (?:expenses?|costs?|expenditures|income|revenue|budget)\b",
    ),
    "roster": _look(
        N_("a board roster"),
        "board_roster",
        r"\bboard (?:of|roster|members?|list)|\broster\b|trustees|our board|directors and officers",
        r"\b(?:treasurer|secretary|trustee|clerk|chair|president)\b.{0,600}\b(?:term|20\d\d)\b",
    ),
    "articles": _look(
        N_("articles of organization"),
        "articles_or_charter",
        r"articles? of (?:organization|incorporation|association|amendment|entity conversion)|\bcharter\b"
        r"|certificate of (?:organization|incorporation)|restated articles|declaration of trust|\bbylaws\b"
        r"|enabling (?:act|statute)",
        r"secretary of the commonwealth|general laws chapter 180",
    ),
    "license": _look(
        N_("a license"), "business_license child_care_license", r"\blicen[sc]e\b", r"\blicen[sc]e (?:no|number|type)"
    ),
    "invoice": _look(
        N_("an invoice or a quote"),
        "",
        r"\binvoice\b|\bamount due\b|\bproposal for insurance\b|\binsurance quote\b|quotation|premium notice",
    ),
    "resume": _look(N_("a resume"), "", r"curriculum vitae|\bresume\b|work experience"),
}

PROSE = frozenset({"budget", "roster", "license", "resume"})
"""Kinds whose words stand in many other documents too; alone they prove nothing about a document of another kind."""


def right_kind(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the document looks like what it was sent as, or like something else."""
    if not has_text(reading):
        return
    top = bare(" ".join(line for page in reading.pages[:1] for line in page.lines[:TOP_LINES]))
    whole = bare(reading.text)
    own = [look for look in LOOKS.values() if given.kind.key in look.types]
    if any(look.title.search(top) for look in own):
        return
    others = [
        (match.start(), look)
        for key, look in LOOKS.items()
        if look not in own and key not in PROSE and (match := look.title.search(top))
    ]
    if others and own:
        yield Finding("another_kind", 1, {"read": min(others, key=lambda found: found[0])[1].name})
        return
    if not own or any(look.anywhere.search(whole) or look.title.search(whole) for look in own):
        return
    prose = next((look for key, look in LOOKS.items() if key in PROSE and look.title.search(top)), None)
    if prose is not None:
        yield Finding("another_kind", 1, {"read": prose.name})
    else:
        yield Finding("kind_unclear", 1)
