"""Certificates and endorsements the way agents send them: the usual form, a table of their own, a letter, two pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.support.packets.paper import Sheet

FORMATS: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day:%m/%d/%Y}",
    lambda day: f"{day.month}/{day.day}/{day:%Y}",
    lambda day: f"{day:%m/%d/%y}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day:%b} {day.day}, {day.year}",
    lambda day: day.isoformat(),
    lambda day: f"{day.day} {day:%b} {day.year}",
)
WORDING = (
    "The City of Boston, the Boston School Committee and the Boston Public Schools are included as additional insured."
)
PART_WORDINGS = (
    "The Boston Public Schools are included as additional insured.",
    "The City of Boston and the Boston Public Schools are included as additional insured.",
    "Boston School Committee is an additional insured as respects general liability.",
)
HOLDER = ("Boston Public Schools", "2300 Washington Street", "Boston, MA 02119")
OTHER_HOLDERS = (
    ("Lakeside Community Center", "14 Dock Street", "Quincy, MA 02169"),
    ("Boston Public Library", "700 Boylston Street", "Boston, MA 02116"),
    ("Boston Children's Museum", "308 Congress Street", "Boston, MA 02210"),
)
IMPORTANT = (
    "IMPORTANT: If the certificate holder is an ADDITIONAL INSURED, the policy(ies) must have ADDITIONAL INSURED "
    "provisions or be endorsed. If SUBROGATION IS WAIVED, subject to the terms and conditions of the policy, certain "
    "policies may require an endorsement. A statement on this certificate does not confer rights to the certificate "
    "holder in lieu of such endorsement(s)."
)
PRODUCERS = (
    "Back Bay Risk Partners",
    "Old Colony Agency Inc.",
    "Fenway Insurance Brokers, LLC",
    "Neponset Mutual Agency",
)
INSURERS = (
    "Minuteman Mutual Insurance Co",
    "Harborview Casualty",
    "Granite State Indemnity",
    "Beacon Specialty Insurance",
)


@dataclass(frozen=True)
class Policy:
    """What a certificate says. ``covers`` beside general liability: name and limit. Amounts in dollars."""

    insured: str
    address: str
    number: str
    first: date
    last: date
    made: date
    occurrence: int = 1_000_000
    wording: str = WORDING
    holder: tuple[str, ...] = HOLDER
    workers: bool = True
    auto: bool = False
    liability: bool = True
    others_last: date | None = None
    """When the other policies on the same certificate end, where that is another day."""
    employers: int = 1_000_000
    title: str = "CERTIFICATE OF LIABILITY INSURANCE"


def dollars(amount: int, style: int = 0) -> str:
    return (f"$ {amount:,}", f"${amount:,}", f"${amount:,}.00", f"{amount:,}")[style]


def usual_form(policy: Policy, rng: Random) -> list[Sheet]:
    """The form most agents use: boxes, a column of covers, a column of limits."""
    sheet, shown = Sheet(), rng.choice(FORMATS[:3])
    sheet.text(190, 40, policy.title, 13, "bold")
    sheet.text(505, 30, "DATE (MM/DD/YYYY)", 5)
    sheet.text(510, 42, shown(policy.made), 8)
    y = sheet.paragraph(
        36,
        56,
        "THIS CERTIFICATE IS ISSUED AS A MATTER OF INFORMATION ONLY AND CONFERS NO RIGHTS UPON THE CERTIFICATE HOLDER. "
        "THIS CERTIFICATE DOES NOT AFFIRMATIVELY OR NEGATIVELY AMEND, EXTEND OR ALTER THE "
        "COVERAGE AFFORDED BY THE POLICIES BELOW.",
        5.5,
        wide=540,
    )
    y = sheet.paragraph(36, y + 2, IMPORTANT, 5.5, wide=540)
    top = y + 8
    sheet.box(34, top, 270, 46)
    sheet.text(37, top + 8, "PRODUCER", 5.5)
    sheet.text(60, top + 20, rng.choice(PRODUCERS), 8)
    sheet.text(60, top + 31, "50 Milk Street, Boston MA 02109", 8)
    sheet.text(310, top + 8, "INSURER(S) AFFORDING COVERAGE", 5.5)
    sheet.text(530, top + 8, "NAIC #", 5.5)
    sheet.text(310, top + 20, f"INSURER A : {rng.choice(INSURERS)}", 7)
    sheet.text(530, top + 20, str(rng.randrange(10000, 45000)), 7)
    sheet.box(34, top + 46, 270, 46)
    sheet.text(37, top + 54, "INSURED", 5.5)
    sheet.text(60, top + 66, policy.insured, 8)
    for row, line in enumerate(policy.address.split("; ")):
        sheet.text(60, top + 77 + 10 * row, line, 8)
    y = top + 104
    sheet.text(36, y, "COVERAGES", 7, "bold")
    sheet.text(210, y, f"CERTIFICATE NUMBER: {rng.randrange(10**8, 10**9)}", 7)
    y = sheet.paragraph(
        36,
        y + 9,
        "THIS IS TO CERTIFY THAT THE POLICIES OF INSURANCE LISTED BELOW HAVE BEEN ISSUED TO "
        "THE INSURED NAMED ABOVE FOR THE POLICY PERIOD INDICATED.",
        5.5,
        wide=540,
    )
    for x, words in (
        (36, "INSR LTR"),
        (58, "TYPE OF INSURANCE"),
        (178, "ADDL INSD"),
        (212, "SUBR WVD"),
        (245, "POLICY NUMBER"),
        (336, "POLICY EFF"),
        (392, "POLICY EXP"),
        (480, "LIMITS"),
    ):
        sheet.text(x, y + 4, words, 5.5)
    y += 15
    rows = []
    if policy.liability:
        rows.append(
            (
                "COMMERCIAL GENERAL LIABILITY",
                policy.number,
                [
                    ("EACH OCCURRENCE", policy.occurrence),
                    ("DAMAGE TO RENTED PREMISES (Ea occurrence)", 100_000),
                    ("MED EXP (Any one person)", 5_000),
                    ("PERSONAL & ADV INJURY", policy.occurrence),
                    ("GENERAL AGGREGATE", policy.occurrence * 2),
                    ("PRODUCTS - COMP/OP AGG", policy.occurrence * 2),
                ],
            )
        )
    if policy.auto:
        rows.append(
            (
                "AUTOMOBILE LIABILITY",
                f"BA{rng.randrange(10**6, 10**7)}",
                [("COMBINED SINGLE LIMIT (Ea accident)", 1_000_000), ("BODILY INJURY (Per person)", 0)],
            )
        )
    rows.append(
        (
            "UMBRELLA LIAB",
            f"UM{rng.randrange(10**6, 10**7)}",
            [("EACH OCCURRENCE", 2_000_000), ("AGGREGATE", 2_000_000)],
        )
    )
    if policy.workers:
        rows.append(
            (
                "WORKERS COMPENSATION AND EMPLOYERS' LIABILITY",
                f"WC{policy.number[-6:]}",
                [
                    ("E.L. EACH ACCIDENT", policy.employers),
                    ("E.L. DISEASE - EA EMPLOYEE", policy.employers),
                    ("E.L. DISEASE - POLICY LIMIT", policy.employers),
                ],
            )
        )
    for name, number, limits in rows:
        lower = rng.choice((0, 0, 1)) if len(limits) > 2 else 0
        sheet.text(38, y, "A", 7)
        sheet.text(50, y, "X", 7)
        sheet.text(58, y, name if len(name) < 32 else name[:20], 6.5)
        if len(name) >= 32:
            sheet.text(58, y + 9, name[20:].strip(), 6.5)
        at = y + 11 * lower
        sheet.text(188, at, "Y" if "GENERAL" in name else "", 7)
        sheet.text(245, at, number, 7)
        last = policy.last if "GENERAL" in name else policy.others_last or policy.last
        first = policy.first if last == policy.last else last - timedelta(days=365)
        sheet.text(338, at, shown(first), 7)
        sheet.text(394, at, shown(last), 7)
        for row, (label, amount) in enumerate(limits):
            sheet.text(452, y + 11 * row, label, 5.5)
            sheet.text(548, y + 11 * row, "$", 6.5)
            sheet.text(585, y + 11 * row, f"{amount:,}" if amount else "", 6.5, right=True)
        y += 11 * len(limits) + 6
        sheet.line(34, y - 9, 590)
    sheet.text(
        36,
        y + 4,
        "DESCRIPTION OF OPERATIONS / LOCATIONS / VEHICLES (ACORD 101, Additional Remarks "
        "Schedule, may be attached if more space is required)",
        5.5,
    )
    sheet.paragraph(40, y + 16, f"Re: school programs. {policy.wording}", 7.5, wide=520)
    y = 690
    sheet.text(36, y, "CERTIFICATE HOLDER", 6.5, "bold")
    sheet.text(310, y, "CANCELLATION", 6.5, "bold")
    sheet.paragraph(
        312,
        y + 12,
        "SHOULD ANY OF THE ABOVE DESCRIBED POLICIES BE CANCELLED BEFORE THE EXPIRATION DATE "
        "THEREOF, NOTICE WILL BE DELIVERED IN ACCORDANCE WITH THE POLICY PROVISIONS.",
        5.5,
        wide=260,
    )
    for row, line in enumerate(policy.holder):
        sheet.text(60, y + 18 + 11 * row, line, 8)
    sheet.text(312, y + 50, "AUTHORIZED REPRESENTATIVE", 5.5)
    return [sheet]


def own_table(policy: Policy, rng: Random) -> list[Sheet]:
    """An insurer's own certificate: labels on the left, values on the right."""
    sheet, shown = Sheet(), rng.choice(FORMATS)
    font = rng.choice(("serif", "sans", "mono"))
    style = rng.randrange(3)
    sheet.text(60, 60, rng.choice(INSURERS), 16, "heavy")
    sheet.text(
        60,
        84,
        rng.choice(("Certificate of Insurance", "Evidence of Insurance", "Memorandum of Insurance"))
        if "LIABILITY INSURANCE" in policy.title
        else policy.title,
        13,
        "bold",
    )
    sheet.text(60, 100, f"Issued {shown(policy.made)}", 9, font)
    rows = [
        ("Named insured:", policy.insured),
        ("Mailing address:", policy.address.replace("; ", ", ")),
        ("Policy number:", policy.number),
        ("Policy period:", f"{shown(policy.first)} to {shown(policy.last)}, 12:01 a.m. standard time"),
    ]
    if policy.liability:
        rows += [
            ("Type of cover:", "Commercial general liability"),
            ("Each occurrence limit", dollars(policy.occurrence, style)),
            ("General aggregate limit", dollars(policy.occurrence * 3, style)),
            ("Personal and advertising injury", dollars(policy.occurrence, style)),
        ]
    if policy.auto:
        rows += [("Type of cover:", "Business auto liability"), ("Combined single limit", dollars(1_000_000, style))]
    if policy.workers:
        rows += [
            ("Type of cover:", "Workers' compensation, Massachusetts"),
            ("Employers' liability, each accident", dollars(policy.employers, style)),
            ("Employers' liability, each employee", dollars(policy.employers, style)),
        ]
    y = 130.0
    for label, value in rows:
        sheet.text(60, y, label, 9, font)
        sheet.text(290, y, value, 9, font)
        y += 17
    sheet.text(60, y + 14, "Special conditions", 9, "bold")
    y = sheet.paragraph(60, y + 28, policy.wording or "None.", 9, font)
    sheet.text(60, y + 20, "Certificate holder:", 9, "bold")
    for row, line in enumerate(policy.holder):
        sheet.text(60, y + 34 + 12 * row, line, 9, font)
    return [sheet]


def letter(policy: Policy, rng: Random) -> list[Sheet]:
    """A broker's letter: everything in sentences."""
    sheet, shown = Sheet(), rng.choice(FORMATS[3:5])
    font = rng.choice(("serif", "sans"))
    sheet.text(72, 70, rng.choice(PRODUCERS), 13, "heavy")
    sheet.text(72, 96, shown(policy.made), 10, font)
    sheet.text(72, 120, "Certificate holder:", 10, font)
    for row, line in enumerate(policy.holder):
        sheet.text(72, 134 + 13 * row, line, 10, font)
    sheet.text(
        72,
        190,
        f"Certificate of insurance for {policy.insured}" if "LIABILITY INSURANCE" in policy.title else policy.title,
        12,
        "bold",
    )
    covers = []
    if policy.liability:
        covers.append(
            f"Commercial general liability, policy number {policy.number}, in force from "
            f"{shown(policy.first)} through {shown(policy.last)}. Limits: ${policy.occurrence:,} "
            f"per occurrence, ${policy.occurrence * 2:,} general aggregate."
        )
    if policy.auto:
        covers.append("Commercial auto: combined single limit of $1,000,000.")
    if policy.workers:
        covers.append(
            f"Workers' compensation, policy number WC{policy.number[-6:]}, from "
            f"{shown(policy.first)} through {shown(policy.last)}: each accident "
            f"${policy.employers:,}."
        )
    y = sheet.paragraph(
        72,
        214,
        f"We confirm that {policy.insured}, {policy.address.replace('; ', ', ')}, has the "
        f"following insurance with {rng.choice(INSURERS)}:",
        10,
        font,
    )
    for cover in covers:
        y = sheet.paragraph(86, y + 8, cover, 10, font, 440)
    y = sheet.paragraph(72, y + 12, policy.wording, 10, font)
    sheet.text(72, y + 40, "Sincerely,", 10, font)
    sheet.text(72, y + 70, "Alex Moreau, Account Manager", 10, font)
    return [sheet]


def two_pages(policy: Policy, rng: Random) -> list[Sheet]:
    """The usual form with the words about the additional insured on a second page."""
    first = usual_form(replace(policy, wording="See attached additional remarks schedule."), rng)
    second = Sheet()
    second.text(180, 60, "ADDITIONAL REMARKS SCHEDULE", 13, "bold")
    second.text(60, 90, f"NAMED INSURED: {policy.insured}", 9)
    second.text(60, 106, f"POLICY NUMBER: {policy.number}", 9)
    second.paragraph(60, 136, policy.wording, 10, "serif")
    return [*first, second]


CERTIFICATES: Sequence[Callable[[Policy, Random], list[Sheet]]] = (usual_form, usual_form, own_table, letter, two_pages)


def endorsement_schedule(policy: Policy, rng: Random, names: str) -> list[Sheet]:
    """The standard endorsement with its schedule."""
    sheet = Sheet()
    sheet.text(60, 50, f"POLICY NUMBER: {policy.number}", 9)
    sheet.text(380, 50, "COMMERCIAL GENERAL LIABILITY", 8)
    sheet.text(100, 80, "THIS ENDORSEMENT CHANGES THE POLICY. PLEASE READ IT CAREFULLY.", 10, "bold")
    sheet.text(110, 110, "ADDITIONAL INSURED - DESIGNATED PERSON OR ORGANIZATION", 12, "bold")
    sheet.text(
        60,
        140,
        "This endorsement modifies insurance provided under the following: COMMERCIAL GENERAL LIABILITY COVERAGE PART",
        8,
    )
    sheet.text(280, 165, "SCHEDULE", 9, "bold")
    sheet.box(58, 172, 500, 70)
    sheet.text(64, 184, "Name Of Additional Insured Person(s) Or Organization(s):", 8)
    sheet.paragraph(64, 200, names, 9, wide=480)
    shown = rng.choice(FORMATS[:4])
    sheet.text(60, 262, f"Named Insured: {policy.insured}", 9)
    sheet.text(60, 276, f"Effective {shown(policy.first)} to {shown(policy.last)}", 9)
    sheet.paragraph(
        60,
        300,
        "Section II - Who Is An Insured is amended to include as an additional insured the "
        "person(s) or organization(s) shown in the Schedule, but only with respect to "
        "liability for bodily injury caused, in whole or in part, by your acts or omissions.",
        8,
    )
    return [sheet]


def endorsement_rider(policy: Policy, rng: Random, names: str) -> list[Sheet]:
    """An insurer's own rider."""
    sheet, shown = Sheet(), rng.choice(FORMATS[3:])
    sheet.text(60, 60, rng.choice(INSURERS), 14, "heavy")
    sheet.text(60, 90, "Endorsement No. 3: Additional Insured", 12, "bold")
    for row, (label, value) in enumerate(
        (
            ("Insured", policy.insured),
            ("Policy No.", policy.number),
            ("Effective date", shown(policy.first)),
            ("Expiration date", shown(policy.last)),
        )
    ):
        sheet.text(60, 120 + 16 * row, f"{label}:", 9, "serif")
        sheet.text(170, 120 + 16 * row, value, 9, "serif")
    sheet.paragraph(60, 200, f"It is agreed that this policy is changed as follows. {names}", 10, "serif")
    return [sheet]


ENDORSEMENTS = (endorsement_schedule, endorsement_rider)
